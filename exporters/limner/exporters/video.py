"""WebM (VP9 with alpha) and MP4 (H.264 on a background), by the libraries in PyPI's `av`: extra `[video]`.

Both are lossy: colours come back within a few steps of 255, at hard edges further off (colour is kept at half size).
"""

import io
from collections.abc import Iterator, Mapping
from fractions import Fraction
from importlib import import_module
from typing import Any

import numpy as np

from limner.atlas.bleeding import bled
from limner.atlas.loops import resampled
from limner.atlas.sprites import Pixels, Provenance, SpriteSet
from limner.exporters.animations import Animation, animations
from limner.exporters.files import ExportError, Files
from limner.exporters.options import ExportOptions, VideoOptions
from limner.exporters.provenance import as_text

REACH = 8  # how far colours run into clear pixels, so that the half-size colour of an edge has nothing foreign in it
CLOCK = Fraction(1, 1000)  # frames are timed in milliseconds
BT709, LIMITED = 1, 1  # the colour matrix and range, as the containers number them
VP9 = {"b": "0", "deadline": "good", "cpu-used": "4", "auto-alt-ref": "0"}  # alternate references have no alpha
H264 = {"preset": "medium", "bf": "0"}


def write_webm(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    return {
        f"{one.name}.webm": encoded_video(one, "webm", options.video, art.provenance) for one in animations(art, stem)
    }


def write_mp4(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    return {
        f"{one.name}.mp4": encoded_video(one, "mp4", options.video, art.provenance) for one in animations(art, stem)
    }


def encoded_video(animation: Animation, container: str, options: VideoOptions, provenance: Provenance) -> bytes:
    """One animation as WebM or MP4 bytes. Raises ExportError without `av`, without its encoder, and for options out of range."""
    codec, pixel_format, settings = {
        "webm": ("libvpx-vp9", "yuva420p", VP9),
        "mp4": ("libx264", "yuv420p", H264),
    }[container]
    _check(options)
    library = _library(codec)
    out = io.BytesIO()
    with library.open(out, "w", format=container, options={"fflags": "+bitexact"}) as file:
        if provenance:
            file.metadata["comment"] = as_text(provenance)
        stream = file.add_stream(codec, options={**settings, "crf": str(options.quality)})
        lengths: dict[int, int] = {}  # how long what starts at a millisecond shows
        pictures = _pictures(animation, options, opaque=container == "mp4")
        for number, (pixels, start_ms, duration_ms) in enumerate(pictures):
            if number == 0:
                _prepare(stream, pixels, pixel_format)
            frame = library.VideoFrame.from_ndarray(pixels, format="rgba").reformat(
                format=pixel_format, dst_colorspace=BT709, dst_color_range=LIMITED
            )
            frame.pts, frame.duration, frame.time_base = start_ms, duration_ms, CLOCK
            lengths[start_ms] = duration_ms
            _mux(file, stream.encode(frame), lengths)
        _mux(file, stream.encode(None), lengths)
    return out.getvalue()


def _mux(file: Any, packets: list[Any], lengths: Mapping[int, int]) -> None:
    """Write packets once each says how long it shows; the encoders forget."""
    for packet in packets:
        packet.duration = lengths[packet.pts]
        file.mux(packet)


def _prepare(stream: Any, pixels: Pixels, pixel_format: str) -> None:
    context = stream.codec_context
    context.height, context.width = pixels.shape[:2]
    context.pix_fmt = pixel_format
    stream.time_base = context.time_base = CLOCK
    context.framerate = Fraction(1000)
    context.colorspace, context.color_primaries, context.color_trc, context.color_range = BT709, BT709, BT709, LIMITED
    context.thread_count = 1  # the same bytes on every machine


def _pictures(animation: Animation, options: VideoOptions, *, opaque: bool) -> Iterator[tuple[Pixels, int, int]]:
    """Each picture with the millisecond at which it starts and how long it shows."""
    durations, order = animation.durations_ms, list(range(len(animation.frames)))
    if options.fps:
        order = list(resampled(durations, 1000 / options.fps))
        ends = np.round(np.arange(len(order) + 1) * 1000 / options.fps).astype(int)
        durations = np.diff(ends).tolist()
    start = 0
    for index, duration in zip(order, durations, strict=True):
        pixels = animation.frames[index].pixels
        yield _composited(pixels, options.background) if opaque else bled(pixels, REACH), start, duration
        start += duration


def _composited(pixels: Pixels, background: tuple[int, int, int]) -> Pixels:
    """The picture over a background; a side of odd length gets one more line of it, since H.264 counts in twos."""
    height, width = pixels.shape[:2]
    out = np.empty((height + height % 2, width + width % 2, 4), np.uint8)
    out[:] = (*background, 255)
    alpha = pixels[..., 3:].astype(np.uint16)
    mixed = pixels[..., :3] * alpha + np.array(background, np.uint16) * (255 - alpha)
    out[:height, :width, :3] = (mixed + 127) // 255
    return out


def _check(options: VideoOptions) -> None:
    if options.fps is not None and not 0 < options.fps <= 240:
        raise ExportError(f"fps {options.fps}: use more than 0 and at most 240, or none to keep each frame's duration")
    if not 0 <= options.quality <= 51:
        raise ExportError(f"quality {options.quality}: use 0 (best) to 51")
    if any(not 0 <= part <= 255 for part in options.background):
        raise ExportError(f"background {options.background}: use red, green and blue from 0 to 255")


def _library(codec: str) -> Any:
    """The module `av`, once it has the encoder."""
    try:
        library = import_module("av")
    except ModuleNotFoundError as error:
        raise ExportError('video needs the package av; install it with: pip install "limner[video]"') from error
    if codec not in library.codecs_available:
        raise ExportError(f"this build of av has no encoder {codec}; install the wheel from PyPI: pip install av")
    return library
