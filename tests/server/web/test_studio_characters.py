"""Characters and materials in Studio: a figure is picked, brought to life, looked at frame by frame, and exported."""

import io
import json
import re
import zipfile
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Page, Route, expect

from limner.atlas.motions import ACTIONS
from limner.atlas.sprites import Pixels
from tests.server.conftest import WORLD

from .studio_page import canvas, content, exported, faults, generation, rgba

pytestmark = pytest.mark.asyncio(loop_scope="module")
FRAMES = 3
SIDES = ["SOUTH", "SOUTH_EAST", "EAST", "NORTH_EAST", "NORTH", "NORTH_WEST", "WEST", "SOUTH_WEST"]


async def brought_to_life(
    page: Page, actions: tuple[str, ...] = ("Walk", "Die"), directions: int = 1
) -> dict[str, Any]:
    """Draw candidates, pick the second, animate it and hold it still; what was sent."""
    await page.emulate_media(reduced_motion="reduce")  # it begins to play when told
    await page.locator("#modes").get_by_text("Character").click()
    await page.get_by_label("Prompt").fill("a goblin")
    await page.get_by_label("Candidates", exact=True).fill("2")
    await page.get_by_label("Steps").fill("4")
    await page.get_by_label("Seed", exact=True).fill("5")
    await page.get_by_role("button", name="Draw").click()
    await page.get_by_role("radio", name="Candidate 2").check(force=True)
    panel = page.get_by_role("form", name="Bring it to life")
    await expect(panel).to_be_visible()
    for box in await panel.get_by_role("checkbox").all():
        await box.set_checked(await box.get_attribute("value") in [name.lower() for name in actions], force=True)
    await panel.get_by_label("Frames an action").fill(str(FRAMES))
    await panel.get_by_role("radio", name=str(directions), exact=True).check(force=True)
    async with page.expect_request("**/CreateGeneration") as sending:
        await panel.get_by_role("button", name="Animate it").click()
    await expect(page.locator(".actor .strip button")).to_have_count(FRAMES)
    sent: Any = (await sending.value).post_data_json
    found: dict[str, Any] = sent["generation"]
    return found


async def frames_of(page: Page, url: str, action: str) -> list[Pixels]:
    found = await generation(page, url)
    return [rgba(await content(url, asset)) for asset in found["assets"] if asset.get("action") == action]


def enlarged(pixels: Pixels, like: Pixels) -> Pixels:
    """The picture, as many times as large as the other one is."""
    factor = like.shape[0] // pixels.shape[0]
    assert factor >= 1
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


async def shows(page: Page, frame: Pixels, selector: str = ".compass canvas") -> None:
    seen = await canvas(page, selector)
    np.testing.assert_array_equal(seen, enlarged(frame, seen))


async def test_a_picked_figure_becomes_a_character_whose_actions_are_played(page: Page, url: str) -> None:
    sent = (await brought_to_life(page))["character"]
    assert re.fullmatch(r"assets/[0-9a-f]+-2", sent["reference"]), "the picked one, not the best"
    assert (sent["actions"], sent["frames"], sent["image"]["prompt"]) == (["walk", "die"], FRAMES, "a goblin")
    await expect(page.locator("#state")).to_have_text(re.compile(r"^2 actions, 6 frames"))
    walk, die = await frames_of(page, url, "walk"), await frames_of(page, url, "die")
    await expect(page.get_by_role("button", name="walk", exact=True)).to_have_attribute("aria-pressed", "true")
    await shows(page, walk[0])
    await page.locator(".compass").press(".")
    await shows(page, walk[1])
    await page.locator(".compass").press(",")
    await page.locator(".compass").press(",")
    await shows(page, walk[2])
    told = page.locator(".actor output")
    length = FRAMES * ACTIONS["walk"].duration_ms / 1000
    await expect(told).to_have_text(re.compile(rf"^Frame 3 of 3 · {length:.2f} s, loops · \d+×$"))
    await page.get_by_role("button", name="die", exact=True).click()
    await shows(page, die[0])
    await expect(told).to_contain_text("plays once")
    await page.get_by_role("button", name="Frame 2").click()
    await shows(page, die[1])
    await expect(page.get_by_role("button", name="Frame 2")).to_have_attribute("aria-current", "true")


