// What lies over a scene to be read, not to be played: the grid, where nobody walks, and named places.

const FONT = "600 11px system-ui, sans-serif";
const FEWEST = 12; // pixels between two lines of the grid
const BLOCKED = "214 48 32";
const KINDS = { spawn: "20 132 84", exit: "30 100 200", landmark: "150 84 180", biome: "70 110 40" }; // colours of places
const PLACE = "80 80 90"; // of others

/** Lines between tiles; every second, fourth, … where they would lie too close. */
export function grid(context, { tile }, { x, y, zoom }, { width, height }) {
  let step = 1;
  while (Math.min(tile.width, tile.height) * step * zoom < FEWEST) step *= 2;
  const lines = new Path2D();
  const [across, down] = [tile.width * step, tile.height * step];
  for (let at = Math.ceil(x / across) * across; (at - x) * zoom <= width; at += across) line(lines, (at - x) * zoom, 0, (at - x) * zoom, height);
  for (let at = Math.ceil(y / down) * down; (at - y) * zoom <= height; at += down) line(lines, 0, (at - y) * zoom, width, (at - y) * zoom);
  context.lineWidth = 1;
  context.setLineDash([]);
  context.strokeStyle = "rgb(0 0 0 / 38%)";
  context.stroke(lines);
  context.setLineDash([3, 3]);
  context.strokeStyle = "rgb(255 255 255 / 45%)";
  context.stroke(lines);
  context.setLineDash([]);
}

function line(path, x, y, right, bottom) {
  path.moveTo(Math.round(x) + 0.5, Math.round(y) + 0.5);
  path.lineTo(Math.round(right) + 0.5, Math.round(bottom) + 0.5);
}

/** Solid tiles and the footprints of props. */
export function collision(context, { columns, rows, tile, layers, footprints }, camera, { width, height }) {
  const [left, top] = [Math.floor(camera.x / tile.width), Math.floor(camera.y / tile.height)];
  const right = Math.min(columns, Math.ceil((camera.x + width / camera.zoom) / tile.width));
  const bottom = Math.min(rows, Math.ceil((camera.y + height / camera.zoom) / tile.height));
  context.fillStyle = `rgb(${BLOCKED} / 34%)`;
  for (const { cells } of layers.filter(({ kind }) => kind === "tiles")) {
    for (let row = top; row < bottom; row++)
      for (let column = left, end; column < right; column = end + 1) {
        for (end = column; end < right && cells[row * columns + end]?.solid; end++);
        if (end > column) context.fillRect(...seen({ x: column * tile.width, y: row * tile.height, width: (end - column) * tile.width, height: tile.height }, camera));
      }
  }
  context.lineWidth = 1;
  context.strokeStyle = `rgb(${BLOCKED} / 95%)`;
  for (const footprint of footprints) {
    const [x, y, across, down] = seen(footprint, camera);
    context.fillRect(x, y, across, down);
    context.strokeRect(x + 0.5, y + 0.5, across - 1, down - 1);
  }
}

/** Named places: outlined, a point as a pin, each with its name. */
export function places(context, { regions }, camera) {
  context.font = FONT;
  context.textBaseline = "middle";
  for (const region of regions) {
    const colour = KINDS[region.type] ?? PLACE;
    const [left, top, width, height] = seen(region, camera);
    if (region.point) pin(context, left, top, colour);
    else outline(context, region, [left, top, width, height], camera.zoom, colour);
    tag(context, region.name, left + (region.point ? 9 : 3), top + (region.point ? -8 : 3), colour);
  }
}

function outline(context, { polygon }, [left, top, width, height], zoom, colour) {
  context.lineWidth = 2;
  context.setLineDash([6, 4]);
  context.strokeStyle = `rgb(${colour})`;
  context.fillStyle = `rgb(${colour} / 14%)`;
  const path = new Path2D();
  if (polygon) {
    for (const point of polygon) path.lineTo(left + point.x * zoom, top + point.y * zoom);
    path.closePath();
  } else {
    path.rect(left + 1, top + 1, Math.max(0, width - 2), Math.max(0, height - 2));
  }
  context.fill(path);
  context.stroke(path);
  context.setLineDash([]);
}

function pin(context, x, y, colour) {
  context.lineWidth = 2;
  context.fillStyle = `rgb(${colour})`;
  context.strokeStyle = "#fff";
  context.beginPath();
  context.arc(x, y, 6, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
}

/** A name on a plate of its colour. */
function tag(context, name, x, y, colour) {
  if (!name) return;
  const width = context.measureText(name).width + 10;
  context.fillStyle = `rgb(${colour} / 92%)`;
  context.beginPath();
  context.roundRect(x, y, width, 17, 4);
  context.fill();
  context.fillStyle = "#fff";
  context.fillText(name, x + 5, y + 9);
}

/** Left, top, width and height on the page of a box of the scene. */
function seen({ x, y, width, height }, camera) {
  return [(x - camera.x) * camera.zoom, (y - camera.y) * camera.zoom, width * camera.zoom, height * camera.zoom];
}

/** The places that hold a pixel of the scene, the smallest first. */
export function placesAt({ regions }, x, y) {
  const inside = regions.filter((each) => x >= each.x && y >= each.y && x < each.x + each.width && y < each.y + each.height);
  return inside.sort((one, other) => one.width * one.height - other.width * other.height).map(({ name }) => name);
}
