// A plugin for Phaser 4: pictures, sheets and animations that change in the running game when their files do.
import type * as Phaser from 'phaser';

import type { LimnerError } from './errors.js';
import { follow } from './following.js';
import { Limner, type Brief, type DrawOptions, type Drawn, type LimnerOptions } from './limner.js';
import { swapAnimations } from './phaser/animations.js';
import { swapPicture, swapSheet } from './phaser/textures.js';
import { decoded, fetched, pictureAt } from './pictures.js';
import { HotReload, type Published, type Swap } from './reload.js';
import { beside, pagesOf, type SheetPage } from './sheets.js';

export type { LimnerOptions, Published };

/** The plugin's `data` in the game's configuration. */
export interface LimnerPluginOptions extends LimnerOptions {
  published?: Published;
}

/** Events of `plugin.events`: what was swapped, and how the connection is. */
export const SWAPPED = 'swapped';
export const STATE = 'state';

const AFTER_SHEETS = 1;

/**
 * A global plugin. In the game's configuration:
 * `plugins: { global: [{ key: 'limner', plugin: LimnerPlugin, mapping: 'limner', start: true, data: { url } }] }`.
 *
 * In a scene's `preload`, `this.limner.image(this, 'hero', 'art/hero.png')` is `this.load.image('hero', 'art/hero.png')` that
 * lives. A server that is not there costs one warning; the game runs on with what it has.
 */
export class LimnerPlugin {
  /** Emits `swapped` with the addresses that changed, and `state` with the error that ended the connection, or nothing. */
  readonly events: Phaser.Events.EventEmitter;
  readonly game: Phaser.Game;
  #limner: Limner | undefined;
  #reload: HotReload;
  #ending = new AbortController();
  #project: string | undefined;
  #kept = new Map<string, () => void>();

  constructor(readonly pluginManager: Phaser.Plugins.PluginManager) {
    this.game = pluginManager.game;
    const Emitter = this.game.events.constructor as new () => Phaser.Events.EventEmitter;
    this.events = new Emitter();
    this.#reload = new HotReload();
  }

  /** Called by Phaser with `data`. */
  init(options?: LimnerPluginOptions): void {
    if (!options?.url) throw new Error('the Limner plugin needs its server: data: { url: "http://127.0.0.1:8080" }');
    this.#limner = new Limner(options);
    this.#project = options.published?.project;
    this.#reload = new HotReload(options.published, undefined, (urls) => this.events.emit(SWAPPED, [...urls]));
  }

  /** Called by Phaser: from here on, changes are followed. */
  start(): void {
    this.#ending = new AbortController();
    const onState = (error?: LimnerError): unknown => this.events.emit(STATE, error);
    void follow(this.limner, this.#reload, { signal: this.#ending.signal, project: this.#project, onState });
  }

  /** Called by Phaser: changes are followed no more. */
  stop(): void {
    this.#ending.abort();
  }

  /** Called by Phaser at the end of the game. */
  destroy(): void {
    this.stop();
    this.events.removeAllListeners();
  }

  /** The connection, for whatever else it can do. */
  get limner(): Limner {
    if (!this.#limner) throw new Error('the Limner plugin has not been started; give it `start: true`');
    return this.#limner;
  }

  /** `scene.load.image` that lives. */
  image(scene: Phaser.Scene, key: string, url: string): this {
    scene.load.image(key, url);
    const full = this.#full(scene, url);
    this.#keep(`image ${key}`, [full], async () => {
      const image = await pictureAt(full);
      if (this.game.textures.exists(key)) swapPicture(this.game, this.game.textures.get(key), image);
    });
    return this;
  }

  /** `scene.load.multiatlas` that lives: a sheet of `limner export --format phaser-json`. */
  sheet(scene: Phaser.Scene, key: string, url: string): this {
    scene.load.multiatlas(key, url, url.slice(0, url.lastIndexOf('/') + 1));
    const full = this.#full(scene, url);
    const keep = (pages: readonly SheetPage[]): void => {
      this.#keep(`sheet ${key}`, [full, ...pages.map(({ image }) => beside(full, image))], async () => {
        const now = pagesOf(await (await fetched(full)).json(), full);
        const images = await Promise.all(now.map(({ image }) => pictureAt(beside(full, image))));
        if (this.game.textures.exists(key)) swapSheet(this.game, this.game.textures.get(key), now, images);
        keep(now); // there may be more pages than before
      });
    };
    scene.load.once(`filecomplete-json-${key}`, (_key: string, _kind: string, json: unknown) => keep(pagesOf(json, full)));
    return this;
  }

  /** `scene.load.animation` that lives: the animations of `limner export --format phaser-json`. */
  animations(scene: Phaser.Scene, key: string, url: string): this {
    scene.load.animation(key, url);
    const full = this.#full(scene, url);
    const swap = async (): Promise<void> => swapAnimations(this.game, await (await fetched(full)).json(), full);
    this.#keep(`animations ${key}`, [full], swap, AFTER_SHEETS);
    return this;
  }

  /** Draw with the server, and show the best candidate as texture `key`: a new one, or new pixels for what shows it already. */
  async draw(key: string, brief: Brief, options?: DrawOptions): Promise<Drawn[]> {
    const drawn = await this.limner.draw(brief, options);
    const best = drawn[0];
    if (!best) return drawn;
    const image = await decoded(best.content);
    if (this.game.textures.exists(key)) swapPicture(this.game, this.game.textures.get(key), image);
    else this.game.textures.addImage(key, image);
    return drawn;
  }

  /** Follow files for a key of the game; a scene that starts again replaces what it followed before. */
  #keep(id: string, urls: readonly string[], swap: Swap, order = 0): void {
    this.#kept.get(id)?.();
    this.#kept.set(id, this.#reload.follow(urls, swap, order));
  }

  #full(scene: Phaser.Scene, url: string): string {
    return this.#reload.address(new URL(scene.load.baseURL + scene.load.path + url, document.baseURI).href);
  }
}
