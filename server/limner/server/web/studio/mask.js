// Says where a picture may change: a mask that is painted on it.

import { element } from "./dom.js";
import { drawn } from "./pixels.js";

const MARK = [255, 255, 255, 255];
const STRIPE = 6; // pixels of the page: black and white stripes are seen on every picture

export class Mask {
  constructor(picture, room) {
    this.picture = picture;
    this.zoom = Math.max(1, Math.floor(room / Math.max(picture.width, picture.height)));
    this.marks = new ImageData(picture.width, picture.height);
    this.brush = element("input", { type: "range", min: "1", max: "8", step: "1", value: "3", id: "brush" });
    this.canvas = element("canvas", { class: "paint", role: "img", "aria-label": "Paint with the pointer where the picture may change" });
    for (const event of ["pointerdown", "pointermove"]) this.canvas.addEventListener(event, (press) => this.#paint(press));
    this.fill(false);
  }

  /** Mark everything, or nothing. */
  fill(marked) {
    const { data } = this.marks;
    for (let at = 0; at < data.length; at += 4) data.set(marked ? MARK : [0, 0, 0, 0], at);
    this.#draw();
  }

  get empty() {
    return !this.marks.data.some((value) => value);
  }

  #paint(event) {
    if (!event.buttons) return;
    if (event.type === "pointerdown") this.canvas.setPointerCapture(event.pointerId);
    const radius = Number(this.brush.value) / 2;
    const scale = this.canvas.getBoundingClientRect().width / this.picture.width;
    const [x, y] = [event.offsetX / scale, event.offsetY / scale];
    const mark = event.buttons === 1 && !event.shiftKey ? MARK : [0, 0, 0, 0];
    for (let row = Math.max(0, Math.floor(y - radius)); row < Math.min(this.picture.height, y + radius); row++)
      for (let column = Math.max(0, Math.floor(x - radius)); column < Math.min(this.picture.width, x + radius); column++)
        if (Math.hypot(column + 0.5 - x, row + 0.5 - y) <= Math.max(0.71, radius))
          this.marks.data.set(mark, 4 * (row * this.picture.width + column));
    this.#draw();
  }

  #draw() {
    const context = drawn(this.canvas, this.picture, this.zoom);
    const layer = new OffscreenCanvas(this.picture.width, this.picture.height);
    layer.getContext("2d").putImageData(this.marks, 0, 0);
    const marked = drawn(new OffscreenCanvas(1, 1), layer, this.zoom);
    marked.globalCompositeOperation = "source-in";
    marked.fillStyle = this.#stripes(marked);
    marked.fillRect(0, 0, marked.canvas.width, marked.canvas.height);
    context.globalAlpha = 0.6;
    context.drawImage(marked.canvas, 0, 0);
  }

  #stripes(context) {
    const tile = new OffscreenCanvas(2 * STRIPE, 2 * STRIPE);
    const inner = tile.getContext("2d");
    inner.fillStyle = "#fff";
    inner.fillRect(0, 0, tile.width, tile.height);
    inner.strokeStyle = "#000";
    inner.lineWidth = STRIPE / Math.SQRT2;
    for (const shift of [-1, 0, 1]) {
      inner.beginPath();
      inner.moveTo((shift - 0.5) * tile.width, -0.5 * tile.width);
      inner.lineTo((shift + 1.5) * tile.width, 1.5 * tile.width);
      inner.stroke();
    }
    return context.createPattern(tile, "repeat");
  }

  /** The mask as the wire wants it: a PNG, white where the picture may change. */
  png() {
    const canvas = new OffscreenCanvas(this.picture.width, this.picture.height);
    const context = canvas.getContext("2d");
    const plain = context.createImageData(this.picture.width, this.picture.height);
    for (let at = 0; at < plain.data.length; at += 4) plain.data.set(this.marks.data[at + 3] ? [255, 255, 255, 255] : [0, 0, 0, 255], at);
    context.putImageData(plain, 0, 0);
    return canvas.convertToBlob({ type: "image/png" });
  }
}
