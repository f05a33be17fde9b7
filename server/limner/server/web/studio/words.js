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
  /** What was asked for. */
  asked(generation) {
    const image = generation.image ?? generation.edit?.image ?? generation.texture?.image ?? generation.scene;
    if (image?.prompt) return image.prompt;
    if (generation.variation) return "Variations";
    if (generation.animation) return generation.animation.prompt || generation.animation.action;
    return "A picture";
  },

  /** How many pictures a request asks for. */
  count: (generation) =>
    generation.image?.candidates ?? generation.edit?.image?.candidates ?? generation.texture?.variants ?? generation.animation?.frames ?? (generation.variation ? generation.variation.candidates ?? 4 : 1),

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

function succeeded(generation) {
  const count = generation.assets?.length ?? 0;
  const what = generation.animation ? "frames" : generation.scene ? "parts" : generation.texture ? "pictures" : "pictures, best first";
  const pictures = count === 1 ? "1 picture" : `${count} ${what}`;
  if (generation.cached) return `${pictures}, drawn before`;
  const took = (new Date(generation.endTime) - new Date(generation.startTime)) / 1000;
  return took > 0 ? `${pictures}, in ${took.toFixed(1)} s` : pictures;
}
