"""Tools > Limner."""

from __future__ import annotations

import unreal

OWNER = "Limner"
MENU = "LevelEditor.MainMenu.Tools"
ENTRIES = (
    ("Sprites", "Draw Sprites…", "A sentence becomes sprites of Paper2D", "ask_sprites"),
    ("Texture", "Draw Texture…", "A sentence becomes a seamless texture and its material", "ask_texture"),
    ("Cancel", "Cancel Drawing", "Stop what is being drawn", "cancel"),
    (
        "Follow",
        "Follow Changes",
        "Import textures anew when limner watch has built their files; once more to stop",
        "follow",
    ),
    ("Settings", "Limner Settings…", "Where the server is, and where drawings go", "ask_settings"),
)


def add() -> None:
    """Add the entries to the editor's menu."""
    menus = unreal.ToolMenus.get()
    tools = menus.find_menu(MENU)
    if tools is None:
        return  # an editor without a window
    tools.add_section(OWNER, "Limner")
    for name, label, tip, function in ENTRIES:
        entry = unreal.ToolMenuEntry(name=f"Limner{name}", type=unreal.MultiBlockType.MENU_ENTRY)
        entry.set_label(label)
        entry.set_tool_tip(tip)
        command = f"from limner_unreal import dialogs; dialogs.{function}()"
        entry.set_string_command(unreal.ToolMenuStringCommandType.PYTHON, "", command)
        tools.add_menu_entry(OWNER, entry)
    menus.refresh_all_widgets()
