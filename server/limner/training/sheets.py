"""Sample sheets and loss plots: what a person looks at while a network trains."""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def straight(x: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Premultiplied (n, 4, h, w) in [−1, 1] → straight uint8 RGBA (n, h, w, 4)."""
    unit = (np.clip(x, -1, 1).transpose(0, 2, 3, 1) + 1) / 2
    alpha = unit[..., 3:]
    unit[..., :3] = np.where(alpha > 0.02, unit[..., :3] / np.maximum(alpha, 0.02), 0)
    return np.round(np.clip(unit, 0, 1) * 255).astype(np.uint8)


def sheet(pictures: NDArray[np.uint8], columns: int, scale: int = 2) -> Image.Image:
    """Pictures in rows on a grey that shows alpha."""
    n, height, width, _ = pictures.shape
    rows = -(-n // columns)
    out = Image.new("RGBA", (columns * (width * scale + 4), rows * (height * scale + 4)), (96, 96, 112, 255))
    for index, picture in enumerate(pictures):
        image = Image.fromarray(picture).resize((width * scale, height * scale), Image.Resampling.NEAREST)
        out.alpha_composite(
            image, (index % columns * (width * scale + 4) + 2, index // columns * (height * scale + 4) + 2)
        )
    return out


def plot_losses(log: Path, out: Path, label: str = "weighted x0 loss") -> None:
    """The loss over samples seen, as a small PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    with log.open() as file:
        rows = [(float(row["samples"]), float(row["loss"])) for row in csv.DictReader(file)]
    samples, losses = np.array(rows).T
    figure, axes = pyplot.subplots(figsize=(5, 3), dpi=80)
    axes.plot(samples / 1000, losses, linewidth=1)
    axes.set(xlabel="samples seen (thousands)", ylabel=label, yscale="log")
    axes.grid(alpha=0.3, which="both")
    figure.tight_layout()
    figure.savefig(out)
    pyplot.close(figure)
