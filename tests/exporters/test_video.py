"""Video is decoded again, by PyAV and by ffprobe: pixels within the codec's bound, alpha, times, background."""

import io
import json
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext

from limner.atlas.sprites import FrameTag, Pixels, Sprite, SpriteSet
from limner.exporters import ExportError, export
from limner.exporters.options import ExportOptions, VideoOptions

TIMES = [100, 40, 250]


def disc(side: int, x: int, colour: tuple[int, int, int]) -> Pixels:
    """A disc of one colour on nothing."""
    rows, columns = np.mgrid[:side, :side]
    pixels = np.zeros((side, side, 4), np.uint8)
    pixels[(rows - side // 2) ** 2 + (columns - x) ** 2 <= (side // 4) ** 2] = (*colour, 255)
    return pixels


def art(side: int = 48) -> SpriteSet:
    colours = [(220, 40, 40), (40, 180, 60), (60, 80, 220)]
    sprites = tuple(
        Sprite(name=f"f{number}", pixels=disc(side, side // 3 + 4 * number, colour), duration_ms=time)
        for number, (colour, time) in enumerate(zip(colours, TIMES, strict=True))
    )
    return SpriteSet(sprites=sprites)


def decoded(content: bytes, decoder: str) -> list[tuple[int, int, Pixels]]:
    """Start and length in milliseconds, and pixels, of each frame."""
    found = []
    with av.open(io.BytesIO(content), "r") as file:
        context = VideoCodecContext.create(decoder, "r")
        assert isinstance(context, VideoCodecContext)
        context.extradata = file.streams.video[0].codec_context.extradata
        for packet in file.demux(video=0):
            for frame in context.decode(packet):
                assert packet.pts is not None
                clock = 1000 * (packet.time_base or Fraction(0))
                pixels = frame.to_ndarray(format="rgba").astype(np.uint8)
                found.append((round(packet.pts * clock), round((packet.duration or 0) * clock), pixels))
    return found


def test_webm_keeps_alpha_frames_and_times_and_is_near_in_colour() -> None:
    made = art()
    frames = decoded(export("webm", made, "disc")["disc.webm"], "libvpx-vp9")
    assert [(start, length) for start, length, _ in frames] == [(0, 100), (100, 40), (140, 250)]
    for (_, _, pixels), sprite in zip(frames, made.sprites, strict=True):
        inside = sprite.pixels[..., 3] == 255
        assert np.abs(pixels[..., 3].astype(int) - sprite.pixels[..., 3]).mean() < 3
        assert pixels[0, 0, 3] < 8
        assert np.abs(pixels[inside].astype(int) - sprite.pixels[inside])[:, :3].mean() < 6


def test_the_edges_of_webm_have_no_dark_fringe() -> None:
    white = SpriteSet(sprites=(Sprite(name="a", pixels=disc(48, 24, (255, 255, 255))),))
    ((_, _, pixels),) = decoded(export("webm", white, "a")["a.webm"], "libvpx-vp9")
    assert pixels[white.sprites[0].pixels[..., 3] == 255][:, :3].min() > 230


def test_mp4_shows_the_stated_background() -> None:
    made = art()
    options = ExportOptions(video=VideoOptions(background=(200, 100, 50)))
    frames = decoded(export("mp4", made, "disc", options)["disc.mp4"], "h264")
    assert [start for start, _, _ in frames] == [0, 100, 140]
    for (_, _, pixels), sprite in zip(frames, made.sprites, strict=True):
        assert np.abs(pixels[0, 0].astype(int) - (200, 100, 50, 255)).max() < 8
        middle = sprite.pixels[24, 16 + 4 * made.sprites.index(sprite)]
        assert np.abs(pixels[24, 16 + 4 * made.sprites.index(sprite)].astype(int) - middle).max() < 24


@pytest.mark.parametrize("side", [1, 2, 17])
@pytest.mark.parametrize(("name", "decoder"), [("webm", "libvpx-vp9"), ("mp4", "h264")])
def test_small_and_odd_sides_are_encoded(name: str, decoder: str, side: int) -> None:
    frames = decoded(export(name, art(side), "x")[f"x.{name}"], decoder)
    wanted = side + side % 2 if name == "mp4" else side
    assert [pixels.shape for _, _, pixels in frames] == [(wanted, wanted, 4)] * 3


@pytest.mark.parametrize("name", ["webm", "mp4"])
def test_one_rate_for_all_frames_where_asked(name: str) -> None:
    options = ExportOptions(video=VideoOptions(fps=25))
    frames = decoded(export(name, art(), "x", options)[f"x.{name}"], "libvpx-vp9" if name == "webm" else "h264")
    assert [start for start, _, _ in frames] == [40 * number for number in range(10)]


def test_each_tag_is_a_video() -> None:
    made = SpriteSet(sprites=art().sprites, frame_tags=(FrameTag(name="a", first=0, last=2, direction="ping-pong"),))
    assert len(decoded(export("webm", made, "x")["x-a.webm"], "libvpx-vp9")) == 4


@pytest.mark.skipif(not shutil.which("ffprobe"), reason="needs ffprobe: apt-get install ffmpeg")
@pytest.mark.parametrize(("name", "codec"), [("webm", "vp9"), ("mp4", "h264")])
def test_ffprobe_finds_codec_frames_length_and_colour(name: str, codec: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.{name}"
    path.write_bytes(export(name, art(), "x")[path.name])
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_packets", "-of", "json", str(path)]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    (stream,) = found["streams"]
    assert (stream["codec_name"], stream["nb_read_frames"], stream["color_space"]) == (codec, "3", "bt709")
    assert [round(1000 * float(packet["duration_time"])) for packet in found["packets"]] == TIMES
    assert name != "webm" or stream["tags"]["alpha_mode"] == "1"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (VideoOptions(fps=0), "fps 0"),
        (VideoOptions(fps=1000), "fps 1000"),
        (VideoOptions(quality=60), "quality 60"),
        (VideoOptions(background=(0, 0, 256)), "background"),
    ],
)
def test_video_options_out_of_range_are_refused(options: VideoOptions, message: str) -> None:
    with pytest.raises(ExportError, match=message):
        export("mp4", art(), "x", ExportOptions(video=options))


def test_without_av_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ExportError, match=r'pip install "limner\[video\]"'):
        export("webm", art(), "x")
