extends Node2D
# Puts the scene at arguments.path on the stage, with the camera's corner at arguments.camera; says what its nodes are.

var arguments := {}
var said := {}

func _ready() -> void:
	var scene: Node = (load(arguments.path) as PackedScene).instantiate()
	add_child(scene)
	if arguments.has("camera"):
		var camera := Camera2D.new()
		camera.anchor_mode = Camera2D.ANCHOR_MODE_FIXED_TOP_LEFT
		camera.position = Vector2(arguments.camera[0], arguments.camera[1])
		add_child(camera)
	said.nodes = {}
	for node in scene.find_children("*", "", true, false):
		said.nodes[str(scene.get_path_to(node))] = described(node)

func described(node: Node) -> Dictionary:
	var one := {"class": node.get_class()}
	if node is TileMapLayer:
		one.cells = node.get_used_cells().size()
		one.tile_size = [node.tile_set.tile_size.x, node.tile_set.tile_size.y]
	if node is Parallax2D:
		one.scroll_scale = [node.scroll_scale.x, node.scroll_scale.y]
		one.repeat_size = [node.repeat_size.x, node.repeat_size.y]
	if node is Node2D:
		one.position = [node.position.x, node.position.y]
	if node.get_groups():
		one.groups = node.get_groups()
	for key in node.get_meta_list():
		one["meta " + key] = node.get_meta(key)
	return one
