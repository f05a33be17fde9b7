"""How the networks learn: Muon for the matrices inside blocks, AdamW for everything else."""

import torch
from torch import nn

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
