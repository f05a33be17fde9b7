"""The panel, in the sidebars of the 3D view and the shader editor."""

from __future__ import annotations

import textwrap

import bpy

from .reloading import RELOADING
from .session import SESSION

LINE = 40  # characters that fit beside a button


class Asks:
    bl_label = "Limner"
    bl_category = "Limner"
    bl_region_type = "UI"

    def draw(self, context: bpy.types.Context) -> None:
        settings, layout = context.window_manager.limner, self.layout
        layout.prop(settings, "prompt", text="")
        row = layout.row(align=True)
        row.prop(settings, "size", text="")
        row.prop(settings, "seed")
        layout.prop(settings, "pixelated")
        layout.prop(settings, "relief")
        layout.operator("limner.texture", icon="MATERIAL")
        if context.area.type == "VIEW_3D":
            layout.operator("limner.plane", icon="IMAGE_PLANE")
        self.draw_state(layout)
        layout.operator("limner.follow", depress=RELOADING.running, icon="FILE_REFRESH")
        if RELOADING.error:
            say(layout, RELOADING.error)
        elif RELOADING.running:
            layout.label(text=f"{RELOADING.text}: {RELOADING.reloaded} images shown anew")

    def draw_state(self, layout: bpy.types.UILayout) -> None:
        if SESSION.running:
            row = layout.row()
            row.label(text=f"{SESSION.text} {SESSION.share:.0%}", icon="SORTTIME")
            row.operator("limner.cancel", text="", icon="X")
        elif SESSION.error:
            say(layout, SESSION.error)
        elif SESSION.text:
            layout.label(text=SESSION.text, icon="CHECKMARK")


def say(layout: bpy.types.UILayout, error: str) -> None:
    """A message of several lines."""
    box = layout.box()
    for number, line in enumerate(textwrap.wrap(error, LINE)):
        box.label(text=line, icon="NONE" if number else "ERROR")


class LIMNER_PT_view(Asks, bpy.types.Panel):
    bl_space_type = "VIEW_3D"


class LIMNER_PT_nodes(Asks, bpy.types.Panel):
    bl_space_type = "NODE_EDITOR"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.space_data.tree_type == "ShaderNodeTree"


CLASSES = (LIMNER_PT_view, LIMNER_PT_nodes)


def register() -> None:
    for part in CLASSES:
        bpy.utils.register_class(part)


def unregister() -> None:
    for part in reversed(CLASSES):
        bpy.utils.unregister_class(part)
