// New pixels and frames for a texture of Phaser that is in use.
import type * as Phaser from 'phaser';

import type { SheetFrame, SheetPage } from '../sheets.js';

type Texture = Phaser.Textures.Texture;
type Source = Phaser.Textures.TextureSource;
type Frame = Phaser.Textures.Frame;

/** The frames of a texture by name; `__BASE` is the whole of its first page. */
function framesOf(texture: Texture): Record<string, Frame> {
  return texture.frames as Record<string, Frame>;
}

/**
 * One page of a texture gets another picture, of any size; its frames stay where they are. The picture gets a GL texture of its own:
 * Phaser's `updateSource` keeps the old one's wrapping and filters, with which a side that is no power of two draws nothing.
 */
function paint(source: Source, image: HTMLImageElement): void {
  const renderer = source.renderer as Phaser.Renderer.WebGL.WebGLRenderer;
  const old = source.glTexture;
  const tiling = source.isPowerOf2 ? old : undefined; // a game may have chosen how it repeats
  Object.assign(source, { source: image, image, isCanvas: false });
  source.updateSize(image.naturalWidth, image.naturalHeight);
  if (!old) return; // the canvas renderer takes `image`
  const fresh = renderer.createTextureFromSource(image, image.naturalWidth, image.naturalHeight, source.scaleMode, false, source.flipY);
  if (!fresh) throw new Error('Phaser has no room for another texture');
  if (tiling && source.isPowerOf2) renderer.setTextureWrap(fresh, tiling.wrapS as number, tiling.wrapT as number);
  source.glTexture = fresh;
  renderer.deleteTexture(old);
}

/** A texture of one picture shows another one. */
export function swapPicture(game: Phaser.Game, texture: Texture, image: HTMLImageElement): void {
  const source = texture.source[0];
  if (!source) throw new Error(`the texture ${texture.key} has no picture`);
  paint(source, image);
  rebase(texture);
  refresh(game, texture, new Set());
}

/** A sheet's pages and frames become those of `pages`: frames that go on are changed in place, so running animations go on too. */
export function swapSheet(game: Phaser.Game, texture: Texture, pages: readonly SheetPage[], images: readonly HTMLImageElement[]): void {
  images.forEach((image, number) => {
    const source = texture.source[number];
    if (source) paint(source, image);
    else texture.source.push(sourceLike(texture, image));
  });
  rebase(texture);
  const gone = new Set(Object.entries(framesOf(texture)).flatMap(([name, frame]) => (name === '__BASE' ? [] : [frame])));
  pages.forEach(({ frames }, page) => frames.forEach((drawn) => gone.delete(place(texture, page, drawn))));
  for (const frame of gone) texture.remove(frame.name);
  refresh(game, texture, gone);
  relink(game, texture, gone);
}

/**
 * Animations hold frames. One that came back under its name is another frame; one that is gone is the first one until the animation
 * is swapped too, a download later: Phaser stops drawing at a frame without a texture.
 */
function relink(game: Phaser.Game, texture: Texture, gone: ReadonlySet<Frame>): void {
  const { entries } = (game.anims as unknown as { anims: { entries: Record<string, Phaser.Animations.Animation> } }).anims;
  for (const shown of Object.values(entries).flatMap((animation) => animation.frames)) {
    if (shown.textureKey !== texture.key) continue;
    const frame = framesOf(texture)[shown.textureFrame];
    if (frame) shown.frame = frame;
    else if (gone.has(shown.frame)) shown.frame = texture.get();
  }
}

/** The frame of the whole picture becomes as large as the picture is now. */
function rebase(texture: Texture): void {
  const source = texture.source[0];
  if (source) framesOf(texture)['__BASE']?.setSize(source.width, source.height, 0, 0);
}

/** Another page, of the class that the first one has: nothing of Phaser is imported here. */
function sourceLike(texture: Texture, image: HTMLImageElement): Source {
  const Class = texture.source[0]?.constructor as new (texture: Texture, source: HTMLImageElement) => Source;
  return new Class(texture, image);
}

/** Put one frame where the sheet says, with all that Phaser's own loader takes from it. */
function place(texture: Texture, page: number, drawn: SheetFrame): Frame {
  const { x, y, w, h } = drawn.frame;
  const source = texture.source[page] as Source;
  const frame = framesOf(texture)[drawn.filename] ?? (texture.add(drawn.filename, page, x, y, w, h) as Frame);
  frame.source = source;
  frame.sourceIndex = page;
  frame.x = frame.y = 0;
  frame.rotated = false;
  Object.assign((frame as unknown as { data: object }).data, { trim: false });
  frame.setSize(w, h, x, y);
  const { trimmed, sourceSize: full, spriteSourceSize: part } = drawn;
  if (trimmed && full && part) frame.setTrim(full.w, full.h, part.x, part.y, part.w, part.h);
  if (drawn.rotated) {
    frame.rotated = true;
    frame.updateUVsInverted();
  }
  const pivot = drawn.anchor ?? drawn.pivot;
  frame.customPivot = pivot !== undefined;
  if (pivot) Object.assign(frame, { pivotX: pivot.x, pivotY: pivot.y });
  const borders = drawn.scale9Borders;
  if (borders) frame.setScale9(borders.x, borders.y, borders.w, borders.h);
  frame.customData = structuredClone(drawn);
  return frame;
}

interface Wearer {
  texture?: Texture;
  frame?: Frame;
  list?: Wearer[];
  tileset?: Phaser.Tilemaps.Tileset[];
  setFrame?: (name: string | number, updateSize?: boolean, updateOrigin?: boolean) => unknown;
}

/** Everything that wears the texture takes the sizes of its new frames; a frame that is gone becomes the first one. */
function refresh(game: Phaser.Game, texture: Texture, gone: ReadonlySet<Frame>): void {
  for (const wearer of wearers(game)) {
    if (wearer.texture === texture && wearer.frame && wearer.setFrame) {
      wearer.setFrame(gone.has(wearer.frame) ? texture.firstFrame : wearer.frame.name);
    }
    for (const tileset of wearer.tileset ?? []) if (tileset.image === texture) tileset.setImage(texture);
  }
}

/** Every object of every scene, those inside containers too. */
export function* wearers(game: Phaser.Game): Generator<Wearer> {
  const waiting = game.scene.getScenes(false).flatMap((scene) => (scene.children?.list ?? []) as unknown as Wearer[]);
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    yield next;
    if (Array.isArray(next.list)) waiting.push(...next.list);
  }
}
