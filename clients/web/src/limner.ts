// A connection to a Limner server: ask for art, follow it being drawn, read it, hear of changes.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { createClient, type Client, type Interceptor } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';

import { errorOf, LimnerError } from './errors.js';
import { Pauses, paused, Silence } from './pauses.js';
import { AssetChange_Kind, type Asset, type AssetChange } from './wire/limner/v1/asset_pb.js';
import { AssetService } from './wire/limner/v1/asset_service_pb.js';
import { Generation_State, GenerationSchema, type Generation, type GenerationEvent } from './wire/limner/v1/generation_pb.js';
import { GenerationService } from './wire/limner/v1/generation_service_pb.js';
import { ServerService, type GetServerResponse } from './wire/limner/v1/server_service_pb.js';

/** Where the server is. */
export interface LimnerOptions {
  /** Its HTTP door, as `limner serve --web` says it, such as `http://127.0.0.1:8080`. */
  url: string;
  /** An API key. Only for tools of your own: whoever gets the page can read it. */
  key?: string;
}

/** What to draw: one of the wire's briefs, such as `{ case: 'image', value: { prompt: 'a red dragon' } }`. */
export type Brief = NonNullable<MessageInitShape<typeof GenerationSchema>['brief']>;

/** A finished picture: what is known of it, and its bytes. */
export interface Drawn {
  asset: Asset;
  content: Blob;
}

export interface DrawOptions {
  /** Stops waiting and cancels the generation. */
  signal?: AbortSignal;
  /** Sees every event; with previews where `previews` is set. */
  onEvent?: (event: GenerationEvent) => void;
  previews?: boolean;
}

export interface ChangesOptions {
  /** Ends the following. */
  signal: AbortSignal;
  /** Only changes after this sequence. Default: what comes from now on. */
  after?: bigint;
  /** Only files of this project. Default: of all. */
  project?: string;
  /** Hears when the connection is lost (with the reason) and when it is back (with nothing). */
  onState?: (error: LimnerError | undefined) => void;
}

const PATIENCE = 8; // attempts in a row without any news, about half a minute
const FINAL = [Generation_State.SUCCEEDED, Generation_State.FAILED, Generation_State.CANCELLED];

/** A connection; it opens when first used. Every method throws LimnerError. */
export class Limner {
  readonly url: string;
  readonly #generations: Client<typeof GenerationService>;
  readonly #assets: Client<typeof AssetService>;
  readonly #server: Client<typeof ServerService>;

  constructor({ url, key }: LimnerOptions) {
    this.url = url.replace(/\/+$/, '');
    const transport = createConnectTransport({
      baseUrl: this.url,
      useBinaryFormat: true,
      interceptors: key === undefined ? [] : [withKey(key)],
    });
    this.#generations = createClient(GenerationService, transport);
    this.#assets = createClient(AssetService, transport);
    this.#server = createClient(ServerService, transport);
  }

  /** The server's version and what it can do. */
  async describe(signal?: AbortSignal): Promise<GetServerResponse> {
    return this.#told(() => this.#server.getServer({}, given(signal)));
  }

  /** Ask, wait and read: the finished pictures, best first. Lost connections are opened again where they broke. */
  async draw(brief: Brief, { signal, onEvent, previews = false }: DrawOptions = {}): Promise<Drawn[]> {
    const requestId = crypto.randomUUID(); // the same request twice is the same generation
    const generation = create(GenerationSchema, { brief });
    const accepted = await this.#tried(() => this.#generations.createGeneration({ generation, requestId }, given(signal)), signal);
    const name = accepted.generation?.name ?? '';
    let last: Generation | undefined;
    try {
      for await (const event of this.#followed(name, previews, signal)) {
        onEvent?.(event);
        last = event.generation;
      }
    } catch (fault) {
      if (signal?.aborted) await this.#generations.cancelGeneration({ name }).catch(() => undefined);
      throw errorOf(fault, this.url);
    }
    return Promise.all(succeeded(last).assets.map(async (asset) => ({ asset, content: await this.read(asset, signal) })));
  }

