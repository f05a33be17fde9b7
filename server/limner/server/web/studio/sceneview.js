// The picked scene: looked at in its layers, moved about, measured, and said what lies where.

import { element, say } from "./dom.js";
import * as overlays from "./overlays.js";
import { Scenery, found } from "./scenery.js";
import { sceneOf } from "./tiled.js";

const ZOOMS = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 3, 4, 6, 8, 12, 16];
const TALLEST = 0.68; // of the window
const STEP = 64; // pixels of the page that an arrow key moves
const WALK = 90; // pixels of the scene a second
const OVERLAYS = { grid: ["Grid", "G"], collision: ["Collision", "C"], places: ["Places", "R"] };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const KINDS = { tiles: "Tiles", props: "Props", picture: "Picture" };

export class SceneView {
  constructor() {
    this.scene = null;
    this.zoom = 0; // 0: as large as fits
    this.camera = { x: 0, y: 0, zoom: 1 };
    this.shown = new Set();
    this.over = new Set();
    this.walking = 0;
    this.drawing = 0;
    this.art = element("canvas", { class: "art" });
    this.marks = element("canvas", { class: "marks", "aria-hidden": "true" });
    this.box = element("div", { class: "sheet", tabIndex: 0, role: "application", "aria-roledescription": "map" }, element("div", { class: "checker map" }, this.art, this.marks));
    this.readout = element("output", { class: "readout", "aria-live": "off" });
    this.zoomed = element("output", { class: "zoomed", "aria-live": "off" });
    this.layers = element("fieldset", { class: "layers" });
    this.element = element("div", { class: "scene viewer", hidden: true }, this.#bar(), element("div", { class: "framed" }, this.box, this.readout));
    this.#listen();
    new ResizeObserver(() => this.draw()).observe(this.box);
  }

  #bar() {
    const press = (name, title, action, label) => element("button", { type: "button", title, "aria-label": label, on: { click: action } }, name);
    this.toggles = Object.entries(OVERLAYS).map(([name, [title, key]]) =>
      element("button", { type: "button", "aria-pressed": "false", data: { over: name }, on: { click: () => this.toggle(name) } }, title, " ", element("kbd", {}, key)),
    );
    this.walker = element("button", { type: "button", "aria-pressed": "false", on: { click: () => this.walk() } }, "Walk ", element("kbd", {}, "P"));
    return element(
      "div",
      { class: "row bench" },
      element("div", { class: "segments", role: "group", "aria-label": "Zoom" },
        press("−", "Smaller (−)", () => this.larger(-1), "Smaller"),
        this.zoomed,
        press("+", "Larger (+)", () => this.larger(1), "Larger"),
        press("Fit", "As large as fits (0)", () => this.fit()),
      ),
      element("div", { class: "segments", role: "group", "aria-label": "Over the scene" }, ...this.toggles),
      element("div", { class: "segments" }, this.walker),
    );
  }

