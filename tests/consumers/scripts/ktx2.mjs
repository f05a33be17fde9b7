// Reads KTX2 files with ktx-parse and writes what they say as JSON: an array, in the order of the command line.

import { readFileSync } from "node:fs";
import { read } from "../node_modules/ktx-parse/dist/index.mjs";

const text = (value) => (typeof value === "string" ? value : Buffer.from(value).toString("base64"));

const answers = process.argv.slice(2).map((path) => {
  const held = read(new Uint8Array(readFileSync(path)));
  const [block] = held.dataFormatDescriptor;
  return {
    vkFormat: held.vkFormat,
    typeSize: held.typeSize,
    size: [held.pixelWidth, held.pixelHeight, held.pixelDepth],
    counts: [held.layerCount, held.faceCount, held.levelCount],
    scheme: held.supercompressionScheme,
    levels: held.levels.map((level) => ({
      content: Buffer.from(level.levelData).toString("base64"),
      plain: Number(level.uncompressedByteLength),
    })),
    descriptor: {
      model: block.colorModel,
      primaries: block.colorPrimaries,
      transfer: block.transferFunction,
      flags: block.flags,
      version: block.versionNumber,
      block: [...block.texelBlockDimension],
      bytes: [...block.bytesPlane],
      samples: block.samples.map((sample) => ({
        channel: sample.channelType ?? sample.channelID,
        offset: sample.bitOffset,
        length: sample.bitLength,
        lower: sample.sampleLower,
        upper: sample.sampleUpper,
      })),
    },
    notes: Object.fromEntries(Object.entries(held.keyValue).map(([key, value]) => [key, text(value)])),
    shared: held.globalData !== null && held.globalData !== undefined,
  };
});
process.stdout.write(JSON.stringify(answers));
