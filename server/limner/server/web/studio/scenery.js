// Draws what a camera sees of a scene. A camera has the left upper corner that it sees, in pixels of the scene, and a zoom.

const CHUNK = 256; // pixels a side of the squares that are kept drawn when the scene is shown smaller than it is
const KEPT = 512; // of them

export class Scenery {
  constructor(scene) {
    this.scene = scene;
    this.chunks = new Map();
    this.zoom = 0; // of the chunks
  }

  /** Fill the canvas of a context with the layers that are in `shown`. */
  draw(context, camera, shown) {
    const { width, height } = context.canvas;
    if (camera.zoom !== this.zoom) this.chunks.clear();
    this.zoom = camera.zoom;
    this.side = Math.max(1, Math.floor(CHUNK / (this.scene.tile.width * camera.zoom))); // of a square, in tiles
    context.imageSmoothingEnabled = camera.zoom < 1;
    context.clearRect(0, 0, width, height);
    if (this.scene.background) {
      context.fillStyle = this.scene.background;
      context.fillRect(0, 0, width, height);
    }
    for (const layer of this.scene.layers) {
      if (!shown.has(layer)) continue;
      context.globalAlpha = layer.opacity;
      if (layer.kind === "tiles") this.#tiles(context, layer, camera);
      else if (layer.kind === "props") this.#props(context, layer, camera);
      else this.#picture(context, layer, camera);
    }
    context.globalAlpha = 1;
  }

  #tiles(context, layer, { x, y, zoom }) {
    const { tile, columns, rows } = this.scene;
    const step = zoom < 1 ? this.side : 1;
    const [across, down] = [tile.width * step, tile.height * step];
    const right = Math.min(columns, Math.ceil((x + context.canvas.width / zoom) / tile.width));
    const bottom = Math.min(rows, Math.ceil((y + context.canvas.height / zoom) / tile.height));
    for (let row = Math.floor(y / down) * step; row < bottom; row += step)
      for (let column = Math.floor(x / across) * step; column < right; column += step) {
        const place = [(column * tile.width - x) * zoom, (row * tile.height - y) * zoom];
        if (step === 1) put(context, layer.cells[row * columns + column], ...place, zoom);
        else context.drawImage(this.#chunk(layer, column, row, zoom), ...place);
      }
  }

  /** A square of tiles, drawn once at this zoom. */
  #chunk(layer, left, top, zoom) {
    const key = `${this.scene.layers.indexOf(layer)} ${left} ${top}`;
    if (this.chunks.has(key)) return this.chunks.get(key);
    if (this.chunks.size >= KEPT) this.chunks.clear();
    const { tile, columns, rows } = this.scene;
    const [right, bottom] = [Math.min(columns, left + this.side), Math.min(rows, top + this.side)];
    const chunk = new OffscreenCanvas(Math.ceil((right - left) * tile.width * zoom), Math.ceil((bottom - top) * tile.height * zoom));
    const context = chunk.getContext("2d");
    for (let row = top; row < bottom; row++)
      for (let column = left; column < right; column++)
        put(context, layer.cells[row * columns + column], (column - left) * tile.width * zoom, (row - top) * tile.height * zoom, zoom);
    this.chunks.set(key, chunk);
    return chunk;
  }

  #props(context, { props }, { x, y, zoom }) {
    for (const prop of props) {
      const [left, top] = [(prop.x - x) * zoom, (prop.y - y) * zoom];
      if (left >= context.canvas.width || top >= context.canvas.height || left + prop.width * zoom <= 0 || top + prop.height * zoom <= 0) continue;
      if (!prop.flipped) {
        put(context, prop.tile, left, top, zoom);
        continue;
      }
      context.save();
      context.translate(left + prop.width * zoom, top);
      context.scale(-1, 1);
      put(context, prop.tile, 0, 0, zoom);
      context.restore();
    }
  }

  /** A picture moves by its share of what the camera moves; one that repeats fills what is seen. */
  #picture(context, { picture, offset, parallax, repeat }, { x, y, zoom }) {
    const [left, top] = [Math.round((offset.x - x * parallax.x) * zoom), Math.round((offset.y - y * parallax.y) * zoom)];
    const [width, height] = [picture.width * zoom, picture.height * zoom];
    if (!repeat.x && !repeat.y) {
      context.drawImage(picture, left, top, width, height);
      return;
    }
    const pattern = context.createPattern(picture, "repeat");
    pattern.setTransform(new DOMMatrix([zoom, 0, 0, zoom, left, top]));
    context.fillStyle = pattern;
    const [from, to] = repeat.x ? [0, context.canvas.width] : [left, left + width];
    const [upper, lower] = repeat.y ? [0, context.canvas.height] : [top, top + height];
    context.fillRect(from, upper, to - from, lower - upper);
  }
}

function put(context, tile, x, y, zoom) {
  if (tile) context.drawImage(tile.picture, tile.x, tile.y, tile.width, tile.height, x, y, tile.width * zoom, tile.height * zoom);
}

/** What lies at a pixel of the scene, front first: the names of props, tiles and pictures of the layers in `shown`. */
export function found(scene, x, y, camera, shown) {
  const names = [];
  for (const layer of [...scene.layers].reverse()) {
    if (!shown.has(layer)) continue;
    const name = LOOK[layer.kind](scene, layer, x, y, camera);
    if (name) names.push({ layer: layer.name, name });
  }
  return names;
}

const LOOK = {
  tiles({ columns, tile }, { cells }, x, y) {
    const cell = cells[Math.floor(y / tile.height) * columns + Math.floor(x / tile.width)];
    return cell && opaque(cell, x % tile.width, y % tile.height) ? cell.name : "";
  },
  props(_, { props }, x, y) {
    const inside = (prop) => {
      const [across, down] = [x - prop.x, y - prop.y];
      if (across < 0 || down < 0 || across >= prop.width || down >= prop.height) return false;
      return opaque(prop.tile, prop.flipped ? prop.width - 1 - across : across, down);
    };
    return props.findLast(inside)?.name ?? "";
  },
  picture(_, { name, picture, offset, parallax, repeat }, x, y, camera) {
    const place = (axis, at) => at - offset[axis] - camera[axis] * (1 - parallax[axis]);
    let [across, down] = [Math.floor(place("x", x)), Math.floor(place("y", y))];
    if (repeat.x) across = ((across % picture.width) + picture.width) % picture.width;
    if (repeat.y) down = ((down % picture.height) + picture.height) % picture.height;
    const tile = { picture, x: 0, y: 0, width: picture.width, height: picture.height };
    return across >= 0 && down >= 0 && across < picture.width && down < picture.height && opaque(tile, across, down) ? name : "";
  },
};

function opaque({ picture, x, y }, across, down) {
  return picture.getContext("2d").getImageData(x + across, y + down, 1, 1).data[3] > 0;
}
