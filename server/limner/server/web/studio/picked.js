// The picked picture and what can be done with it: export, vary, change a part, start from it.

import { base64 } from "./connect.js";
import { by, element, save, say } from "./dom.js";
import * as limner from "./limner.js";
import { Mask } from "./mask.js";
import { decoded } from "./pixels.js";
import { Viewer } from "./viewer.js";
import { zipped } from "./zip.js";
import { words } from "./words.js";

const KINDS = { sprites: "Pictures", material: "Material", scene: "Scene", tileset: "Tilesets" };
const FIRST_FORMAT = { sprites: "png", scene: "tiled-tmx", frame: "gif" };
const VIEWS = [["texture", "tiled"], ["animation", "play"]]; // at first
const MASK_ROOM = 320; // pixels of the page

export class Picked {
  /** `draw(generation)` asks for more art, `form` is where a picture to start from goes, `fail(error)` tells of an error. */
  constructor(draw, form, fail) {
    this.draw = draw;
    this.form = form;
    this.fail = fail;
    this.panel = by("picked");
    this.generation = null;
    this.asset = null;
    this.viewer = new Viewer(() => Promise.all(limner.pictured(this.generation).map(limner.picture)));
    this.facts = element("dl", { class: "facts" });
    this.formats = [];
    this.format = element("select", { id: "format", on: { change: () => ((this.fitted = true), this.#fit()) } });
    this.stem = element("input", { id: "stem", value: "limner", maxLength: 64, pattern: "[A-Za-z0-9_\\-]{1,64}", spellcheck: false });
    this.which = element("select", { id: "which" }, element("option", { value: "one" }, "This one"), element("option", { value: "all" }, "All"));
    this.exportFault = element("p", { class: "fault", role: "alert" });
    this.exportButton = element("button", { type: "submit", class: "main" }, "Export ", element("kbd", {}, "E"));
    this.change = element("div", { class: "change", hidden: true });
    this.panel.append(this.viewer.element, this.#side(), this.change);
  }

  #side() {
    const press = (name, shortcut, action) =>
      element("button", { type: "button", on: { click: () => this.#tried(action) } }, name, shortcut ? " " : null, shortcut ? element("kbd", {}, shortcut) : null);
    const exporting = element(
      "form",
      { class: "export", "aria-label": "Export", on: { submit: (event) => (event.preventDefault(), this.export()) } },
      element("div", { class: "pair" },
        element("div", { class: "field" }, element("label", { for: "format" }, "Format"), this.format),
        element("div", { class: "field" }, element("label", { for: "which" }, "Pictures"), this.which),
      ),
      element("div", { class: "field" }, element("label", { for: "stem" }, "Name of the files"), this.stem),
      this.exportFault,
      this.exportButton,
    );
    this.moving = press("Animate", "", () => this.animate());
    this.art = [press("Vary", "V", () => this.vary()), press("Repaint", "", () => this.paint())]; // not of maps and parts
    return element(
      "div",
      { class: "side" },
      element("div", { class: "actions" },
        ...this.art,
        this.moving,
        press("Start from it", "", () => this.startFrom()),
        press("Same seed", "", () => this.keepSeed()),
        press("Same colours", "", () => this.keepColours()),
      ),
      this.facts,
      exporting,
    );
  }

  offer(formats) {
    this.formats = formats;
  }

  /** The formats that fit what a generation made. */
  #fitting(generation) {
    const roles = new Set(generation.assets.map((asset) => asset.role));
    const kinds = ["sprites", ...(roles.has("albedo") ? ["material"] : []), ...(roles.has("scene") ? ["scene", "tileset"] : [])];
    const before = this.format.value;
    const groups = kinds.map((kind) => {
      const options = this.formats.filter(({ takes }) => takes === kind).map(({ name, title }) => element("option", { value: name, title }, name));
      return element("optgroup", { label: KINDS[kind] }, ...options);
    });
    this.format.replaceChildren(...(groups.length > 1 ? groups : groups[0].children));
    const known = [...this.format.options].map((option) => option.value);
    const first = FIRST_FORMAT[roles.has("frame") ? "frame" : kinds.at(-1) === "tileset" ? "scene" : "sprites"];
    this.which.value = roles.has("frame") ? "all" : "one";
    this.format.value = [this.fitted ? before : first, first, known[0]].find((name) => known.includes(name)) ?? "";
    this.fitted = false; // until somebody chooses another format
    this.#fit();
  }

  #takes() {
    return this.formats.find(({ name }) => name === this.format.value)?.takes ?? "sprites";
  }

  #fit() {
    this.which.parentElement.hidden = this.#takes() !== "sprites" || limner.pictured(this.generation).length < 2;
    this.format.title = this.formats.find(({ name }) => name === this.format.value)?.title ?? "";
  }

  /** What the chosen format is made of: the picked picture, all of them, its material's maps, or its scene. */
  #chosen() {
    const { assets } = this.generation;
    const takes = this.#takes();
    if (takes === "material") return assets.filter((asset) => asset.role && (asset.candidate ?? 0) === (this.asset.candidate ?? 0));
    if (takes !== "sprites") return assets.filter((asset) => asset.role === "scene");
    return this.which.value === "all" && !this.which.parentElement.hidden ? limner.pictured(this.generation) : [this.asset];
  }

  /** Show an asset of a generation. */
  async open(generation, asset) {
    const view = this.generation?.name === generation.name ? undefined : VIEWS.find(([kind]) => generation[kind])?.[1] ?? "pixels";
    this.generation = generation;
    this.asset = asset;
    for (const button of this.art) button.hidden = Boolean(asset.role);
    this.moving.hidden = Boolean(asset.role) || !this.form.moving;
    this.change.hidden = true;
    this.exportFault.textContent = "";
    if (view) this.#fitting(generation);
    const blob = await limner.picture(asset);
    if (this.asset !== asset) return; // another one was picked meanwhile
    this.panel.hidden = false;
    await this.viewer.open(blob, view, (asset.role && asset.role !== "frame") || generation.assets.length < 2);
    const score = asset.scores?.alignment;
    const facts = {
      Size: `${asset.width} × ${asset.height}`,
      Seed: asset.seed ?? "0",
      Fit: score === undefined ? null : score.toFixed(2),
      Seam: asset.qa?.seam === undefined ? null : asset.qa.seam.toFixed(2),
      Model: asset.model?.replace("models/", ""),
    };
    this.facts.replaceChildren(
      ...Object.entries(facts).filter(([, value]) => value).map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
    );
  }

  hide() {
    this.panel.hidden = true;
    this.asset = null;
  }

  async #tried(action) {
    try {
      await action();
    } catch (error) {
      this.fail(error);
    }
  }

  vary() {
    return this.draw({ variation: { source: this.asset.name }, priority: "PRIORITY_INTERACTIVE" });
  }

  async startFrom() {
    this.form.startFrom(await limner.picture(this.asset));
    by("prompt").focus();
    say("The form starts from this picture");
  }

  async animate() {
    this.form.animate(this.asset, await limner.picture(this.asset));
    say("The form animates this picture");
  }

  keepSeed() {
    by("seed").value = this.asset.seed ?? "0";
    by("more").open = true;
    by("seed").focus();
    say("The seed is in the form");
  }

  keepColours() {
    by("palette").value = this.viewer.colours.join(" ");
    by("more").open = true;
    by("palette").focus();
    say("The palette is in the form");
  }

  /** Open the panel that paints a mask. */
  async paint() {
    const picture = await decoded(await limner.picture(this.asset));
    const mask = new Mask(picture, MASK_ROOM);
    const prompt = element("input", { id: "change-prompt", maxLength: 2000, dir: "auto", value: words.asked(this.generation) });
    const fault = element("p", { class: "fault", role: "alert" });
    const draw = async () => {
      fault.textContent = mask.empty ? "Paint where it may change, or mark everything." : "";
      if (mask.empty) return;
      const image = { prompt: prompt.value.trim(), style: by("style").value, candidates: 4 };
      await this.draw({ edit: { source: this.asset.name, maskPng: await base64(await mask.png()), image }, priority: "PRIORITY_INTERACTIVE" });
    };
    this.change.replaceChildren(
      element("div", { class: "title" },
        element("h3", {}, "Repaint a part"),
        element("button", { type: "button", class: "quiet", on: { click: () => (this.change.hidden = true) } }, "Close"),
      ),
      element("div", { class: "checker sheet" }, mask.canvas),
      element("div", { class: "side" },
        element("p", { class: "hint" }, "Paint where the picture may change; Shift takes paint away."),
        element("div", { class: "field" }, element("label", { for: "change-prompt" }, "What it becomes"), prompt),
        element("p", { class: "row slim" }, element("label", { for: "brush" }, "Brush"), mask.brush),
        fault,
        element("p", { class: "row" },
          element("button", { type: "button", class: "main", on: { click: () => this.#tried(draw) } }, "Draw it"),
          element("button", { type: "button", on: { click: () => mask.fill(true) } }, "Everything"),
          element("button", { type: "button", on: { click: () => mask.fill(false) } }, "Nothing"),
        ),
      ),
    );
    this.change.hidden = false;
    this.change.scrollIntoView({ block: "nearest" });
    prompt.focus();
  }

  /** Save the picture, or all of its generation, as the files of a format; several files come in a ZIP. */
  async export() {
    const assets = this.#chosen();
    this.exportButton.disabled = true;
    this.exportFault.textContent = "";
    try {
      const files = await limner.exported(assets.map(({ name }) => name), this.format.value, this.stem.value);
      if (files.size === 1) {
        const [[path, content]] = files;
        save(new Blob([content]), path.split("/").at(-1));
      } else {
        save(zipped(files), `${this.stem.value}-${this.format.value}.zip`);
      }
      say(files.size === 1 ? "1 file is saved" : `${files.size} files are saved in a ZIP`);
    } catch (error) {
      this.exportFault.textContent = error.message;
    } finally {
      this.exportButton.disabled = false;
    }
  }
}
