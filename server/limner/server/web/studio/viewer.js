// The picked picture: looked at closely, tiled, or played; its colours and its facts.

import { element, say } from "./dom.js";
import { LIT_TILES, Lit } from "./lit.js";
import { decoded, described, drawn, frames, palette, ruled } from "./pixels.js";

const VIEWS = { pixels: "Pixels", tiled: "Tiled", play: "Play", lit: "Lit" };
const KEYS = { pixels: "Z", tiled: "T", play: "P", lit: "L" };
const TILES = 3;
const TALLEST = 0.62; // of the window
const RULED_FROM = 8; // times as large
const LARGEST = 32;

export class Viewer {
  /** `strip` answers the pictures that are played: those of a strip, or of all candidates. */
  constructor(siblings) {
    this.siblings = siblings;
    this.view = "pixels";
    this.zoom = 0; // 0: as large as fits
    this.picture = null;
    this.timer = 0;
    this.frame = 0;
    this.canvas = element("canvas", { role: "img" });
    this.lit = null; // made when it is needed
    this.readout = element("output", { class: "readout", "aria-live": "off" });
    this.tabs = this.#tabs();
    this.zooming = element("input", { type: "range", min: "1", max: String(LARGEST), step: "1", id: "zoom" });
    this.zoomed = element("output", { for: "zoom", "aria-live": "off" });
    this.rate = element("input", { type: "range", min: "1", max: "24", step: "1", value: "8", id: "rate" });
    this.rated = element("output", { for: "rate", "aria-live": "off" }, "8");
    this.playing = element("p", { class: "row slim", hidden: true }, element("label", { for: "rate" }, "Frames a second"), this.rate, this.rated);
    this.box = element("div", { class: "checker sheet", tabIndex: 0, "aria-label": "The picture; scrolls when it is larger than its frame" }, this.canvas);
    this.swatches = element("ul", { class: "swatches" });
    this.named = element("h3");
    this.element = element(
      "div",
      { class: "plain viewer" },
      this.tabs,
      element("div", { class: "framed" }, this.box, this.readout),
      element("p", { class: "row slim" }, element("label", { for: "zoom" }, "Zoom"), this.zooming, this.zoomed),
      this.playing,
      this.named,
      this.swatches,
    );
    this.zooming.addEventListener("input", () => this.#enlarge(Number(this.zooming.value)));
    this.rate.addEventListener("input", () => {
      this.rated.textContent = this.rate.value;
      this.#draw();
    });
    this.canvas.addEventListener("pointermove", (event) => this.#describe(event));
    this.canvas.addEventListener("pointerleave", () => (this.readout.textContent = ""));
    new ResizeObserver(() => this.#draw()).observe(this.box);
  }

  #tabs() {
    const made = element("div", { class: "segments", role: "group", "aria-label": "How to look at it" });
    for (const [view, name] of Object.entries(VIEWS)) {
      const press = () => this.show(view);
      made.append(element("button", { type: "button", data: { view }, on: { click: press } }, name, " ", element("kbd", {}, KEYS[view])));
    }
    return made;
  }

  /** Look at a picture, at first in one of the views; `alone` says that its siblings are no frames, `maps` are its material's. */
  async open(blob, view, alone, maps = null) {
    const picture = await decoded(blob);
    this.maps = maps && new Map(await Promise.all([...maps].map(async ([role, map]) => [role, await decoded(map)])));
    if (this.maps) this.#light();
    this.picture = picture;
    this.zoom = 0;
    this.#colours();
    const strip = frames(picture).length > 1;
    this.playable = strip || !alone;
    this.#tab("play").hidden = !this.playable;
    this.#tab("lit").hidden = !this.maps;
    await this.show(strip ? "play" : (view ?? this.view));
  }

  #tab(view) {
    return this.tabs.querySelector(`[data-view=${view}]`);
  }

  /** Put the material under the lamp; without WebGL there is no such view. */
  #light() {
    this.lit ??= new Lit();
    if (this.lit.able) this.lit.wear(this.maps);
    else this.maps = null;
  }

