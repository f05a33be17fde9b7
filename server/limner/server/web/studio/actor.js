// A character at work, or one animation: each action, from every side that it was drawn from, as long as each frame says.

import { element } from "./dom.js";
import * as limner from "./limner.js";
import { decoded, drawn } from "./pixels.js";

const COMPASS = ["NORTH_WEST", "NORTH", "NORTH_EAST", "WEST", "", "EAST", "SOUTH_WEST", "SOUTH", "SOUTH_EAST"];
const FACING = "SOUTH"; // looked at first
const SPEEDS = { 0.25: "¼×", 0.5: "½×", 1: "1×", 2: "2×" };
const REST_MS = 700; // between the end of what does not loop and its next beginning
const LARGEST = 12;
const THUMB = 56; // pixels of the page

export class Actor {
  /** `looked(asset)` hears which frame is looked at. */
  constructor(looked) {
    this.looked = looked;
    this.clips = new Map(); // action → direction → {frames, ends, loops}
    this.direction = "";
    this.action = "";
    this.frame = 0;
    this.zoom = 0;
    this.playing = false;
    this.turn = 0;
    this.actions = element("div", { class: "segments acts", role: "group", "aria-label": "Action" });
    this.stage = element("div", { class: "checker sheet compass", tabIndex: 0, role: "group" });
    this.strip = element("div", { class: "strip", role: "group", "aria-label": "Frames of the action" });
    this.player = element("button", { type: "button", on: { click: () => this.play(!this.playing) } });
    this.speed = element("select", { "aria-label": "Speed" }, ...Object.entries(SPEEDS).map(([value, name]) => element("option", { value, selected: value === "1" }, name)));
    this.speed.addEventListener("change", () => this.play(this.playing));
    this.told = element("output", { class: "state", "aria-live": "off" });
    const step = (name, title, by) => element("button", { type: "button", title, "aria-label": title, on: { click: () => this.step(by) } }, name);
    this.element = element(
      "div",
      { class: "actor viewer", hidden: true },
      this.actions,
      this.stage,
      element("div", { class: "row" },
        element("div", { class: "segments" }, step("◀", "One frame back (,)", -1), this.player, step("▶", "One frame on (.)", 1)),
        this.speed,
        this.told,
      ),
      this.strip,
    );
    new ResizeObserver(() => this.#lay()).observe(this.stage);
  }

  /** Show the character of a generation. */
  async open(generation) {
    if (this.generation?.name === generation.name) return this.#lay();
    this.#halt();
    const pictures = await Promise.all(limner.pictured(generation).map(async (asset) => [asset, await decoded(await limner.picture(asset))]));
    this.generation = generation;
    this.zoom = 0;
    this.still = pictures.find(([asset]) => asset.role === "reference")?.[1];
    this.clips = clipsOf(pictures.filter(([asset]) => asset.role === "frame"));
    this.actions.replaceChildren(
      ...[...this.clips.keys()].map((action) => element("button", { type: "button", data: { action }, on: { click: () => this.act(action) } }, action)),
    );
    this.act(this.clips.has("walk") ? "walk" : this.clips.keys().next().value);
    this.play(!matchMedia("(prefers-reduced-motion: reduce)").matches);
  }

  /** Look at an action. */
  act(action) {
    this.action = action;
    const sides = [...this.clips.get(action).keys()];
    this.direction = [this.direction, FACING, sides[0]].find((side) => sides.includes(side));
    for (const button of this.actions.children) button.setAttribute("aria-pressed", String(button.dataset.action === action));
    this.frame = 0;
    this.began = performance.now();
    this.#sides();
    this.#frames();
    this.#lay();
  }

  /** A canvas for each side, where it lies on a compass; one alone where there is one. */
  #sides() {
    const sides = this.clips.get(this.action);
    const places = sides.size > 1 ? COMPASS.filter((side) => sides.has(side) || (!side && this.still)) : [...sides.keys()];
    this.stage.classList.toggle("alone", sides.size === 1);
    this.stage.setAttribute("aria-label", `${this.action}, ${sides.size === 1 ? "one side" : `${sides.size} sides`}`);
    this.canvases = new Map();
    this.stage.replaceChildren(
      ...places.map((side) => {
        const alone = !side || sides.size === 1;
        const canvas = element("canvas", alone ? { role: "img", "aria-label": sides.size > 1 ? "The figure at rest" : this.action } : { "aria-hidden": "true" });
        this.canvases.set(side, canvas);
        if (alone) return element("div", { class: "side-of", data: { side } }, canvas);
        const press = () => this.face(side);
        return element("button", { type: "button", class: "side-of", data: { side }, "aria-pressed": String(side === this.direction), on: { click: press } }, canvas, element("small", {}, named(side)));
      }),
    );
  }

