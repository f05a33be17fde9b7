"""A thin stand-in for the part of Unreal's editor API that the plugin uses: the documented names and rules, and a record of what was asked.

A property or method that Unreal does not have is an error here too. Everything but the main thread is refused, as in the editor.
"""

from __future__ import annotations

import enum
import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

LOG: list[tuple[str, str]] = []  # (level, message)
SAVED = Path()  # the project's Saved folder; the test sets it
MENU: list[dict[str, Any]] = []
ANSWERS: list[dict[str, Any] | None] = []  # what a person does in the next dialogs: values, or None for Cancel
ASSETS: dict[str, Object] = {}  # the content browser, by path
_TICKS: dict[int, Callable[[float], None]] = {}


def main_thread() -> None:
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("Attempted to access Unreal API from outside the main game thread.")


def log(message: str) -> None:
    main_thread()
    LOG.append(("log", message))


def log_warning(message: str) -> None:
    main_thread()
    LOG.append(("warning", message))


def log_error(message: str) -> None:
    main_thread()
    LOG.append(("error", message))


def register_slate_post_tick_callback(function: Callable[[float], None]) -> int:
    main_thread()
    _TICKS[len(_TICKS) + 1] = function
    return len(_TICKS)


def unregister_slate_post_tick_callback(handle: int) -> None:
    del _TICKS[handle]


def tick() -> bool:
    """One frame of the editor; whether anybody looks at frames."""
    for function in list(_TICKS.values()):
        function(1 / 60)
    return bool(_TICKS)


class Object:
    PROPERTIES: frozenset[str] = frozenset()

    def __init__(self, path: str = "") -> None:
        self.path = path
        self.values: dict[str, Any] = {}

    def set_editor_property(self, name: str, value: Any) -> None:
        main_thread()
        if name not in self.PROPERTIES:
            raise Exception(f"{type(self).__name__}: Failed to find property '{name}' for attribute '{name}'")
        self.values[name] = value.name if isinstance(value, enum.Enum) else value

    def get_path_name(self) -> str:
        return f"{self.path}.{self.path.rpartition('/')[2]}"


class Property:
    def __init__(self, kind: type, meta: dict[str, str] | None = None) -> None:
        self.kind = kind


def uproperty(kind: type, meta: dict[str, str] | None = None) -> Any:
    return Property(kind, meta)


def uclass() -> Callable[[type], type]:
    def made(cls: type) -> type:
        kinds = {name: entry.kind for name, entry in vars(cls).items() if isinstance(entry, Property)}
        for name, kind in kinds.items():
            setattr(cls, name, _read_only(name, kind))
        cls.PROPERTIES = frozenset(kinds)  # type: ignore[attr-defined]
        return cls

    return made


def _read_only(name: str, kind: type) -> property:
    def value(self: Object) -> Any:
        return self.values.get(name, kind())

    return property(value)


def new_object(kind: type[Object]) -> Object:
    return kind()


class Paths:
    @staticmethod
    def project_saved_dir() -> str:
        return f"{SAVED}/"


class TextureFilter(enum.Enum):
    TF_NEAREST = 0
    TF_BILINEAR = 1


class TextureMipGenSettings(enum.Enum):
    TMGS_NO_MIPMAPS = 13


class TextureCompressionSettings(enum.Enum):
    TC_DEFAULT = 0
    TC_NORMALMAP = 1
    TC_MASKS = 2
    TC_EDITOR_ICON = 7


class MaterialSamplerType(enum.Enum):
    SAMPLERTYPE_COLOR = 0
    SAMPLERTYPE_NORMAL = 3
    SAMPLERTYPE_MASKS = 4


class MaterialProperty(enum.Enum):
    MP_METALLIC = 2
    MP_ROUGHNESS = 4
    MP_BASE_COLOR = 6
    MP_NORMAL = 7
    MP_AMBIENT_OCCLUSION = 11


class AssetImportData:
    def __init__(self, filename: str = "") -> None:
        self.filename = filename

    def get_first_filename(self) -> str:
        main_thread()
        return self.filename


class Texture2D(Object):
    PROPERTIES = frozenset({"filter", "mip_gen_settings", "compression_settings", "flip_green_channel", "srgb"})

    def __init__(self, path: str = "") -> None:
        super().__init__(path)
        self.source = AssetImportData()
        self.content = b""  # of the file, as it was imported last

    def get_editor_property(self, name: str) -> Any:
        main_thread()
        return self.source if name == "asset_import_data" else self.values[name]


class PaperSprite(Object):
    pass


class MaterialExpressionTextureSample(Object):
    PROPERTIES = frozenset({"texture", "sampler_type"})


class Material(Object):
    def __init__(self, path: str = "") -> None:
        super().__init__(path)
        self.inputs: dict[str, tuple[str, str, str]] = {}  # by property: texture, output, sampler


class MaterialFactoryNew:
    pass


