@tool
class_name EditorUndoRedoManager
extends RefCounted
# Stands in for the editor's class: one history, which is Godot's own UndoRedo.

var history := UndoRedo.new()


func create_action(name: String, merge_mode := UndoRedo.MERGE_DISABLE, _context: Object = null) -> void:
	history.create_action(name, merge_mode)


func add_do_method(object: Object, method: StringName, ...arguments: Array) -> void:
	history.add_do_method(Callable(object, method).bindv(arguments))


func add_undo_method(object: Object, method: StringName, ...arguments: Array) -> void:
	history.add_undo_method(Callable(object, method).bindv(arguments))


func add_do_reference(object: Object) -> void:
	history.add_do_reference(object)


func commit_action() -> void:
	history.commit_action()