  /** The bytes of an asset. */
  async read(asset: Pick<Asset, 'name' | 'contentType'>, signal?: AbortSignal): Promise<Blob> {
    return this.#tried(async () => {
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      for await (const reply of this.#assets.readAsset({ name: asset.name }, given(signal))) chunks.push(Uint8Array.from(reply.data));
      return new Blob(chunks, { type: asset.contentType });
    }, signal);
  }

  /** Assets as the files of a format: relative path to bytes. `names` are `assets/{asset}`. */
  async export(names: string[], format: string, stem = '', signal?: AbortSignal): Promise<Map<string, Blob>> {
    return this.#tried(async () => {
      const files = new Map<string, Uint8Array<ArrayBuffer>[]>();
      for await (const { path, data } of this.#assets.exportAssets({ names, format, stem }, given(signal))) {
        files.set(path, [...(files.get(path) ?? []), Uint8Array.from(data)]);
      }
      return new Map([...files].map(([path, chunks]) => [path, new Blob(chunks)]));
    }, signal);
  }

  /**
   * The files that `limner watch` writes, as it writes them, for as long as the page lives. A lost connection is opened again after
   * a pause that grows to 10 s, and goes on after the last change that arrived. Throws when the server refuses for good.
   */
  async *changes({ signal, after, project = '', onState }: ChangesOptions): AsyncGenerator<AssetChange, void> {
    const pauses = new Pauses();
    let seen = after;
    while (!signal.aborted) {
      const silence = new Silence(signal);
      try {
        const request = { kinds: [AssetChange_Kind.PUBLISHED], project, ...(seen === undefined ? {} : { afterSequence: seen }) };
        let fresh = true;
        for await (const { change, sequence } of this.#assets.watchAssets(request, { signal: silence.signal })) {
          silence.broken();
          if (fresh) onState?.(undefined);
          fresh = false;
          pauses.renew();
          seen = sequence;
          if (change) yield change;
        }
        throw new LimnerError('absent', `the Limner server at ${this.url} ended the stream`);
      } catch (fault) {
        if (signal.aborted) return;
        const error = silence.long ? new LimnerError('absent', `the Limner server at ${this.url} is silent`) : errorOf(fault, this.url);
        onState?.(error);
        if (!error.passing) throw error;
      } finally {
        silence.end();
      }
      await paused(pauses.taken(), signal).catch(() => undefined);
    }
  }

  async *#followed(name: string, previews: boolean, signal: AbortSignal | undefined): AsyncGenerator<GenerationEvent> {
    const pauses = new Pauses();
    let afterSequence = 0n;
    for (let attempt = 1; ; attempt += 1) {
      try {
        for await (const { event } of this.#generations.watchGeneration({ name, afterSequence, previews }, given(signal))) {
          if (!event || event.sequence <= afterSequence) continue;
          afterSequence = event.sequence;
          attempt = 0;
          pauses.renew();
          yield event;
          if (event.generation && FINAL.includes(event.generation.state)) return;
        }
      } catch (fault) {
        const error = errorOf(fault, this.url);
        if (!error.passing || attempt >= PATIENCE) throw error;
      }
      await paused(pauses.taken(), signal ?? new AbortController().signal);
    }
  }

  /** The answer of a call that may be repeated. */
  async #tried<T>(call: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const pauses = new Pauses();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#told(call);
      } catch (fault) {
        if (!(fault instanceof LimnerError) || !fault.passing || attempt >= PATIENCE) throw fault;
      }
      await paused(pauses.taken(), signal ?? new AbortController().signal);
    }
  }

  async #told<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (fault) {
      throw errorOf(fault, this.url);
    }
  }
}

function withKey(key: string): Interceptor {
  return (next) => (request) => {
    request.header.set('Authorization', `Bearer ${key}`);
    return next(request);
  };
}

function given(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function succeeded(generation: Generation | undefined): Generation {
  if (generation?.state === Generation_State.SUCCEEDED) return generation;
  if (generation?.state === Generation_State.CANCELLED) throw new LimnerError('cancelled', `${generation.name} was cancelled`);
  throw new LimnerError('failed', generation?.error?.message ?? 'the generation ended without a result');
}
