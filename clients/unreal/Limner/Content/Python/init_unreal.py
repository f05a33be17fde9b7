"""Run by Unreal when the editor starts: adds Tools > Limner."""

from limner_unreal import menu

menu.add()
