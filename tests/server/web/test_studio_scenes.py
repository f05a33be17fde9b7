"""Scenes in Studio: what is seen is what the scene's own renderer draws, layer by layer."""

import io
import re
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from playwright.async_api import Page, expect

from limner.atlas.flattening import flattened
from limner.atlas.geometry import Box, Point
from limner.atlas.scenes import PictureLayer, PropLayer, RegionLayer, Scene, TileLayer
from limner.atlas.sprites import Pixels
from limner.server.bundles import unpacked

from .studio_page import canvas, content, exported_by, faults, generation, rgba

pytestmark = pytest.mark.asyncio(loop_scope="module")
TILE = 16
ART, MARKS = ".scene .art", ".scene .marks"


async def drawn(page: Page, url: str, prompt: str, across: int, down: int, view: str = "VIEW_HIGH_TOP_DOWN") -> Scene:
    """Ask with the form, wait until the scene is there; the scene as Python reads it."""
    await page.locator("#modes").get_by_text("Scene").click()
    await page.get_by_label("Prompt").fill(prompt)
    await page.get_by_label("Camera").select_option(view)
    await page.get_by_label("Tile size").select_option(str(TILE))
    await page.get_by_label("Tiles across").fill(str(across))
    await page.get_by_label("Tiles down").fill(str(down))
    await page.get_by_label("Seed", exact=True).fill("4")
    await page.get_by_role("button", name="Draw").click()
    await expect(page.locator(".scene")).to_have_attribute("data-drawn", re.compile("."))
    found = await generation(page, url)
    bundle = next(asset for asset in found["assets"] if asset.get("role") == "scene")
    return unpacked(await content(url, bundle), "scene")


async def redrawn(page: Page, before: str | None) -> None:
    """Wait until the scene was drawn again."""
    await expect(page.locator(".scene")).not_to_have_attribute("data-drawn", before or "")


async def turn(page: Page) -> str | None:
    return await page.locator(".scene").get_attribute("data-drawn")


async def pressed(page: Page, key: str) -> None:
    """Press a key where nobody types, and wait for what it does to the scene."""
    before = await turn(page)
    await page.locator(".scene .sheet").press(key)
    await redrawn(page, before)


def without(scene: Scene, *names: str) -> Scene:
    return replace(scene, layers=tuple(layer for layer in scene.layers if layer.name not in names))


async def test_the_scene_is_shown_as_it_is_and_without_the_layers_that_are_left_out(page: Page, url: str) -> None:
    scene = await drawn(page, url, "an island with a castle", 24, 20)
    np.testing.assert_array_equal(await canvas(page, ART), flattened(scene))
    listed = await page.locator(".layers .what").all_text_contents()
    assert listed == [layer.name for layer in reversed(scene.layers) if not isinstance(layer, RegionLayer)]
    assert {"ground", "detail", "props", "overhead"} <= set(listed)
    gone: list[str] = []
    for name in ("props", "cover"):
        box, before = page.get_by_role("checkbox", name=name), await turn(page)
        await box.press("Space")
        await redrawn(page, before)
        gone.append(name)
        seen = await canvas(page, ART)
        np.testing.assert_array_equal(seen, flattened(without(scene, *gone)))
        assert (seen != flattened(without(scene, *gone[:-1]))).any()
    before = await turn(page)
    await page.get_by_role("checkbox", name="props").press("Space")
    await redrawn(page, before)
    np.testing.assert_array_equal(await canvas(page, ART), flattened(without(scene, "cover")))


