"""From the checked keys of a manifest to the assets that it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from limner.client.access import UsageError
from limner.client.cli_export import direction_of, size_of
from limner.client.frame_choices import FrameChoices
from limner.client.project.faults import KeyPath
from limner.client.project.inside import OutsideError, inside, within
from limner.client.project.keys import DRAWING, FRAMES
from limner.client.project.manifest import SUFFIX, Drawing, Origin, Output, Recipe, Source, Wanted, seed_of
from limner.client.project.recipes import KINDS
from limner.client.recipes import STEM
from limner.exporters.files import file_name
from limner.exporters.formats import FORMATS

EDIT_STRENGTH, VARY_STRENGTH = 0.8, 0.5
STARTS = ("edit", "vary")
OF_THE_BASE = ("prompt", "negative", "model", "size", "style", "kind", "tile", "palette", "steps", "guidance")
Table = Mapping[str, Any]


class Faulty(Protocol):
    """Where faults go."""

    root: Path
    path: Path
    text: str
    values: dict[str, Any]

    def fault(self, at: KeyPath, message: str, fix: str) -> None: ...


def wanted_assets(sheet: Faulty, tables: Sequence[tuple[int, Table]]) -> tuple[Wanted, ...]:
    """The assets, each after those that it starts from. What does not fit together becomes a fault of the sheet."""
    named = dict(named_tables(sheet, tables))
    found: dict[str, Wanted] = {}
    for name in in_order(sheet, named):
        number, table = named[name]
        if wanted := wanted_asset(sheet, name, number, table, {each: named[each][1] for each in named}):
            found[name] = wanted
    return tuple(found[name] for name in found)


def named_tables(sheet: Faulty, tables: Sequence[tuple[int, Table]]) -> Iterator[tuple[str, tuple[int, Table]]]:
    """The tables by name; a sole asset may take its name from the file."""
    seen: dict[str, int] = {}
    for number, table in tables:
        at = ("asset", number, "name")
        name = table.get("name") or (sheet.path.name.removesuffix(SUFFIX) if len(tables) == 1 else None)
        if name is None:
            sheet.fault(at, "an asset without a name", 'write name = "…"')
        elif file_name(name) != name or name.startswith("."):
            sheet.fault(at, f"name {name!r} cannot name a file", f"write {file_name(name).lstrip('.')!r}")
        elif name.casefold() in seen:
            sheet.fault(at, f"name {name!r} is taken by asset {seen[name.casefold()] + 1}", "choose another one")
        else:
            seen[name.casefold()] = number
            yield name, (number, table)


def in_order(sheet: Faulty, named: Mapping[str, tuple[int, Table]]) -> Iterator[str]:
    """The names, each after its base; a base that is not there, or a circle, becomes a fault."""
    done: set[str] = set()
    for name in named:
        chain = [name]
        while (base := base_of(named[chain[-1]][1])) is not None and base not in done:
            at = ("asset", named[chain[-1]][0], "edit" if "edit" in named[chain[-1]][1] else "vary")
            if base not in named:
                sheet.fault(at, f"no asset {base!r} in this manifest", f"use one of {', '.join(named)}")
                return
            if base in chain:
                sheet.fault(at, f"{base!r} starts from itself", "let one of them have a prompt of its own")
                return
            chain.append(base)
        for each in reversed(chain):
            if each not in done:
                done.add(each)
                yield each


def base_of(table: Table) -> str | None:
    return table.get("edit") or table.get("vary")


def wanted_asset(sheet: Faulty, name: str, number: int, table: Table, others: Mapping[str, Table]) -> Wanted | None:
    """One asset; None where something is wrong."""
    at: KeyPath = ("asset", number)
    problem = contradiction(table) or baseless(table, others) or unfitting(table, sheet.values["asset"][number])
    if problem is not None:
        sheet.fault((*at, problem[0]), problem[1], problem[2])
        return None
    outputs = tuple(outputs_of(sheet, name, at, table))
    try:
        art = art_of(name, table, others)
    except UsageError as error:
        message, _, fix = str(error).removeprefix("--").partition(": ")
        sheet.fault((*at, message.split(" ")[0].replace("-", "_")), message, fix)
        return None
    if isinstance(art, Drawing) and not art.prompt:
        sheet.fault(at, "the other asset has no prompt to vary", 'write prompt = "…" here')
        return None
    key = f"{within(sheet.root, sheet.path)}#{name}"
    return Wanted(key=key, name=name, art=art, outputs=outputs, origin=Origin(sheet.path, sheet.text, at))


def contradiction(table: Table) -> tuple[str, str, str] | None:
    """The key, what is wrong, and the fix, where keys do not go together."""
    if table.get("draw", "image") != "image":
        return recipe_contradiction(table)
    starts = [key for key in ("source", *STARTS) if key in table]
    if len(starts) > 1:
        return starts[1], f"{' and '.join(starts)} say where the art comes from", "keep one of them"
    if not starts and "prompt" not in table:
        return "name", "nothing says what to draw", 'write prompt = "…", or source = "…" for your own art'
    if "edit" in table and "prompt" not in table:
        return "edit", "nothing says what it becomes", 'write prompt = "…"'
    if starts and starts[0] != "source" and "reference" in table:
        return "reference", f"{starts[0]} is what it starts from", "leave reference out"
    if "mask" in table and not ({"edit", "vary", "reference"} & table.keys()):
        return "mask", "a mask without a picture that it belongs to", "add reference or edit"
    return None


def baseless(table: Table, others: Mapping[str, Table]) -> tuple[str, str, str] | None:
    """As `contradiction`, for an asset that starts from one that is no single picture."""
    key = next((key for key in STARTS if key in table), None)
    if key is None or others[table[key]].get("draw", "image") == "image":
        return None
    return key, f"{table[key]!r} is no single picture", "start from one that is"


def recipe_contradiction(table: Table) -> tuple[str, str, str] | None:
    """As `contradiction`, for what the server makes of several drawings."""
    for key in ("source", *STARTS):
        if key in table:
            return key, f"a {table['draw']} does not start from another asset", f"take {key} or draw out"
    if table["draw"] == "animation" and "action" not in table:
        return "draw", "nothing says what the figure does", 'write action = "walk"'
    if "prompt" not in table and not (table["draw"] == "animation" and "reference" in table):
        return "name", "nothing says what to draw", 'write prompt = "…"'
    if not STEM.fullmatch(str(table.get("name", "x"))):
        return "name", f"the name of a {table['draw']} is plain", "use 1 to 64 letters, digits, - and _"
    return None


def unfitting(table: Table, own: Table) -> tuple[str, str, str] | None:
    """The first key of an asset's own that means nothing for what is drawn. Defaults that do not fit are passed over."""
    drawn = table.get("draw", "image")
    common = {"name", "prompt", "draw", "seed", "formats", "out"}
    fitting: set[str] = (
        {*common, *DRAWING, *FRAMES, "set", "source"} if "source" in table else {*common, *DRAWING, *STARTS, "set"}
    )
    if drawn in KINDS and "source" not in table:
        fitting = common | KINDS[drawn].keys
    for key in own:
        if key not in fitting:
            return (
                key,
                f"{key} means nothing for {drawn if 'source' not in table else 'a source'}",
                f"take it out; there are {', '.join(sorted(fitting))}",
            )
    return None


