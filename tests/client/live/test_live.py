"""A game's pictures follow their files, and a broken or missing file changes nothing."""

import io
import os
import threading
from pathlib import Path

import pytest
from PIL import Image

from limner.client.live import Folder, Live, Picture, PictureError
from limner.client.live.pictures import decoded
from limner.client.live.sources import Arrived
from tests.client.live.live_art import Looked, png, rgba


class Held:
    """What a texture of an engine would be."""

    def __init__(self, live: Live, name: str) -> None:
        self.seen = [live.follow(name, self.apply)]

    def apply(self, picture: Picture) -> None:
        self.seen.append(picture)


def written(path: Path, content: bytes) -> None:
    """A file as `limner` writes it: whole, or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(content)
    fresh.replace(path)


def test_a_change_arrives_in_the_frame_after_the_look(tmp_path: Path) -> None:
    written(tmp_path / "hero.png", png(4, 3, 1))
    with Looked(tmp_path) as live:
        held = Held(live, "hero.png")
        assert live.frame() == []
        written(tmp_path / "hero.png", png(4, 3, 2))
        assert live.frame() == ["hero.png"]
        assert live.frame() == []
    assert held.seen == [Picture(4, 3, rgba(png(4, 3, 1))), Picture(4, 3, rgba(png(4, 3, 2)))]


def test_the_thread_looks_by_itself(tmp_path: Path) -> None:
    arrival = threading.Event()

    class Noted(Live):
        def put(self, arrived: Arrived) -> None:
            super().put(arrived)
            arrival.set()

    written(tmp_path / "hero.png", png(4, 3, 1))
    with Noted(Folder(tmp_path, every_s=0.001)) as live:
        held = Held(live, "hero.png")
        written(tmp_path / "hero.png", png(5, 5, 2))
        assert arrival.wait(10)
        assert live.poll() == ["hero.png"]
    assert held.seen[-1] == Picture(5, 5, rgba(png(5, 5, 2)))


def test_two_saves_within_one_tick_of_the_clock_are_both_seen(tmp_path: Path) -> None:
    path = tmp_path / "hero.png"
    first, second = sorted((png(4, 3, 2), png(4, 3, 3)), key=len)
    second += b"\0" * (len(first) - len(second))
    first += b"\0" * (len(second) - len(first))
    path.write_bytes(png(4, 3, 1))
    with Looked(tmp_path) as live:
        held = Held(live, "hero.png")
        path.write_bytes(first)
        os.utime(path, ns=(1, 1))
        assert live.frame() == ["hero.png"]
        path.write_bytes(second)  # as long as the first, in place
        os.utime(path, ns=(1, 1))
        assert live.frame() == ["hero.png"]
    assert [picture.rgba for picture in held.seen[1:]] == [rgba(first), rgba(second)]


def test_a_file_that_is_half_written_keeps_the_last_picture(tmp_path: Path) -> None:
    path = tmp_path / "hero.png"
    whole = png(4, 3, 2)
    path.write_bytes(png(4, 3, 1))
    with Looked(tmp_path) as live:
        held = Held(live, "hero.png")
        path.write_bytes(whole[:40])
        assert live.frame() == []
        assert live.frame() == []
        path.write_bytes(whole)
        assert live.frame() == ["hero.png"]
    (told,) = live.told
    assert told.startswith(f"{path} cannot be read (")
    assert held.seen[-1].rgba == rgba(whole)


def test_a_file_that_is_gone_keeps_the_last_picture_until_it_is_back(tmp_path: Path) -> None:
    path = tmp_path / "hero.png"
    path.write_bytes(png(4, 3, 1))
    with Looked(tmp_path) as live:
        held = Held(live, "hero.png")
        path.unlink()
        assert (live.frame(), live.frame()) == ([], [])
        assert live.told == [f"{path} is gone; the game keeps its last picture"]
        path.write_bytes(png(2, 2, 5))
        assert live.frame() == ["hero.png"]
    assert held.seen[-1].size == (2, 2)


def test_only_the_newest_of_several_changes_reaches_the_engine(tmp_path: Path) -> None:
    (tmp_path / "hero.png").write_bytes(png(4, 3, 1))
    with Looked(tmp_path) as live:
        held = Held(live, "hero.png")
        for width in (5, 6, 7):
            written(tmp_path / "hero.png", png(width, 1, width))
            live.folder.look(live)
        assert live.poll() == ["hero.png"]
    assert [picture.width for picture in held.seen] == [4, 7]


def test_a_frame_uploads_only_so_many_pictures(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.png").write_bytes(png(1, 1, number))
    with Looked(tmp_path) as live:
        live.most = 2
        holders = [Held(live, f"{number}.png") for number in range(5)]
        for number in range(5):
            (tmp_path / f"{number}.png").write_bytes(png(2, 2, number))
        assert [live.frame() for _ in range(4)] == [["0.png", "1.png"], ["2.png", "3.png"], ["4.png"], []]
    assert [len(held.seen) for held in holders] == [2] * 5


def test_a_texture_that_nobody_holds_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "hero.png").write_bytes(png(4, 3, 1))
    with Looked(tmp_path) as live:
        held = Held(live, "hero.png")
        del held
        (tmp_path / "hero.png").write_bytes(png(4, 3, 2))
        assert live.frame() == []


@pytest.mark.parametrize("name", ["../hero.png", "/hero.png", "art/../../hero.png"])
def test_a_name_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "art").mkdir()
    (tmp_path / "hero.png").write_bytes(png(1, 1, 1))
    with pytest.raises(PictureError, match="leads out of"):
        Folder(tmp_path / "art").load(name)


def test_a_picture_that_would_fill_the_memory_is_refused() -> None:
    target = io.BytesIO()
    Image.new("1", (9000, 9000)).save(target, "PNG")
    with pytest.raises(PictureError, match="9000 × 9000 pixels are too many"):
        decoded(target.getvalue())


def test_bytes_that_are_no_picture_are_called_that() -> None:
    with pytest.raises(PictureError, match=r"^no picture of PNG, WEBP, GIF, JPEG, BMP or TGA$"):
        decoded(b"<html>")


def test_the_first_picture_must_be_there(tmp_path: Path) -> None:
    with Looked(tmp_path) as live, pytest.raises(FileNotFoundError):
        Held(live, "hero.png")