async def test_a_character_plays_until_it_is_held(page: Page) -> None:
    await brought_to_life(page)
    state = page.locator(".actor output")
    await page.locator(".compass").press("p")
    for number in (2, 3, 1):
        await expect(state).to_contain_text(f"Frame {number} of 3")
    await page.get_by_role("button", name="Pause").click()
    held = await state.text_content()
    await page.evaluate("() => new Promise((wait) => requestAnimationFrame(() => requestAnimationFrame(wait)))")
    assert await state.text_content() == held
    await expect(page.get_by_role("button", name="Play")).to_be_visible()


async def test_one_action_or_all_of_them_leave_with_their_tags(page: Page) -> None:
    await brought_to_life(page)
    await page.get_by_label("Format").select_option("aseprite-json")
    for which, tags in (("all", ["walk", "die"]), ("action", ["walk"])):
        await page.get_by_label("Pictures", exact=True).select_option(which)
        name, archive = await exported(page)
        assert name == "limner-aseprite-json.zip"
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            sheet = json.loads(files.read("limner.json"))
        assert [tag["name"] for tag in sheet["meta"]["frameTags"]] == tags
        assert {frame["duration"] for frame in sheet["frames"].values()} == {ACTIONS[tag].duration_ms for tag in tags}


async def test_eight_directions_lie_as_on_a_compass(page: Page, url: str) -> None:
    assert (await brought_to_life(page, ("Walk",), directions=8))["character"]["directions"] == 8
    await expect(page.locator(".compass button")).to_have_count(8)
    pictures = await frames_of(page, url, "walk")
    middle = await page.locator('.side-of[data-side=""]').bounding_box()
    assert middle is not None
    await shows(
        page, rgba(await content(url, (await generation(page, url))["assets"][0])), '.side-of[data-side=""] canvas'
    )
    for number, side in enumerate(SIDES):
        await shows(page, pictures[number * FRAMES], f'[data-side="{side}"] canvas')
        box = await page.locator(f'[data-side="{side}"]').bounding_box()
        assert box is not None
        assert compass(box, middle) == side
    west = page.get_by_role("button", name="west", exact=True)
    await west.click()
    await expect(west).to_have_attribute("aria-pressed", "true")
    await expect(page.locator(".actor .strip button")).to_have_count(FRAMES)
    assert await faults(page) == {}
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") == 320


def compass(box: Any, middle: Any) -> str:
    """Where one box lies, seen from another."""

    def word(start: str, size: str, less: str, more: str) -> str:
        away = box[start] + box[size] / 2 - middle[start] - middle[size] / 2
        return "" if abs(away) < middle[size] / 2 else less if away < 0 else more

    return "_".join(filter(None, (word("y", "height", "NORTH", "SOUTH"), word("x", "width", "WEST", "EAST"))))


async def test_directions_are_not_offered_by_servers_that_do_not_draw_them(page: Page) -> None:
    async def less(route: Route) -> None:
        answer = await route.fetch()
        told = await answer.json()
        known = [name for name in told["extensions"] if name != "character-directions"]
        await route.fulfill(json={**told, "extensions": known})

    await page.route("**/GetServer", less)
    await page.reload()
    await expect(page.locator("#link")).to_have_attribute("data-state", "found")
    await page.locator("#modes").get_by_text("Character").click()
    await page.get_by_text("More", exact=True).click()
    await page.get_by_label("Model").select_option(f"models/{WORLD}")
    await page.get_by_label("Prompt").fill("a goblin")
    await page.get_by_label("Candidates", exact=True).fill("1")
    await page.get_by_role("button", name="Draw").click()
    panel = page.get_by_role("form", name="Bring it to life")
    await expect(panel.get_by_role("button", name="Animate it")).to_be_visible()
    assert await panel.get_by_role("radio").count() == 0


async def test_a_character_without_actions_is_not_sent(page: Page) -> None:
    await brought_to_life(page)
    await page.locator(".compass").press("a")
    panel = page.get_by_role("form", name="Bring it to life")
    for box in await panel.get_by_role("checkbox").all():
        await box.set_checked(False, force=True)
    await panel.get_by_role("button", name="Animate it").click()
    await expect(panel.get_by_role("alert")).to_have_text("Choose an action at least.")


async def textured(page: Page) -> None:
    """Draw a texture with all of its maps."""
    await page.locator("#modes").get_by_text("Texture").click()
    await page.get_by_label("Prompt").fill("a stone wall")
    await page.get_by_label("Steps").fill("4")
    await page.get_by_label("Seed", exact=True).fill("3")
    for name in ("Normal", "Roughness", "Occlusion", "Metallic"):
        await page.get_by_label(name).check()
    await page.get_by_role("button", name="Draw").click()
    await expect(page.locator("#picked")).to_be_visible()


