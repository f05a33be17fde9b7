// What is picked, as the files of a format: chosen from a list, or for a scene a button each.

import { element, save, say } from "./dom.js";
import * as limner from "./limner.js";
import { zipped } from "./zip.js";

const KINDS = { sprites: "Pictures", material: "Material", scene: "Scene", tileset: "Tilesets" };
const FIRST = { sprites: "png", frame: "gif", scene: "tiled-tmx" };

export class Exporting {
  constructor() {
    this.formats = [];
    this.generation = null;
    this.asset = null;
    this.frame = null; // the one that is looked at, of an animation
    this.format = element("select", { id: "format", on: { change: () => ((this.chosen = true), this.#fit()) } });
    this.which = element("select", { id: "which" });
    this.stem = element("input", { id: "stem", value: "limner", maxLength: 64, pattern: "[A-Za-z0-9_\\-]{1,64}", spellcheck: false });
    this.fault = element("p", { class: "fault", role: "alert" });
    this.button = element("button", { type: "submit", class: "main" }, "Export ", element("kbd", {}, "E"));
    this.pair = element("div", { class: "pair" },
      element("div", { class: "field" }, element("label", { for: "format" }, "Format"), this.format),
      element("div", { class: "field" }, element("label", { for: "which" }, "Pictures"), this.which),
    );
    this.buttons = element("div", { class: "formats" });
    this.element = element(
      "form",
      { class: "export", "aria-label": "Export", on: { submit: (event) => (event.preventDefault(), this.save()) } },
      this.pair,
      element("div", { class: "field stem" }, element("label", { for: "stem" }, "Name of the files"), this.stem),
      this.buttons,
      this.fault,
      this.button,
    );
  }

  offer(formats) {
    this.formats = formats;
  }

  /** Offer what fits what a generation made; `asset` is the picked one, `whole` says that it stands for a scene. */
  open(generation, asset, whole) {
    const fresh = this.generation?.name !== generation.name;
    this.generation = generation;
    this.asset = asset;
    this.whole = whole;
    this.fault.textContent = "";
    if (fresh) this.#offered();
    this.pair.hidden = this.button.hidden = whole;
    this.buttons.hidden = !whole;
    this.#fit();
  }

  #offered() {
    const roles = new Set(this.generation.assets.map((asset) => asset.role));
    const kinds = ["sprites", ...(roles.has("albedo") ? ["material"] : [])];
    const before = this.format.value;
    const groups = kinds.map((kind) => {
      const options = this.#of(kind).map(({ name, title }) => element("option", { value: name, title }, name));
      return element("optgroup", { label: KINDS[kind] }, ...options);
    });
    this.format.replaceChildren(...(groups.length > 1 ? groups : groups[0].children));
    const known = [...this.format.options].map((option) => option.value);
    const first = FIRST[roles.has("frame") ? "frame" : "sprites"];
    this.format.value = [this.chosen ? before : first, first, known[0]].find((name) => known.includes(name)) ?? "";
    this.chosen = false; // until somebody chooses another format
    this.which.replaceChildren(...this.#choices(roles).map(([value, title]) => element("option", { value }, title)));
    this.buttons.replaceChildren(...(roles.has("scene") ? ["scene", "tileset"] : []).map((kind) => this.#group(kind)));
  }

  #choices(roles) {
    if (roles.has("reference")) return [["all", "All"], ["action", "This action"], ["one", "The figure"]];
    return roles.has("frame") ? [["all", "All"], ["one", "This one"]] : [["one", "This one"], ["all", "All"]];
  }

  #group(kind) {
    const press = ({ name, title }) => element("button", { type: "button", title, data: { format: name }, on: { click: () => this.save(name) } }, name);
    return element("div", { role: "group", "aria-label": KINDS[kind] }, element("h3", {}, KINDS[kind]), element("p", { class: "row" }, ...this.#of(kind).map(press)));
  }

  #of(kind) {
    return this.formats.filter(({ takes }) => takes === kind);
  }

  #takes(format) {
    return this.formats.find(({ name }) => name === format)?.takes ?? "sprites";
  }

  #fit() {
    this.which.parentElement.hidden = this.#takes(this.format.value) !== "sprites" || limner.pictured(this.generation).length < 2;
    this.format.title = this.formats.find(({ name }) => name === this.format.value)?.title ?? "";
  }

  /** What a format is made of: the picked picture, all of them, an action's frames, its material's maps, or its scene. */
  #made(format) {
    const { assets } = this.generation;
    const takes = this.#takes(format);
    if (takes === "material") return assets.filter((asset) => asset.role && (asset.candidate ?? 0) === (this.asset.candidate ?? 0));
    if (takes !== "sprites") return assets.filter((asset) => asset.role === "scene");
    const which = this.which.parentElement.hidden ? "one" : this.which.value;
    if (which === "one") return [this.asset.role === "frame" ? this.frame : this.asset];
    const frames = assets.filter((asset) => asset.role === "frame");
    if (which === "action") return frames.filter((asset) => asset.action === this.frame.action);
    return frames.length ? frames : limner.pictured(this.generation);
  }

  /** What `E` does: the button that is there, or the first format of a scene. */
  press() {
    if (this.whole) return this.save(FIRST.scene);
    return this.button.click();
  }

  /** Save the files of a format; several files come in a ZIP. */
  async save(format = this.format.value) {
    const pressed = [this.button, ...this.buttons.querySelectorAll("button")];
    for (const button of pressed) button.disabled = true;
    this.fault.textContent = "";
    try {
      const files = await limner.exported(this.#made(format).map(({ name }) => name), format, this.stem.value);
      if (files.size === 1) {
        const [[path, content]] = files;
        save(new Blob([content]), path.split("/").at(-1));
      } else {
        save(zipped(files), `${this.stem.value}-${format}.zip`);
      }
      say(files.size === 1 ? "1 file is saved" : `${files.size} files are saved in a ZIP`);
    } catch (error) {
      this.fault.textContent = error.message;
    } finally {
      for (const button of pressed) button.disabled = false;
    }
  }
}
