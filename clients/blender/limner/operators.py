"""What the buttons do. Each returns at once; the pictures come through the session."""

from __future__ import annotations

from typing import Any

import bpy

from . import planes
from .door import DoorError, Message
from .drawing import Drawing, Finished, picture_brief, texture_brief
from .following import Following
from .materials import picture_material, texture_material
from .pictures import packed
from .preferences import opened, preferences
from .reloading import RELOADING
from .session import SESSION, Use

COLOURS = ("albedo", "")


class Draws:
    """An operator that starts a drawing."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return not SESSION.running

    def started(self, context: bpy.types.Context, brief: Message, use: Use) -> set[str]:
        if not context.window_manager.limner.prompt.strip():
            self.report({"ERROR"}, "Write what to draw first")
            return {"CANCELLED"}
        try:
            door = opened(context)
        except DoorError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        SESSION.start(Drawing(door, brief), use)
        return {"FINISHED"}


class LIMNER_OT_texture(Draws, bpy.types.Operator):
    bl_idname = "limner.texture"
    bl_label = "Draw Texture"
    bl_description = "Draw a seamless texture and give the active object a material of it"

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.window_manager.limner
        brief = texture_brief(settings.prompt, **asked(context))
        name, pixelated, relief = settings.prompt[:60], settings.pixelated, settings.relief
        wearer = context.active_object.name if context.active_object else ""
        return self.started(context, brief, lambda done: use_texture(done, name, wearer, pixelated, relief))


class LIMNER_OT_plane(Draws, bpy.types.Operator):
    bl_idname = "limner.plane"
    bl_label = "Draw Picture as Plane"
    bl_description = "Draw a picture and stand it at the 3D cursor"

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.window_manager.limner
        brief = picture_brief(settings.prompt, **asked(context))
        name, pixelated = settings.prompt[:60], settings.pixelated
        return self.started(context, brief, lambda done: use_plane(done, name, pixelated))


class LIMNER_OT_cancel(bpy.types.Operator):
    bl_idname = "limner.cancel"
    bl_label = "Cancel"
    bl_description = "Stop drawing"

    def execute(self, context: bpy.types.Context) -> set[str]:
        SESSION.cancel()
        return {"FINISHED"}


class LIMNER_OT_test(bpy.types.Operator):
    bl_idname = "limner.test"
    bl_label = "Test Connection"
    bl_description = "Ask the server what it is, for at most three seconds"

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            door = opened(context)
            door.timeout_s = 3.0
            server = door.call("ServerService/GetServer", {})
        except DoorError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"Limner {server.get('version', '')} answers at {door.url}")
        return {"FINISHED"}


class LIMNER_OT_follow(bpy.types.Operator):
    bl_idname = "limner.follow"
    bl_label = "Follow Changes"
    bl_description = "Show images anew when `limner watch` has built their files; once more to stop"

    def execute(self, context: bpy.types.Context) -> set[str]:
        if RELOADING.running:
            RELOADING.stop()
            return {"FINISHED"}
        try:
            RELOADING.start(Following(opened(context)))
        except DoorError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


def asked(context: bpy.types.Context) -> dict[str, Any]:
    """What both briefs have in common."""
    settings = context.window_manager.limner
    return {"size": int(settings.size), "seed": settings.chosen_seed, "model": preferences(context).model}


def use_texture(done: Finished, name: str, wearer: str, pixelated: bool, relief: float) -> None:
    """Make the material of the best candidate's maps, and give it to the object that was active."""
    best = done.pictures[0].candidate
    maps = {
        picture.role or "albedo": packed(f"{name} {picture.role}".strip(), picture.png, colour=picture.role in COLOURS)
        for picture in done.pictures
        if picture.candidate == best
    }
    material = texture_material(name, maps, pixelated=pixelated, relief=relief)
    dress(bpy.data.objects.get(wearer), material)
    remember(f"Limner: {name}")


def use_plane(done: Finished, name: str, pixelated: bool) -> None:
    """Stand the best candidate in the scene."""
    image = packed(name, done.pictures[0].png)
    plane = planes.standing(bpy.context, name, picture_material(name, image, pixelated=pixelated), tuple(image.size))
    for chosen in bpy.context.selected_objects:
        chosen.select_set(False)
    plane.select_set(True)
    bpy.context.view_layer.objects.active = plane
    remember(f"Limner: {name}")


def dress(wearer: bpy.types.Object | None, material: bpy.types.Material) -> None:
    """Put a material into the active slot of what can wear one."""
    if wearer is None or not hasattr(wearer.data, "materials"):
        return
    if wearer.material_slots:
        wearer.active_material = material
    else:
        wearer.data.materials.append(material)


def remember(message: str) -> None:
    """A step of its own for Undo."""
    if bpy.ops.ed.undo_push.poll():
        bpy.ops.ed.undo_push(message=message)


CLASSES = (LIMNER_OT_texture, LIMNER_OT_plane, LIMNER_OT_cancel, LIMNER_OT_follow, LIMNER_OT_test)


def register() -> None:
    for part in CLASSES:
        bpy.utils.register_class(part)


def unregister() -> None:
    SESSION.close()
    RELOADING.stop()
    for part in reversed(CLASSES):
        bpy.utils.unregister_class(part)
