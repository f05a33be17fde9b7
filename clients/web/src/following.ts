// The way from the server's changes to the game's files.
import type { LimnerError } from './errors.js';
import type { Limner } from './limner.js';
import type { HotReload } from './reload.js';
import { AssetChange_Kind } from './wire/limner/v1/asset_pb.js';

export interface FollowOptions {
  signal: AbortSignal;
  project: string | undefined;
  /** Hears of every lost connection (with the reason) and every opened one (with nothing). */
  onState: (error?: LimnerError) => void;
}

/**
 * Tells `reload` of every changed file until `signal` is aborted. Whoever runs the game reads once on the console why nothing
 * changes. Never throws: a game runs on without its server.
 */
export async function follow(limner: Limner, reload: HotReload, { signal, project = '', onState }: FollowOptions): Promise<void> {
  let told = '';
  const hear = (error?: LimnerError): void => {
    if (error?.passing && error.reason !== told) console.warn(`limner: ${error.message}; trying again`);
    told = error?.reason ?? '';
    onState(error);
  };
  try {
    for await (const { kind, publication } of limner.changes({ signal, project, onState: hear })) {
      if (kind === AssetChange_Kind.RESET) reload.lost();
      for (const { path, digest } of publication?.files ?? []) if (digest) reload.changed(path); // one that is gone stays on the screen
    }
  } catch (fault) {
    console.warn(`limner: ${fault instanceof Error ? fault.message : String(fault)}; pictures change no more`);
  }
}
