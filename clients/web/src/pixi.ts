// PixiJS 8: textures, sheets and animated sprites that change in the running game when their files do.
import { AnimatedSprite, ImageSource, Spritesheet, Texture, type FrameObject, type SpritesheetData } from 'pixi.js';

import type { LimnerError } from './errors.js';
import { follow } from './following.js';
import { Limner, type Brief, type DrawOptions, type LimnerOptions } from './limner.js';
import { fetched } from './pictures.js';
import { HotReload, type Published } from './reload.js';
import { beside } from './sheets.js';

/** Where the server and the files are, and how pictures are enlarged. */
export interface PixiLiveOptions extends LimnerOptions {
  published?: Published;
  /** Pixels stay sharp. Default: true. */
  pixelated?: boolean;
  /** Hears when the connection is lost (with the reason) and when it is open (with nothing). */
  onState?: (error?: LimnerError) => void;
  /** Hears which files were put into the game. */
  onSwap?: (urls: ReadonlySet<string>) => void;
}

/** Live textures for one game. `stop()` ends the following; the textures keep what they have. */
export class PixiLive {
  readonly limner: Limner;
  readonly #reload: HotReload;
  readonly #pixelated: boolean;
  readonly #ending = new AbortController();

  constructor(options: PixiLiveOptions) {
    this.limner = new Limner(options);
    this.#reload = new HotReload(options.published, undefined, options.onSwap);
    this.#pixelated = options.pixelated ?? true;
    void follow(this.limner, this.#reload, {
      signal: this.#ending.signal,
      project: options.published?.project,
      onState: options.onState ?? (() => undefined),
    });
  }

  stop(): void {
    this.#ending.abort();
  }

  /** The picture of a file, as a texture that stays the same object when the file changes. */
  async texture(url: string): Promise<Texture> {
    const full = this.#reload.address(url);
    const texture = await this.#pictureAt(full);
    this.#reload.follow([full], async () => void become(texture, await this.#pictureAt(full)));
    return texture;
  }

  /** A sheet of `limner export --format pixi-json`, all of its pages. */
  async sheet(url: string): Promise<LiveSheet> {
    const full = this.#reload.address(url);
    const first = await this.#sheetAt(full);
    const sheet = new LiveSheet(first.pages);
    const keep = (urls: readonly string[]): (() => void) =>
      this.#reload.follow(urls, async () => {
        const now = await this.#sheetAt(full);
        sheet.become(now.pages);
        stop();
        stop = keep(now.urls);
      });
    let stop = keep(first.urls);
    return sheet;
  }

  /** Draw with the server: the best candidate as a texture, or new pixels for `texture`. */
  async draw(brief: Brief, texture?: Texture, options?: DrawOptions): Promise<Texture> {
    const [best] = await this.limner.draw(brief, options);
    if (!best) throw new Error('the generation has no pictures');
    const fresh = await this.#picture(best.content);
    return texture ? become(texture, fresh) : fresh;
  }

  /** The pages of a sheet, and every file that they come from. */
  async #sheetAt(url: string): Promise<{ pages: Spritesheet[]; urls: string[] }> {
    const json = await sheetJson(url);
    const others = (json.meta.related_multi_packs ?? []).map((other) => beside(url, other));
    const jsons = [[url, json] as const, ...(await Promise.all(others.map(async (other) => [other, await sheetJson(other)] as const)))];
    const urls: string[] = [];
    const pages = jsons.map(async ([from, data]) => {
      const image = beside(from, data.meta.image ?? '');
      urls.push(from, image);
      const page = new Spritesheet(await this.#pictureAt(image), data);
      await page.parse();
      return page;
    });
    return { pages: await Promise.all(pages), urls };
  }

  async #pictureAt(url: string): Promise<Texture> {
    return this.#picture(await (await fetched(url)).blob());
  }

  async #picture(content: Blob): Promise<Texture> {
    const resource = await createImageBitmap(content);
    return new Texture({ source: new ImageSource({ resource, scaleMode: this.#pixelated ? 'nearest' : 'linear' }), dynamic: true });
  }
}

/** A sheet whose textures and animations follow its files. */
export class LiveSheet {
  /** By name. A texture stays the same object; one that the sheet loses shows nothing. */
  readonly textures: Record<string, Texture> = {};
  #animations: Record<string, FrameObject[]> = {};
  #sources = new Set<ImageSource>();
  readonly #playing = new Set<[WeakRef<AnimatedSprite>, string]>();

  constructor(pages: readonly Spritesheet[]) {
    this.become(pages);
  }

  /** The names of the animations. */
  get animations(): string[] {
    return Object.keys(this.#animations);
  }

  /** A sprite that plays an animation, each frame as long as the sheet says, and goes on playing when the sheet changes. */
  animated(name: string): AnimatedSprite {
    const frames = this.#animations[name];
    if (!frames) throw new Error(`no animation ${name}; there are ${this.animations.join(', ') || 'none'}`);
    const sprite = new AnimatedSprite(frames);
    this.#playing.add([new WeakRef(sprite), name]);
    sprite.play();
    return sprite;
  }

  /** Take what lies on other pages. */
  become(pages: readonly Spritesheet[]): void {
    const old = this.#sources;
    this.#sources = new Set(pages.map((page) => page.textureSource as ImageSource));
    const fresh: Record<string, Texture> = Object.assign({}, ...pages.map((page) => page.textures));
    for (const [name, texture] of Object.entries(fresh)) {
      const known = this.textures[name];
      if (known) become(known, texture, false);
      else this.textures[name] = Object.assign(texture, { dynamic: true });
    }
    for (const [name, texture] of Object.entries(this.textures)) {
      if (name in fresh) continue;
      become(texture, new Texture({ source: Texture.EMPTY.source }), false);
      delete this.textures[name];
    }
    this.#animations = Object.assign({}, ...pages.map((page) => this.#timed(page.data)));
    this.#replay();
    for (const source of old) source.destroy();
  }

  #timed({ animations = {}, frames }: SpritesheetData): Record<string, FrameObject[]> {
    const timed = (names: string[]): FrameObject[] =>
      names.map((name) => ({
        texture: this.textures[name] as Texture,
        time: (frames[name] as { duration?: number }).duration ?? 100,
      }));
    return Object.fromEntries(Object.entries(animations).map(([name, names]) => [name, timed(names)]));
  }

  #replay(): void {
    for (const entry of this.#playing) {
      const sprite = entry[0].deref();
      const frames = this.#animations[entry[1]];
      if (!sprite || sprite.destroyed) this.#playing.delete(entry);
      else if (frames) resume(sprite, frames);
    }
  }
}

/** Give a sprite other frames; it goes on where it was, or at the last frame where there are fewer. */
function resume(sprite: AnimatedSprite, frames: FrameObject[]): void {
  const { playing, currentFrame } = sprite;
  sprite.textures = frames;
  const place = Math.min(currentFrame, frames.length - 1);
  if (playing) sprite.gotoAndPlay(place);
  else sprite.gotoAndStop(place);
}

/** Make a texture in use show what another one shows: whatever holds it sees the change. `fresh` must not be used afterwards. */
function become(texture: Texture, fresh: Texture, destroying = true): Texture {
  const old = texture.source;
  const { orig, trim, rotate, defaultAnchor, defaultBorders, noFrame } = fresh;
  texture.frame.copyFrom(fresh.frame);
  Object.assign(texture, { trim, rotate, defaultAnchor, defaultBorders, noFrame, orig: orig === fresh.frame ? texture.frame : orig });
  texture.source = fresh.source;
  fresh.destroy();
  texture.update();
  if (destroying) old.destroy();
  return texture;
}

type SheetData = SpritesheetData & { meta: { image?: string; related_multi_packs?: string[] } };

async function sheetJson(url: string): Promise<SheetData> {
  const json = (await (await fetched(url)).json()) as Partial<SheetData> | null;
  if (!json?.frames || !json.meta?.image) throw new Error(`${url}: no sheet; write one with: limner export --format pixi-json`);
  return json as SheetData;
}
