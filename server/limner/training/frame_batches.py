"""Batches for the frame network: a figure at rest, and the same figure in a frame of a movement, changed alike in colour and shape."""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from limner.atlas.motions import ACTIONS as MOTIONS
from limner.atlas.pixel_art import clean_pixel_art, packed, unpacked
from limner.atlas.puppets import figure, posed
from limner.generators.frames import ACTIONS, CANVAS, ENTRIES, LOOPS, PALETTE, as_input, as_members
from limner.training.dataset import KINDS, STYLES

SEEN_FROM = np.array([9, 3, 2, 0.5, 0.5, 0.5, 2, 3], np.float64)  # how often the reference looks south, south-east, …
ANY_POSE = 0.12  # share of references in another pose than at rest
SWAPPED = 0.5  # share of rigged figures that get another one's head
NECK = (0.42, 0.62)  # of the height from the top
DRAWN = 0.15  # share of samples that are pictures such as the generator draws, moved as a puppet
NOISY = 0.6  # share of references with uneven colours, and share with stray pixels


Sample = tuple[Any, ...]  # reference, its entries, target, action, angle, direction: arrays of numpy


@dataclass(slots=True)
class FrameBatch:
    """What `FrameNetwork.forward` takes, and the right entry of each pixel, ENTRIES where it is clear."""

    reference: Tensor
    members: Tensor
    action: Tensor
    angle: Tensor
    direction: Tensor
    target: Tensor  # (n, 48, 48) int64

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        return self.reference, self.members, self.action, self.angle, self.direction

    def to(self, device: torch.device) -> "FrameBatch":
        return FrameBatch(*(tensor.to(device) for tensor in (*self.inputs, self.target)))


