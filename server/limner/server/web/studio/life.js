// A panel that brings a picked figure to life: what it does, from how many sides, in how many frames.

import { element } from "./dom.js";

const ACTIONS = { idle: "Idle", walk: "Walk", run: "Run", jump: "Jump", attack: "Attack", cast: "Cast", hurt: "Hurt", die: "Die" };
const FIRST = ["idle", "walk", "attack"];
const DIRECTIONS = [1, 4, 8];
const TURNS = "character-directions"; // the extension of servers that draw figures from several sides

export class Life {
  /** `draw(character)` asks for a CharacterBrief, without its figure. */
  constructor(draw, close) {
    this.extensions = [];
    this.fault = element("p", { class: "fault", role: "alert" });
    this.actions = Object.entries(ACTIONS).map(([value, name]) =>
      element("label", {}, element("input", { type: "checkbox", name: "actions", value, checked: FIRST.includes(value) }), element("span", {}, name)),
    );
    this.directions = element("fieldset", { class: "segments" }, element("legend", { class: "unseen" }, "Directions"));
    this.frames = element("input", { id: "life-frames", type: "number", min: "1", max: "64", step: "1", value: "8", inputMode: "numeric" });
    this.element = element(
      "form",
      { class: "life", "aria-label": "Bring it to life", noValidate: true },
      element("div", { class: "title" }, element("h3", {}, "Bring it to life"), element("button", { type: "button", class: "quiet", on: { click: close } }, "Close")),
      element("fieldset", { class: "pills" }, element("legend", {}, "Actions"), ...this.actions),
      element("div", { class: "row" },
        (this.turning = element("div", { class: "field" }, element("span", { class: "label", "aria-hidden": "true" }, "Directions"), this.directions)),
        element("div", { class: "field" }, element("label", { for: "life-frames" }, "Frames an action"), this.frames),
        element("button", { type: "submit", class: "main" }, "Animate it"),
      ),
      this.fault,
    );
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send(draw);
    });
    this.offer([]);
  }

  /** Offer the directions that the server draws. */
  offer(extensions) {
    const turns = extensions.includes(TURNS);
    const radios = DIRECTIONS.filter((count) => turns || count === 1).map((count) =>
      element("label", {}, element("input", { type: "radio", name: "directions", value: String(count), checked: count === (turns ? 4 : 1) }), element("span", {}, String(count))),
    );
    this.turning.hidden = radios.length < 2;
    this.directions.replaceChildren(this.directions.firstElementChild, ...radios);
  }

  async #send(draw) {
    const checked = (name) => [...this.element.querySelectorAll(`[name=${name}]:checked`)].map(({ value }) => value);
    const actions = checked("actions");
    this.fault.textContent = actions.length ? "" : "Choose an action at least.";
    if (!actions.length) return;
    const directions = Number(checked("directions")[0]);
    try {
      await draw({ actions, frames: Number(this.frames.value), ...(directions > 1 ? { directions } : {}) });
    } catch (error) {
      this.fault.textContent = error.message;
    }
  }
}
