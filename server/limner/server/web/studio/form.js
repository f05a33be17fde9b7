// The form: what it asks for, and where it is wrong.

import { base64 } from "./connect.js";
import { by, element, show } from "./dom.js";

const DRAWN = ["prompt", "style", "width", "negative_prompt", "seed", "steps", "guidance_scale", "model", "palette"];
const MODES = {
  image: { title: "Picture", fields: [...DRAWN, "kind", "candidates", "tile", "reference_png", "strength"] },
  character: { title: "Character", fields: [...DRAWN, "candidates"] }, // the figure; what it does comes when it is picked
  texture: { title: "Texture", fields: [...DRAWN, "variants", "maps"] }, // tiles both ways by itself
  animation: { title: "Animation", fields: ["prompt", "action", "direction", "frames", "duration_ms", "seed", "model", "reference_png"] },
  scene: { title: "Scene", fields: ["prompt", "style", "view", "tile_size", "width_tiles", "height_tiles", "seed", "model"] },
};
const STYLES = { pixel: "Pixel art", flat: "Flat", icon: "Icon", painted: "Painted", render: "Rendered" };
const LARGEST = { image: 256, character: 256, texture: 512 };
const NUMBERS = { steps: "steps", guidanceScale: "guidanceScale" };

export class Form {
  /** `send(generation)` is called with what the wire calls a Generation. */
  constructor(send) {
    this.form = by("brief");
    this.mode = "image";
    this.models = [];
    this.reference = null;
    this.asset = "";
    this.form.addEventListener("submit", async (event) => {
      event.preventDefault();
      this.clear();
      const given = this.form.elements.prompt.value.trim() || (this.mode === "animation" && this.reference);
      if (!given) this.blame("prompt", "Say what to draw.");
      else send(await this.brief());
    });
    this.form.elements.reference.addEventListener("change", (event) => this.startFrom(event.target.files[0] ?? null));
    by("reference-none").addEventListener("click", () => this.startFrom(null));
    this.form.elements.strength.addEventListener("input", () => this.#strength());
    this.form.elements.model.addEventListener("change", () => this.#fit());
  }

  /** Offer what the server can do. */
  offer(extensions, models) {
    this.models = models;
    const { model, style } = this.form.elements;
    model.replaceChildren(...models.map((each) => element("option", { value: each.name }, each.title || each.name)));
    const styles = [...new Set(models.flatMap((each) => each.styles ?? []))];
    style.replaceChildren(...styles.map((each) => element("option", { value: each }, STYLES[each] ?? capital(each))));
    const known = Object.entries(MODES).filter(([name]) => extensions.includes(`brief-${name}`));
    by("modes").hidden = known.length < 2;
    by("modes").replaceChildren(by("modes").firstElementChild);
    for (const [name, { title }] of known) {
      const radio = element("input", { type: "radio", name: "mode", value: name, checked: name === this.mode, on: { change: () => this.use(name) } });
      by("modes").append(element("label", {}, radio, element("span", {}, title)));
    }
    this.use(this.mode);
  }

  /** Switch to another kind of work. */
  use(mode) {
    this.mode = mode;
    for (const field of this.form.querySelectorAll("[data-field]")) field.hidden = !MODES[mode].fields.includes(field.dataset.field);
    this.#fit();
    this.#strength();
  }

  #model() {
    return this.models.find((each) => each.name === this.form.elements.model.value) ?? this.models[0];
  }

  #fit() {
    const { kind, width } = this.form.elements;
    const chosen = this.#model();
    if (!chosen) return;
    const kinds = chosen.kinds ?? [];
    kind.replaceChildren(element("option", { value: "" }, "Auto"), ...kinds.map((each) => element("option", { value: each }, capital(each))));
    const largest = LARGEST[this.mode] ?? 0;
    const sizes = new Set((chosen.sizes ?? []).flatMap((side) => [1, 2, 4, 8, 16].map((times) => side * times)).filter((side) => side <= largest));
    const before = width.value;
    width.replaceChildren(...[...sizes].sort((one, other) => one - other).map((side) => element("option", { value: String(side) }, `${side} × ${side}`)));
    if ([...width.options].some((option) => option.value === before)) width.value = before;
  }

