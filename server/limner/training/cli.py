"""`limner-train`: from the training art to weights in the package."""

import json
import re
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=True, help=__doc__)
WEIGHTS = Path(__file__).parents[1] / "generators" / "weights"
Build = Annotated[Path, typer.Option(help="Where packed data, checkpoints and sheets go.")]
DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def seconds(duration: str) -> float:
    """`90s`, `25m` or `1h30m` as seconds."""
    match = DURATION.fullmatch(duration)
    if not match or not duration:
        raise typer.BadParameter(
            f"{duration!r} is not a duration; write it like 90s, 25m or 1h30m", param_hint="--budget"
        )
    hours, minutes, rest = (int(part or 0) for part in match.groups())
    return float(hours * 3600 + minutes * 60 + rest)


@app.command()
def text() -> None:
    """Export the frozen text encoder into the package and check it against its source."""
    from limner.training import text_files

    for name, value in text_files.write(WEIGHTS / "text").items():
        print(f"{name}: {value}")


@app.command()
def data(
    clips: Annotated[Path, typer.Argument(help="The training art, a parquet file.")] = Path(
        "../shared/data/clips.parquet"
    ),
    build: Build = Path("build/training"),
) -> None:
    """Collect, clean and pack the training art; prints what was left out and why."""
    from limner.training import dataset, features, imagen, moves, text_files

    for name, count in {**dataset.build(clips, build / "data"), **moves.build(clips, build / "data")}.items():
        print(f"{count:8}  {name}")
    encoder, table, tokenizer = text_files.read()
    features.build(build / "data", encoder, table, tokenizer)
    imagen.write_watched(build / "imagen-base", encoder, table, tokenizer)


@app.command()
def imagen(
    budget: Annotated[
        str, typer.Option(help="Training time in all, with what earlier runs spent: 25m, 1h30m.")
    ] = "25m",
    build: Build = Path("build/training"),
    batch: Annotated[int, typer.Option(min=8, help="Pictures a step.")] = 64,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes of one core each, averaged every minute. 1: one that uses every core.")
    ] = 1,
    fresh: Annotated[
        bool, typer.Option(help="Without a checkpoint, begin from nothing, not from the package.")
    ] = False,
) -> None:
    """Train the base U-Net for a given time, then export it into the package.

    Goes on from the last checkpoint; where there is none, from the weights in the package.
    """
    from limner.training import imagen as training
    from limner.training import imagen_files
    from limner.training.workers import run_workers

    start = None if fresh else WEIGHTS / imagen_files.MODEL_ID
    recipe = training.Recipe(budget_s=seconds(budget), batch=batch)
    run_workers(workers, partial(training.work, build / "data", build / "imagen-base", recipe, start))
    export(build)


@app.command()
def joint(
    budget: Annotated[str, typer.Option(help="Training time in all, with what earlier runs spent: 10m.")] = "10m",
    build: Build = Path("build/training"),
    batch: Annotated[int, typer.Option(min=32, help="Pictures a step.")] = 256,
) -> None:
    """Train the joint embedding of pictures and sentences, then export it into the package."""
    from limner.training import joint_files
    from limner.training.joint import JointConfig
    from limner.training.joint_run import JointRecipe, JointRun

    run = JointRun(build / "data", build / "joint", JointConfig(), JointRecipe(budget_s=seconds(budget), batch=batch))
    run.train()
    print(joint_files.write(run, WEIGHTS / joint_files.MODEL_ID))


@app.command()
def frames(
    budget: Annotated[str, typer.Option(help="Training time in all, with what earlier runs spent: 30m.")] = "30m",
    build: Build = Path("build/training"),
    batch: Annotated[int, typer.Option(min=8, help="Frames a step.")] = 64,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes of one core each, averaged every minute. 1: one that uses every core.")
    ] = 1,
) -> None:
    """Train the network that turns and moves figures, export it into the package, and judge it on figures it never saw."""
    from limner.training import frame_network, frames_files, frames_run
    from limner.training.workers import run_workers

    recipe = frames_run.FrameRecipe(budget_s=seconds(budget), batch=batch)
    folder = build / frames_files.MODEL_ID
    run_workers(workers, partial(frames_run.work, build / "data", folder, recipe))
    ended = frames_run.FrameRun(build / "data", folder, frame_network.FrameConfig(), frames_run.FrameRecipe(budget_s=0))
    print(frames_files.write(ended, build / "data", WEIGHTS / frames_files.MODEL_ID))
    judge_frames(build)


@app.command()
def judge_frames(build: Build = Path("build/training")) -> None:
    """Judge the frame network of the package on figures it never saw, beside baselines; the table goes into its card."""
    from limner.generators.frames import FrameModel
    from limner.generators.imagen import premultiplied
    from limner.generators.scoring import JointEmbedding
    from limner.training import frames_evaluation, frames_files

    model, joint = FrameModel(WEIGHTS / frames_files.MODEL_ID), JointEmbedding(WEIGHTS / "joint")
    table: dict[str, object] = dict(frames_evaluation.evaluate(model, build / "data"))
    table["identity"] = frames_evaluation.identity(
        model, lambda picture: joint.embedding(premultiplied(picture)), build / "data"
    )
    frames_files.write_evaluation(WEIGHTS / frames_files.MODEL_ID, table)
    print(json.dumps(table, indent=1))


@app.command()
def originality(build: Build = Path("build/training")) -> None:
    """Make the index of the training art that outputs are compared with; needs the joint embedding of the package."""
    from limner.generators.scoring import JointEmbedding
    from limner.training import joint_files
    from limner.training.originality import write

    folder = WEIGHTS / joint_files.MODEL_ID
    print(write(build / "data", JointEmbedding(folder), folder))


@app.command()
def presentation(
    build: Build = Path("build/training"),
    out: Annotated[Path, typer.Option(help="Where the judge goes.")] = Path(
        "clients/python/limner/client/presentation.npz"
    ),
) -> None:
    """Fit the judge of `limner report fairness` to the captions of the training art, and measure it."""
    from limner.training.presentation import write

    print(write(build / "data", WEIGHTS, out))


@app.command()
def evaluate(
    build: Build = Path("build/training"),
    count: Annotated[int, typer.Option(min=100, help="Held-out sentences to draw.")] = 300,
) -> None:
    """Judge the model of the package on sentences it never saw, beside baselines; the table goes into its card."""
    from limner.generators.imagen import Imagen
    from limner.generators.scoring import JointEmbedding
    from limner.generators.text_encoder import TextEncoder
    from limner.training import imagen_files, joint_files
    from limner.training.evaluation import evaluate as table

    folder = WEIGHTS / imagen_files.MODEL_ID
    model = Imagen(folder, TextEncoder(WEIGHTS / "text"), threads=2)
    rows = table(model, JointEmbedding(WEIGHTS / joint_files.MODEL_ID, threads=2), build / "data", count)
    for name, row in rows.items():
        print(name, row)
    imagen_files.write_evaluation(folder, rows)


@app.command()
def export(build: Build = Path("build/training")) -> None:
    """Export the averaged network of the last checkpoint into the package."""
    from limner.training import imagen as training
    from limner.training import imagen_files
    from limner.training.unet import UNetConfig

    run = training.Run(build / "data", build / "imagen-base", UNetConfig(), training.Recipe(budget_s=0))
    print(imagen_files.write(run, build / "data", WEIGHTS / imagen_files.MODEL_ID))


def main() -> None:
    app()
