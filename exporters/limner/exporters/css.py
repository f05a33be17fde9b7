"""Sprites for web pages: packed pages, and a class for each sprite (`<i class="hero hero-idle"></i>`). Nothing is trimmed or
rotated; white space in a name becomes a hyphen, since a class cannot hold it.
"""

from collections.abc import Iterator, Mapping

from limner.atlas.sprites import Atlas, Provenance, SpriteSet
from limner.exporters.files import Files, distinct
from limner.exporters.options import ExportOptions
from limner.exporters.pages import leaf, packed, page_pictures, picture_name
from limner.exporters.provenance import as_text


def write_css(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    atlas = packed(art, options, rotation=False, trim=False)
    lines = [*_note(art.provenance), *_rules(atlas, leaf(stem))]
    return page_pictures(atlas, art, stem) | {f"{stem}.css": ("\n".join(lines) + "\n").encode()}


def _note(provenance: Provenance) -> list[str]:
    """A comment with the record; what would end it early is escaped as JSON allows."""
    text = as_text(provenance).replace("*/", r"*\/")
    return [f"/* {text} */"] if provenance else []


def _rules(atlas: Atlas, stem: str) -> Iterator[str]:
    yield _rule(
        _joined(stem), {"display": "inline-block", "background-repeat": "no-repeat", "image-rendering": "pixelated"}
    )
    for name, region in zip(_class_names(atlas), atlas.regions, strict=True):
        picture = picture_name(stem, region.page)
        yield _rule(
            f"{_joined(stem)}-{name}",
            {
                "width": f"{region.box.width}px",
                "height": f"{region.box.height}px",
                "background-image": f"url({_string(picture)})",
                "background-position": f"{-region.box.x}px {-region.box.y}px",
            },
        )


def _class_names(atlas: Atlas) -> list[str]:
    return distinct(_joined(region.name) for region in atlas.regions)


def _joined(name: str) -> str:
    """The name without its white space, which ends a class in HTML: `a b` is `a-b`."""
    return "-".join(name.split()) or "-"


def _rule(name: str, declarations: Mapping[str, str]) -> str:
    body = " ".join(f"{key}: {value};" for key, value in declarations.items())
    return f".{_identifier(name)} {{ {body} }}"


def _identifier(name: str) -> str:
    """The name as a CSS identifier, as `CSS.escape` writes it."""
    return "".join(_escaped(name, place) for place in range(len(name)))


def _escaped(name: str, place: int) -> str:
    letter = name[place]
    if letter == "\0":
        return "\ufffd"
    leading = place == 0 or (place == 1 and name[0] == "-")
    if letter < " " or letter == "\x7f" or (leading and "0" <= letter <= "9"):
        return f"\\{ord(letter):x} "
    if name == "-":
        return "\\-"
    plain = letter >= "\x80" or letter in "-_" or letter.isalnum()
    return letter if plain else f"\\{letter}"


def _string(text: str) -> str:
    """The text as a CSS string: quotes, backslashes and control characters by their numbers."""
    return '"' + "".join(f"\\{ord(letter):x} " if letter in '"\\' or letter < " " else letter for letter in text) + '"'