async def test_it_grows_by_whole_factors_and_moves_by_the_arrow_keys(page: Page, url: str) -> None:
    scene = await drawn(page, url, "an island with a castle", 24, 20)
    await pressed(page, "+")
    await expect(page.locator(".scene .zoomed")).to_have_text("2×")
    await pressed(page, "0")
    await expect(page.locator(".scene .zoomed")).to_have_text("1×")
    for _ in range(3):
        await pressed(page, "+")
    await expect(page.locator(".scene .zoomed")).to_have_text("4×")
    for key in ["ArrowLeft", "ArrowUp"] * 10:  # to the corner, where it stays
        await pressed(page, key)
    seen, large = await canvas(page, ART), flattened(scene).repeat(4, axis=0).repeat(4, axis=1)
    height, width = seen.shape[:2]
    assert width < large.shape[1]
    np.testing.assert_array_equal(seen, large[:height, :width])
    for _ in range(2):
        await pressed(page, "ArrowRight")
    await pressed(page, "ArrowDown")
    np.testing.assert_array_equal(await canvas(page, ART), large[64 : 64 + height, 128 : 128 + width])


async def test_overlays_show_the_grid_what_is_solid_and_the_places(page: Page, url: str) -> None:
    scene = await drawn(page, url, "an island with a castle", 24, 20)
    assert not (await canvas(page, MARKS)).any()
    await pressed(page, "g")
    lines = (await canvas(page, MARKS))[..., 3] > 0
    expected = np.zeros_like(lines)
    expected[::TILE] = expected[:, ::TILE] = True
    np.testing.assert_array_equal(lines, expected)
    await pressed(page, "g")
    await pressed(page, "c")
    np.testing.assert_array_equal((await canvas(page, MARKS))[..., 3] > 0, blocked(scene))
    await pressed(page, "c")
    assert not (await canvas(page, MARKS)).any()
    before = await turn(page)
    await page.get_by_role("button", name="Places").click()
    await redrawn(page, before)
    await expect(page.get_by_role("button", name="Places")).to_have_attribute("aria-pressed", "true")
    spawn = next(region for layer in regions(scene) for region in layer.regions if region.kind == "spawn")
    assert (await canvas(page, MARKS))[int(spawn.box.y), int(spawn.box.x)].tolist() == [20, 132, 84, 255]


def regions(scene: Scene) -> list[RegionLayer]:
    return [layer for layer in scene.layers if isinstance(layer, RegionLayer)]


def blocked(scene: Scene) -> np.ndarray:
    """Where solid tiles and footprints lie."""
    mask = np.zeros((scene.size.height * TILE, scene.size.width * TILE), bool)
    for layer in scene.layers:
        if isinstance(layer, TileLayer):
            solid = next(one.solid for one in scene.tilesets if one.name == layer.tileset)
            mask |= np.isin(layer.tiles, list(solid)).repeat(TILE, 0).repeat(TILE, 1)
        if isinstance(layer, PropLayer):
            for box in (prop.footprint for prop in layer.props if prop.footprint):
                mask[max(0, box.y) : box.bottom, max(0, box.x) : box.right] = True
    return mask


async def test_the_pointer_tells_what_lies_there(page: Page, url: str) -> None:
    scene = await drawn(page, url, "an island with a castle", 24, 20)
    props = next(layer for layer in scene.layers if isinstance(layer, PropLayer) and layer.name == "props")
    castle = next(prop for prop in props.props if prop.name == "castle")
    assert castle.footprint is not None
    x, y = castle.footprint.x + castle.footprint.width // 2, castle.footprint.bottom - 4
    await page.locator(ART).hover(position={"x": x, "y": y})
    await expect(page.locator(".scene .readout")).to_contain_text(f"{x // TILE}, {y // TILE} · ")
    await expect(page.locator(".scene .readout")).to_contain_text("in castle")
    corner = Box(0, 0, TILE, TILE)
    await page.locator(ART).hover(position={"x": corner.x + 1, "y": corner.y + 1})
    await expect(page.locator(".scene .readout")).to_have_text("0, 0 · ground: water")


