"""Studio in a real browser, with a real server behind it."""

import base64
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image
from playwright.async_api import Browser, Page, Route, expect

from limner.server.access import Caller
from limner.server.config import ServerConfig
from limner.server.errors import UnauthenticatedError
from limner.server.service import running
from tests.consumers.browser import TIMEOUT_MS

from .studio_page import canvas, exported, faults, rgba

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def drawn(page: Page, prompt: str = "a red dragon", candidates: int = 3, steps: int = 4, seed: str = "") -> None:
    """Ask with the form and wait for the candidates."""
    await asked(page, prompt, candidates, steps, seed)
    await expect(page.get_by_role("radio", name=re.compile("Candidate"))).to_have_count(candidates)
    await expect(page.locator("#picked")).to_be_visible()


async def asked(page: Page, prompt: str, candidates: int, steps: int, seed: str = "") -> None:
    await page.get_by_label("Prompt").fill(prompt)
    await page.get_by_label("Candidates", exact=True).fill(str(candidates))
    await page.get_by_label("Steps").fill(str(steps))
    await page.get_by_label("Seed", exact=True).fill(seed)
    await page.get_by_role("button", name="Draw").click()


async def picked_pixels(page: Page) -> np.ndarray:
    """The picture of the checked candidate, as the page has it."""
    answer = await page.evaluate(
        """async () => {
            const image = document.querySelector('.candidate:has(:checked) img');
            await image.decode();
            const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
            canvas.getContext('2d').drawImage(image, 0, 0);
            const blob = await canvas.convertToBlob({type: 'image/png'});
            return btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));
        }"""
    )
    return rgba(base64.b64decode(answer))


async def test_a_prompt_becomes_a_preview_candidates_a_pick_and_a_file(page: Page) -> None:
    await page.evaluate(
        """() => new MutationObserver(() => {
            const image = document.querySelector('.candidate.coming img');
            if (image) window.previewed = image.src.slice(0, 5);
        }).observe(document.getElementById('candidates-shown'), {subtree: true, childList: true, attributes: true})"""
    )
    await drawn(page, candidates=16, steps=200)
    assert await page.evaluate("window.previewed") == "blob:"
    await page.get_by_role("radio", name="Candidate 2").check(force=True)
    expected = await picked_pixels(page)
    await page.get_by_label("Name of the files").fill("hero")
    name, content = await exported(page)
    assert name.endswith(".png")
    np.testing.assert_array_equal(rgba(content), expected)


async def test_several_files_come_in_one_archive(page: Page) -> None:
    await drawn(page)
    await page.get_by_label("Pictures", exact=True).select_option("all")
    await page.get_by_label("Format").select_option("texturepacker-json")
    name, content = await exported(page)
    assert name == "limner-texturepacker-json.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert {Path(entry).suffix for entry in archive.namelist()} == {".json", ".png"}


async def test_everything_works_from_the_keyboard(page: Page) -> None:
    await page.get_by_label("Steps").fill("4")
    await page.get_by_label("Candidates", exact=True).fill("3")
    await page.get_by_label("Model").focus()
    await page.locator("#show-help").focus()
    await page.keyboard.press("/")
    await expect(page.get_by_label("Prompt")).to_be_focused()
    await page.keyboard.type("一条红色的龙")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#picked")).to_be_visible()
    await expect(page.get_by_role("heading", name="一条红色的龙")).to_be_visible()
    await page.locator("#show-help").focus()
    await page.keyboard.press("2")
    await expect(page.get_by_role("radio", name="Candidate 2")).to_be_checked()
    await expect(page.get_by_role("radio", name="Candidate 2")).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("radio", name="Candidate 3")).to_be_checked()
    await page.keyboard.press("t")
    await expect(page.get_by_role("button", name="Tiled")).to_have_attribute("aria-pressed", "true")
    await expect(page.locator("#said")).to_contain_text("3 pictures")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()


async def test_a_wrong_field_is_marked_and_says_what_is_allowed(page: Page) -> None:
    await asked(page, "a red dragon", candidates=17, steps=4)
    field = page.get_by_label("Candidates", exact=True)
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_be_focused()
    described = await field.get_attribute("aria-describedby")
    await expect(page.locator(f"#{described}")).to_contain_text("16")
    await field.fill("2")
    await page.get_by_role("button", name="Draw").click()
    await expect(page.locator("#picked")).to_be_visible()
    assert await field.get_attribute("aria-invalid") is None


