// The picked picture and what can be done with it: export, vary, change a part, start from it.

import { Actor } from "./actor.js";
import { base64 } from "./connect.js";
import { by, element, say } from "./dom.js";
import { Exporting } from "./exporting.js";
import { Life } from "./life.js";
import * as limner from "./limner.js";
import { Mask } from "./mask.js";
import { decoded } from "./pixels.js";
import { SceneView } from "./sceneview.js";
import { Viewer } from "./viewer.js";
import { words } from "./words.js";

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
    this.scene = new SceneView();
    this.exporting = new Exporting();
    this.actor = new Actor((asset) => (this.exporting.frame = asset));
    this.facts = element("dl", { class: "facts" });
    this.change = element("div", { class: "change", hidden: true });
    this.life = new Life((character) => this.#bring(character), () => (this.life.element.hidden = true));
    this.side = this.#side();
    this.panel.append(this.life.element, this.viewer.element, this.scene.element, this.actor.element, this.side, this.change);
  }

  #side() {
    const press = (name, shortcut, action) =>
      element("button", { type: "button", on: { click: () => this.#tried(action) } }, name, shortcut ? " " : null, shortcut ? element("kbd", {}, shortcut) : null);
    this.moving = press("Animate", "A", () => this.animate());
    this.art = [press("Vary", "V", () => this.vary()), press("Repaint", "", () => this.paint())]; // not of maps and parts
    this.flat = [press("Start from it", "", () => this.startFrom()), press("Same colours", "", () => this.keepColours())]; // not of scenes
    return element(
      "div",
      { class: "side" },
      element("div", { class: "actions" },
        ...this.art,
        this.moving,
        ...this.flat,
        press("Same seed", "", () => this.keepSeed()),
      ),
      this.scene.layers,
      this.facts,
      this.exporting.element,
    );
  }

  offer(formats, extensions) {
    this.exporting.offer(formats);
    this.life.offer(extensions);
    this.lively = extensions.includes("brief-character");
  }

  /** Show an asset of a generation. */
  async open(generation, asset) {
    const view = this.generation?.name === generation.name ? undefined : generation.texture ? "tiled" : "pixels";
    this.generation = generation;
    this.asset = asset;
    this.change.hidden = true;
    const bundle = asset.role === "picture" && generation.assets.find(({ role }) => role === "scene");
    const acting = ["reference", "frame"].includes(asset.role) && generation.assets.some(({ role }) => role === "frame");
    for (const button of this.art) button.hidden = Boolean(asset.role);
    for (const button of this.flat) button.hidden = Boolean(bundle);
    this.moving.hidden = !this.lively || Boolean(asset.role && asset.role !== "reference");
    this.life.element.hidden = this.moving.hidden || asset.role === "reference" || this.form.mode !== "character";
    this.exporting.open(generation, asset, Boolean(bundle));
    const blob = await limner.picture(bundle || asset);
    const maps = bundle || acting ? null : await this.#maps(generation, asset);
    if (this.asset !== asset) return; // another one was picked meanwhile
    this.panel.hidden = false;
    this.#use(bundle ? "scene" : acting ? "actor" : "picture");
    if (bundle) await this.scene.open(blob);
    else if (acting) await this.actor.open(generation);
    else await this.viewer.open(blob, view, Boolean(asset.role) || generation.assets.length < 2, maps);
    if (this.asset === asset) this.#tell(asset);
  }

  /** Which of the three ways of looking is there: at a picture, at a scene, at a character. */
  #use(kind) {
    this.kind = kind;
    this.panel.dataset.kind = kind === "picture" && this.generation.texture ? "texture" : kind;
    this.viewer.element.hidden = kind !== "picture";
    this.scene.element.hidden = this.scene.layers.hidden = kind !== "scene";
    this.actor.element.hidden = kind !== "actor";
    if (kind === "scene") this.side.after(this.exporting.element); // many buttons: below the map
    else this.side.append(this.exporting.element);
  }

  /** The pictures of the material that an asset belongs to, by role; nothing, where it belongs to none. */
  async #maps(generation, asset) {
    const own = generation.texture ? generation.assets.filter((each) => (each.candidate ?? 0) === (asset.candidate ?? 0)) : [];
    if (own.length < 2) return null;
    return new Map(await Promise.all(own.map(async (each) => [each.role, await limner.picture(each)])));
  }

  #tell(asset) {
    const score = asset.scores?.alignment;
    const scene = this.kind === "scene" ? this.scene.scene : null; // its picture may be smaller than it is
    const facts = {
      Tiles: scene ? `${scene.columns} × ${scene.rows}` : null,
      Size: `${(scene ?? asset).width} × ${(scene ?? asset).height}`,
      Seed: asset.seed ?? "0",
      Fit: score === undefined ? null : score.toFixed(2),
      Frames: this.kind === "actor" ? String(this.generation.assets.filter(({ role }) => role === "frame").length) : null,
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

  /** Open the panel that brings a figure to life. */
  animate() {
    this.life.element.hidden = false;
    this.life.element.scrollIntoView({ block: "nearest" });
    this.life.element.querySelector("input").focus();
  }

  #bring(character) {
    const image = { prompt: words.prompt(this.generation), model: this.asset.model };
    return this.draw({ character: { ...character, reference: this.asset.name, image }, priority: "PRIORITY_INTERACTIVE" });
  }

  /** Larger or smaller, whatever is looked at. */
  larger(steps) {
    ({ scene: this.scene, actor: this.actor, picture: this.viewer })[this.kind]?.larger(steps);
  }

  /** Play what can be played: a walk along a scene, a character, the frames of a picture. */
  play() {
    if (this.kind === "actor") this.actor.play(!this.actor.playing);
    else if (this.kind === "scene" && this.scene.scene.side) this.scene.walk();
    else if (this.kind === "picture") this.viewer.show("play");
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
}
