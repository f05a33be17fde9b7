// A scene as the server bundles it: a map of Tiled in JSON with its pictures, in a ZIP.
// https://doc.mapeditor.org/en/stable/reference/json-map-format/

import { decoded } from "./pixels.js";
import { unzipped } from "./unzip.js";

const FLIPPED = 0x80000000; // the bit of a tile number for "mirrored left to right"
const NUMBER = 0x1fffffff;

/** What a bundle holds: sizes, layers from back to front, footprints and regions. Throws where it is no scene. */
export async function sceneOf(bundle) {
  const files = await unzipped(bundle);
  const path = [...files.keys()].find((each) => each.endsWith(".tmj"));
  if (!path) throw new Error("the scene has no map");
  const map = JSON.parse(await files.get(path).text());
  const pictures = new Map();
  for (const name of picturesOf(map)) pictures.set(name, await decoded(files.get(name)));
  const tiles = new Map(map.tilesets.flatMap((tileset) => tilesOf(tileset, pictures)));
  const groups = map.layers.filter(({ type }) => type === "objectgroup");
  const hidden = groups.filter((layer) => !layer.visible).flatMap(({ objects }) => objects);
  return {
    columns: map.width,
    rows: map.height,
    tile: { width: map.tilewidth, height: map.tileheight },
    width: map.width * map.tilewidth,
    height: map.height * map.tileheight,
    background: map.backgroundcolor,
    side: valueOf(map, "view") === "side",
    layers: map.layers.filter((layer) => layer.visible).map((layer) => layerOf(layer, tiles, pictures)),
    footprints: hidden.filter(({ type }) => type === "footprint"),
    regions: hidden.filter(({ type }) => type !== "footprint"),
  };
}

function picturesOf(map) {
  const sheets = map.tilesets.flatMap(({ image, tiles }) => [image, ...(image ? [] : tiles.map((tile) => tile.image))]);
  return new Set([...sheets, ...map.layers.map(({ image }) => image)].filter(Boolean));
}

const valueOf = ({ properties = [] }, name) => properties.find((each) => each.name === name)?.value;

/** Number and tile, for each tile of a sheet, or of a collection of pictures. */
function tilesOf(tileset, pictures) {
  const known = new Map((tileset.tiles ?? []).map((tile) => [tile.id, tile]));
  if (!tileset.image) return [...known.values()].map((tile) => [tileset.firstgid + tile.id, collected(tile, pictures)]);
  const { tilewidth: width, tileheight: height, columns } = tileset;
  const names = terrains(tileset);
  return Array.from({ length: tileset.tilecount }, (_, id) => [
    tileset.firstgid + id,
    {
      picture: pictures.get(tileset.image),
      x: (id % columns) * width,
      y: Math.floor(id / columns) * height,
      width,
      height,
      name: names.get(id) ?? `${tileset.name} ${id}`,
      solid: Boolean(known.get(id) && valueOf(known.get(id), "solid")),
    },
  ]);
}

function collected(tile, pictures) {
  const picture = pictures.get(tile.image);
  return { picture, x: 0, y: 0, width: picture.width, height: picture.height, name: valueOf(tile, "sprite") ?? tile.image, solid: false };
}

/** What lies on each tile, by the terrains of its corners and edges: `grass and water`. */
function terrains({ wangsets = [] }) {
  const names = new Map();
  for (const { colors, wangtiles } of wangsets) {
    for (const { tileid, wangid } of wangtiles) {
      const found = new Set(wangid.filter(Boolean).map((number) => colors[number - 1].name));
      found.delete("none");
      if (found.size) names.set(tileid, [...found].join(" and "));
    }
  }
  return names;
}

function layerOf(layer, tiles, pictures) {
  const both = { name: layer.name, opacity: layer.opacity, overhead: Boolean(valueOf(layer, "overhead")) };
  if (layer.type === "tilelayer") return { ...both, kind: "tiles", cells: layer.data.map((number) => tiles.get(number & NUMBER)) };
  if (layer.type === "imagelayer") return { ...both, kind: "picture", picture: pictures.get(layer.image), ...placing(layer) };
  return { ...both, kind: "props", props: layer.objects.filter(({ gid }) => gid).map((object) => propOf(object, tiles)) };
}

function placing({ offsetx = 0, offsety = 0, parallaxx = 1, parallaxy = 1, repeatx = false, repeaty = false }) {
  return { offset: { x: offsetx, y: offsety }, parallax: { x: parallaxx, y: parallaxy }, repeat: { x: repeatx, y: repeaty } };
}

/** A tile object's place is its lower left corner. */
function propOf({ gid, name, x, y, width, height }, tiles) {
  const tile = tiles.get(gid & NUMBER);
  return { name: name || tile.name, tile, x, y: y - height, width, height, flipped: Boolean(gid & FLIPPED) };
}
