// How long to wait before another attempt.

export const FIRST_MS = 250;
export const LONGEST_MS = 10_000;

/** Pauses that double from 0.25 s to 10 s, each cut by chance to half at most, so that many games do not come back at once. */
export class Pauses {
  #next = FIRST_MS;

  constructor(private readonly chance: () => number = Math.random) {}

  /** The next pause, in milliseconds. */
  taken(): number {
    const pause = this.#next * (0.5 + 0.5 * this.chance());
    this.#next = Math.min(2 * this.#next, LONGEST_MS);
    return pause;
  }

  /** Start again: the server has answered. */
  renew(): void {
    this.#next = FIRST_MS;
  }
}

/** Waits, or rejects at once when `signal` is aborted. */
export function paused(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

export const SILENCE_MS = 60_000; // the server gives a sign of life every 20 s

/** Aborts `signal` when nothing has been heard for a minute, or when `outer` is aborted: a dead connection may say nothing. */
export class Silence {
  readonly #ending = new AbortController();
  readonly signal: AbortSignal;
  #timer: ReturnType<typeof setTimeout> | undefined;
  long = false;

  constructor(outer: AbortSignal) {
    this.signal = AbortSignal.any([outer, this.#ending.signal]);
    this.broken();
  }

  /** Something was heard. */
  broken(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.long = true;
      this.#ending.abort();
    }, SILENCE_MS);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
