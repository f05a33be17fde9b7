"""libGDX's `.atlas`, which Spine's runtimes read too.

Its words: `bounds` is the place on the page and the size before a turn, `offsets` counts from the bottom left, `split` and `pad` are
left, right, top, bottom. A region with `rotate` lies turned by 90° counter-clockwise, unlike everywhere else.
"""

from collections.abc import Iterator

from limner.atlas.sprites import Atlas, Region, SpriteSet
from limner.exporters.files import Files, distinct
from limner.exporters.options import ExportOptions
from limner.exporters.pages import packed, page_pictures, picture_name


def write_libgdx(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    atlas = packed(art, options, turn="counter-clockwise")
    text = "\n\n".join("\n".join(_page(atlas, page, stem)) for page in range(len(atlas.pages))) + "\n"
    return page_pictures(atlas, art, stem) | {f"{stem}.atlas": text.encode()}


def _page(atlas: Atlas, page: int, stem: str) -> Iterator[str]:
    height, width = atlas.pages[page].shape[:2]
    yield picture_name(stem, page)
    yield _entry("size", width, height)
    yield _entry("format", "RGBA8888")
    yield _entry("filter", "Nearest", "Nearest")
    yield _entry("repeat", "none")
    names = distinct(_one_line(region.name) for region in atlas.regions)
    for name, region in zip(names, atlas.regions, strict=True):
        if region.page == page:
            yield name
            yield from _region(region)


def _region(region: Region) -> Iterator[str]:
    left, top, width, height = region.offset
    yield _entry("bounds", region.box.x, region.box.y, width, height)
    if region.trimmed:
        below = region.source_size.height - top - height
        yield _entry("offsets", left, below, *region.source_size)
    if region.rotated:
        yield _entry("rotate", 90)
    if region.nine_patch is not None:
        yield _entry("split", *region.nine_patch)
    if region.pivot is not None:
        yield _entry("pivot", *(f"{part:g}" for part in region.pivot))
    yield _entry("duration", region.duration_ms)


def _entry(key: str, *values: object) -> str:
    return f"{key}: {', '.join(map(str, values))}"


def _one_line(name: str) -> str:
    """The name as the format can hold it: a colon would make it an entry, a line's end a second line, blanks around it are cut."""
    return " ".join(name.replace(":", "_").split()) or "_"