async def test_an_empty_prompt_is_not_sent(page: Page) -> None:
    await page.get_by_role("button", name="Draw").click()
    await expect(page.get_by_text("Say what to draw.")).to_be_visible()
    await expect(page.locator("#work")).to_be_hidden()


async def test_escape_cancels_what_is_being_drawn(page: Page) -> None:
    await asked(page, "a slow dragon", candidates=16, steps=200)
    await expect(page.locator(".candidate.coming").first).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("Cancelled: nothing was kept.")).to_be_visible()
    await expect(page.locator("#history li").first).to_contain_text("Cancelled")


async def test_the_tiled_view_repeats_every_pixel_nine_times(page: Page) -> None:
    await drawn(page)
    await page.get_by_role("button", name="Tiled").click()
    tiled = rgba(
        base64.b64decode(
            await page.evaluate("document.querySelector('.viewer canvas').toDataURL('image/png').split(',')[1]")
        )
    )
    picture = await picked_pixels(page)
    factor = tiled.shape[0] // (3 * picture.shape[0])
    np.testing.assert_array_equal(tiled, np.tile(picture.repeat(factor, 0).repeat(factor, 1), (3, 3, 1)))


async def test_candidates_are_played_one_after_another(page: Page) -> None:
    await drawn(page, candidates=2)
    await page.locator("#show-help").focus()
    await page.keyboard.press("p")
    await page.keyboard.press("-")
    canvas = "document.querySelector('.viewer canvas').toDataURL()"
    first = await page.evaluate(canvas)
    await page.wait_for_function(f"first => {canvas} !== first", arg=first)
    await page.wait_for_function(f"first => {canvas} === first", arg=first)


async def test_the_picture_grows_by_whole_factors(page: Page) -> None:
    await drawn(page, candidates=1)
    await expect(page.get_by_role("button", name="Play")).to_be_hidden()
    await page.locator("#show-help").focus()
    before = await page.evaluate("document.querySelector('.viewer canvas').width")
    await page.keyboard.press("+")
    assert await page.evaluate("document.querySelector('.viewer canvas').width") == before + 32


async def test_the_palette_has_every_colour_and_copies_one(page: Page) -> None:
    await drawn(page, candidates=1)
    picture = await picked_pixels(page)
    colours, counts = np.unique(picture[picture[..., 3] >= 128][:, :3], axis=0, return_counts=True)
    await expect(page.locator(".viewer h3")).to_have_text(re.compile(rf"Palette, {len(colours)} colours?"))
    await page.locator(".swatches button").first.click()
    copied = await page.evaluate("navigator.clipboard.readText()")
    await page.get_by_role("button", name="Same colours").click()
    assert copied in await page.get_by_label("Palette").input_value()
    most = {f"#{r:02x}{g:02x}{b:02x}" for r, g, b in colours[counts == counts.max()]}
    assert copied in most


async def test_a_picked_picture_is_varied_and_repainted_in_a_part(page: Page) -> None:
    await drawn(page, candidates=1, seed="7")
    before = await picked_pixels(page)
    await page.get_by_role("button", name="Repaint").click()
    box = await page.locator("canvas.paint").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 1, box["y"] + 1)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 1, steps=20)
    await page.mouse.up()
    await page.get_by_label("What it becomes").fill("a gold crown")
    await page.get_by_role("button", name="Draw it").click()
    await expect(page.get_by_role("heading", name="a gold crown")).to_be_visible()
    await expect(page.locator("#picked")).to_be_visible()
    after = await picked_pixels(page)
    assert (before[:8] != after[:8]).any()
    np.testing.assert_array_equal(before[16:], after[16:])
    await page.get_by_role("button", name="Vary").click()
    await expect(page.get_by_role("heading", name="Variations")).to_be_visible()
    await expect(page.get_by_role("radio", name=re.compile("Candidate"))).to_have_count(4)


async def test_a_lost_watch_is_taken_up_again(page: Page) -> None:
    lost: list[str] = []

    async def once(route: Route) -> None:
        if lost:
            await route.continue_()
        else:
            lost.append(route.request.url)
            await route.abort()

    await page.route("**/WatchGeneration", once)
    await drawn(page)
    assert len(lost) == 1


