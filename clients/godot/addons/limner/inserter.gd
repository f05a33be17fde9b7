@tool
extends RefCounted
## Puts a node into the edited scene as one step that can be undone.


## Add `node` below `root`, with everything below it to be saved with the scene.
func insert(node: Node, root: Node, undo: EditorUndoRedoManager) -> void:
	undo.create_action("Insert %s" % node.name, UndoRedo.MERGE_DISABLE, root)
	undo.add_do_method(root, "add_child", node, true)
	_own(node, root, undo)
	undo.add_do_reference(node)
	undo.add_undo_method(root, "remove_child", node)
	undo.commit_action()


func _own(node: Node, root: Node, undo: EditorUndoRedoManager) -> void:
	undo.add_do_method(node, "set_owner", root)
	for child in node.get_children():
		_own(child, root, undo)
