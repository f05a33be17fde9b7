"""One packer in a process of its own: rectangles as JSON on standard input, a JSON line for each of its methods on standard output."""

import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

Rects = list[tuple[int, int]]
Spots = list[tuple[int, int, int, int]]  # x, y, width and height as they lie
ROOM = (1.005, 1.01, 1.02, 1.03, 1.05, 1.08)  # pages tried: this much more than the rectangles cover
RUNS = 5


def limner(rects: Rects) -> Iterator[tuple[str, Callable[[], Spots]]]:
    from limner.atlas.geometry import Size
    from limner.atlas.pages import PageRules, spread

    sizes = [Size(*rect) for rect in rects]

    def pack() -> Spots:
        spots, pages = spread(sizes, PageRules(side=16384, rotate=True))
        assert len(pages) == 1
        return [
            (spot.x, spot.y, *((size.height, size.width) if spot.turned else size))
            for spot, size in zip(spots, sizes, strict=True)
        ]

    yield "limner", pack


def rectpack(rects: Rects) -> Iterator[tuple[str, Callable[[], Spots]]]:
    import rectpack as library

    area = sum(width * height for width, height in rects)
    ways = product(("SkylineBlWm", "GuillotineBssfSas", "MaxRectsBssf"), ROOM)
    for algorithm, room in ways:
        side = math.ceil(math.sqrt(area * room))

        def pack(algorithm: str = algorithm, side: int = side) -> Spots:
            packer = library.newPacker(
                mode=library.PackingMode.Offline,
                pack_algo=getattr(library, algorithm),
                sort_algo=library.SORT_LSIDE,
                rotation=True,
            )
            for number, rect in enumerate(rects):
                packer.add_rect(*rect, number)
            packer.add_bin(side, side)
            packer.pack()
            return [(x, y, width, height) for _, x, y, width, height, _ in packer.rect_list()]

        yield f"rectpack {algorithm}", pack


def pytexturepacker(rects: Rects) -> Iterator[tuple[str, Callable[[], Spots]]]:
    from PyTexturePacker.GuillotinePacker.GuillotinePacker import GuillotinePacker
    from PyTexturePacker.ImageRect import ImageRect
    from PyTexturePacker.MaxRectsPacker.MaxRectsPacker import MaxRectsPacker

    class Sized(ImageRect):  # type: ignore[misc]
        """A picture of which only the size is wanted."""

        def __init__(self, width: int = 0, height: int = 0) -> None:
            super().__init__()
            self.width, self.height = width, height

        def rotate(self) -> None:
            self.width, self.height = self.height, self.width

        def clone(self) -> "Sized":
            copy = Sized(self.width, self.height)
            copy.x, copy.y = self.x, self.y
            return copy

    for kind, rotated in product((MaxRectsPacker, GuillotinePacker), (True, False)):

        def pack(kind: type = kind, rotated: bool = rotated) -> Spots:
            packer = kind(max_width=16384, max_height=16384, enable_rotated=rotated, border_padding=0, shape_padding=0)
            (page,) = packer._pack([Sized(*rect) for rect in rects])
            return [(rect.x, rect.y, rect.width, rect.height) for rect in page.image_rect_list]

        yield f"PyTexturePacker {kind.__name__}{' rotated' if rotated else ''}", pack


def measured(rects: Rects, ways: Iterator[tuple[str, Callable[[], Spots]]]) -> Iterator[dict[str, object]]:
    """Each way that places everything, once: its page by what is covered, and its best time."""
    done: set[str] = set()
    for name, pack in ways:
        if name in done:
            continue
        spots, ms = timed(pack)
        if len(spots) < len(rects):
            continue
        done.add(name)
        if ms < 1000:
            ms = min(ms, *(timed(pack)[1] for _ in range(RUNS - 1)))
        width, height = max(x + w for x, _, w, _ in spots), max(y + h for _, y, _, h in spots)
        yield {"packer": name, "pixels": width * height, "ms": ms}


def timed(pack: Callable[[], Spots]) -> tuple[Spots, float]:
    """What it packs, and the processor's milliseconds: what else runs on the machine does not count."""
    began = time.process_time()
    spots = pack()
    return spots, (time.process_time() - began) * 1000


def draw(rects: Rects, folder: Path) -> None:
    """A PNG for each rectangle: a disc of its own colours, opaque to the edges so that nothing is trimmed away."""
    for number, (width, height) in enumerate(rects):
        y, x = np.mgrid[:height, :width]
        inside = np.hypot((x + 0.5) / width - 0.5, (y + 0.5) / height - 0.5) < 0.5
        pixels = np.zeros((height, width, 4), np.uint8)
        pixels[inside] = (number % 251, number // 251 * 40, 90, 255)
        pixels[0, 0] = pixels[-1, -1] = (number % 251, number // 251, 1, 255)
        Image.fromarray(pixels).save(folder / f"{number:04}.png")


def whole(folder: Path) -> dict[str, float]:
    """Milliseconds from files to files, and the memory beyond the pictures read, as a multiple of the pages' pixels."""
    from limner.atlas.packing import PackOptions
    from limner.atlas.sprites import Sprite, SpriteSet
    from limner.exporters import export
    from limner.exporters.options import ExportOptions

    began = time.perf_counter()
    sprites = tuple(
        Sprite(name=path.name, pixels=np.asarray(Image.open(path).convert("RGBA")))
        for path in sorted(folder.glob("*.png"))
    )
    process = psutil.Process()
    before = process.memory_info().rss
    options = ExportOptions(pack=PackOptions(rotate=True, padding=0, max_page=16384))
    files = export("texturepacker-json", SpriteSet(sprites=sprites), "sheet", options)
    ms = (time.perf_counter() - began) * 1000
    size = json.loads(files["sheet.json"])["meta"]["size"]
    peak = peak_bytes() - before
    return {"ms": ms, "peak": peak / (size["w"] * size["h"] * 4)}


def peak_bytes() -> int:
    """The most memory that this process has had."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def whole_pytexturepacker(folder: Path) -> dict[str, float]:
    from PyTexturePacker import Packer

    began = time.perf_counter()
    packer = Packer.create(max_width=16384, max_height=16384, border_padding=0, shape_padding=0, atlas_format="json")
    packer.pack(str(folder), "sheet%d", output_path=str(folder.parent))
    return {"ms": (time.perf_counter() - began) * 1000}


PACKERS = {"limner": limner, "PyTexturePacker": pytexturepacker, "rectpack": rectpack}


def main(task: str, *more: str) -> None:
    if more and task == "PyTexturePacker":
        print(json.dumps(whole_pytexturepacker(Path(more[1]))))
    elif task == "whole":
        print(json.dumps(whole(Path(more[0]))))
    else:
        rects: Rects = [(width, height) for width, height in json.load(sys.stdin)]
        if task == "draw":
            draw(rects, Path(more[0]))
            return
        for line in measured(rects, PACKERS[task](rects)):
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
