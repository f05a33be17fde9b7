"""Aseprite's sheet: one page and its JSON (hash), with frame tags, and slices for pivots and nine-patches.

The format has one picture, so everything has to fit one page. It has no rotation.
"""

from collections.abc import Iterator, Sequence

from limner.atlas.sprites import AtlasError, FrameTag, Region, SpriteSet
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.pages import packed, page_pictures
from limner.exporters.texturepacker import as_json, frame, meta

DIRECTIONS = {"forward": "forward", "reverse": "reverse", "ping-pong": "pingpong"}
COLOUR = "#0000ffff"  # how the editor paints a slice


def write_aseprite(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    """Raises AtlasError where one page does not hold the sprites."""
    atlas = packed(art, options, rotation=False)
    if len(atlas.pages) > 1:
        raise AtlasError(
            f"{len(art.sprites)} sprites need {len(atlas.pages)} pages; this format has one, raise max_page "
            f"(now {options.pack.max_page}) or export fewer at once"
        )
    about = meta(atlas, 0, stem, art.provenance) | {
        "frameTags": [_tag(tag) for tag in art.frame_tags],
        "slices": list(_slices(atlas.regions)),
    }
    frames = {region.name: frame(region) for region in atlas.regions}
    return page_pictures(atlas, art, stem) | {f"{stem}.json": as_json({"frames": frames, "meta": about})}


def _tag(tag: FrameTag) -> dict[str, object]:
    """Only a tag that does not loop says how often it plays."""
    found: dict[str, object] = {
        "name": tag.name,
        "from": tag.first,
        "to": tag.last,
        "direction": DIRECTIONS[tag.direction],
        "color": "#000000ff",
    }
    return found if tag.loop else found | {"repeat": "1"}


def _slices(regions: Sequence[Region]) -> Iterator[dict[str, object]]:
    """A slice over the whole of each sprite that has a pivot or a nine-patch."""
    for number, region in enumerate(regions):
        if region.pivot is None and region.nine_patch is None:
            continue
        width, height = region.source_size
        key: dict[str, object] = {"frame": number, "bounds": {"x": 0, "y": 0, "w": width, "h": height}}
        if region.nine_patch is not None:
            left, right, top, bottom = region.nine_patch
            key["center"] = {"x": left, "y": top, "w": width - left - right, "h": height - top - bottom}
        if region.pivot is not None:
            key["pivot"] = {"x": round(region.pivot.x), "y": round(region.pivot.y)}
        yield {"name": region.name, "color": COLOUR, "keys": [key]}
