// Which part of the game shows which file, and what happens when one changes.

/** Where the game's files are on the web. */
export interface Published {
  /** What the project is called, as `limner watch` says it. Default: whatever project has files of these names. */
  project?: string;
  /** The folder of the project that the web server hands out, such as `public/`. Default: the project itself. */
  folder?: string;
  /** Where the web server puts that folder. Default: beside the page. */
  base?: string;
}

/** Loads what changed and puts it into the running game; called with the addresses that changed. */
export type Swap = (changed: ReadonlySet<string>) => Promise<void>;

interface Follower {
  urls: ReadonlySet<string>;
  swap: Swap;
  order: number;
}

const QUIET_MS = 30; // a sheet is several files: one swap for all of them

/** Swaps what follows a file when the file changes. A swap that fails leaves the game as it is. */
export class HotReload {
  readonly #followers = new Set<Follower>();
  readonly #folder: string;
  readonly #base: URL;
  readonly #failed = new Map<Follower, string>(); // and what was said of it
  #waiting = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(
    published: Published = {},
    private readonly onError: (error: Error) => void = (error) => console.warn(`limner: ${error.message}; the last good one stays`),
    private readonly onSwap: (urls: ReadonlySet<string>) => void = () => undefined,
  ) {
    this.#folder = published.folder === undefined ? '' : `${published.folder.replace(/^\.?\/+|\/+$/g, '')}/`;
    this.#base = new URL(published.base ?? '.', globalThis.document?.baseURI ?? 'http://localhost/');
  }

  /** The full address of a file, as the game names it, without what follows a `?`. */
  address(url: string): string {
    const full = new URL(url, this.#base);
    full.search = full.hash = '';
    return full.href;
  }

  /**
   * Call `swap` when one of the files changes, until the answer is called. What changes together is swapped in rising `order`: what
   * rests on other files comes after them.
   */
  follow(urls: readonly string[], swap: Swap, order = 0): () => void {
    const follower = { urls: new Set(urls.map((url) => this.address(url))), swap, order };
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** A file of the project has changed; `path` is relative to it. Files that the web server does not hand out are nobody's. */
  changed(path: string): void {
    if (!path.startsWith(this.#folder)) return;
    const parts = path.slice(this.#folder.length).split('/').map(encodeURIComponent);
    this.#waiting.add(new URL(parts.join('/'), this.#base).href);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#swap(), QUIET_MS);
  }

  /** Any file may have changed: load everything again. */
  lost(): void {
    for (const { urls } of this.#followers) for (const url of urls) this.#waiting.add(url);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#swap(), QUIET_MS);
  }

  /** Resolves when nothing is being swapped. */
  get idle(): Promise<void> {
    return this.#work;
  }

  #swap(): void {
    const changed = this.#waiting;
    this.#waiting = new Set();
    this.#work = this.#work.then(async () => {
      const touched = [...this.#followers].filter(({ urls }) => [...urls].some((url) => changed.has(url)));
      let done = false;
      for (const follower of touched.sort((one, other) => one.order - other.order)) done = (await this.#tried(follower, changed)) || done;
      if (done) for (const follower of [...this.#failed.keys()]) if (!touched.includes(follower)) await this.#tried(follower, follower.urls);
    });
  }

  /** One swap; a follower that fails is tried again after the next swap that works: what it waited for may have come. */
  async #tried(follower: Follower, changed: ReadonlySet<string>): Promise<boolean> {
    const told = this.#failed.get(follower);
    this.#failed.delete(follower);
    if (!this.#followers.has(follower)) return false;
    const touched = new Set([...follower.urls].filter((url) => changed.has(url)));
    try {
      await follower.swap(touched);
    } catch (fault) {
      const error = fault instanceof Error ? fault : new Error(String(fault));
      this.#failed.set(follower, error.message);
      if (error.message !== told) this.onError(error);
      return false;
    }
    this.onSwap(touched);
    return true;
  }
}
