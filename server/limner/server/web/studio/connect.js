// The Connect protocol in JSON: one answer, or a stream of them.

const STREAM = "application/connect+json";
const LAST = 0b10; // flag of a stream's last envelope
const PASSING = new Set(["unavailable", "unknown"]);
const KEY = "limner-key";

/** A call that the server refused, or that never reached it. */
export class CallError extends Error {
  constructor(code, message, details = []) {
    super(message);
    this.code = code;
    this.details = details;
  }

  /** The fields at fault, as the wire names them. */
  get violations() {
    return this.details.flatMap((detail) => detail.debug?.fieldViolations ?? []);
  }

  /** The same call may work in a moment. */
  get passing() {
    return PASSING.has(this.code);
  }

  static of(error) {
    return new CallError(error.code ?? "unknown", error.message || error.code || "the server said nothing", error.details);
  }
}

export const key = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  set: (value) => (value ? sessionStorage.setItem(KEY, value) : sessionStorage.removeItem(KEY)),
};

/** The answer of a method. Throws CallError. */
export async function call(method, request, signal) {
  const response = await post(method, "application/json", JSON.stringify(request), signal);
  if (!response.ok) throw await refusal(response);
  return response.json();
}

/** The messages of a streaming method, as they come. Throws CallError, also when the stream breaks off. */
export async function* messages(method, request, signal) {
  const response = await post(method, STREAM, enveloped(JSON.stringify(request)), signal);
  if (!response.ok) throw await refusal(response);
  for await (const { flags, message } of envelopes(response.body.getReader())) {
    if (!(flags & LAST)) {
      yield message;
      continue;
    }
    if (message.error) throw CallError.of(message.error);
    return;
  }
  throw new CallError("unavailable", "the connection was lost");
}

async function post(method, type, body, signal) {
  const headers = { "Content-Type": type, "Connect-Protocol-Version": "1" };
  if (key.get()) headers.Authorization = `Bearer ${key.get()}`;
  try {
    return await fetch(`/limner.v1.${method}`, { method: "POST", headers, body, signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new CallError("unavailable", "the server does not answer");
  }
}

async function refusal(response) {
  try {
    return CallError.of(await response.json());
  } catch {
    return new CallError("unknown", `the server answered ${response.status}`);
  }
}

function enveloped(text) {
  const content = new TextEncoder().encode(text);
  const whole = new Uint8Array(5 + content.length);
  new DataView(whole.buffer).setUint32(1, content.length);
  whole.set(content, 5);
  return whole;
}

async function* envelopes(reader) {
  let buffer = new Uint8Array();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true }));
      if (done) return;
      buffer = joined([buffer, value]);
      let size;
      while (buffer.length >= 5 && buffer.length >= 5 + (size = new DataView(buffer.buffer, buffer.byteOffset).getUint32(1))) {
        const text = new TextDecoder().decode(buffer.subarray(5, 5 + size));
        yield { flags: buffer[0], message: JSON.parse(text) };
        buffer = buffer.subarray(5 + size);
      }
    }
  } finally {
    reader.cancel().catch(() => {}); // the server stops working for us
  }
}

/** Pieces of bytes as one. */
export function joined(pieces) {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Bytes from base64. */
export const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** Base64 of a blob. */
export async function base64(blob) {
  const content = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < content.length; at += 0x8000) text += String.fromCharCode(...content.subarray(at, at + 0x8000));
  return btoa(text);
}
