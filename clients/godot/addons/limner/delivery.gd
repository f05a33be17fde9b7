@tool
extends RefCounted
## From a picked asset on the server to a node: exported, stored, loaded, built.

const Briefs := preload("briefs.gd")
const Client := preload("limner_client.gd")
const Failure := preload("failure.gd")
const Importer := preload("importer.gd")
const Reply := preload("reply.gd")
const SceneBuilder := preload("scene_builder.gd")

## The nodes that a kind of art can become, the usual one first.
const NODES: Dictionary[String, Array] = {
	"character": ["AnimatedSprite2D", "Sprite2D"],
	"texture": ["Sprite2D", "TextureRect"],
	"scene": ["TileMapLayer and props"],
}

var _client: Client
var _importer: Importer


func _init(client: Client, importer: Importer) -> void:
	_client = client
	_importer = importer


## The names of the nodes that a kind of art can become.
static func nodes_for(kind: String) -> Array[String]:
	var found: Array[String] = []
	if kind in Briefs.FIGURES:
		found.assign(NODES.character)
	elif kind in NODES:
		found.assign(NODES[kind])
	else:
		found.assign(["Sprite2D", "TextureRect", "AnimatedSprite2D"])
	return found


## The node for an asset of a generation, in nobody's tree; null and a failure in `into` otherwise.
func built(generation: Dictionary, asset: Dictionary, node: String, into: Reply) -> Node:
	var kind := Briefs.kind_of(generation)
	var prompt := Briefs.prompt_of(generation)
	var stem := Briefs.stem_of(prompt, kind, asset.get("digest", ""))
	if kind == "scene":
		return await _scene(_part_of(generation, asset, "scene"), stem, into)
	if node == "AnimatedSprite2D":
		return await _figure(asset, stem, into)
	return await _surface(generation, asset, stem, node, into)


func _figure(asset: Dictionary, stem: String, into: Reply) -> Node:
	var frames: Resource = await _exported([asset.name], "godot-spriteframes", stem, ".tres", into)
	return SceneBuilder.animated_sprite(frames, stem) if frames is SpriteFrames else null


func _scene(asset: Dictionary, stem: String, into: Reply) -> Node:
	if asset.is_empty():
		into.failure = Failure.new("not_found", "The scene is no longer on the server.")
		return null
	var packed: Resource = await _exported([asset.name], "godot-scene", stem, ".tscn", into)
	return SceneBuilder.scene(packed, stem) if packed is PackedScene else null


func _surface(
	generation: Dictionary, asset: Dictionary, stem: String, node: String, into: Reply
) -> Node:
	var albedo := await _picture(asset, stem, into)
	if albedo == null:
		return null
	var normal: Texture2D = null
	var map := _part_of(generation, asset, "normal")
	if map:
		normal = await _picture(map, stem + "_normal", into)
	var texture := SceneBuilder.lit_texture(albedo, normal)
	if node == "TextureRect":
		return SceneBuilder.texture_rect(texture, stem)
	if Briefs.kind_of(generation) == "texture":
		return SceneBuilder.tiled_sprite(texture, stem)
	return SceneBuilder.sprite(texture, stem)


func _picture(asset: Dictionary, stem: String, into: Reply) -> Texture2D:
	var read := await _client.read(asset.name)
	if read.failure != null:
		into.failure = read.failure
		return null
	var path := "%s/%s.png" % [stem, stem]
	return await _importer.import({path: read.bytes}, path, into) as Texture2D


func _exported(
	assets: Array[String], format: String, stem: String, suffix: String, into: Reply
) -> Resource:
	var reply := await _client.export_assets(assets, format, stem)
	if reply.failure != null:
		into.failure = reply.failure
		return null
	var files: Dictionary[String, PackedByteArray] = {}
	for path in reply.files:
		files[stem.path_join(path)] = reply.files[path]
	return await _importer.import(files, stem.path_join(stem + suffix), into)


## What belongs to the same drawing in another role; empty where there is nothing.
static func _part_of(generation: Dictionary, asset: Dictionary, role: String) -> Dictionary:
	for other: Dictionary in generation.get("assets", []):
		var same: bool = other.get("candidate", 0) == asset.get("candidate", 0)
		if same and other.get("role", "") == role:
			return other
	return {}
