"""The denoising loss, and a short sampler to look at the network while it learns."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

P_MEAN, P_STD = -0.5, 1.3  # ln sigma of training noise is normal (Karras et al. 2022, §5)
SIGMA_MIN, SIGMA_MAX = 0.02, 30.0
MAX_WEIGHT = 12.0


def training_sigmas(count: int, generator: torch.Generator) -> Tensor:
    return (torch.randn(count, generator=generator) * P_STD + P_MEAN).exp().clamp(SIGMA_MIN, SIGMA_MAX)


def loss_weight(sigma: Tensor, sigma_data: float) -> Tensor:
    """EDM's weight of an x0 error, 1/sigma² + 1/sigma_data², held down at low noise as min-SNR does (Hang et al. 2023)."""
    return (sigma.square().reciprocal() + sigma_data**-2).clamp(max=MAX_WEIGHT)


def denoising_loss(
    unet: Callable[..., Tensor],
    x0: Tensor,
    noise: Tensor,
    sigma: Tensor,
    condition: tuple[Tensor, ...],
    sigma_data: float,
) -> Tensor:
    """E ‖D(x0 + sigma n; sigma) − x0‖², weighted; a scalar."""
    noisy = x0 + noise * sigma[:, None, None, None]
    error = (unet(noisy, sigma, *condition) - x0).square().mean(dim=(1, 2, 3))
    return (loss_weight(sigma, sigma_data) * error).mean()


@torch.no_grad()
def sampled(
    unet: Callable[..., Tensor], condition: tuple[Tensor, ...], noise: Tensor, steps: int, guidance_scale: float
) -> Tensor:
    """DPM-Solver++(2M) (Lu et al. 2022) over Karras sigmas with guidance on the text; noise (n, 4, S, S) → x0."""
    ramp = torch.linspace(0, 1, steps)
    rho = 7.0
    sigmas = (SIGMA_MAX ** (1 / rho) + ramp * (0.03 ** (1 / rho) - SIGMA_MAX ** (1 / rho))) ** rho
    tokens, mask, pooled, kind, style = condition
    both = (
        torch.cat([tokens, tokens * 0]),
        torch.cat([mask, mask & False]),
        torch.cat([pooled, pooled * 0]),
        kind.repeat(2),
        style.repeat(2),
    )
    x, before, h_before = noise * sigmas[0], None, 0.0
    for index, sigma in enumerate(sigmas):
        cond, uncond = unet(x.repeat(2, 1, 1, 1), sigma.to(x).repeat(2 * len(x)), *both).chunk(2)
        denoised = (uncond + guidance_scale * (cond - uncond)).clamp(-1, 1)
        if index + 1 == steps:
            return denoised
        h = math.log(float(sigma) / float(sigmas[index + 1]))
        direction = denoised
        if before is not None:
            r = h_before / h
            direction = denoised + (denoised - before) / (2 * r)
        x = x * (sigmas[index + 1] / sigma).to(x) - math.expm1(-h) * direction
        before, h_before = denoised, h
    return x