class AssetImportTask:
    filename = ""
    destination_path = ""
    destination_name = ""
    automated = False
    replace_existing = False
    save = False
    objects: Sequence[Object] = ()

    def get_objects(self) -> Sequence[Object]:
        return self.objects


class AssetTools:
    def import_asset_tasks(self, tasks: Sequence[AssetImportTask]) -> None:
        main_thread()
        for task in tasks:
            if not (task.automated and task.replace_existing):
                raise AssertionError("a dialog would open and wait for a person")
            file = Path(task.filename)
            task.objects = [_stored(one) for one in _read(file, task.destination_path, task.destination_name)]
            for one in task.objects:
                if isinstance(one, Texture2D):
                    one.source, one.content = AssetImportData(task.filename), file.read_bytes()

    def create_asset(self, name: str, folder: str, kind: type[Object], factory: object) -> Object | None:
        main_thread()
        path = f"{folder}/{name}"
        return None if path in ASSETS else _stored(kind(path))


def _stored(asset: Object) -> Object:
    return ASSETS.setdefault(asset.path, asset)  # what exists is changed in place


def _read(file: Path, folder: str, name: str) -> list[Object]:
    """What the importers of these formats make of a file; nothing of what they cannot read."""
    if file.suffix == ".png" and file.read_bytes().startswith(b"\x89PNG"):
        return [Texture2D(f"{folder}/{name or file.stem}")]
    if file.suffix == ".paper2dsprites":
        sheet = json.loads(file.read_text())
        page = file.with_name(sheet["meta"]["image"])
        _stored(Texture2D(f"{folder}/Textures/{page.stem}")) if page.exists() else None
        return [PaperSprite(f"{folder}/Frames/{name}") for name in sheet["frames"]] if page.exists() else []
    return []


class AssetToolsHelpers:
    @staticmethod
    def get_asset_tools() -> AssetTools:
        return AssetTools()


class EditorAssetLibrary:
    @staticmethod
    def does_asset_exist(path: str) -> bool:
        return path in ASSETS

    @staticmethod
    def load_asset(path: str) -> Object:
        main_thread()
        return ASSETS[path.partition(".")[0]]

    @staticmethod
    def list_assets(directory_path: str, recursive: bool = True, include_folder: bool = False) -> list[str]:
        main_thread()
        return [asset.get_path_name() for path, asset in ASSETS.items() if path.startswith(f"{directory_path}/")]

    @staticmethod
    def save_loaded_asset(asset: Object) -> bool:
        main_thread()
        return ASSETS[asset.path] is asset


class MaterialEditingLibrary:
    @staticmethod
    def create_material_expression(material: Material, kind: type[Object], x: int, y: int) -> Object:
        return kind()

    @staticmethod
    def connect_material_property(node: Object, output: str, wanted: MaterialProperty) -> bool:
        assert output in ("RGB", "R", "G", "B", "A")
        material = next(asset for asset in reversed(ASSETS.values()) if isinstance(asset, Material))
        material.inputs[wanted.name] = (node.values["texture"].path, output, node.values["sampler_type"])
        return True

    @staticmethod
    def delete_all_material_expressions(material: Material) -> None:
        material.inputs.clear()

    @staticmethod
    def recompile_material(material: Material) -> None:
        assert material.inputs


class AppMsgType(enum.Enum):
    OK = 0


class EditorDialogLibraryObjectDetailsViewOptions:
    pass


class EditorDialog:
    @staticmethod
    def show_message(title: str, message: str, kind: AppMsgType) -> None:
        LOG.append(("dialog", message))

    @staticmethod
    def show_object_details_view(
        title: str, target: Object, options: EditorDialogLibraryObjectDetailsViewOptions
    ) -> bool:
        answer = ANSWERS.pop(0)
        for name, value in (answer or {}).items():
            target.set_editor_property(name, value)
        return answer is not None


class MultiBlockType(enum.Enum):
    MENU_ENTRY = 1


class ToolMenuStringCommandType(enum.Enum):
    COMMAND = 0
    PYTHON = 1


class ToolMenuEntry:
    def __init__(self, name: str, type: MultiBlockType) -> None:  # noqa: A002
        self.entry: dict[str, Any] = {"name": name}

    def set_label(self, label: str) -> None:
        self.entry["label"] = label

    def set_tool_tip(self, tip: str) -> None:
        self.entry["tip"] = tip

    def set_string_command(self, type: ToolMenuStringCommandType, custom_type: str, string: str) -> None:  # noqa: A002
        assert type is ToolMenuStringCommandType.PYTHON
        self.entry["command"] = string


class ToolMenu:
    def add_section(self, section: str, label: str) -> None:
        pass

    def add_menu_entry(self, section: str, entry: ToolMenuEntry) -> None:
        MENU.append(entry.entry)


class ToolMenus:
    @staticmethod
    def get() -> ToolMenus:
        return ToolMenus()

    def find_menu(self, name: str) -> ToolMenu | None:
        return ToolMenu() if name == "LevelEditor.MainMenu.Tools" else None

    def refresh_all_widgets(self) -> None:
        pass
