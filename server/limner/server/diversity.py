"""`diversity`: a prompt that names a person but no sex is drawn as female or male, as its seed decides."""

import hashlib
import re

PEOPLE = (
    "adventurer", "alchemist", "archer", "artist", "assassin", "baker", "barbarian", "bard", "blacksmith", "captain", "chef", "child",
    "cleric", "cook", "doctor", "druid", "explorer", "farmer", "fighter", "fisher", "gladiator", "guard", "hero", "hunter", "knight",
    "mage", "merchant", "mercenary", "monk", "necromancer", "ninja", "nurse", "paladin", "person", "pilot", "pirate", "priest", "ranger",
    "robber", "rogue", "sailor", "samurai", "scholar", "scientist", "shopkeeper", "smith", "soldier", "sorcerer", "teacher", "thief",
    "villager", "warlock", "warrior", "wizard",
)  # fmt: skip
NAMED = (
    "boy", "boys", "brother", "father", "female", "gentleman", "girl", "girls", "he", "her", "his", "king", "lady", "lord", "male", "man",
    "men", "mother", "prince", "princess", "queen", "she", "sister", "son", "daughter", "sorceress", "priestess", "heroine", "witch",
    "woman", "women", "aunt", "uncle", "wife", "husband", "grandmother", "grandfather", "empress", "emperor", "duke", "duchess",
    "non-binary", "nonbinary", "androgynous", "genderless",
)  # fmt: skip
PEOPLE_ZH = (
    "冒险者", "炼金术士", "弓箭手", "刺客", "面包师", "野蛮人", "吟游诗人", "铁匠", "船长", "厨师", "牧师", "医生", "德鲁伊", "探险家",
    "农民", "农夫", "战士", "渔民", "角斗士", "守卫", "卫兵", "英雄", "猎人", "骑士", "法师", "魔法师", "商人", "雇佣兵", "死灵法师", "忍者",
    "护士", "圣骑士", "飞行员", "海盗", "游侠", "强盗", "水手", "武士", "学者", "科学家", "士兵", "术士", "老师", "教师", "盗贼", "村民", "巫师",
)  # fmt: skip
NAMED_ZH = re.compile("[男女她他爸妈父母兄弟姐妹爷奶叔姨王后妃帝公主君]|先生|小姐|少年|中性")
PERSON = re.compile(rf"\b(?:(?P<article>a)n\s+)?(?P<person>{'|'.join(PEOPLE)})\b", re.IGNORECASE)
SEXED = re.compile(rf"\b(?:{'|'.join(NAMED)})\b", re.IGNORECASE)
PERSON_ZH = re.compile("|".join(sorted(PEOPLE_ZH, key=len, reverse=True)))
SEXES, SEXES_ZH = ("female", "male"), ("女", "男")


def varied(prompt: str, seed: int) -> str:
    """`prompt` with the sex that `seed` decides before its first person; as it is where it names a sex, or no person that is known."""
    if SEXED.search(prompt) or NAMED_ZH.search(prompt):
        return prompt
    side = hashlib.sha256(f"diversity {seed}".encode()).digest()[0] & 1  # neighbouring seeds are as good as any
    if found := PERSON_ZH.search(prompt):
        return f"{prompt[: found.start()]}{SEXES_ZH[side]}{prompt[found.start() :]}"
    if found := PERSON.search(prompt):  # an archer → a female archer
        article = f"{found['article']} " if found["article"] else ""
        return f"{prompt[: found.start()]}{article}{SEXES[side]} {prompt[found.start('person') :]}"
    return prompt
