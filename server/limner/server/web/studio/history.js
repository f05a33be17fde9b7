// What was asked for, newest first; what runs can be cancelled.

import { by, element, show } from "./dom.js";
import * as limner from "./limner.js";
import { told, words } from "./words.js";

const PAGE = 20;
const LOOK_MS = 2000;

export class History {
  /** `open(generation)` shows one. */
  constructor(open) {
    this.open = open;
    this.rows = new Map(); // name → its row
    this.current = "";
    this.next = "";
    this.timer = 0;
    by("refresh").addEventListener("click", () => this.refresh());
    by("older").addEventListener("click", () => this.#older());
  }

  /** Ask again for the newest page. */
  async refresh() {
    clearTimeout(this.timer);
    const { found, next } = await limner.generations(PAGE);
    if (!this.rows.size) this.next = next;
    for (const generation of found.reverse()) this.put(generation);
    by("older").hidden = !this.next;
    if (found.some((generation) => !limner.ended(generation)) && !document.hidden) {
      this.timer = setTimeout(() => this.refresh().catch(() => {}), LOOK_MS);
    }
  }

  async #older() {
    const { found, next } = await limner.generations(PAGE, this.next);
    this.next = next;
    for (const generation of found) this.put(generation, true);
    by("older").hidden = !next;
  }

  /** Show a generation as it is now: in its place, or at the top (at the end, when it is `older`). */
  put(generation, older = false) {
    const before = this.rows.get(generation.name);
    if (before && before.state === generation.state && limner.ended(generation)) return;
    const row = this.#row(generation);
    this.rows.set(generation.name, { state: generation.state, row });
    if (before) before.row.replaceWith(row);
    else if (older) by("history").append(row);
    else by("history").prepend(row);
    by("history-empty").hidden = true;
    this.mark(this.current);
  }

  /** Say which generation is being looked at. */
  mark(name) {
    this.current = name;
    for (const [each, { row }] of this.rows) {
      const button = row.querySelector(".entry");
      if (each === name) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }

  #row(generation) {
    const thumb = element("span", { class: "checker thumb" });
    const first = generation.assets?.[0] && limner.pictured(generation)[0];
    if (first) this.#thumbnail(thumb, first);
    else if (!limner.ended(generation)) thumb.classList.add("busy");
    const count = (generation.assets?.length ?? 0) - (generation.character ? 1 : 0);
    const facts = [told(generation), count > 1 ? `${count} ${words.parts(generation)}` : "", words.time(generation.createTime)].filter(Boolean).join(" · ");
    const entry = element(
      "button",
      { type: "button", class: "entry", on: { click: () => this.open(generation) } },
      thumb,
      element("span", { class: "what" }, element("span", { class: "prompt", dir: "auto" }, words.asked(generation)), element("small", {}, facts)),
    );
    const row = element("li", { data: { state: generation.state } }, entry);
    if (!limner.ended(generation)) {
      const cancel = element("button", { type: "button", class: "quiet", "aria-label": `Cancel ${words.asked(generation)}` }, "Cancel");
      cancel.addEventListener("click", async () => {
        cancel.disabled = true;
        const answer = await limner.cancel(generation.name);
        this.put(answer.generation);
      });
      row.append(cancel);
    }
    return row;
  }

  #thumbnail(thumb, asset) {
    const image = element("img", { alt: "", width: 40, height: 40 });
    thumb.append(image);
    const seen = new IntersectionObserver(async ([entry]) => {
      if (!entry.isIntersecting) return;
      seen.disconnect();
      show(image, await limner.picture(asset));
    });
    seen.observe(thumb);
  }
}
