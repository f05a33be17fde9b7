"""One headless Chromium for all tests; a page of ours answers one question and is closed."""

import base64
import io
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright

from limner.atlas.geometry import Size
from limner.atlas.sprites import Pixels
from tests.consumers.site import Site

T = TypeVar("T")
PROGRAM = "chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-device-scale-factor=1",
    "--force-color-profile=srgb",
    "--use-gl=angle",  # WebGL on the processor: the same pixels on every machine
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)
TIMEOUT_MS = 120_000
ASK = f"""question => Promise.race([run(question), new Promise((_, reject) => setTimeout(
    () => reject(new Error('no answer after {TIMEOUT_MS} ms')), {TIMEOUT_MS}))])"""


class EngineError(AssertionError):
    """An engine refused what it was given; the message is what it said."""


class Visit:
    """A page that stays open."""

    def __init__(self, chromium: "Chromium", page: Page) -> None:
        self._chromium = chromium
        self._page = page

    def asks(self, name: str, question: Mapping[str, Any] | None = None) -> Any:
        """What the page's function of that name answers. Raises EngineError."""
        return self._chromium.in_thread(lambda: self._ask(name, dict(question or {})))

    def shows(self, size: Size) -> Pixels:
        """What the left upper corner of the page looks like."""
        png = self._chromium.in_thread(lambda: self._shot(size))
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))

    def _shot(self, size: Size) -> bytes:
        self._page.set_viewport_size({"width": size.width, "height": size.height})
        return self._page.screenshot()

    def _ask(self, name: str, question: dict[str, Any]) -> Any:
        try:
            return self._page.evaluate(ASK.replace("run(", f"{name}("), question)
        except Error as error:
            raise EngineError(error.message) from None


class Chromium:
    """Asks pages. Playwright lives in a thread of its own: it keeps an event loop running, which asyncio tests must not see."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="chromium")
        self._browser: Browser = self.in_thread(self._start)

    def asks(self, page: str, files: Mapping[str, bytes], question: Mapping[str, Any], expected: str = "") -> Any:
        """What `run(question)` of `pages/{page}.html` answers, with `files` below `/files/`.

        Raises EngineError when the page throws, writes an error to its console that the pattern `expected` has not, or answers
        `refused`.
        """
        self._site.files = files
        return self.in_thread(lambda: self._ask(page, question, expected))

    def shows(self, page: str, files: Mapping[str, bytes], question: Mapping[str, Any], size: Size) -> Pixels:
        """What the left upper corner of the page looks like once it has answered, on a clear ground."""
        self._site.files = files
        return self.in_thread(lambda: self._look(page, question, size))

    @contextmanager
    def visits(self, page: str, files: Mapping[str, bytes], said: list[str]) -> Iterator[Visit]:
        """An open `pages/{page}.html`. `files`, below `/files/`, may change meanwhile; `said` hears the page's warnings and faults."""
        self._site.files = files
        opened = self.in_thread(lambda: self._opened(page, said))
        try:
            yield Visit(self, opened)
        finally:
            self.in_thread(opened.close)

    def close(self) -> None:
        self.in_thread(self._stop)
        self._thread.shutdown()

    def _start(self) -> Browser:
        self._playwright = sync_playwright().start()
        path = shutil.which(PROGRAM)
        return self._playwright.chromium.launch(executable_path=path, args=list(FLAGS), headless=True)

    def _stop(self) -> None:
        self._browser.close()
        self._playwright.stop()

    def _ask(self, name: str, question: Mapping[str, Any], expected: str) -> Any:
        with self._answered(name, question, expected) as (_, answer):
            return answer

    def _look(self, name: str, question: Mapping[str, Any], size: Size) -> Pixels:
        with self._answered(name, question) as (page, _):
            page.set_viewport_size({"width": size.width, "height": size.height})
            png = page.screenshot(omit_background=True)
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))

    @contextmanager
    def _answered(self, name: str, question: Mapping[str, Any], expected: str = "") -> Iterator[tuple[Page, Any]]:
        """The page with its answer; closed at the end of the block."""
        page, said = self._browser.new_page(), list[str]()

        def hears(message: ConsoleMessage) -> None:
            if message.type == "error" and not (expected and re.search(expected, message.text)):
                said.append(message.text)

        page.on("console", hears)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.set_default_timeout(TIMEOUT_MS)
        try:
            page.goto(f"{self._site.origin}/pages/{name}.html")
            answer = page.evaluate(ASK, dict(question))
            if "refused" in answer:
                raise EngineError(answer["refused"])
            if said:
                raise EngineError("\n".join(said))
            yield page, answer
        except Error as error:
            raise EngineError("\n".join([*said, error.message])) from None
        finally:
            page.close()

    def _opened(self, name: str, said: list[str]) -> Page:
        page = self._browser.new_page()

        def hears(message: ConsoleMessage) -> None:
            if message.type in ("warning", "error") and "GPU stall" not in message.text:
                said.append(message.text)

        page.on("console", hears)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.set_default_timeout(TIMEOUT_MS)
        page.goto(f"{self._site.origin}/pages/{name}.html")
        return page

    def in_thread(self, work: Callable[[], T]) -> T:
        return self._thread.submit(work).result()


@contextmanager
def chromium(site: Site) -> Iterator[Chromium]:
    started = Chromium(site)
    try:
        yield started
    finally:
        started.close()


def pixels(answer: Mapping[str, Any]) -> Pixels:
    """RGBA from a page's `{width, height, rgba}`, where `rgba` is base64, rows from the top."""
    raw = np.frombuffer(base64.b64decode(answer["rgba"]), np.uint8)
    return raw.reshape(answer["height"], answer["width"], 4).copy()
