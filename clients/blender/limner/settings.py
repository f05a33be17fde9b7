"""What the user has typed, in the window's memory."""

import bpy


class LimnerSettings(bpy.types.PropertyGroup):
    prompt: bpy.props.StringProperty(name="Prompt", description="What to draw, in English or Chinese", maxlen=2000)
    size: bpy.props.EnumProperty(
        name="Size",
        description="Pixels a side",
        items=[(str(size), f"{size} px", "") for size in (32, 64, 128, 256)],
        default="64",
    )
    seed: bpy.props.IntProperty(
        name="Seed", description="Equal seeds draw equal pictures; -1 is by chance", default=-1, min=-1
    )
    pixelated: bpy.props.BoolProperty(name="Sharp pixels", description="Do not blur enlarged pixels", default=True)
    relief: bpy.props.FloatProperty(
        name="Relief", description="How strong the height map is", default=0.1, min=0.0, max=2.0, subtype="FACTOR"
    )

    @property
    def chosen_seed(self) -> int | None:
        return None if self.seed < 0 else self.seed


def register() -> None:
    bpy.utils.register_class(LimnerSettings)
    bpy.types.WindowManager.limner = bpy.props.PointerProperty(type=LimnerSettings)


def unregister() -> None:
    del bpy.types.WindowManager.limner
    bpy.utils.unregister_class(LimnerSettings)
