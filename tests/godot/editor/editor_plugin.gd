@tool
class_name EditorPlugin
extends Node
# Stands in for the editor's class, which the web template has not: what the addon uses of it, with the same names and meaning.

enum {DOCK_SLOT_LEFT_UL, DOCK_SLOT_LEFT_BL, DOCK_SLOT_LEFT_UR, DOCK_SLOT_LEFT_BR, DOCK_SLOT_RIGHT_UL}

var docks: Array[Control] = []
var _undo := EditorUndoRedoManager.new()


func add_control_to_dock(_slot: int, control: Control) -> void:
	docks.append(control)
	add_child(control)


func remove_control_from_docks(control: Control) -> void:
	docks.erase(control)
	remove_child(control)


func get_undo_redo() -> EditorUndoRedoManager:
	return _undo