  /** Look at the frames of a side. */
  face(side) {
    this.direction = side;
    this.frame %= this.#clip().frames.length;
    for (const each of this.stage.querySelectorAll("button")) each.setAttribute("aria-pressed", String(each.dataset.side === side));
    this.#frames();
    this.#draw();
  }

  #clip() {
    return this.clips.get(this.action).get(this.direction);
  }

  #frames() {
    const { frames } = this.#clip();
    this.strip.replaceChildren(
      ...frames.map(({ picture, duration }, index) => {
        const canvas = element("canvas", { "aria-hidden": "true" });
        drawn(canvas, picture, Math.max(1, Math.floor(THUMB / picture.height)));
        const name = element("small", {}, element("span", { class: "unseen" }, `Frame ${index + 1}, `), `${duration} ms`);
        return element("button", { type: "button", on: { click: () => this.hold(index) } }, element("span", { class: "checker" }, canvas), name);
      }),
    );
  }

  /** Stop at a frame. */
  hold(index) {
    this.play(false);
    const { frames } = this.#clip();
    this.frame = (index + frames.length) % frames.length;
    this.#draw();
  }

  step(by) {
    this.hold(this.frame + by);
  }

  larger(steps) {
    this.zoom = Math.max(1, Math.min(LARGEST, this.#factor() + steps));
    this.#draw();
  }

  /** Go on from the frame that is shown, or stop there. */
  play(playing) {
    this.#halt();
    this.playing = playing;
    this.player.replaceChildren(playing ? "Pause " : "Play ", element("kbd", {}, "P"));
    if (!playing || !this.clips.size) return;
    const { ends } = this.#clip();
    this.began = performance.now() - (this.frame ? ends[this.frame - 1] : 0) / Number(this.speed.value);
    const turn = (now) => {
      if (!this.element.isConnected || this.element.hidden) return this.play(false);
      this.turn = requestAnimationFrame(turn);
      const index = this.#at((now - this.began) * Number(this.speed.value));
      if (index === this.frame) return;
      this.frame = index;
      this.#draw();
    };
    this.turn = requestAnimationFrame(turn);
  }

  #halt() {
    cancelAnimationFrame(this.turn);
    this.turn = 0;
  }

  /** The frame that shows after so many milliseconds. */
  #at(ms) {
    const { ends, loops } = this.#clip();
    const whole = ends.at(-1) + (loops ? 0 : REST_MS);
    const place = ((ms % whole) + whole) % whole;
    const index = ends.findIndex((end) => place < end);
    return index < 0 ? ends.length - 1 : index;
  }

  /** As large as fits: one side fills the room, eight share it. */
  #factor() {
    if (this.zoom) return this.zoom;
    const { width, height } = this.#clip().frames[0].picture;
    const across = this.clips.get(this.action).size > 1 ? 3 : 1;
    const room = this.stage.clientWidth - 24;
    const tall = across > 1 ? innerHeight * 0.6 - 90 : 336;
    return Math.max(1, Math.min(LARGEST, Math.floor(Math.min((room - across * 16) / across / width, tall / across / height))));
  }

  #lay() {
    if (this.clips.size && this.stage.clientWidth) this.#draw();
  }

  #draw() {
    const sides = this.clips.get(this.action);
    const factor = this.#factor();
    for (const [side, canvas] of this.canvases) {
      const frames = sides.get(side)?.frames;
      const picture = frames ? frames[this.frame % frames.length].picture : this.still;
      drawn(canvas, picture, factor);
    }
    const { frames, ends, loops } = this.#clip();
    this.looked(frames[this.frame].asset);
    [...this.strip.children].forEach((each, index) => (index === this.frame ? each.setAttribute("aria-current", "true") : each.removeAttribute("aria-current")));
    const length = (ends.at(-1) / 1000).toFixed(2);
    this.told.textContent = `Frame ${this.frame + 1} of ${frames.length} · ${length} s, ${loops ? "loops" : "plays once"} · ${factor}×`;
  }
}

/** Action → direction → frames with when each ends, in milliseconds. */
function clipsOf(pictures) {
  const clips = new Map();
  for (const [asset, picture] of pictures) {
    const side = asset.direction?.replace("DIRECTION_", "") ?? "";
    if (!clips.has(asset.action)) clips.set(asset.action, new Map());
    const sides = clips.get(asset.action);
    if (!sides.has(side)) sides.set(side, { frames: [], ends: [], loops: Boolean(asset.loops) });
    const { frames, ends } = sides.get(side);
    frames.push({ asset, picture, duration: asset.durationMs });
    ends.push((ends.at(-1) ?? 0) + asset.durationMs);
  }
  return clips;
}

const named = (side) => side.toLowerCase().replace("_", "-");