  #listen() {
    this.box.addEventListener("keydown", (event) => {
      const way = ARROWS[event.key];
      if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.move((way[0] * STEP) / this.camera.zoom, (way[1] * STEP) / this.camera.zoom);
    });
    this.box.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.art.addEventListener("pointerdown", (event) => {
      this.art.setPointerCapture(event.pointerId);
      this.held = { x: event.clientX, y: event.clientY };
    });
    this.art.addEventListener("pointermove", (event) => {
      if (this.held && event.buttons) {
        this.move((this.held.x - event.clientX) / this.camera.zoom, (this.held.y - event.clientY) / this.camera.zoom);
        this.held = { x: event.clientX, y: event.clientY };
      }
      this.#describe(event);
    });
    for (const end of ["pointerup", "pointercancel"]) this.art.addEventListener(end, () => (this.held = null));
    this.art.addEventListener("pointerleave", () => (this.readout.textContent = ""));
  }

  /** With Ctrl larger and smaller, at the pointer; else sideways, as far as there is more to see. */
  #wheel(event) {
    if (event.ctrlKey) {
      event.preventDefault();
      this.larger(event.deltaY < 0 ? 1 : -1, { x: event.offsetX, y: event.offsetY });
      return;
    }
    const sideways = event.deltaX || (event.shiftKey || this.scene?.side ? event.deltaY : 0);
    const before = this.camera.x;
    if (sideways) this.move(sideways / this.camera.zoom, 0);
    if (this.camera.x !== before) event.preventDefault();
  }

  /** Show what a bundle holds. */
  async open(bundle) {
    if (this.bundle !== bundle) {
      const scene = await sceneOf(bundle);
      this.bundle = bundle;
      this.scene = scene;
      this.scenery = new Scenery(scene);
      this.shown = new Set(scene.layers);
      this.camera = { x: 0, y: 0, zoom: 1 };
      this.zoom = 0;
      this.#list();
    }
    this.walker.parentElement.hidden = !this.scene.side;
    this.#still();
    this.draw();
  }

  /** The layers, front first, as they are stacked. */
  #list() {
    const entries = [...this.scene.layers].reverse().map((layer) => {
      const box = element("input", { type: "checkbox", checked: true, on: { change: () => this.show(layer, box.checked) } });
      const some = { tiles: () => layer.cells.filter(Boolean).length, props: () => layer.props.length, picture: () => 1 }[layer.kind]();
      const many = layer.kind === "picture" ? (layer.parallax.x === 1 ? "" : `× ${layer.parallax.x}`) : String(some);
      return element("label", { data: { kind: layer.kind }, class: some ? "" : "bare" }, box, element("span", { class: "what" }, layer.name), element("small", { title: KINDS[layer.kind] }, many));
    });
    this.layers.replaceChildren(element("legend", {}, "Layers, front first"), ...entries);
  }

  /** Draw a layer, or leave it out. */
  show(layer, shown) {
    if (shown) this.shown.add(layer);
    else this.shown.delete(layer);
    this.draw();
  }

  /** Put the grid, the collision or the places over the scene, or take them away. */
  toggle(name) {
    const on = !this.over.has(name);
    if (on) this.over.add(name);
    else this.over.delete(name);
    this.toggles.find((each) => each.dataset.over === name).setAttribute("aria-pressed", String(on));
    say(`${OVERLAYS[name][0]} ${on ? "on" : "off"}`);
    this.draw();
  }

  fit() {
    this.zoom = 0;
    this.draw();
  }

  /** The next zoom, in or out, around a point of the canvas: the middle, unless another is given. */
  larger(steps, at = { x: this.art.width / 2, y: this.art.height / 2 }) {
    const place = ZOOMS.indexOf(this.#factor());
    const zoom = ZOOMS[Math.max(0, Math.min(ZOOMS.length - 1, place + steps))];
    const { camera } = this;
    const held = { x: camera.x + at.x / camera.zoom, y: camera.y + at.y / camera.zoom };
    this.zoom = zoom;
    this.#size();
    const middle = { x: Math.min(at.x, this.art.width), y: Math.min(at.y, this.art.height) };
    Object.assign(camera, { x: held.x - middle.x / zoom, y: held.y - middle.y / zoom });
    this.draw();
  }

  /** Move what is seen, in pixels of the scene. */
  move(x, y) {
    this.camera.x += x;
    this.camera.y += y;
    this.#keep();
    this.draw();
  }

  /** Go along the scene and back, until told again. */
  walk() {
    if (this.walking) return this.#still();
    this.walker.setAttribute("aria-pressed", "true");
    let [before, way] = [0, 1];
    let place = this.camera.x;
    const step = (now) => {
      if (!this.art.isConnected || this.element.hidden) return this.#still();
      if (before) place += (way * WALK * Math.min(100, now - before)) / 1000;
      before = now;
      this.camera.x = place;
      this.#keep();
      if (Math.abs(this.camera.x - place) > 1) way = -way;
      if (Math.abs(this.camera.x - place) > 1) place = this.camera.x;
      this.draw();
      this.walking = requestAnimationFrame(step);
    };
    this.walking = requestAnimationFrame(step);
  }

  #still() {
    cancelAnimationFrame(this.walking);
    this.walking = 0;
    this.walker.setAttribute("aria-pressed", "false");
  }

  #room() {
    return { width: this.box.clientWidth, height: Math.max(240, Math.floor(innerHeight * TALLEST)) };
  }

  /** How many times as large the scene is shown. */
  #factor() {
    if (this.zoom) return this.zoom;
    const { width, height } = this.#room();
    const { side } = this.scene; // from the side one walks along: only the height has to fit
    const fits = (zoom) => (side || this.scene.width * zoom <= width) && this.scene.height * zoom <= height;
    return ZOOMS.findLast(fits) ?? ZOOMS[0];
  }

  /** The canvas is as large as the scene, or as there is room. */
  #size() {
    this.camera.zoom = this.#factor();
    const room = this.#room();
    const width = Math.min(room.width, Math.floor(this.scene.width * this.camera.zoom));
    const height = Math.min(room.height, Math.floor(this.scene.height * this.camera.zoom));
    for (const [canvas, times] of [[this.art, 1], [this.marks, devicePixelRatio]]) {
      if (canvas.width !== Math.round(width * times)) canvas.width = Math.round(width * times);
      if (canvas.height !== Math.round(height * times)) canvas.height = Math.round(height * times);
    }
    this.marks.style.width = `${width}px`;
    this.marks.style.height = `${height}px`;
    this.#keep();
  }

  /** The camera stays in the scene, on whole pixels of the page. */
  #keep() {
    const { camera, art, scene } = this;
    const unit = Math.max(1, 1 / camera.zoom);
    for (const [axis, side] of [["x", "width"], ["y", "height"]]) {
      const most = Math.max(0, scene[side] - art[side] / camera.zoom);
      camera[axis] = Math.min(Math.floor(most / unit) * unit, Math.max(0, Math.round(camera[axis] / unit) * unit));
    }
  }

  /** Draw everything at the next turn of the screen. */
  draw() {
    if (this.drawing || !this.scene || !this.box.clientWidth) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      this.#draw();
    });
  }

  #draw() {
    if (!this.box.clientWidth) return;
    this.#size();
    const { scene, camera, shown } = this;
    this.scenery.draw(this.art.getContext("2d"), camera, shown);
    const context = this.marks.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.marks.width, this.marks.height);
    context.scale(devicePixelRatio, devicePixelRatio);
    for (const name of Object.keys(OVERLAYS)) if (this.over.has(name)) overlays[name](context, scene, camera, this.art);
    const factor = camera.zoom < 1 ? `1∕${1 / camera.zoom}` : `${camera.zoom}×`;
    this.zoomed.textContent = factor;
    this.box.setAttribute("aria-label", `The scene, ${scene.columns} × ${scene.rows} tiles, shown ${factor}; arrow keys move it`);
    this.element.dataset.drawn = String(Number(this.element.dataset.drawn ?? 0) + 1);
  }

  /** Say what is under the pointer. */
  #describe({ offsetX, offsetY }) {
    const { scene, camera } = this;
    const [x, y] = [Math.floor(camera.x + offsetX / camera.zoom), Math.floor(camera.y + offsetY / camera.zoom)];
    if (x < 0 || y < 0 || x >= scene.width || y >= scene.height) return;
    const names = found(scene, x, y, camera, this.shown).map(({ layer, name }) => (layer === name ? name : `${layer}: ${name}`));
    const regions = overlays.placesAt(scene, x, y);
    const cell = `${Math.floor(x / scene.tile.width)}, ${Math.floor(y / scene.tile.height)}`;
    this.readout.textContent = [cell, ...names.slice(0, 2), ...regions.slice(0, 2).map((name) => `in ${name}`)].join(" · ");
  }
}