  /** Look at it another way: `pixels`, `tiled`, `play` or `lit`. */
  async show(view) {
    if ((view === "play" && !this.playable) || (view === "lit" && !this.maps)) view = "pixels";
    this.view = view;
    this.box.replaceChildren(view === "lit" ? this.lit.canvas : this.canvas);
    for (const button of this.tabs.children) button.setAttribute("aria-pressed", String(button.dataset.view === view));
    this.playing.hidden = view !== "play";
    this.frames = view === "play" ? await this.#played() : [this.picture];
    this.#draw();
  }

  async #played() {
    const own = frames(this.picture);
    return own.length > 1 ? own : Promise.all((await this.siblings()).map(decoded));
  }

  larger(steps) {
    this.#enlarge(Math.min(LARGEST, Math.max(1, this.#factor() + steps)));
  }

  #enlarge(factor) {
    this.zoom = factor;
    this.#draw();
  }

  #times() {
    return { tiled: TILES, lit: LIT_TILES }[this.view] ?? 1;
  }

  /** How many times as large the picture is shown. */
  #factor() {
    if (this.zoom) return this.zoom;
    const { width, height } = this.frames[0];
    const room = Math.min(this.box.clientWidth / width, Math.max(240, Math.min(this.box.clientWidth, innerHeight * TALLEST)) / height);
    return Math.max(1, Math.min(LARGEST, Math.floor(room / this.#times())));
  }

  #draw() {
    clearTimeout(this.timer);
    if (!this.picture || !this.frames?.length || !this.box.clientWidth) return;
    const factor = this.#factor();
    this.zooming.value = String(factor);
    this.zoomed.textContent = `${factor}×`;
    if (this.view === "lit") {
      this.lit.draw(factor);
      this.lit.canvas.classList.toggle("whole", !this.zoom && this.lit.canvas.width > this.box.clientWidth);
      return;
    }
    const shown = this.frames[this.frame % this.frames.length];
    const context = drawn(this.canvas, shown, factor, this.#times(), this.#times());
    this.canvas.classList.toggle("whole", !this.zoom && this.canvas.width > this.box.clientWidth);
    if (this.view === "pixels" && factor >= RULED_FROM && this.zoom) ruled(context, factor);
    this.canvas.setAttribute("aria-label", `${VIEWS[this.view]}, ${shown.width} × ${shown.height} pixels, ${factor} times as large`);
    if (this.view === "play" && this.frames.length > 1) {
      this.timer = setTimeout(() => {
        this.frame += 1;
        if (this.canvas.isConnected) this.#draw();
      }, 1000 / Number(this.rate.value));
    }
  }

  #describe(event) {
    const { width, height } = this.frames[0];
    const factor = this.canvas.getBoundingClientRect().width / (width * this.#times());
    const [x, y] = [Math.floor(event.offsetX / factor), Math.floor(event.offsetY / factor)];
    if (x < 0 || y < 0 || x >= width * this.#times() || y >= height * this.#times()) return;
    this.readout.textContent = described(this.frames[this.frame % this.frames.length], x % width, y % height);
  }

  #colours() {
    const { colours, count } = palette(this.picture);
    this.colours = colours;
    this.named.textContent = count === 1 ? "Palette, 1 colour" : `Palette, ${count} colours`;
    this.swatches.replaceChildren(
      ...colours.map((colour) => {
        const button = element("button", { type: "button", title: `Copy ${colour}`, "aria-label": `Copy ${colour}` });
        button.style.background = colour;
        button.addEventListener("click", async () => {
          await navigator.clipboard.writeText(colour);
          say(`${colour} is copied`);
          button.dataset.copied = "";
          setTimeout(() => delete button.dataset.copied, 900);
        });
        return element("li", {}, button);
      }),
    );
  }
}
