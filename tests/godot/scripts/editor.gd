extends Node2D
# The plugin in a stand-in of the editor: settings, an insertion without a scene, one with a scene, undone and done again. Says all.

const ConnectionSettings := preload("res://addons/limner/connection_settings.gd")
const Dock := preload("res://addons/limner/dock.gd")
const HotReload := preload("res://addons/limner/hot_reload.gd")
const Plugin := preload("res://addons/limner/plugin.gd")
const Reply := preload("res://addons/limner/reply.gd")
const SceneBuilder := preload("res://addons/limner/scene_builder.gd")

var arguments := {}
var said := {}


func run() -> void:
	var settings := EditorInterface.get_editor_settings()
	settings.set_setting(ConnectionSettings.KEY, "lk_1")
	var plugin := Plugin.new()
	add_child(plugin)
	var dock: Dock = plugin.docks[0].get_child(0)
	EditorInterface.files.importer = dock.importer
	said.folder = dock.importer.folder
	said.connections = [[dock.client.address, dock.client.key]]
	settings.set_setting("interface/theme", "dark")
	settings.set_setting(ConnectionSettings.ADDRESS, arguments.address)
	said.connections.append([dock.client.address, dock.client.key])
	said.settings = settings.described
	var hot: HotReload = plugin.get_child(plugin.get_child_count() - 1)
	hot.project_root = "/home/ann/game/"
	said.reloaded = await hot.reloaded
	said.scans = [EditorInterface.files.scans]
	dock.importer.folder = "user://limner"
	dock.built.emit(Node2D.new())
	said.without_scene = texts(dock)
	var root := Node2D.new()
	root.name = "Level"
	add_child(root)
	EditorInterface.root = root
	dock.built.emit(await island(dock))
	said.scans.append(EditorInterface.files.scans)
	said.edited = str(root.get_path_to(EditorInterface.edited))
	said.inserted = owned(root)
	var history: UndoRedo = plugin.get_undo_redo().history
	said.action = history.get_current_action_name()
	history.undo()
	said.undone = owned(root)
	history.redo()
	said.redone = owned(root)
	remove_child(plugin)
	said.docks = plugin.docks.size()
	said.listeners = settings.settings_changed.get_connections().size()


func island(dock: Dock) -> Node:
	var files: Dictionary[String, PackedByteArray] = {}
	for path: String in arguments.files:
		files[path] = Marshalls.base64_to_raw(arguments.files[path])
	var packed: PackedScene = await dock.importer.import(files, arguments.main, Reply.new())
	return SceneBuilder.scene(packed, "island")


# The nodes that are saved with the scene.
func owned(root: Node) -> Array[String]:
	var found: Array[String] = []
	for node in root.find_children("*", "", true, true):
		found.append(str(root.get_path_to(node)))
	return found


func texts(dock: Dock) -> Array[String]:
	var found: Array[String] = []
	for label: Label in dock.find_children("*", "Label", true, false):
		found.append(label.text)
	return found
