// New frames for animations of Phaser that are playing.
import type * as Phaser from 'phaser';

import { wearers } from './textures.js';

type Animation = Phaser.Animations.Animation;

/** The animations of a Limner file (`load.animation`) replace those of the same name; sprites that play one go on with it. */
export function swapAnimations(game: Phaser.Game, json: unknown, url: string): void {
  const drawn = (json as { anims?: Phaser.Types.Animations.Animation[] } | null)?.anims;
  if (!Array.isArray(drawn)) throw new Error(`${url}: no animations; write them with: limner export --format phaser-json`);
  for (const config of drawn) {
    const known = game.anims.get(config.key ?? '') as Animation | undefined;
    if (known) replace(game, known, config);
    else game.anims.create(config);
  }
}

function replace(game: Phaser.Game, animation: Animation, config: Phaser.Types.Animations.Animation): void {
  for (const { key, frame } of Array.isArray(config.frames) ? config.frames : []) {
    if (key && !game.textures.get(key).has(String(frame))) throw new Error(`the animation ${animation.key} has a frame ${frame} that ${key} lacks`);
  }
  const frames = animation.getFrames(game.textures, config.frames ?? [], config.defaultTextureKey);
  if (frames.length === 0) throw new Error(`the animation ${animation.key} has no frames; its sheet must be loaded first`);
  const before = animation.msPerFrame;
  animation.frames = frames;
  animation.repeat = config.repeat ?? 0;
  animation.calculateDuration(animation, frames.length, config.duration ?? null!, config.frameRate ?? null!);
  const { duration, frameRate, msPerFrame } = animation;
  for (const wearer of wearers(game)) {
    const { anims } = wearer as { anims?: Phaser.Animations.AnimationState };
    if (anims?.currentAnim !== animation) continue;
    if (anims.msPerFrame === before) Object.assign(anims, { duration, frameRate, msPerFrame }); // else the game chose a speed
    const place = Math.min((anims.currentFrame?.index ?? 1) - 1, frames.length - 1);
    anims.setCurrentFrame(frames[place] as Phaser.Animations.AnimationFrame);
  }
}