class FrameBatches:
    """Samples without end from `moves.npz`; equal seeds give equal batches."""

    def __init__(self, data: Path, seed: int) -> None:
        """`data` is the folder of the packed art."""
        rows = np.load(data / "moves.npz", allow_pickle=False)
        stills = np.load(data / "rows.npz", allow_pickle=False)
        self._stills = np.load(data / "pictures.npy", mmap_mode="r")
        people = (stills["kind"] == 1 + KINDS.index("character")) & (stills["style"] == 1 + STYLES.index("pixel"))
        self._people = np.flatnonzero(people & ~stills["held_out"])
        self.frames, self.palettes = rows["frames"], rows["palettes"]
        self.figure, self.action, self.direction, self.angle = (
            rows[name] for name in ("figure", "action", "direction", "angle")
        )
        self.rests, self.held_out, self.rig, self.height = (
            rows[name] for name in ("rests", "held_out", "rig", "height")
        )
        self._rng = np.random.default_rng(seed)
        self._by_figure = [np.flatnonzero(self.figure == number) for number in range(len(self.palettes))]
        self._training = np.flatnonzero(~self.held_out)
        self._alike = {
            (rig, height): np.flatnonzero((self.rig == rig) & (self.height == height) & ~self.held_out)
            for rig in np.unique(self.rig[self.rig > 0])
            for height in np.unique(self.height)
        }
        self._key = {
            (int(self.figure[i]), int(self.action[i]), int(self.direction[i]), round(float(self.angle[i]), 3)): i
            for i in range(len(self.frames))
        }
        weight = np.array([len(self._by_figure[number]) for number in self._training], np.float64) ** 0.5
        weight *= np.where(self.rig[self._training] == 1, 2.0, 1.0)  # pixel art with all eight sides
        self._weight = weight / weight.sum()

    def next(self, count: int) -> FrameBatch:
        """`count` samples of figures that are not held out."""
        rows = [self._sample() for _ in range(count)]
        reference, index, target, action, angle, direction = (np.stack(part) for part in zip(*rows, strict=True))
        members = np.stack([as_members(each) for each in index])
        return FrameBatch(
            torch.from_numpy(reference),
            torch.from_numpy(members),
            torch.from_numpy(action),
            torch.from_numpy(angle.astype(np.float32)),
            torch.from_numpy(direction),
            torch.from_numpy(target),
        )

    def _sample(self) -> Sample:
        rng = self._rng
        if rng.random() < DRAWN:
            return self._puppet()
        figure = int(rng.choice(self._training, p=self._weight))
        goal = int(rng.choice(self._by_figure[figure]))
        look = self._look(figure, int(self.direction[goal]))
        start = int(self.rests[figure, look])
        if rng.random() < ANY_POSE:
            posed = self._by_figure[figure]
            start = int(rng.choice(posed[self.direction[posed] == self.direction[start]]))
        first, last, palette = self._headed(figure, start, goal)
        first, last = self._reshaped(first, last)
        direction = int(self.direction[goal])
        if rng.random() < 0.5:
            first, last, direction = first[:, ::-1], last[:, ::-1], (8 - direction) % 8
        return self._finished(first, last, palette, int(self.action[goal]), float(self.angle[goal]), direction)

    def _look(self, figure: int, wanted: int) -> int:
        known = np.flatnonzero(self.rests[figure] >= 0)
        weight = SEEN_FROM[known] + (known == wanted)
        return int(self._rng.choice(known, p=weight / weight.sum()))

    def _headed(
        self, figure: int, start: int, goal: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
        """The two frames, at times with the head of another figure of the rig, and the palette of both (32, 3)."""
        first, last = self.frames[start], self.frames[goal]
        palette = np.concatenate([self.palettes[figure], np.zeros_like(self.palettes[figure])])
        rig = int(self.rig[figure])
        if rig == 0 or self._rng.random() > SWAPPED:
            return first, last, palette
        other = int(self._rng.choice(self._alike[rig, int(self.height[figure])]))
        twins = [self._twin(other, at) for at in (start, goal)]
        if None in twins:
            return first, last, palette
        palette = np.concatenate([self.palettes[figure], self.palettes[other]])
        neck = self._rng.uniform(*NECK)
        heads = [self.frames[at] for at in twins if at is not None]
        first, last = (_joined(body, head, neck) for body, head in zip((first, last), heads, strict=True))
        return first, last, palette

    def _twin(self, other: int, at: int) -> int | None:
        """The same moment of another figure."""
        return self._key.get((other, int(self.action[at]), int(self.direction[at]), round(float(self.angle[at]), 3)))

    def _reshaped(self, *pictures: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
        """Wider or narrower, taller or shorter, and a little moved: all alike."""
        rng = self._rng
        wide, tall = rng.uniform(0.86, 1.14, 2) if rng.random() < 0.5 else (1.0, 1.0)
        x = (np.arange(CANVAS) - CANVAS / 2 + 0.5 - rng.integers(-2, 3)) / wide + CANVAS / 2 - 0.5
        y = (np.arange(CANVAS) - CANVAS + 0.5 + rng.integers(0, 4)) / tall + CANVAS - 0.5
        column, row = np.round(x).astype(np.int64) + 1, np.round(y).astype(np.int64) + 1
        column, row = (np.where((at < 1) | (at > CANVAS), 0, at) for at in (column, row))
        return [np.pad(picture, 1)[row[:, None], column] for picture in pictures]

    def _finished(
        self,
        first: NDArray[np.uint8],
        last: NDArray[np.uint8],
        palette: NDArray[np.uint8],
        action: int,
        angle: float,
        direction: int,
    ) -> Sample:
        rng = self._rng
        palette = palette.copy()
        if rng.random() < NOISY:
            first = self._uneven(first, last, palette)
        if rng.random() < NOISY:
            first = self._strayed(first)
        target = nearest_present(first, last, palette)
        return (
            as_input(first, self._recoloured(palette)),
            first,
            target,
            np.int64(action),
            np.float64(angle),
            np.int64(direction),
        )

    def _puppet(self) -> Sample:
        """A still figure, moved as a puppet and seen from where it is."""
        rng = self._rng
        while True:
            picture = clean_pixel_art(np.asarray(self._stills[rng.choice(self._people)]), PALETTE)
            if (picture[..., 3] > 0).mean() > 0.1:
                break
        name = str(rng.choice(list(MOTIONS)))
        phase = float(rng.random())
        angle = phase * (math.tau if name in LOOPS else math.pi)
        puppet = figure(picture)
        moved = posed(puppet, replace(MOTIONS[name].motion(phase), flash=0.0))
        palette = np.zeros((ENTRIES, 3), np.uint8)
        known = np.unique(packed(picture[picture[..., 3] > 0]))
        palette[: len(known)] = unpacked(known)
        first, last = (_places(pixels, known) for pixels in (puppet.pixels, moved))
        first, last = self._reshaped(first, last)
        if rng.random() < 0.5:
            first, last = first[:, ::-1], last[:, ::-1]
        return self._finished(first, last, palette, ACTIONS.index(name), angle, 0)

    def _uneven(
        self, first: NDArray[np.uint8], last: NDArray[np.uint8], palette: NDArray[np.uint8]
    ) -> NDArray[np.uint8]:
        """Some colours of the reference as two that are scattered among each other, as generators draw them; changes the palette."""
        rng, first = self._rng, first.copy()
        present = np.unique(first[first > 0])
        free = np.setdiff1d(np.arange(1, ENTRIES + 1), np.union1d(present, np.unique(last)))
        count = min(len(free), len(present), int(rng.integers(1, 9)))
        for old, new in zip(rng.choice(present, count, replace=False), free[:count], strict=True):
            own = first == old
            first[own & (rng.random(first.shape) < rng.uniform(0.15, 0.45))] = new
            shade = palette[old - 1].astype(np.float64) + rng.normal(0, 28, 3) + rng.normal(0, 28)
            palette[new - 1] = np.round(shade.clip(0, 255))
        return first

    def _strayed(self, first: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Some pixels have the colour of others, some are clear, some are beside the figure."""
        rng = self._rng
        share = rng.uniform(0, 0.05)
        offset = rng.integers(-2, 3, 2)
        other = np.roll(first, offset, axis=(0, 1))
        out: NDArray[np.uint8] = np.where(rng.random(first.shape) < share, other, first)
        return out

    def _recoloured(self, palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Turned in hue, brightness, contrast and saturation; colours of one palette stay apart."""
        rng = self._rng
        colours = palette.astype(np.float32) / 255
        if rng.random() < 0.5:
            colours = colours[:, rng.permutation(3)]
        if rng.random() < 0.8:
            grey = colours.mean(axis=1, keepdims=True)
            turned = _turned(colours - grey, rng.uniform(0, 2 * np.pi))
            colours = grey + turned * rng.uniform(0.3, 1.4)
            colours = (colours - 0.5) * rng.uniform(0.75, 1.2) + 0.5 + rng.uniform(-0.12, 0.12)
        if rng.random() < 0.3:
            colours = colours + rng.normal(0, 0.08, colours.shape)
        return np.round(np.clip(colours, 0, 1) * 255).astype(np.uint8)


def _turned(colours: NDArray[np.float32], angle: float) -> NDArray[np.float32]:
    """Rotated about the grey axis (Rodrigues)."""
    axis = np.full(3, 3**-0.5, np.float32)
    cross = np.cross(np.broadcast_to(axis, colours.shape), colours)
    out: NDArray[np.float32] = colours * np.float32(np.cos(angle)) + cross * np.float32(np.sin(angle))
    return out


def _places(pixels: NDArray[np.uint8], known: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Places from 1 among known colours, 0 where it is clear."""
    shows = pixels[..., 3] > 0
    out = np.zeros(pixels.shape[:2], np.uint8)
    out[shows] = np.searchsorted(known, packed(pixels[shows])) + 1
    return out


def _joined(body: NDArray[np.uint8], head: NDArray[np.uint8], neck: float) -> NDArray[np.uint8]:
    """The upper part of one and the lower part of the other, whose colours are the first half of the palette."""
    rows = np.flatnonzero(body.any(axis=1))
    if len(rows) == 0:
        return body
    cut = round(rows[0] + neck * (rows[-1] + 1 - rows[0]))
    moved = np.where(head > 0, head + 16, 0).astype(np.uint8)
    return np.concatenate([moved[:cut], body[cut:]])


def nearest_present(first: NDArray[np.uint8], last: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.int64]:
    """`last` (48, 48) in the entries that `first` shows: each other colour is the nearest of those; ENTRIES where it is clear."""
    present = np.unique(first[first > 0]).astype(np.int64) - 1
    if len(present) == 0:
        return np.full(last.shape, ENTRIES, np.int64)
    colours = palette.astype(np.float32)
    distance = (np.square(colours[:, None] - colours[present][None]) @ np.array([0.3, 0.59, 0.11], np.float32)).argmin(
        axis=1
    )
    table = np.concatenate([[ENTRIES], present[distance]])
    out: NDArray[np.int64] = table[last]
    return out
