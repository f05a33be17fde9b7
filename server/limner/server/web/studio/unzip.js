// A ZIP archive, read: its files by their paths.

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const END_SIZE = 22;
const LONGEST_COMMENT = 0xffff;
const STORED = 0;
const DEFLATED = 8;

/** The files of an archive: a map from path to blob. Throws where it is none, or broken. */
export async function unzipped(archive) {
  const content = await archive.arrayBuffer();
  const view = new DataView(content);
  const end = endOf(view);
  const files = new Map();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== ENTRY) throw new Error("the archive is broken");
    const [name, extra, comment] = [28, 30, 32].map((place) => view.getUint16(at + place, true));
    const path = new TextDecoder().decode(new Uint8Array(content, at + 46, name));
    files.set(path, await file(view, at));
    at += 46 + name + extra + comment;
  }
  return files;
}

/** Where the record is that ends an archive; a comment may follow it. */
function endOf(view) {
  const first = Math.max(0, view.byteLength - END_SIZE - LONGEST_COMMENT);
  for (let at = view.byteLength - END_SIZE; at >= first; at--) if (view.getUint32(at, true) === END) return at;
  throw new Error("this is no archive");
}

async function file(view, entry) {
  const how = view.getUint16(entry + 10, true);
  const size = view.getUint32(entry + 20, true);
  const head = view.getUint32(entry + 42, true);
  const at = head + 30 + view.getUint16(head + 26, true) + view.getUint16(head + 28, true);
  const packed = new Blob([new Uint8Array(view.buffer, at, size)]);
  if (how === STORED) return packed;
  if (how !== DEFLATED) throw new Error(`the archive is packed in a way (${how}) that this page cannot read`);
  return new Response(packed.stream().pipeThrough(new DecompressionStream("deflate-raw"))).blob();
}
