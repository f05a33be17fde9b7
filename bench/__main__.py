"""Measure everything in the registry, or what the command line names, print a table, write `build/bench.json`."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import frames, packing, recipes, reload, serving, textures, trust
from bench.figures import Figure

MEASUREMENTS = (
    serving.MEASUREMENTS
    | frames.MEASUREMENTS
    | packing.MEASUREMENTS
    | textures.MEASUREMENTS
    | recipes.MEASUREMENTS
    | reload.MEASUREMENTS
    | trust.MEASUREMENTS
)


def main() -> None:
    found: dict[str, Figure] = {}
    for name in sys.argv[1:] or MEASUREMENTS:
        with tempfile.TemporaryDirectory() as folder:
            found |= asyncio.run(MEASUREMENTS[name](Path(folder)))
    table = Table("figure", "value", "unit", "goal")
    for name, figure in found.items():
        goal = "" if figure.goal is None else f"{'≥' if figure.higher_is_better else '≤'} {figure.goal:g}"
        table.add_row(name, f"{figure.value:.4g}", figure.unit, goal)
    Console().print(table)
    Path("build").mkdir(exist_ok=True)
    content = {name: figure._asdict() for name, figure in found.items()}
    Path("build/bench.json").write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
