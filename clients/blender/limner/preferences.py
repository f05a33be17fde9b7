"""Where the server is. Kept with the user, not in a file that is handed on."""

from pathlib import Path

import bpy

from .door import Door, DoorError


class LimnerPreferences(bpy.types.AddonPreferences):
    bl_idname = __package__

    url: bpy.props.StringProperty(
        name="Server",
        description="The address that `limner serve --web` says",
        default="http://127.0.0.1:8080",
    )
    key_file: bpy.props.StringProperty(
        name="Key file",
        description="A file with an API key, for servers that ask for one",
        subtype="FILE_PATH",
    )
    model: bpy.props.StringProperty(
        name="Model",
        description="The id of the model that draws, as `limner models list` says; empty is the server's own choice",
    )

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.prop(self, "url")
        self.layout.prop(self, "key_file")
        self.layout.prop(self, "model")
        self.layout.operator("limner.test")


def preferences(context: bpy.types.Context) -> LimnerPreferences:
    return context.preferences.addons[__package__].preferences


def opened(context: bpy.types.Context) -> Door:
    """A door to the user's server; nothing is sent yet. Raises DoorError."""
    chosen = preferences(context)
    door = Door(chosen.url, key_in(chosen.key_file))
    if not (door.local or getattr(bpy.app, "online_access", True)):
        raise DoorError("invalid", "Blender may not go online; allow it under Preferences > System > Network")
    return door


def key_in(path: str) -> str:
    """The key in a file; nothing where no file is named. Raises DoorError."""
    if not path:
        return ""
    try:
        return Path(bpy.path.abspath(path)).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DoorError("key", f"cannot read the key file {path}: {error}") from error


def register() -> None:
    bpy.utils.register_class(LimnerPreferences)


def unregister() -> None:
    bpy.utils.unregister_class(LimnerPreferences)