async def test_pictures_behind_the_scene_move_at_their_own_pace(page: Page, url: str) -> None:
    scene = await drawn(page, url, "a meadow with trees", 96, 20, "VIEW_SIDE")
    assert {"sky", "far", "mid", "near"} <= {layer.name for layer in scene.layers}
    start = await canvas(page, ART)
    np.testing.assert_array_equal(start, flattened(scene)[:, : start.shape[1]])
    for _ in range(3):
        await pressed(page, "ArrowRight")
    np.testing.assert_array_equal(await canvas(page, ART), seen_from(scene, 3 * 64, start.shape[1]))
    before = await turn(page)
    await page.get_by_role("button", name="Walk").click()
    await redrawn(page, before)
    await page.get_by_role("button", name="Walk").click()
    await expect(page.get_by_role("button", name="Walk")).to_have_attribute("aria-pressed", "false")


def seen_from(scene: Scene, x: int, width: int) -> Pixels:
    """What a camera sees that has moved `x` pixels to the right."""
    moved = [
        replace(layer, offset=Point(layer.offset.x + x * (1 - layer.parallax.x), layer.offset.y))
        if isinstance(layer, PictureLayer)
        else layer
        for layer in scene.layers
    ]
    return flattened(replace(scene, layers=tuple(moved)))[:, x : x + width]


async def test_every_format_of_scenes_has_a_button(page: Page, url: str) -> None:
    scene = await drawn(page, url, "an island with a castle", 24, 20)
    await page.get_by_label("Name of the files").fill("isle")
    name, picture = await exported_by(page, "scene-png")
    assert name == "isle.png"
    np.testing.assert_array_equal(rgba(picture), flattened(scene))
    name, archive = await exported_by(page, "tiled-tmx")
    assert name == "isle-tiled-tmx.zip"
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        assert files.testzip() is None
        assert {"isle.tmx", "isle-ground.tsx"} <= set(files.namelist())


async def test_a_part_of_a_scene_is_looked_at_like_any_picture(page: Page, url: str) -> None:
    await drawn(page, url, "an island with a castle", 24, 20)
    await page.get_by_role("radio", name="sprite/castle").check(force=True)
    await expect(page.locator(".scene")).to_be_hidden()
    await expect(page.get_by_role("button", name="Tiled")).to_be_visible()
    await page.get_by_role("radio", name="picture", exact=True).check(force=True)
    await expect(page.locator(".scene")).to_be_visible()


async def test_a_checker_of_accessibility_finds_nothing_in_a_scene(page: Page, url: str) -> None:
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    await drawn(page, url, "an island with a castle", 24, 20)
    await pressed(page, "r")
    assert await faults(page) == {}


async def test_a_narrow_page_shows_a_scene_without_scrolling_sideways(page: Page, url: str) -> None:
    await drawn(page, url, "an island with a castle", 24, 20)
    before = await turn(page)
    await page.set_viewport_size({"width": 320, "height": 640})
    await redrawn(page, before)
    assert await page.evaluate("document.documentElement.scrollWidth") == 320


async def test_archives_are_read_whatever_packed_them(page: Page) -> None:
    archive = io.BytesIO()
    files = {
        "stored.txt": b"as it is",
        "deep/deflated.txt": b"again and " * 500,
        "é/空.bin": bytes(range(256)),
        "empty": b"",
    }
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for path, text in files.items():
            target.writestr(path, text, zipfile.ZIP_STORED if path.startswith("stored") else None)
        target.comment = b"PK\x05\x06 is no end"
    read = """async (content) => {
        const { unzipped } = await import('/unzip.js');
        const files = await unzipped(new Blob([new Uint8Array(content)]));
        const entries = [...files].map(async ([path, file]) => [path, [...new Uint8Array(await file.arrayBuffer())]]);
        return Object.fromEntries(await Promise.all(entries));
    }"""
    found = await page.evaluate(read, list(archive.getvalue()))
    assert {path: bytes(content) for path, content in found.items()} == files
    said = await page.evaluate(
        f"content => ({read})(content).catch((error) => error.message)", list(b"no archive at all here")
    )
    assert said == "this is no archive"
