// What the server can do, one function each. Pictures are blobs.

import { CallError, bytes, call, joined, messages } from "./connect.js";

const ENDED = new Set(["STATE_SUCCEEDED", "STATE_FAILED", "STATE_CANCELLED"]);
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8000;
const pictures = new Map(); // asset → promise of its blob

export const ended = (generation) => ENDED.has(generation.state);
/** The pictures among what a generation made. */
export const pictured = (generation) => (generation.assets ?? []).filter((asset) => asset.contentType.startsWith("image/"));
export const server = () => call("ServerService/GetServer", {});
export const models = async () => (await call("ModelService/ListModels", {})).models ?? [];
export const generation = async (name) => (await call("GenerationService/GetGeneration", { name })).generation;
export const cancel = (name) => call("GenerationService/CancelGeneration", { name });

/** A page of generations, newest first, and the token of the next. */
export async function generations(pageSize, pageToken = "") {
  const page = await call("GenerationService/ListGenerations", { pageSize, pageToken });
  return { found: page.generations ?? [], next: page.nextPageToken ?? "" };
}

/** The accepted generation. A create that found no answer is repeated: its id makes it the same one. */
export async function create(brief) {
  const request = { generation: brief, requestId: crypto.getRandomValues(new Uint32Array(4)).join("-") };
  for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
    try {
      return (await call("GenerationService/CreateGeneration", request)).generation;
    } catch (error) {
      if (!error.passing || pause > 1000) throw error;
      await paused(pause);
    }
  }
}

/** What happens to a generation until it ends. A lost connection is taken up where it broke; `lost` hears of it. */
export async function* watch(name, signal, lost = () => {}) {
  let afterSequence = "0";
  let last = null;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      const request = { name, afterSequence, previews: true };
      for await (const { event } of messages("GenerationService/WatchGeneration", request, signal)) {
        afterSequence = event.sequence;
        pause = FIRST_PAUSE_MS;
        lost(false);
        yield (last = event);
      }
      if (!last || !ended(last.generation)) yield { generation: await generation(name) };
      return;
    } catch (error) {
      if (signal.aborted || !(error instanceof CallError) || !error.passing) throw error;
      lost(true);
    }
    await paused(pause, signal);
  }
}

/** The picture of an asset, read once. */
export function picture(asset) {
  if (!pictures.has(asset.name)) {
    const reading = read(asset);
    pictures.set(asset.name, reading);
    reading.catch(() => pictures.delete(asset.name));
  }
  return pictures.get(asset.name);
}

async function read(asset) {
  const pieces = [];
  for await (const { data } of messages("AssetService/ReadAsset", { name: asset.name })) pieces.push(bytes(data));
  return new Blob(pieces, { type: asset.contentType });
}

/** Assets as the files of a format: a map from path to bytes. */
export async function exported(names, format, stem) {
  const files = new Map();
  for await (const { path, data } of messages("AssetService/ExportAssets", { names, format, stem })) {
    if (!files.has(path)) files.set(path, []);
    if (data) files.get(path).push(bytes(data));
  }
  return new Map([...files].map(([path, pieces]) => [path, joined(pieces)]));
}

function paused(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}
