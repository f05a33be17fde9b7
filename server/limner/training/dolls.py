"""Paper dolls: 32×32 layers composited into captioned characters."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limner.training.pictures import Picture, frames

ORDER = ("cloak", "base", "boots", "legs", "body", "gloves", "hand1", "hand2", "hair", "beard", "head")
SLOTS = {"hand_right": "hand1", "hand_left": "hand2"}
CHANCE = {"cloak": 0.35, "boots": 0.6, "legs": 0.5, "body": 0.9, "gloves": 0.3, "hand1": 0.8, "hand2": 0.35, "hair": 0.7, "beard": 0.3, "head": 0.35}  # fmt: skip
RACES = {"human": "人类", "elf": "精灵", "dwarf": "矮人", "halfling": "半身人", "gnome": "侏儒", "orc": "兽人", "demigod": "半神", "demonspawn": "恶魔裔", "vampire": "吸血鬼", "mummy": "木乃伊", "kobold": "狗头人", "tengu": "天狗", "ghoul": "食尸鬼"}  # fmt: skip
COLOURS = {"black": "黑色", "white": "白色", "red": "红色", "blue": "蓝色", "green": "绿色", "yellow": "黄色", "gold": "金色", "brown": "棕色", "gray": "灰色", "grey": "灰色", "purple": "紫色", "magenta": "品红色", "cyan": "青色", "pink": "粉色", "orange": "橙色"}  # fmt: skip
WEAPONS = {"sword": "剑", "scimitar": "弯刀", "falchion": "弯刀", "katana": "武士刀", "dagger": "匕首", "axe": "斧头", "mace": "钉头锤", "hammer": "战锤", "flail": "连枷", "club": "棍棒", "spear": "长矛", "trident": "三叉戟", "halberd": "长戟", "scythe": "镰刀", "crossbow": "弩", "bow": "弓", "staff": "法杖", "rod": "法杖", "wand": "魔杖", "whip": "鞭子", "torch": "火把", "book": "书", "sling": "投石索", "blade": "刀", "knife": "刀", "lantern": "灯笼"}  # fmt: skip
ARMOUR = ("plate", "mail", "armor", "armour", "scale", "breast", "bplate", "banded", "metal")
CLOTHES = {"robe": "长袍", "leather": "皮甲", "dress": "连衣裙", "shirt": "衬衫", "coat": "外套", "skirt": "裙子", "bikini": "比基尼", "vest": "背心", "suit": "套装", "tunic": "短袍"}  # fmt: skip
HEADGEAR = {"helm": "头盔", "helmet": "头盔", "hat": "帽子", "hood": "兜帽", "crown": "王冠", "cap": "帽子", "bandana": "头巾", "horn": "角盔", "turban": "头巾", "mask": "面具"}  # fmt: skip
LONG_HAIR = ("fem", "long", "elf", "arwen", "pigtail", "knot")
ROLES = {"warrior": "战士", "knight": "骑士", "archer": "弓箭手", "wizard": "法师", "mage": "法师", "rogue": "盗贼", "adventurer": "冒险者", "hero": "英雄"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layer:
    name: str
    picture: NDArray[np.float32]  # premultiplied, (32, 32, 4) in [0, 1]


def read_layers(rows: Sequence[Mapping[str, object]]) -> dict[str, list[Layer]]:
    """The layers of each slot, and the undressed figures of the races that the clothes fit."""
    layers: dict[str, list[Layer]] = defaultdict(list)
    for row in rows:
        part, caption = str(row["part"]), re.sub(r"\([^)]*\)", "", str(row["caption"])).strip()
        slot = SLOTS.get(part, part)
        if (row["width"], row["height"]) != (32, 32) or slot not in ORDER:
            continue
        if slot == "base" and not any(race in caption.split() for race in RACES):
            continue
        straight = frames(row)[0].astype(np.float32) / np.float32(255)
        straight[..., :3] *= straight[..., 3:]
        layers[slot].append(Layer(caption, straight))
    return layers


def composed(layers: Sequence[Layer]) -> Picture:
    """Painted over one another, back to front; straight alpha."""
    canvas = np.zeros((32, 32, 4), np.float32)
    for layer in layers:
        canvas = layer.picture + canvas * (1 - layer.picture[..., 3:])
    alpha = canvas[..., 3:]
    colour = np.divide(canvas[..., :3], alpha, out=np.zeros_like(canvas[..., :3]), where=alpha > 0)
    return np.round(np.concatenate([colour, alpha], axis=-1) * 255).astype(np.uint8)


def dressed(layers: Mapping[str, list[Layer]], rng: np.random.Generator) -> tuple[Picture, list[str]]:
    """One random figure and what it may be called."""
    worn: dict[str, Layer] = {}
    female = bool(rng.random() < 0.5)
    sex = "female" if female else "male"
    bases = [layer for layer in layers["base"] if sex in layer.name.split()]
    humans = [layer for layer in bases if "human" in layer.name]
    pool = humans if humans and rng.random() < 0.5 else bases
    worn["base"] = pool[rng.integers(len(pool))]
    for slot, chance in CHANCE.items():
        if layers.get(slot) and rng.random() < chance and not (slot == "beard" and female):
            worn[slot] = layers[slot][rng.integers(len(layers[slot]))]
    picture = composed([worn[slot] for slot in ORDER if slot in worn])
    return picture, _captions(worn, female, rng)


def _word(name: str, table: Mapping[str, str]) -> str | None:
    words = re.findall(r"[a-z]+", name)
    return next((key for key in table if any(word.startswith(key) or word.endswith(key) for word in words)), None)


def _role(weapon: str | None, clothes: str, rng: np.random.Generator) -> str:
    if weapon in ("bow", "crossbow"):
        return "archer"
    if weapon in ("staff", "wand", "rod", "book") or "robe" in clothes:
        return str(rng.choice(["wizard", "mage"]))
    if any(word in clothes for word in ARMOUR):
        return str(rng.choice(["warrior", "warrior", "knight"]))
    if weapon == "dagger":
        return "rogue"
    return str(rng.choice(["warrior", "adventurer", "hero"])) if weapon else "adventurer"


def _captions(worn: Mapping[str, Layer], female: bool, rng: np.random.Generator) -> list[str]:
    name = {slot: layer.name for slot, layer in worn.items()}
    weapon = _word(name.get("hand1", ""), WEAPONS)
    body = name.get("body", "")
    role = _role(weapon, body, rng)
    race = _word(name["base"], RACES) or "human"
    english, chinese = [], []
    hair, lengthy, hair_zh = "", False, ""
    if "hair" in name and "head" not in name:
        colour = _word(name["hair"], COLOURS)
        lengthy = any(word in name["hair"] for word in LONG_HAIR)
        hair = f"{'long' if lengthy else 'short'} {colour + ' ' if colour else ''}hair"
        hair_zh = (COLOURS[colour] if colour else "") + ("长发" if lengthy else "短发")
        english.append(hair)
    colour = _word(body, COLOURS)
    tint, tint_zh = (f"{colour} ", COLOURS[colour]) if colour else ("", "")
    armoured = any(word in body for word in ARMOUR)
    clothes = _word(body, CLOTHES)
    if armoured or clothes:
        english.append(f"wearing {tint}{'armour' if armoured else clothes}")
        chinese.append(f"身穿{tint_zh}{'盔甲' if armoured else CLOTHES[str(clothes)]}")
    for slot, label, label_zh in (("cloak", "cloak", "斗篷"),):
        if slot in name and (colour := _word(name[slot], COLOURS)):
            english.append(f"{colour} {label}")
            chinese.append(f"{COLOURS[colour]}{label_zh}")
    if gear := _word(name.get("head", ""), HEADGEAR):
        english.append(f"wearing a {gear}")
        chinese.append(f"戴着{HEADGEAR[gear]}")
    if weapon:
        english.append(f"holding a {weapon}")
        chinese.append(f"手持{WEAPONS[weapon]}")
    if "shield" in name.get("hand2", "") or "buckler" in name.get("hand2", ""):
        english.append("with a shield")
        chinese.append("手持盾牌")
    sex, sex_zh = ("female", "女") if female else ("male", "男")
    kin, kin_zh = ("", "") if race == "human" else (f"{race} ", RACES[race])
    who = f"{sex} {kin}{role}"
    who_zh = f"一位{kin_zh}{sex_zh}{ROLES[role]}"
    long_zh = f"一位{hair_zh}{kin_zh}{sex_zh}{ROLES[role]}"
    haired = f"{'long' if lengthy else 'short'}-haired {who}" if hair else who
    rest = english[1:] if hair else english
    return [
        ", ".join([who, *english]),
        "a " + " ".join([haired, *rest[:1]]),
        who if rng.random() < 0.5 else haired,
        "，".join([long_zh, *chinese]),
        "，".join([who_zh, *chinese[:1]]),
    ]
