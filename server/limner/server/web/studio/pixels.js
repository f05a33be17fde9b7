// Pictures as pixels: colours, frames, enlarged without smoothing.

const MOST_COLOURS = 64;

/** A picture's canvas, for reading and for drawing from. */
export async function decoded(blob) {
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas;
}

/** The opaque colours of a picture, most used first, as `#rrggbb`; and how many there are in all. */
export function palette(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const counts = new Map();
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] < 128) continue;
    const colour = (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const colours = [...counts].sort((one, other) => other[1] - one[1]).map(([colour]) => hex(colour));
  return { colours: colours.slice(0, MOST_COLOURS), count: colours.length };
}

const hex = (colour) => `#${colour.toString(16).padStart(6, "0")}`;

/** What is at a pixel: `x, y #rrggbb`. */
export function described(canvas, x, y) {
  const [red, green, blue, alpha] = canvas.getContext("2d").getImageData(x, y, 1, 1).data;
  const colour = alpha ? hex((red << 16) | (green << 8) | blue) : "clear";
  return `${x}, ${y}  ${colour}${alpha && alpha < 255 ? ` ${Math.round((100 * alpha) / 255)} %` : ""}`;
}

/** Draw pictures side by side, `zoom` times as large; a picture is drawn `across` × `down` times. */
export function drawn(target, picture, zoom, across = 1, down = 1) {
  const [width, height] = [picture.width * zoom, picture.height * zoom];
  Object.assign(target, { width: width * across, height: height * down });
  const context = target.getContext("2d");
  context.imageSmoothingEnabled = false;
  for (let row = 0; row < down; row++)
    for (let column = 0; column < across; column++)
      context.drawImage(picture, column * width, row * height, width, height);
  return context;
}

/** Lines between pixels. */
export function ruled(context, zoom) {
  const { width, height } = context.canvas;
  context.fillStyle = "rgb(128 128 128 / 40%)";
  for (let x = zoom; x < width; x += zoom) context.fillRect(x, 0, 1, height);
  for (let y = zoom; y < height; y += zoom) context.fillRect(0, y, width, 1);
}

/** The frames of a strip, left to right: as many squares as it has, or one. */
export function frames(picture) {
  const count = picture.width % picture.height === 0 ? picture.width / picture.height : 1;
  const side = picture.width / count;
  return Array.from({ length: count }, (_, index) => {
    const frame = new OffscreenCanvas(side, picture.height);
    frame.getContext("2d").drawImage(picture, -index * side, 0);
    return frame;
  });
}
