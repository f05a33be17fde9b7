"""How a material's alpha is drawn."""

from typing import Literal

import numpy as np

from limner.atlas.materials import Material

Transparency = Literal["opaque", "mask", "blend"]


def transparency(material: Material) -> Transparency:
    """Opaque where every pixel is, a mask where each is whole or clear, else blended."""
    alpha = material.maps["albedo"][..., 3]
    if (alpha == 255).all():
        return "opaque"
    return "mask" if np.isin(alpha, (0, 255)).all() else "blend"
