// The middle of the page: previews that sharpen, then candidates to pick from.

import { bytes } from "./connect.js";
import { by, element, say, show } from "./dom.js";
import * as limner from "./limner.js";
import { words } from "./words.js";

export class Stage {
  /** `pick(generation, asset)` opens a picture, `changed(generation)` hears of every change, `link(lost)` of the connection. */
  constructor(pick, changed, link, fail) {
    this.pick = pick;
    this.changed = changed;
    this.link = link;
    this.fail = fail;
    this.generation = null;
    this.watching = null;
    this.tiles = [];
    by("cancel").addEventListener("click", () => this.cancel());
  }

  get running() {
    return Boolean(this.generation) && !limner.ended(this.generation);
  }

  /** Show a generation, and follow it to its end. */
  async open(generation) {
    this.watching?.abort();
    const watching = (this.watching = new AbortController());
    this.generation = null;
    this.tiles = [];
    by("empty").hidden = true;
    by("work").hidden = false;
    by("failure").hidden = true;
    by("candidates-shown").replaceChildren();
    by("candidates-shown").classList.remove("parts");
    by("candidates-shown").hidden = false;
    this.pick(null);
    history.replaceState(null, "", `#${generation.name}`);
    this.#update(generation);
    if (limner.ended(generation)) return;
    try {
      for await (const event of limner.watch(generation.name, watching.signal, this.link)) {
        if (event.previewPng) this.#preview(event.previewCandidate ?? 0, event.previewPng);
        this.#update(event.generation);
      }
    } catch (error) {
      if (!watching.signal.aborted) this.fail(error);
    }
  }

  async cancel() {
    if (!this.running) return;
    by("cancel").disabled = true;
    try {
      await limner.cancel(this.generation.name);
    } catch (error) {
      this.fail(error);
    } finally {
      by("cancel").disabled = false;
    }
  }

  #update(generation) {
    const before = this.generation?.state;
    this.generation = generation;
    by("title").textContent = words.asked(generation);
    by("state").textContent = words.state(generation);
    by("cancel").hidden = limner.ended(generation);
    by("progress").hidden = limner.ended(generation);
    by("progress").value = generation.progress ?? 0;
    by("work").dataset.state = generation.state;
    if (!limner.ended(generation)) while (this.tiles.length < words.count(generation)) this.#waiting();
    if (before === generation.state) return;
    if (generation.state === "STATE_SUCCEEDED") this.#candidates(generation);
    by("warnings").textContent = (generation.warnings ?? []).join(" ");
    if (generation.state === "STATE_FAILED") this.#failed(generation.error?.message ?? "It could not be drawn.");
    if (generation.state === "STATE_CANCELLED") this.#failed("Cancelled: nothing was kept.");
    say(`${words.asked(generation)}: ${words.state(generation)}`);
    this.changed(generation);
  }

  #waiting() {
    const tile = element("div", { class: "candidate waiting" }, element("span", { class: "checker" }));
    this.tiles.push(tile);
    by("candidates-shown").append(tile);
  }

  #preview(candidate, png) {
    while (this.tiles.length <= candidate) this.#waiting();
    const tile = this.tiles[candidate];
    let image = tile.querySelector("img");
    if (!image) {
      image = element("img", { alt: `Candidate ${candidate + 1}, on the way` });
      tile.firstChild.append(image);
      tile.classList.replace("waiting", "coming");
    }
    show(image, new Blob([bytes(png)], { type: "image/png" }));
  }

  async #candidates(generation) {
    const playing = Boolean(generation.character || generation.animation); // frames are played, not picked
    const assets = limner.pictured(generation).slice(0, playing ? 1 : undefined);
    const blobs = await Promise.all(assets.map(limner.picture)).catch((error) => (this.fail(error), null));
    if (!blobs || this.generation !== generation) return;
    by("candidates-shown").classList.toggle("parts", Boolean(generation.scene));
    by("candidates-shown").hidden = playing;
    by("candidates-shown").replaceChildren(...assets.map((asset, index) => this.#candidate(generation, asset, blobs[index], index)));
    this.choose(0, false);
  }

  #candidate(generation, asset, blob, index) {
    const part = asset.role && asset.role !== "frame" && (asset.candidate ? `${asset.role} ${asset.candidate + 1}` : asset.role);
    const name = part || `${asset.role === "frame" ? "Frame" : "Candidate"} ${index + 1}`;
    const image = element("img", { alt: "" });
    show(image, blob);
    const radio = element("input", { type: "radio", name: "pick", "aria-label": name, on: { change: () => this.pick(generation, asset) } });
    const rank = element("span", { class: "rank" }, part ? part.replace(/^\w+\//, "").replaceAll("/", " ") : String(index + 1));
    return element("label", { class: "candidate" }, radio, element("span", { class: "checker" }, image), rank);
  }

  /** Pick the candidate at a place in the ranking, from 0. */
  choose(index, focus = true) {
    const radio = by("candidates-shown").querySelectorAll("input")[index];
    if (!radio) return;
    radio.checked = true;
    if (focus) radio.focus();
    radio.dispatchEvent(new Event("change"));
  }

  #failed(text) {
    by("failure").textContent = text;
    by("failure").hidden = false;
    by("candidates-shown").replaceChildren();
    this.tiles = [];
  }
}