async def test_a_material_is_seen_tiled_map_by_map_and_under_a_lamp(page: Page, url: str) -> None:
    await textured(page)
    maps = {asset["role"]: rgba(await content(url, asset)) for asset in (await generation(page, url))["assets"]}
    assert set(maps) == {"albedo", "normal", "height", "roughness", "ao", "metallic"}
    for role in ("normal", "albedo"):
        await page.get_by_role("radio", name=role).check(force=True)
        tiled = np.tile(maps[role], (3, 3, 1))
        await page.wait_for_function("document.querySelector('.plain .sheet canvas').width > 0")
        await expect(page.get_by_role("button", name="Tiled")).to_have_attribute("aria-pressed", "true")
        seen = await settled(page, tiled)
        np.testing.assert_array_equal(seen, enlarged(tiled, seen))
    await page.get_by_role("button", name="Lit").click()
    sheet = page.locator(".plain .sheet canvas")
    side = len(maps["albedo"]) * 3
    for across, down in ((0.25, 0.25), (0.8, 0.6)):
        box = await sheet.bounding_box()
        assert box is not None
        at = {"x": round(box["width"] * across), "y": round(box["height"] * down)}
        await sheet.hover(position={"x": at["x"], "y": at["y"]})
        seen = await canvas(page, ".plain .sheet canvas")
        lamp = np.array([3 * at["x"] / box["width"], 3 * (1 - at["y"] / box["height"]), 0.55])
        wanted = lit(maps, lamp, seen.shape[0])
        difference = np.abs(seen[..., :3].astype(int) - wanted)
        assert difference.max() <= 3, f"{side} pixels a side"
    await sheet.press("ArrowLeft")
    assert (await canvas(page, ".plain .sheet canvas") != seen).any()


async def settled(page: Page, tiled: Pixels) -> Pixels:
    """The viewer's canvas as soon as it shows this; the last that was seen where it never does."""
    for _ in range(20):
        seen = await canvas(page, ".plain .sheet canvas")
        if np.array_equal(seen, enlarged(tiled, seen)):
            break
        await page.evaluate("() => new Promise(requestAnimationFrame)")
    return seen


def lit(maps: dict[str, Pixels], lamp: np.ndarray, side: int) -> np.ndarray:
    """The shading that the page's shader does, (side, side, 3): Lambert's light and Blinn's highlights."""
    place = (np.arange(side) + 0.5) * 3 / side
    x, y = np.meshgrid(place, 3 - place)
    count = len(maps["albedo"])
    texel = np.floor(place % 1 * count).astype(int)

    def read(name: str) -> np.ndarray:
        found: np.ndarray = maps[name][texel[:, None], texel[None]][..., :3] / 255
        return found

    def unit(vectors: np.ndarray) -> np.ndarray:
        found: np.ndarray = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
        return found

    def dot(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        found: np.ndarray = (one * other).sum(axis=-1, keepdims=True)
        return found

    base, normal = read("albedo") ** 2.2, unit(read("normal") * 2 - 1)
    rough, metal, ao = (read(name)[..., :1] for name in ("roughness", "metallic", "ao"))
    way = lamp - np.stack([x, y, np.zeros_like(x)], axis=-1)
    light = unit(way)
    power = 1.9 / (1 + 0.9 * dot(way, way))
    gloss = 96 + (3 - 96) * rough
    half = unit(light + np.array([0, 0, 1]))
    shine = np.maximum(dot(normal, half), 0) ** gloss * (gloss + 8) / 25
    specular = 0.04 + (base - 0.04) * metal
    colour = base * 0.16 * ao + power * np.maximum(dot(normal, light), 0) * (base * (1 - metal) + specular * shine)
    shaded: np.ndarray = np.rint(255 * np.minimum(colour, 1) ** (1 / 2.2)).astype(int)
    return shaded


async def test_a_picture_without_maps_has_no_lamp(page: Page) -> None:
    await page.get_by_label("Prompt").fill("a red dragon")
    await page.get_by_label("Steps").fill("4")
    await page.get_by_role("button", name="Draw").click()
    await expect(page.locator("#picked")).to_be_visible()
    await expect(page.get_by_role("button", name="Lit")).to_be_hidden()
    await page.locator(".plain .sheet").press("l")
    await expect(page.get_by_role("button", name="Pixels")).to_have_attribute("aria-pressed", "true")
