// A ZIP archive of files that are small or compressed already: stored, not deflated.

const CRC = Uint32Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
const UTF8 = 0x0800;
const FIRST_DAY = 0x21; // 1 January 1980: equal files make equal archives

export function crc32(content) {
  let sum = 0xffffffff;
  for (const byte of content) sum = CRC[(sum ^ byte) & 0xff] ^ (sum >>> 8);
  return ~sum >>> 0;
}

/** The archive of a map from path to bytes. */
export function zipped(files) {
  const body = [];
  const directory = [];
  let at = 0;
  for (const [path, content] of files) {
    const name = new TextEncoder().encode(path);
    const facts = [UTF8, 0, 0, FIRST_DAY, [crc32(content)], [content.length], [content.length], name.length, 0];
    const head = record([[0x04034b50], 20, ...facts]);
    body.push(head, name, content);
    directory.push(record([[0x02014b50], 20, 20, ...facts, 0, 0, 0, [0], [at]]), name);
    at += head.length + name.length + content.length;
  }
  const size = directory.reduce((sum, piece) => sum + piece.length, 0);
  const end = record([[0x06054b50], 0, 0, files.size, files.size, [size], [at], 0]);
  return new Blob([...body, ...directory, end], { type: "application/zip" });
}

/** Little-endian fields: a number has two bytes, a number in brackets four. */
function record(fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((size, field) => size + (Array.isArray(field) ? 4 : 2), 0)));
  let at = 0;
  for (const field of fields) {
    if (Array.isArray(field)) {
      view.setUint32(at, field[0], true);
      at += 4;
    } else {
      view.setUint16(at, field, true);
      at += 2;
    }
  }
  return new Uint8Array(view.buffer);
}
