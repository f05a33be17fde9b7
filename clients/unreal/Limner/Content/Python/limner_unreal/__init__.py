"""Limner in Unreal's editor: sprites and textures from a sentence. The pictures are drawn by a server of your own."""