  /** The request that the form describes. */
  async brief() {
    const priority = "PRIORITY_INTERACTIVE";
    if (this.mode === "animation") return { animation: await this.#animation(), priority };
    if (this.mode === "scene") return { scene: this.#scene(), priority };
    const image = this.#image();
    if (this.mode === "texture") {
      const maps = [...this.form.querySelectorAll("[name=maps]:checked")].map((box) => box.value);
      return { texture: { image, variants: Number(this.form.elements.variants.value), maps }, priority };
    }
    image.candidates = Number(this.form.elements.candidates.value);
    if (this.mode === "character") {
      if (this.#model()?.kinds?.includes("character")) image.kind = "character";
      return { image, priority };
    }
    if (this.form.elements.tileX.checked) image.tileX = true;
    if (this.form.elements.tileY.checked) image.tileY = true;
    if (this.reference) {
      image.referencePng = await base64(this.reference);
      image.strength = Number(this.form.elements.strength.value);
    }
    return { image, priority };
  }

  /** What all kinds of work have in common. */
  #image() {
    const { elements } = this.form;
    const image = { prompt: elements.prompt.value.trim(), style: elements.style.value, model: elements.model.value };
    image.width = Number(elements.width.value);
    for (const name of this.mode === "character" ? ["negativePrompt"] : ["negativePrompt", "kind"]) if (elements[name].value.trim()) image[name] = elements[name].value.trim();
    if (elements.seed.value.trim()) image.seed = elements.seed.value.trim();
    const sampling = {};
    for (const [name, field] of Object.entries(NUMBERS)) if (elements[name].value) sampling[field] = Number(elements[name].value);
    if (Object.keys(sampling).length) image.sampling = sampling;
    const colours = elements.palette.value.match(/[0-9a-f]{6}/gi);
    if (colours) image.palette = { colours: colours.map((colour) => parseInt(colour, 16)) };
    return image;
  }

  async #animation() {
    const { elements } = this.form;
    const animation = { action: elements.action.value, direction: elements.direction.value, model: elements.model.value };
    if (elements.prompt.value.trim()) animation.prompt = elements.prompt.value.trim();
    for (const name of ["frames", "durationMs"]) if (elements[name].value) animation[name] = Number(elements[name].value);
    if (elements.seed.value.trim()) animation.seed = elements.seed.value.trim();
    if (this.asset) animation.reference = this.asset;
    else if (this.reference) animation.referencePng = await base64(this.reference);
    return animation;
  }

  #scene() {
    const { elements } = this.form;
    const scene = { prompt: elements.prompt.value.trim(), style: elements.style.value, model: elements.model.value, view: elements.view.value };
    for (const name of ["tileSize", "widthTiles", "heightTiles"]) scene[name] = Number(elements[name].value);
    if (elements.seed.value.trim()) scene.seed = elements.seed.value.trim();
    return scene;
  }

  /** Start from a picture, or from none; `asset` is its name where the server has it. */
  startFrom(blob, asset = "") {
    this.reference = blob;
    this.asset = asset;
    const shown = by("reference-shown");
    shown.replaceChildren();
    shown.hidden = by("reference-none").hidden = !blob;
    this.form.elements.reference.hidden = Boolean(blob);
    if (blob) {
      const image = element("img", { alt: "The picture to start from" });
      show(image, blob);
      shown.append(image);
      by("more").open = true;
    } else {
      this.form.elements.reference.value = "";
    }
    this.#strength();
  }

  #strength() {
    this.#field("strength").hidden = !this.reference || this.mode !== "image";
    this.#field("strength").querySelector("output").textContent = this.form.elements.strength.value;
  }

  /** Put the error of a call where it belongs. */
  refuse(error) {
    const others = error.violations.filter(({ field, description }) => !this.blame(field, description));
    const words = error.violations.length ? others.map(({ field, description }) => `${field}: ${description}`) : [error.message];
    by("fault").textContent = words.join("; ");
  }

  /** Mark the control of a wire field as wrong; false where there is none. */
  blame(path, description) {
    const names = path.replace(/[[].*?[\]]/g, "").split(".").reverse();
    const field = names.map((name) => this.#field(NAMES[name] ?? name)).find((found) => found && !found.hidden);
    if (!field) return false;
    const control = field.querySelector("input, select, textarea");
    const id = `${control.id || control.name}-fault`;
    field.querySelector(".fault")?.remove();
    field.append(element("p", { class: "fault", id, role: "alert" }, description));
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", id);
    if (by("more").contains(field)) by("more").open = true;
    control.focus();
    return true;
  }

  clear() {
    by("fault").textContent = "";
    for (const fault of this.form.querySelectorAll(".field .fault")) fault.remove();
    for (const control of this.form.querySelectorAll("[aria-invalid]")) {
      control.removeAttribute("aria-invalid");
      control.removeAttribute("aria-describedby");
    }
  }

  #field(name) {
    return this.form.querySelector(`[data-field="${CSS.escape(name)}"]`);
  }
}

const NAMES = {
  height: "width", guidanceScale: "guidance_scale", negativePrompt: "negative_prompt", referencePng: "reference_png",
  tile_x: "tile", tile_y: "tile", colours: "palette", png: "palette",
};

const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
