extends Node2D
# For each of arguments.cases imports its batches ({path: base64}) and loads its main file, as a game does. The node is built with the
# first batch and stays where `at` says, so what is drawn in the end is what later batches changed in place. Says what nodes there are.

const Importer := preload("res://addons/limner/importer.gd")
const Reply := preload("res://addons/limner/reply.gd")
const SceneBuilder := preload("res://addons/limner/scene_builder.gd")

var arguments := {}
var said := {"nodes": {}, "refused": [], "animation": []}


func run() -> void:
	for case: Dictionary in arguments.cases:
		await import(case)


func import(case: Dictionary) -> void:
	var importer := Importer.new()
	importer.folder = "user://art/limner"
	var node: Node = null
	for batch: Dictionary in case.batches:
		var files: Dictionary[String, PackedByteArray] = {}
		for path: String in batch:
			files[path] = Marshalls.base64_to_raw(batch[path])
		var reply := Reply.new()
		var resource: Resource = await importer.import(files, case.main, reply)
		if reply.failure != null:
			said.refused.append([reply.failure.code, reply.failure.message])
		elif node == null:
			node = built(resource)
			node.position = Vector2(case.at[0], case.at[1])
			add_child(node)
			SceneBuilder.own(node, self)
	if node != null:
		describe(node)


func built(resource: Resource) -> Node:
	if resource is PackedScene:
		return SceneBuilder.scene(resource, "the island")
	if resource is SpriteFrames:
		var sprite := SceneBuilder.animated_sprite(resource, "the_hero")
		sprite.centered = false
		return sprite
	var surface := SceneBuilder.tiled_sprite(resource, "lava")
	surface.centered = false
	return surface


func describe(node: Node) -> void:
	for child: Node in [node] + node.find_children("*", "", true, true):
		said.nodes[str(get_path_to(child))] = [child.get_class(), child.owner == self]
	if node is AnimatedSprite2D:
		said.animation = [node.animation, node.is_playing(), node.sprite_frames.get_animation_names()]
