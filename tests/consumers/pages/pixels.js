// What a page hands back: pixels as base64, rows from the top.

export function base64(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 32768) {
    text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  }
  return btoa(text);
}

// The drawing buffer of `gl`, as the engine left it: premultiplied.
export function drawn(gl) {
  const width = gl.drawingBufferWidth;
  const height = gl.drawingBufferHeight;
  const upside = new Uint8Array(width * height * 4);
  gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, upside);
  const rgba = new Uint8Array(upside.length);
  for (let row = 0; row < height; row++) {
    const from = (height - 1 - row) * width * 4;
    rgba.set(upside.subarray(from, from + width * 4), row * width * 4);
  }
  return { width, height, rgba: base64(rgba) };
}