async def test_history_outlives_the_page_and_an_address_opens_its_generation(page: Page, url: str) -> None:
    await drawn(page, prompt="a lasting potion")
    address = page.url
    assert "#generations/" in address
    await page.goto("about:blank")
    await page.goto(url)
    await page.get_by_role("button", name="a lasting potion").first.click()
    await expect(page.get_by_role("radio", name=re.compile("Candidate"))).to_have_count(3)
    await page.goto("about:blank")
    await page.goto(address)
    await expect(page.get_by_role("heading", name="a lasting potion")).to_be_visible()
    await expect(page.locator("#picked")).to_be_visible()


async def test_the_theme_follows_the_system_until_it_is_chosen(page: Page) -> None:
    def ground() -> str:
        return "getComputedStyle(document.body).backgroundColor"

    await page.emulate_media(color_scheme="light")
    light = await page.evaluate(ground())
    await page.emulate_media(color_scheme="dark")
    dark = await page.evaluate(ground())
    assert light != dark
    await page.get_by_role("button", name="Theme").click()
    assert await page.evaluate(ground()) == light
    await page.reload()
    await expect(page.get_by_role("button", name="Theme")).to_contain_text("Light")
    assert await page.evaluate(ground()) == light


async def test_a_narrow_page_does_not_scroll_sideways(page: Page) -> None:
    await drawn(page, prompt="supercalifragilisticexpialidocious" * 5)
    inside = "[...document.querySelectorAll('form, aside, #picked')].every(box => box.scrollWidth <= box.clientWidth)"
    assert await page.evaluate(inside)
    await page.set_viewport_size({"width": 390, "height": 844})
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") == 320


def figure() -> bytes:
    """Somebody with a head, a body and two legs, as a PNG."""
    pixels = np.zeros((32, 32, 4), np.uint8)
    pixels[4:12, 12:20] = (240, 200, 160, 255)
    pixels[12:22, 10:22] = (40, 90, 200, 255)
    pixels[22:30, 11:15] = pixels[22:30, 17:21] = (90, 60, 30, 255)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


async def test_a_figure_walks_and_leaves_as_a_gif_of_all_its_frames(page: Page) -> None:
    await page.locator("#modes").get_by_text("Animation").click()
    await page.get_by_label("Start from a picture").set_input_files(
        {"name": "hero.png", "mimeType": "image/png", "buffer": figure()}
    )
    await page.get_by_label("Frames", exact=True).fill("6")
    await page.get_by_role("button", name="Draw").click()
    await expect(page.locator(".actor .strip button")).to_have_count(6)
    await expect(page.get_by_role("button", name="Pause")).to_be_visible()
    await expect(page.get_by_role("button", name="Vary")).to_be_hidden()
    name, content = await exported(page)
    assert name.endswith(".gif")
    with Image.open(io.BytesIO(content)) as animation:
        assert getattr(animation, "n_frames", 1) == 6
    await page.get_by_role("button", name="Frame 3").click()
    await page.get_by_label("Pictures", exact=True).select_option("one")
    await page.get_by_label("Format").select_option("png")
    _, held = await exported(page)
    seen = await canvas(page, ".compass canvas")
    factor = len(seen) // len(rgba(held))
    np.testing.assert_array_equal(seen, rgba(held).repeat(factor, 0).repeat(factor, 1))


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_checker_of_accessibility_finds_nothing(page: Page, scheme: Literal["light", "dark"]) -> None:
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await drawn(page)
    await page.get_by_role("button", name="Repaint").click()
    await expect(page.locator("canvas.paint")).to_be_visible()
    assert await faults(page) == {}


async def test_a_server_with_keys_is_asked_with_the_key_that_was_typed(
    chromium: Browser, models: Path, tmp_path: Path
) -> None:
    async def keyed(metadata: Mapping[str, str | bytes], certificate: str) -> Caller:
        if metadata.get("authorization") != "Bearer lm_right":
            raise UnauthenticatedError("send a key as Authorization: Bearer KEY")
        return Caller(owner="ann")

    values = {"listen": "127.0.0.1:0", "web": "127.0.0.1:0", "data_dir": str(tmp_path), "grace_s": 0.0}
    async with running(ServerConfig.of(values), keyed) as server:
        page = await chromium.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        await page.goto(f"http://{server.web}/")
        for key in ("lm_wrong", "lm_right"):
            asking = page.get_by_role("dialog", name="This server wants a key")
            await expect(asking).to_be_visible()
            await page.get_by_label("API key").fill(key)
            await page.get_by_role("button", name="Use it").click()
        await expect(page.locator("#link")).to_have_attribute("data-state", "found")
        await expect(asking).to_be_hidden()
        assert await page.evaluate("Object.keys(localStorage)") == []
        await page.close()
