"""The gallery: what the recipes make of one sentence, from the seed that is written here. Nothing is picked."""

import io
from collections.abc import Callable, Mapping, Sequence

from PIL import Image

from docs.pictures import GAP, PAPER, enlarged
from docs.studio import reduced
from limner.client.drawing import image_brief
from limner.client.recipes import character_brief, texture_brief
from limner.client.scenes import scene_brief
from limner.client.sync import Client
from limner.v1.briefs_pb2 import AnimationBrief

SEED = 1
CHARACTERS = ("一位长发女战士，身穿盔甲", "male knight, wearing armour, with a shield", "female mage, wearing a blue robe, holding a staff", "一位男弓箭手，手持弓", "an orc warrior with an axe", "a skeleton archer")  # fmt: skip
TEXTURES = ("a stone brick wall", "草地", "lava floor", "wooden planks", "沙子", "ice", "cobblestone path", "水")
SCENES = ("在一个有城堡和森林的小岛上", "a snowy village by a river", "a desert with ruins and an oasis")
ACTIONS = ("idle", "run", "jump", "attack", "hurt", "die")
ACTOR = CHARACTERS[0]
FRAMES, SIDES = 8, 4
SCENE = (480, 360)  # of one scene on the page, in pixels


def characters(client: Client) -> bytes:
    """Each row: a character, and its walk seen from the south, the east, the north and the west."""
    return _page([[enlarged(still, 2), *(enlarged(frame, 1) for frame in walk)] for still, walk in _walks(client)])


def walks(client: Client) -> bytes:
    """The same characters, walking, as a GIF: one row for each direction."""
    figures = [walk for _, walk in _walks(client)]
    moments = []
    for moment in range(FRAMES):
        rows = [[enlarged(walk[side * FRAMES + moment], 2) for walk in figures] for side in range(SIDES)]
        with Image.open(io.BytesIO(_page(rows))) as page:
            moments.append(page.convert("RGB").quantize(128, dither=Image.Dither.NONE))
    out = io.BytesIO()
    moments[0].save(out, "GIF", save_all=True, append_images=moments[1:], duration=100, loop=0)
    return out.getvalue()


def _walks(client: Client) -> list[tuple[bytes, list[bytes]]]:
    """Each character at rest, and its frames. Asked for twice, it is drawn once: the server knows the answer."""
    found = []
    for prompt in CHARACTERS:
        brief = character_brief(prompt, directions=SIDES, animations="walk", frames=FRAMES, seed=SEED)
        drawn = client.draw(brief)
        found.append((drawn[0].content, [each.content for each in drawn if each.asset.role == "frame"]))
    return found


def animations(client: Client) -> bytes:
    """Each row: the same figure in another action."""
    still = client.draw(image_brief(ACTOR, size=32, seed=SEED, candidates=4, kind="character"))[0]
    rows = []
    for action in ACTIONS:
        brief = AnimationBrief(action=action, frames=FRAMES, reference=still.asset.name)
        rows.append([enlarged(drawn.content, 2) for drawn in client.draw(brief)])
    return _page(rows)


def textures(client: Client) -> bytes:
    """Each texture three by three times."""
    cells = []
    for prompt in TEXTURES:
        tile = enlarged(client.draw(texture_brief(prompt, size=32, seed=SEED))[0].content, 2)
        cell = Image.new("RGBA", (3 * tile.width, 3 * tile.height))
        for place in range(9):
            cell.paste(tile, (place % 3 * tile.width, place // 3 * tile.height))
        cells.append(cell)
    return _page([cells[:4], cells[4:]])


def scenes(client: Client) -> bytes:
    """Each scene from above and from the side."""
    rows = []
    for view in ("topdown", "side"):
        pictures = []
        for prompt in SCENES:
            drawn = client.draw(scene_brief(prompt, view=view, seed=SEED))
            whole = next(each.content for each in drawn if each.asset.role == "picture")
            with Image.open(io.BytesIO(whole)) as picture:
                pictures.append(_fitted(picture.convert("RGBA")))
        rows.append(pictures)
    return _page(rows)


GALLERY: Mapping[str, Callable[[Client], bytes]] = {
    "characters.png": characters,
    "walks.gif": walks,
    "animations.png": animations,
    "textures.png": textures,
    "scenes.png": scenes,
}


def _fitted(picture: Image.Image) -> Image.Image:
    """A scene, scaled down to its place on the page."""
    scale = min(SCENE[0] / picture.width, SCENE[1] / picture.height)
    return picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.BOX)


def _page(rows: Sequence[Sequence[Image.Image]]) -> bytes:
    """A PNG of rows of pictures."""
    width = max(sum(cell.width + GAP for cell in row) for row in rows) + GAP
    height = sum(max(cell.height for cell in row) + GAP for row in rows) + GAP
    page, top = Image.new("RGB", (width, height), PAPER), GAP
    for row in rows:
        left = GAP
        for cell in row:
            page.paste(cell, (left, top), cell)
            left += cell.width + GAP
        top += max(cell.height for cell in row) + GAP
    out = io.BytesIO()
    page.save(out, "PNG")
    return reduced(out.getvalue())
