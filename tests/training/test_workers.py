"""Two workers, for real: two processes that meet over loopback."""

import subprocess
import sys
from pathlib import Path

import torch

from limner.training.workers import Meeting

PROGRAM = """
import sys
from functools import partial
from pathlib import Path
import torch
from limner.training.workers import Meeting, run_workers

def meet(folder, rank):
    layer = torch.nn.Linear(2, 1)
    torch.nn.init.constant_(layer.weight, float(rank))
    torch.nn.init.constant_(layer.bias, 10.0 * rank)
    told = torch.tensor(Meeting((layer,))(5.0 + rank, 100 * (rank + 1)))
    torch.save({**layer.state_dict(), "told": told}, folder / f"{rank}.pt")

if __name__ == "__main__":
    run_workers(2, partial(meet, Path(sys.argv[1])))
"""


def test_workers_leave_a_meeting_with_the_mean_of_their_weights(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    subprocess.run([sys.executable, str(tmp_path / "program.py"), str(tmp_path)], check=True, timeout=120)
    one, other = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1))
    for name in ("weight", "bias", "told"):
        assert torch.equal(one[name], other[name])
    assert one["weight"].tolist() == [[0.5, 0.5]]
    assert one["bias"].tolist() == [5.0]
    assert one["told"].tolist() == [6.0, 300.0]


def test_one_worker_keeps_what_it_has() -> None:
    layer = torch.nn.Linear(2, 1)
    before = layer.weight.clone()
    assert Meeting((layer,))(3.0, 7) == (3.0, 7)
    assert torch.equal(layer.weight, before)
