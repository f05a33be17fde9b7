"""Arcade, without a window: says what a sprite of `limner.client.live.arcade` looks like before and after changes.

Arguments: the folder; pictures to become `hero.png` one after the other. Prints a line of JSON for each.
"""

import json
import os
import shutil
import sys
from pathlib import Path

os.environ["ARCADE_HEADLESS"] = "True"

import arcade

from limner.client.live import Folder, Live
from limner.client.live.arcade import LiveTexture

SIDE = 64
NEVER_S = 3600.0


def main(folder: Path, *pictures: str) -> None:
    window = arcade.open_window(SIDE, SIDE)
    looker = Folder(folder, every_s=NEVER_S)
    with Live(looker) as live:
        hero = LiveTexture(live, "hero.png")
        sprite = arcade.Sprite(center_x=SIDE / 2, center_y=SIDE / 2)
        hero.paint(sprite)
        sprites = arcade.SpriteList()
        sprites.append(sprite)
        for picture in ("", *pictures):
            if picture:
                shutil.copy(folder / picture, folder / "hero.png")
                looker.look(live)
                live.poll()
            window.clear()
            sprites.draw(pixelated=True)
            shown = arcade.get_image(0, 0, SIDE, SIDE)
            print(json.dumps({"size": list(sprite.size), "rgba": shown.tobytes().hex()}), flush=True)


main(Path(sys.argv[1]), *sys.argv[2:])
