// How generations are told to people.

const STATES = {
  STATE_QUEUED: "Waiting",
  STATE_RUNNING: "Drawing",
  STATE_SUCCEEDED: "",
  STATE_FAILED: "Failed",
  STATE_CANCELLED: "Cancelled",
};
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** The state in a word; nothing for one that succeeded. */
export const told = (generation) => STATES[generation.state] ?? "";

export const words = {
  /** The words that were given; empty for what was drawn without. */
  prompt(generation) {
    const image = generation.image ?? generation.edit?.image ?? generation.texture?.image ?? generation.character?.image;
    return (image ?? generation.scene ?? generation.animation)?.prompt ?? "";
  },

  /** What was asked for. */
  asked(generation) {
    if (words.prompt(generation)) return words.prompt(generation);
    if (generation.variation) return "Variations";
    if (generation.animation) return generation.animation.action;
    return generation.character ? "A character" : "A picture";
  },

  /** How many pictures a request asks for. */
  count: (generation) =>
    generation.image?.candidates ?? generation.edit?.image?.candidates ?? generation.texture?.variants ?? generation.animation?.frames ?? (generation.variation ? generation.variation.candidates ?? 4 : 1),

  /** What a generation is made of. */
  parts: (generation) => (generation.animation || generation.character ? "frames" : generation.scene ? "parts" : "pictures"),

  /** The time of today, or the day. */
  time(text) {
    if (!text) return "";
    const when = new Date(text);
    return when.toDateString() === new Date().toDateString() ? clock.format(when) : day.format(when);
  },

  /** Where a generation is. */
  state(generation) {
    if (generation.state === "STATE_QUEUED") {
      const before = generation.queuePosition ?? 0;
      return before ? `${before} before this one` : "Waiting";
    }
    if (generation.state === "STATE_RUNNING") return `Drawing, ${Math.round(100 * (generation.progress ?? 0))} %`;
    if (generation.state === "STATE_SUCCEEDED") return succeeded(generation);
    return told(generation);
  },
};

function acted({ character, cached }, frames) {
  const actions = character.actions?.length ?? 0;
  const sides = character.directions ?? 1;
  const what = `${actions === 1 ? "1 action" : `${actions} actions`}${sides > 1 ? `, ${sides} directions` : ""}, ${frames} frames`;
  return cached ? `${what}, drawn before` : what;
}

function succeeded(generation) {
  const count = generation.assets?.length ?? 0;
  if (generation.character) return acted(generation, count - 1);
  const ranked = !generation.animation && !generation.scene && !generation.texture;
  const what = words.parts(generation) + (ranked ? ", best first" : "");
  const pictures = count === 1 ? "1 picture" : `${count} ${what}`;
  if (generation.cached) return `${pictures}, drawn before`;
  const took = (new Date(generation.endTime) - new Date(generation.startTime)) / 1000;
  return took > 0 ? `${pictures}, in ${took.toFixed(1)} s` : pictures;
}
