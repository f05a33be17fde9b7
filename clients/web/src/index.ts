// Limner for programs on the web: ask for art, follow it being drawn, read it, hear of changes.
export { LimnerError, type Cause } from './errors.js';
export { Limner, type Brief, type ChangesOptions, type DrawOptions, type Drawn, type LimnerOptions } from './limner.js';
export { HotReload, type Published, type Swap } from './reload.js';
export type { Asset, AssetChange } from './wire/limner/v1/asset_pb.js';
export { Generation_State, type Generation, type GenerationEvent } from './wire/limner/v1/generation_pb.js';
