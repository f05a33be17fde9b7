"""The pictures of Studio: the real page, drawing with the package's own networks."""

import io
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from limner.server.config import ServerConfig
from limner.server.embedded import Embedded

PROGRAM = "chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--force-color-profile=srgb",
    "--use-gl=angle",  # WebGL on the processor: the same pixels on every machine
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)
VIEW: ViewportSize = {"width": 1280, "height": 860}
PROMPTS = ("a green potion", "a golden sword", "a skeleton archer", "a treasure chest", "a red dragon")  # seed 1 each
SCENE, FIGURE, SURFACE = "a village by a lake with a forest", "一位穿盔甲的女战士", "a stone brick wall"
CANDIDATES = 4
TIMEOUT_MS = 300_000
COLOURS = 256  # of the file


def studio_pictures() -> dict[str, bytes]:
    """A PNG of each of Studio's pages below, by name; none without a browser."""
    path = shutil.which(PROGRAM)
    if path is None:
        return {}
    with tempfile.TemporaryDirectory(prefix="limner-docs-") as folder:
        values = {"listen": "127.0.0.1:0", "web": "127.0.0.1:0", "data_dir": Path(folder), "grace_s": 0.0}
        with Embedded(ServerConfig.of(values)) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS), headless=True)
            page = browser.new_page(viewport=VIEW, color_scheme="light", locale="en-GB", reduced_motion="reduce")
            page.set_default_timeout(TIMEOUT_MS)
            expect.set_options(timeout=TIMEOUT_MS)
            page.goto(f"http://{server.web}/")
            shots = {name: shot(page, show) for name, show in PAGES.items()}
            browser.close()
    return shots


def shot(page: Page, show: Callable[[Page], None]) -> bytes:
    show(page)
    page.get_by_role("heading", name="History").click()  # nothing is focused
    page.evaluate("scrollTo(0, 0)")
    return reduced(page.screenshot())


def pictures(page: Page) -> None:
    """Five prompts, the last one's best candidate picked."""
    for prompt in PROMPTS:
        draw(page, prompt)


def scene(page: Page) -> None:
    """A scene with its grid and its places."""
    page.locator("#modes").get_by_text("Scene").click()
    asked(page, SCENE)
    expect(page.locator(".scene")).to_have_attribute("data-drawn", re.compile("."))
    for name in ("Grid", "Places"):
        page.get_by_role("button", name=name).click()


def character(page: Page) -> None:
    """The best candidate of a figure, in three actions."""
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.locator("#modes").get_by_text("Character").click()
    asked(page, FIGURE)
    page.get_by_role("button", name="Animate it").click()
    expect(page.locator(".strip button").first).to_be_visible()
    page.get_by_role("button", name="attack", exact=True).click()
    page.get_by_role("button", name="Frame 4").click()


def texture(page: Page) -> None:
    """A material under a lamp, beside its maps."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.locator("#modes").get_by_text("Texture").click()
    for name in ("Roughness", "Occlusion", "Metallic"):
        page.get_by_label(name).check()
    asked(page, SURFACE)
    page.get_by_role("button", name="Lit").click()


PAGES: Mapping[str, Callable[[Page], None]] = {
    "studio": pictures,
    "studio-scene": scene,
    "studio-character": character,
    "studio-texture": texture,
}


def draw(page: Page, prompt: str) -> None:
    """Ask with the form and wait for the picture."""
    page.get_by_label("Candidates", exact=True).fill(str(CANDIDATES))
    asked(page, prompt)
    expect(page.locator("label.candidate")).to_have_count(CANDIDATES)
    expect(page.locator(".swatches button").first).to_be_visible()


def asked(page: Page, prompt: str) -> None:
    """Ask with seed 1 and wait until it is drawn."""
    if page.locator("#more[open]").count() == 0:
        page.get_by_text("More", exact=True).click()
    page.get_by_label("Prompt").fill(prompt)
    page.get_by_label("Seed", exact=True).fill("1")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Draw").click()
    expect(page.locator("#title")).to_have_text(prompt)
    expect(page.locator("#work")).to_have_attribute("data-state", "STATE_SUCCEEDED")
    expect(page.locator("#history li").first.locator("img")).to_have_js_property("complete", True)


def reduced(png: bytes) -> bytes:
    """The same picture in few colours: small enough for a page of documentation."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
