"""The picture of Studio: the real page, drawing with the package's own network."""

import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from limner.server.config import ServerConfig
from limner.server.embedded import Embedded

PROGRAM = "chromium"
FLAGS = ("--no-sandbox", "--disable-background-networking", "--force-color-profile=srgb")
VIEW: ViewportSize = {"width": 1280, "height": 860}
PROMPTS = ("a green potion", "a golden sword", "a skeleton archer", "a treasure chest", "a red dragon")  # seed 1 each
CANDIDATES = 4
TIMEOUT_MS = 300_000
COLOURS = 256  # of the file


def studio_picture() -> bytes | None:
    """A PNG of Studio after five prompts, the last one's best candidate picked; None without a browser."""
    path = shutil.which(PROGRAM)
    if path is None:
        return None
    with tempfile.TemporaryDirectory(prefix="limner-docs-") as folder:
        values = {"listen": "127.0.0.1:0", "web": "127.0.0.1:0", "data_dir": Path(folder), "grace_s": 0.0}
        with Embedded(ServerConfig.of(values)) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS), headless=True)
            page = browser.new_page(viewport=VIEW, color_scheme="light", locale="en-GB")
            page.set_default_timeout(TIMEOUT_MS)
            expect.set_options(timeout=TIMEOUT_MS)
            page.goto(f"http://{server.web}/")
            for prompt in PROMPTS:
                draw(page, prompt)
            page.get_by_role("heading", name="History").click()  # nothing is focused
            picture = page.screenshot()
            browser.close()
    return reduced(picture)


def draw(page: Page, prompt: str) -> None:
    """Ask with the form and wait for the picture."""
    if page.locator("#more[open]").count() == 0:
        page.get_by_text("More", exact=True).click()
    page.get_by_label("Prompt").fill(prompt)
    page.get_by_label("Seed", exact=True).fill("1")
    page.get_by_label("Candidates", exact=True).fill(str(CANDIDATES))
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Draw").click()
    expect(page.locator("#title")).to_have_text(prompt)
    expect(page.locator("#work")).to_have_attribute("data-state", "STATE_SUCCEEDED")
    expect(page.locator("label.candidate")).to_have_count(CANDIDATES)
    expect(page.locator("#history li").first.locator("img")).to_have_js_property("complete", True)
    expect(page.locator(".swatches button").first).to_be_visible()


def reduced(png: bytes) -> bytes:
    """The same picture in few colours: small enough for a page of documentation."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
