@tool
class_name EditorInterface
extends RefCounted
# Stands in for the editor's singleton of that name.

static var settings := EditorSettings.new()
static var files := EditorFileSystem.new()
static var root: Node
static var edited: Node


static func get_editor_settings() -> EditorSettings:
	return settings


static func get_editor_scale() -> float:
	return 1.0


static func get_resource_filesystem() -> EditorFileSystem:
	return files


static func get_edited_scene_root() -> Node:
	return root


static func edit_node(node: Node) -> void:
	edited = node
