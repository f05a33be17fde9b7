"""Textures of a running Python game that change when their asset does.

`Live` looks after pictures on a thread of its own; the game asks `poll()` once a frame. For pygame-ce, Arcade and
Panda3D there is a texture each in `live.pygame`, `live.arcade` and `live.panda3d`, which import their engine; `live.server` hears of changes
from a server instead of looking at the disk.
"""

from limner.client.live.feed import Live as Live
from limner.client.live.folder import Folder as Folder
from limner.client.live.pictures import Picture as Picture
from limner.client.live.pictures import PictureError as PictureError

__all__ = ["Folder", "Live", "Picture", "PictureError"]
