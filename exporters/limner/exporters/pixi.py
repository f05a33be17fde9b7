"""PixiJS spritesheets: a JSON (hash) for each page, with `animations`; the first names the others as `related_multi_packs`."""

from limner.atlas.loops import played
from limner.atlas.sprites import Atlas, AtlasError, FrameTag, SpriteSet
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.pages import leaf, packed, page_pictures, page_stem
from limner.exporters.texturepacker import as_json, frame, meta, on_page


def write_pixi(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    """Raises AtlasError for an animation on several pages: PixiJS looks for its frames on one."""
    atlas = packed(art, options)
    homes = {tag.name: _page(atlas, tag) for tag in art.frame_tags}
    files = page_pictures(atlas, art, stem)
    for page in range(len(atlas.pages)):
        about = meta(atlas, page, stem, art.provenance)
        if page == 0 and len(atlas.pages) > 1:
            about["related_multi_packs"] = [
                f"{leaf(page_stem(stem, other))}.json" for other in range(1, len(atlas.pages))
            ]
        content: dict[str, object] = {"frames": {region.name: frame(region) for region in on_page(atlas, page)}}
        here = [tag for tag in art.frame_tags if homes[tag.name] == page]
        content["animations"] = {tag.name: [atlas.regions[number].name for number in played(tag)] for tag in here}
        files[f"{page_stem(stem, page)}.json"] = as_json(content | {"meta": about})
    return files


def _page(atlas: Atlas, tag: FrameTag) -> int:
    pages = {atlas.regions[number].page for number in range(tag.first, tag.last + 1)}
    if len(pages) > 1:
        raise AtlasError(
            f"frame tag {tag.name!r} lies on pages {min(pages)} to {max(pages)}; PixiJS wants an animation on one, "
            "raise max_page or export its frames by themselves"
        )
    return pages.pop()