def art_of(name: str, table: Table, others: Mapping[str, Table]) -> Drawing | Recipe | Source:
    """Where the asset's pictures come from. Raises UsageError for values that do not fit."""
    if "source" in table:
        return source_of(table)
    drawn = table.get("draw", "image")
    if drawn == "image":
        return drawing_of(name, table, others)
    files = {"reference", "palette"} & table.keys() & KINDS[drawn].keys
    choices = {key: table[key] for key in sorted(KINDS[drawn].keys & table.keys() - files)}
    recipe = Recipe(
        kind=drawn,
        prompt=table.get("prompt", ""),
        seed=table.get("seed", seed_of(name)),
        choices=choices,
        **{key: table[key] for key in files},
    )
    if not recipe.files:
        KINDS[drawn].brief(recipe)  # what the wire cannot carry is told before anything is drawn
    return recipe


def drawing_of(name: str, table: Table, others: Mapping[str, Table]) -> Drawing:
    """What the server draws. A variation takes what its base says where it says nothing itself."""
    values = {key: table[key] for key in ("prompt", *DRAWING) if key in table}
    base = base_of(table)
    if base is not None:
        values.setdefault("strength", EDIT_STRENGTH if "edit" in table else VARY_STRENGTH)
    return Drawing(**{"prompt": "", "seed": seed_of(name), "base": base, **words_of(table, others), **values})


def words_of(table: Table, others: Mapping[str, Table]) -> dict[str, Any]:
    """What a variation keeps of its base, and the base of its own where it is one too."""
    if "vary" not in table:
        return {}
    base = others[table["vary"]]
    return words_of(base, others) | {key: base[key] for key in OF_THE_BASE if key in base}


def source_of(table: Table) -> Source:
    """Art of somebody's own. Raises UsageError for choices that cannot be read."""
    choices = {key: table[key] for key in FRAMES if key in table}
    if "frame_size" in choices:
        choices["frame_size"] = size_of(choices["frame_size"])
    if "direction" in choices:
        choices["direction"] = direction_of(choices["direction"])
    return Source(path=table["source"], choices=FrameChoices(**choices))


def outputs_of(sheet: Faulty, name: str, at: KeyPath, table: Table) -> Iterator[Output]:
    """The formats with their folders and choices."""
    choices = tuple(flat(table.get("set", {})))
    if choices:
        check_choices(sheet, at, choices)
    folder = table.get("out", sheet.path.parent)
    usual = KINDS[table["draw"]].file_format if table.get("draw", "image") in KINDS else "png"
    for file_format in dict.fromkeys(table.get("formats", [usual])):
        if file_format not in FORMATS:
            sheet.fault((*at, "formats"), f"format {file_format!r} is unknown", f"use one of {', '.join(FORMATS)}")
            continue
        if "{" not in str(folder):
            yield Output(file_format, folder, choices)
            continue
        text = folder.relative_to(sheet.root).as_posix().replace("{format}", file_format).replace("{name}", name)
        try:
            yield Output(file_format, inside(sheet.root, sheet.root, text), choices)
        except OutsideError as error:
            sheet.fault((*at, "out"), f"out {text!r} {error.message}", error.fix)


def check_choices(sheet: Faulty, at: KeyPath, choices: Sequence[str]) -> None:
    """What is no choice of an export becomes a fault."""
    from limner.client.chosen import chosen
    from limner.exporters.options import ExportOptions

    try:
        chosen(ExportOptions(), choices)
    except UsageError as error:
        message, _, fix = str(error).removeprefix("--").partition(": ")
        sheet.fault((*at, "set"), message, fix)


def flat(table: Table, lead: str = "") -> Iterator[str]:
    """KEY=VALUE of a table and those in it; keys of inner tables follow a point."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{lead}{key}.")
        else:
            yield f"{lead}{key}={str(value).lower() if isinstance(value, bool) else value}"
