@tool
extends EditorPlugin
## Puts the dock into the editor, and what it makes into the scene that is edited.

const ConnectionSettings := preload("connection_settings.gd")
const Dock := preload("dock.gd")
const HotReload := preload("hot_reload.gd")
const Inserter := preload("inserter.gd")
const ProjectFiles := preload("project_files.gd")

const FOLDER := "res://limner"

var _dock: Dock
var _frame: ScrollContainer  # lets the editor's docks be lower than ours
var _hot_reload: HotReload
var _files := ProjectFiles.new()
var _inserter := Inserter.new()


func _enter_tree() -> void:
	var settings := EditorInterface.get_editor_settings()
	ConnectionSettings.define(settings)
	settings.settings_changed.connect(_on_settings_changed)
	_dock = Dock.new(EditorInterface.get_editor_scale())
	_dock.importer.folder = FOLDER
	_dock.importer.settle = _files.settle
	_dock.built.connect(_on_built)
	_dock.settings_wanted.connect(_on_settings_wanted)
	_dock.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	_dock.size_flags_vertical = Control.SIZE_EXPAND_FILL
	_frame = ScrollContainer.new()
	_frame.name = "Limner"
	_frame.horizontal_scroll_mode = ScrollContainer.SCROLL_MODE_DISABLED
	_frame.add_child(_dock)
	add_control_to_dock(DOCK_SLOT_RIGHT_UL, _frame)
	_connect()


func _exit_tree() -> void:
	EditorInterface.get_editor_settings().settings_changed.disconnect(_on_settings_changed)
	remove_control_from_docks(_frame)
	_frame.queue_free()
	_hot_reload.queue_free()


func _connect() -> void:
	var settings := EditorInterface.get_editor_settings()
	_dock.client.address = ConnectionSettings.address(settings)
	_dock.client.key = ConnectionSettings.key(settings)
	_dock.connect_to_server()
	_follow_changes()


# What `limner watch` writes into the project is imported at once, not when the window is entered.
func _follow_changes() -> void:
	if _hot_reload != null:
		_hot_reload.queue_free()
	_hot_reload = HotReload.new()
	_hot_reload.address = _dock.client.address
	_hot_reload.key = _dock.client.key
	_hot_reload.settle = _files.settle
	add_child(_hot_reload)


func _on_settings_changed() -> void:
	if ConnectionSettings.changed(EditorInterface.get_editor_settings()):
		_connect()


func _on_settings_wanted() -> void:
	_dock.say("Address and key are in Editor → Editor Settings… → Limner.")


func _on_built(node: Node) -> void:
	var root := EditorInterface.get_edited_scene_root()
	if root == null:
		node.queue_free()
		_dock.say("Open or create a scene first.")
		return
	_inserter.insert(node, root, get_undo_redo())
	EditorInterface.edit_node(node)
