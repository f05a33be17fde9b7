"""What tests of Studio do with its page: read pixels, save files, look for faults of accessibility."""

import asyncio
import base64
import io
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.async_api import Page

from limner.atlas.sprites import Pixels
from tests.conftest import NPM

from .conftest import ASSETS, GENERATIONS, streamed

AXE = NPM / "axe-core" / "axe.min.js"


def rgba(png: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


async def canvas(page: Page, selector: str) -> Pixels:
    """The pixels of a canvas."""
    png = await page.locator(selector).first.evaluate("canvas => canvas.toDataURL('image/png').split(',')[1]")
    return rgba(base64.b64decode(png))


async def exported(page: Page) -> tuple[str, bytes]:
    """The name and the bytes of what the export button saves."""
    return await exported_by(page, "Export")


async def exported_by(page: Page, name: str) -> tuple[str, bytes]:
    """The name and the bytes of what a button saves."""
    async with page.expect_download() as coming:
        await page.get_by_role("button", name=name).click()
    download = await coming.value
    return download.suggested_filename, await asyncio.to_thread(Path(await download.path()).read_bytes)


async def generation(page: Page, url: str) -> dict[str, Any]:
    """What the server says of the generation that the page shows."""
    name = page.url.partition("#")[2]
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        answer = await client.post(f"{GENERATIONS}/GetGeneration", json={"name": name})
        found: dict[str, Any] = answer.json()["generation"]
        return found


async def content(url: str, asset: dict[str, Any]) -> bytes:
    """The bytes of an asset."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        messages, end = await streamed(client, f"{ASSETS}/ReadAsset", {"name": asset["name"]})
    assert "error" not in end
    return b"".join(base64.b64decode(message["data"]) for message in messages)


async def faults(page: Page) -> dict[str, list[Any]]:
    """What a checker of accessibility finds."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make engines")
    await page.evaluate(await asyncio.to_thread(AXE.read_text, "utf-8"))
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert len(found["passes"]) > 10
    return {fault["id"]: [node["target"] for node in fault["nodes"]] for fault in found["violations"]}
