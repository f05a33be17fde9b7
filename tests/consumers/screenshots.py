"""`make screenshots`: pictures of the engine clients at work, drawn by the package's own networks, into docs/pictures."""

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from limner.atlas.geometry import Size
from limner.atlas.sprites import Pixels
from limner.client import Client
from limner.v1.briefs_pb2 import ImageBrief
from tests.consumers.blender import PROGRAM
from tests.consumers.browser import Chromium, EngineError, chromium
from tests.consumers.live_art import publish
from tests.consumers.served import Served, served
from tests.consumers.site import serving

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
SCENE, ZOOM = Size(128, 96), 3
CAPTION, GAP = 22, 8  # pixels
PAPER, INK = (32, 34, 40), (225, 225, 230)
GROUND = ImageBrief(prompt="a stone brick wall", kind="texture", seed=1, candidates=4, tile_x=True, tile_y=True)
BEFORE = ImageBrief(prompt="a green potion", seed=1, candidates=4)
AFTER = ImageBrief(prompt="a red potion", seed=1, candidates=4)
PLACES = ((28, 50), (64, 44), (100, 50), (46, 84), (82, 84))


def main() -> None:
    wanted = sys.argv[1:] or ["web", "blender", "live"]
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as server:
        if "web" in wanted:
            with serving() as site, chromium(site) as browser:
                save("web", web(server, browser))
        if "blender" in wanted:
            save("blender", blender(server, Path(folder)))
        if "live" in wanted:
            save("live", live(server, Path(folder)))


def web(server: Served, browser: Chromium) -> Image.Image:
    """A Phaser game, and the same game a moment after a picture was saved."""
    files = {"art/ground.png": drawn(server, GROUND), "art/potion.png": drawn(server, BEFORE)}
    changed = {"art/potion.png": drawn(server, AFTER)}
    page = Size(SCENE.width * ZOOM, SCENE.height * ZOOM)
    placed = [{"key": "potion", "x": x, "y": y} for x, y in PLACES]
    scene = {"width": SCENE.width, "height": SCENE.height, "zoom": ZOOM, "ground": "ground", "placed": placed}
    with browser.visits("limner_showcase", files, []) as visit:
        visit.asks("start", {"url": server.url, **scene})
        before = visit.shows(page)
        files.update(changed)
        publish(server, changed)
        visit.asks("swapped", {"count": 1})
        after = visit.shows(page)
    return side_by_side([("The game runs", before), ("art/potion.png is saved: no reload", after)])


def blender(server: Served, folder: Path) -> Image.Image:
    """A scene whose material and figures the add-on drew, rendered by Cycles."""
    asked, target = folder / "asked.json", folder / "blender.png"
    archive = shutil.make_archive(str(folder / "limner"), "zip", ROOT / "clients" / "blender", "limner")
    wish = {"wall": GROUND.prompt, "figure": BEFORE.prompt, "seed": 1, "width": 480, "height": 300}
    asked.write_text(json.dumps({"zip": archive, "url": server.url, **wish}))
    script = ROOT / "tests" / "consumers" / "scripts" / "blender_shot.py"
    env = os.environ | {"BLENDER_USER_SCRIPTS": str(folder / "scripts"), "BLENDER_USER_CONFIG": str(folder / "config")}
    command = [PROGRAM, "--background", "--factory-startup", "--python-exit-code", "1", "--python", str(script)]
    done = subprocess.run([*command, "--", str(asked), str(target)], capture_output=True, text=True, env=env)
    if done.returncode or not target.exists():
        raise EngineError(done.stdout + done.stderr)
    return Image.open(target).convert("RGB")


def live(server: Served, folder: Path) -> Image.Image:
    """A game of pygame's, and the same game a frame after a picture was saved."""
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    import pygame

    from limner.client.live import Live
    from limner.client.live.pygame import LiveSurface

    (folder / "ground.png").write_bytes(drawn(server, GROUND))
    (folder / "potion.png").write_bytes(drawn(server, BEFORE))
    pygame.init()
    screen, shots = pygame.display.set_mode(SCENE), []
    with Live(folder) as art:
        ground, potion = LiveSurface(art, "ground.png"), LiveSurface(art, "potion.png")
        for caption in ("The game runs", "art/potion.png is saved: the next frames show it"):
            for x in range(0, SCENE.width, ground.surface.get_width()):
                for y in range(0, SCENE.height, ground.surface.get_height()):
                    screen.blit(ground.surface, (x, y))
            for place in PLACES:
                screen.blit(potion.surface, potion.surface.get_rect(midbottom=place))
            shown = pygame.surfarray.array3d(pygame.transform.scale_by(screen, ZOOM)).swapaxes(0, 1)
            shots.append((caption, shown))
            (folder / "potion.png").write_bytes(drawn(server, AFTER))
            while not potion.changes:
                art.poll()
    pygame.quit()
    return side_by_side(shots)


def drawn(server: Served, brief: ImageBrief) -> bytes:
    """The best candidate of the package's own model."""
    with Client(server.address) as client:
        return client.draw(brief)[0].content


def side_by_side(shots: list[tuple[str, Pixels]]) -> Image.Image:
    """Shots of one size with a caption each."""
    height, width = shots[0][1].shape[:2]
    sheet = Image.new("RGB", (len(shots) * (width + GAP) - GAP, height + CAPTION), PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for number, (caption, shot) in enumerate(shots):
        left = number * (width + GAP)
        pen.text((left + 2, 2), caption, fill=INK, font=font)
        sheet.paste(Image.fromarray(np.ascontiguousarray(shot)), (left, CAPTION))
    return sheet


def save(name: str, picture: Image.Image) -> None:
    target = io.BytesIO()
    picture.quantize(256, dither=Image.Dither.NONE).save(target, "PNG", optimize=True)
    (FOLDER / f"{name}.png").write_bytes(target.getvalue())
    print(FOLDER / f"{name}.png", flush=True)


if __name__ == "__main__":
    main()
