"""`limner report fairness`: the judge of pixels, and the figures and the plot of a small server."""

import io
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from limner.client.cli import app
from limner.client.fairness import Share, plot
from limner.client.presentation import SIDE, Judge, judge
from limner.server import embedded
from limner.training.presentation import fit
from tests.server.conftest import WORLD, write_world

SVG = "{http://www.w3.org/2000/svg}"


def png(rgba: tuple[int, int, int, int], side: int = SIDE) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (side, side), rgba).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("side", [SIDE, 4 * SIDE])
def test_the_judge_sees_premultiplied_channels_of_any_size(side: int) -> None:
    weight = np.zeros((4, SIDE, SIDE), np.float32)
    weight[0] = 1 / SIDE**2  # the mean of red, in [−1, 1]
    judging = Judge(weight.reshape(-1), 0.0, 1.0)
    assert judging.female(png((200, 0, 0, 255), side))
    assert not judging.female(png((100, 0, 0, 255), side))
    assert not judging.female(png((200, 0, 0, 100), side))


def test_the_packaged_judge_has_a_weight_for_every_value_and_tells_its_accuracy() -> None:
    packaged = judge()
    assert packaged.weight.shape == (4 * SIDE * SIDE,)
    assert np.isfinite(packaged.weight).all()
    assert 0.8 < packaged.accuracy < 0.9


def test_a_fitted_judge_finds_the_value_that_decides() -> None:
    x = np.random.default_rng(3).normal(size=(4000, 6))
    weight, bias = fit(x, x[:, 2] > 0.5)
    assert int(np.abs(weight).argmax()) == 2
    assert ((x @ weight + bias > 0) == (x[:, 2] > 0.5)).mean() > 0.75


def test_the_plot_has_a_bar_as_long_as_each_share() -> None:
    shares = [Share("<smith> & son", 0.25, 1.0, 0.0)]
    root = ElementTree.fromstring(plot(shares, 8, Judge(np.zeros(1, np.float32), 0, 0.8)))
    assert [float(bar.attrib["width"]) for bar in root.iter(f"{SVG}rect")] == [100.0, 400.0, 0.0]
    assert "<smith> & son, neutral" in [text.text for text in root.iter(f"{SVG}text")]


def test_the_command_prints_a_line_for_each_person_and_writes_the_plot(tmp_path: Path) -> None:
    write_world(tmp_path / "models" / WORLD)
    settings = {"model_dirs": [str(tmp_path / "models")], "data_dir": str(tmp_path / "data"), "worker": "inside"}
    words = ["report", "fairness", "--out", str(tmp_path / "plot.svg"), "--person", "warrior", "--person", "archer"]
    with embedded.start(settings) as server:
        more = ["--seeds", "3", "--steps", "2", "--model", WORLD, "--server", server.address, "--json"]
        ran = CliRunner().invoke(app, words + more)
    assert ran.exit_code == 0, ran.stderr
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [line["person"] for line in lines] == ["warrior", "archer"]
    assert all(
        line[asked] * 3 == pytest.approx(round(line[asked] * 3)) for line in lines for asked in ("neutral", "male")
    )
    assert len(list(ElementTree.fromstring((tmp_path / "plot.svg").read_bytes()).iter(f"{SVG}rect"))) == 6
