"""How the networks learn: Muon for the matrices inside blocks, AdamW for everything else."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

BLOCKS = (nn.ModuleList,)


def muon_and_adamw(network: nn.Module, matrix_rate: float, learning_rate: float) -> tuple[torch.optim.Optimizer, ...]:
    """Muon (Jordan et al. 2024) with AdamW's scale (Liu et al. 2025) for the matrices of stacked blocks.

    Embeddings, convolutions, gains and the layers at either end keep AdamW. Every group says its full rate as `initial_lr`.
    """
    stacked = [module for module in network.children() if isinstance(module, BLOCKS)]
    matrices = [weight for module in stacked for weight in module.parameters() if weight.ndim == 2]
    known = {id(weight) for weight in matrices}
    others = [weight for weight in network.parameters() if id(weight) not in known]
    muon = torch.optim.Muon(matrices, lr=matrix_rate, weight_decay=0.01, adjust_lr_fn="match_rms_adamw")
    adamw = torch.optim.AdamW(others, lr=learning_rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    for optimiser in (muon, adamw):
        for group in optimiser.param_groups:
            group["initial_lr"] = group["lr"]
    return muon, adamw


def step(network: nn.Module, loss: Tensor, optimisers: Sequence[torch.optim.Optimizer], rate: float) -> None:
    """One step down the gradient of `loss`, its norm held to 1, at `rate` of each group's full learning rate."""
    network.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = group["initial_lr"] * rate
        optimiser.step()


@torch.no_grad()
def average(ema: nn.Module, network: nn.Module, decay: float) -> None:
    """Exponential moving average of the weights."""
    ours: list[Tensor] = list(ema.parameters())
    theirs: list[Tensor] = list(network.parameters())
    torch._foreach_lerp_(ours, theirs, 1 - decay)


def half_pays(device: torch.device) -> bool:
    """Whether bfloat16 multiplies faster here: on CUDA, and on processors with instructions for it (else they emulate it)."""
    if device.type == "cuda":
        return True
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
