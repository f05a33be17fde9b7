// Puts the page together.

import { CallError, key } from "./connect.js";
import { by, element } from "./dom.js";
import { Form } from "./form.js";
import { History } from "./history.js";
import * as limner from "./limner.js";
import { Picked } from "./picked.js";
import { listen } from "./shortcuts.js";
import { Stage } from "./stage.js";
import { words } from "./words.js";

const EXAMPLES = ["a green potion", "a red dragon", "一把金色的剑", "a treasure chest", "一位穿盔甲的女战士", "a stone brick wall"];
const TRY_MS = 3000;

const form = new Form((brief) => draw(brief, (error) => form.refuse(error)));
const picked = new Picked((brief) => draw(brief, fail), form, fail);
const history = new History((generation) => look(generation));
const stage = new Stage(
  (generation, asset) => (asset ? picked.open(generation, asset).catch(fail) : picked.hide()),
  (generation) => history.put(generation),
  (lost) => link(lost ? "lost" : "found"),
  fail,
);

/** Ask for art and show it coming. */
async function draw(brief, refused) {
  document.body.dataset.asking = "";
  try {
    const generation = await limner.create(brief);
    history.put(generation);
    look(generation);
  } catch (error) {
    if (error.code === "unauthenticated") askKey();
    refused(error);
  } finally {
    delete document.body.dataset.asking;
  }
}

function look(generation) {
  if (!by("prompt").value) by("prompt").value = words.prompt(generation);
  history.mark(generation.name);
  stage.open(generation);
  if (matchMedia("(max-width: 760px)").matches) by("stage").scrollIntoView({ behavior: "smooth" });
}

/** Tell of an error that belongs to no field. */
function fail(error) {
  if (!(error instanceof CallError)) console.error(error);
  if (error.code === "unauthenticated") askKey();
  by("failure").textContent = error.message;
  by("failure").hidden = false;
  by("work").hidden = false;
  by("empty").hidden = true;
}

function link(state, text) {
  const words = { waiting: "Connecting", found: "Connected", lost: "No answer; trying again" };
  by("link").dataset.state = state;
  by("link").lastElementChild.textContent = text ?? words[state];
}

function askKey() {
  link("lost", "A key is needed");
  by("show-key").hidden = false;
  by("key").value = "";
  if (!by("ask-key").open) by("ask-key").showModal();
}

async function start() {
  try {
    const [server, models] = await Promise.all([limner.server(), limner.models()]);
    form.offer(server.extensions ?? [], models);
    picked.offer(server.formats ?? [], server.extensions ?? []);
    link("found", `Limner ${server.version}`);
    await history.refresh();
    const name = location.hash.slice(1);
    if (name.startsWith("generations/")) look(await limner.generation(name));
  } catch (error) {
    if (error.code === "unauthenticated" || error.code === "permission_denied") askKey();
    else if (error.passing) {
      link("lost");
      setTimeout(start, TRY_MS);
    } else fail(error);
  }
}

by("examples").append(
  ...EXAMPLES.map((prompt) => {
    const press = () => {
      by("prompt").value = prompt;
      by("brief").requestSubmit();
    };
    return element("li", {}, element("button", { type: "button", dir: "auto", on: { click: press } }, prompt));
  }),
);
by("show-help").addEventListener("click", () => by("help").showModal());
by("show-key").addEventListener("click", askKey);
by("key-form").addEventListener("submit", (event) => {
  if (event.submitter.value !== "use") return;
  key.set(by("key").value.trim());
  start();
});

const scene = () => (picked.asset && picked.kind === "scene" ? picked.scene : null);
const actor = () => (picked.asset && picked.kind === "actor" ? picked.actor : null);

listen({
  "/": () => by("prompt").focus(),
  escape: () => stage.cancel(),
  z: () => picked.viewer.show("pixels"),
  t: () => picked.viewer.show("tiled"),
  l: () => picked.viewer.show("lit"),
  p: () => picked.asset && picked.play(),
  "+": () => picked.asset && picked.larger(1),
  "=": () => picked.asset && picked.larger(1),
  "-": () => picked.asset && picked.larger(-1),
  0: () => scene()?.fit(),
  g: () => scene()?.toggle("grid"),
  c: () => scene()?.toggle("collision"),
  r: () => scene()?.toggle("places"),
  ",": () => actor()?.step(-1),
  ".": () => actor()?.step(1),
  v: () => picked.asset && !picked.asset.role && picked.vary(),
  a: () => picked.asset && !picked.moving.hidden && picked.animate(),
  e: () => picked.asset && picked.exporting.press(),
  "?": () => by("help").showModal(),
  ...Object.fromEntries(Array.from({ length: 9 }, (_, index) => [String(index + 1), () => stage.choose(index)])),
});

start();
