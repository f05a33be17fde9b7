"""Starling's and Sparrow's XML: a `TextureAtlas` for each page. Rotated regions lie turned by 90° clockwise, with their size as they lie."""

from xml.etree import ElementTree

from limner.atlas.sprites import Atlas, Region, SpriteSet
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.pages import packed, page_pictures, page_stem, picture_name
from limner.exporters.texturepacker import on_page


def write_starling(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    atlas = packed(art, options)
    files = page_pictures(atlas, art, stem)
    for page in range(len(atlas.pages)):
        files[f"{page_stem(stem, page)}.xml"] = _page(atlas, page, picture_name(stem, page))
    return files


def _page(atlas: Atlas, page: int, image: str) -> bytes:
    height, width = atlas.pages[page].shape[:2]
    root = ElementTree.Element("TextureAtlas", imagePath=image, width=str(width), height=str(height))
    for region in on_page(atlas, page):
        ElementTree.SubElement(root, "SubTexture", _attributes(region))
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _attributes(region: Region) -> dict[str, str]:
    """The frame lies around the trimmed part, so its corner is negative. Pivots are pixels of the frame."""
    x, y, width, height = region.box
    found: dict[str, object] = {"name": region.name, "x": x, "y": y, "width": width, "height": height}
    if region.rotated:
        found["rotated"] = "true"
    if region.trimmed:
        found |= {"frameX": -region.offset.x, "frameY": -region.offset.y}
        found |= {"frameWidth": region.source_size.width, "frameHeight": region.source_size.height}
    if region.pivot is not None:
        found |= {"pivotX": f"{region.pivot.x:g}", "pivotY": f"{region.pivot.y:g}"}
    return {key: str(value) for key, value in found.items()}
