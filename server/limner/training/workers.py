"""Several workers on one machine: each trains on its own, and every so often their weights are averaged (Stich 2019, local SGD).

Threads that share one step wait for the slowest of them, which on a machine with other work is most of the time; workers that
only meet once a minute do not.
"""

import os
import socket
from collections.abc import Callable, Sequence

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.multiprocessing.spawn import spawn


class Meeting:
    """Where workers average what they know. With one worker it does nothing."""

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        self._networks = networks
        self.rank = dist.get_rank() if dist.is_initialized() else 0
        self.count = dist.get_world_size() if dist.is_initialized() else 1

    @torch.no_grad()
    def __call__(self, seconds: float, samples: int) -> tuple[float, int]:
        """Average the networks over the workers; returns the most seconds of any and the samples of all."""
        if self.count == 1:
            return seconds, samples
        for network in self._networks:
            weights: list[Tensor] = list(network.parameters())
            flat = torch.cat([weight.flatten() for weight in weights])
            dist.all_reduce(flat)
            for weight, mean in zip(weights, torch.split(flat / self.count, [w.numel() for w in weights]), strict=True):
                weight.copy_(mean.view_as(weight))
        most, total = torch.tensor([seconds], dtype=torch.float64), torch.tensor([samples], dtype=torch.int64)
        dist.all_reduce(most, dist.ReduceOp.MAX)
        dist.all_reduce(total)
        return float(most), int(total)


def run_workers(count: int, work: Callable[[int], None]) -> None:
    """Call `work(rank)` in `count` processes of one thread each; with one, here and with every core."""
    if count == 1:
        work(0)
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    spawn(_worker, (count, port, work), nprocs=count)  # type: ignore[no-untyped-call]


def _worker(rank: int, count: int, port: int, work: Callable[[int], None]) -> None:
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", f"tcp://127.0.0.1:{port}", rank=rank, world_size=count)
    try:
        work(rank)
    finally:
        dist.destroy_process_group()
