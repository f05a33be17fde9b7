"""Give transparent pixels the colour of their neighbours, so that filtering at an edge finds no foreign colour."""

import numpy as np

from limner.atlas.sprites import Pixels


def bled(pixels: Pixels, reach: int) -> Pixels:
    """Pixels of alpha 0 within `reach` steps of a visible one take the mean colour of the neighbours that have one; alpha stays.

    Steps go to all eight neighbours, a ring at a time; farther pixels become black. `pixels` (height, width, 4), straight alpha.
    """
    height, width = pixels.shape[:2]
    known = pixels[..., 3] > 0
    out = np.where(known[..., None], pixels, np.uint8(0)).astype(np.uint8)
    for _ in range(reach):
        total, count = np.zeros((height, width, 3), np.uint16), np.zeros((height, width), np.uint16)
        padded, mask = np.pad(out[..., :3], ((1, 1), (1, 1), (0, 0))), np.pad(known, 1)
        for y, x in ((y, x) for y in range(3) for x in range(3) if (y, x) != (1, 1)):
            total += padded[y : y + height, x : x + width]
            count += mask[y : y + height, x : x + width]
        ring = ~known & (count > 0)
        if not ring.any():
            break
        out[ring, :3] = (total[ring] + count[ring, None] // 2) // count[ring, None]
        known = known | ring
    return out
