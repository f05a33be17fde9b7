"use strict";
// free-tex-packer-core in a process of its own; says the same as bench/packers.py.

const fs = require("node:fs");
const path = require("node:path");
const maxRectsBin = require("free-tex-packer-core/packers/MaxRectsBin");
const maxRectsPacker = require("free-tex-packer-core/packers/MaxRectsPacker");
const renderer = require("free-tex-packer-core/utils/TextureRenderer");

const ROOM = [1.005, 1.01, 1.02, 1.03, 1.05, 1.08];
const RUNS = 5;
const SLOW = "ContactPointRule"; // a minute and a half for 1,000 rectangles, and no fuller: left out

function packed(rects, packer, method, side, rotate) {
  const left = rects.map(([w, h], name) => ({ name, frame: { x: 0, y: 0, w, h }, rotated: false }));
  const began = process.cpuUsage();
  const found = new packer(side, side, rotate).pack(left, method);
  const { user, system } = process.cpuUsage(began);
  return { found, ms: (user + system) / 1000 };
}

function places() {
  const rects = JSON.parse(fs.readFileSync(0, "utf8"));
  const area = rects.reduce((sum, [w, h]) => sum + w * h, 0);
  const methods = [maxRectsPacker, maxRectsBin].flatMap((packer) =>
    Object.values(packer.methods).flatMap((method) => [true, false].map((rotate) => [packer, method, rotate])),
  );
  for (const [packer, method, rotate] of methods.filter(([, name]) => name !== SLOW)) {
    for (const room of ROOM) {
      const side = Math.ceil(Math.sqrt(area * room));
      let { found, ms } = packed(rects, packer, method, side, rotate);
      if (found.length < rects.length) continue;
      for (let run = 1; run < RUNS && ms < 1000; run += 1) ms = Math.min(ms, packed(rects, packer, method, side, rotate).ms);
      const { width, height } = renderer.getSize(found, {});
      const name = `free-tex-packer-core ${packer.name} ${method}${rotate ? " rotated" : ""}`;
      fs.writeSync(1, `${JSON.stringify({ packer: name, pixels: width * height, ms })}\n`);
      break;
    }
  }
}

async function whole(folder) {
  const pack = require("free-tex-packer-core");
  const began = process.hrtime.bigint();
  const pictures = fs.readdirSync(folder).sort().map((name) => ({ path: name, contents: fs.readFileSync(path.join(folder, name)) }));
  const options = { width: 16384, height: 16384, allowRotation: true, padding: 0, packer: "MaxRectsPacker", packerMethod: "Smart", detectIdentical: false };
  await pack.packAsync(pictures, options);
  console.log(JSON.stringify({ ms: Number(process.hrtime.bigint() - began) / 1e6 }));
}

if (process.argv[2] === "whole") whole(process.argv[3]);
else places();
