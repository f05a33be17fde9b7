@tool
extends RefCounted
## From a picked asset on the server to a node: exported, stored, loaded, built.

const Briefs := preload("briefs.gd")
const Client := preload("limner_client.gd")
const Drawn := preload("drawn.gd")
const Failure := preload("failure.gd")
const Importer := preload("importer.gd")
const Reply := preload("reply.gd")
const SceneBuilder := preload("scene_builder.gd")

## The nodes that a kind of art can become, the usual one first.
const NODES: Dictionary[String, Array] = {
	"character": ["AnimatedSprite2D", "Sprite2D"],
	"texture": ["Sprite2D", "TextureRect", "MeshInstance3D"],
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
	var kind := Drawn.kind_of(generation)
	var made_of := _parts(generation, asset, node)
	var stem := Drawn.stem_of(Drawn.prompt_of(generation), kind, Drawn.fingerprint(made_of))
	if kind == "scene":
		return await _scene(Drawn.part(generation, asset, "scene"), stem, into)
	if node == "AnimatedSprite2D":
		return await _figure(made_of, stem, into)
	if node == "MeshInstance3D":
		return await _surface(made_of, stem, into)
	return await _flat(generation, asset, stem, node, into)


# What a node is made of: a figure of its frames, where it has some; a surface of its maps.
static func _parts(generation: Dictionary, asset: Dictionary, node: String) -> Array[Dictionary]:
	var found: Array[Dictionary] = []
	if node == "AnimatedSprite2D":
		found = Drawn.frames(generation.get("assets", []) as Array)
	elif node == "MeshInstance3D":
		found = Drawn.maps(generation, asset)
	if found.is_empty():
		found.append(asset)
	return found


func _figure(frames: Array[Dictionary], stem: String, into: Reply) -> Node:
	var names := Drawn.names(frames)
	var made: Resource = await _exported(names, "godot-spriteframes", stem, ".tres", into)
	return SceneBuilder.animated_sprite(made, stem) if made is SpriteFrames else null


func _surface(maps: Array[Dictionary], stem: String, into: Reply) -> Node:
	var names := Drawn.names(maps)
	var made: Resource = await _exported(names, "godot-material", stem, ".tres", into)
	return SceneBuilder.surface(made, stem) if made is StandardMaterial3D else null


func _scene(asset: Dictionary, stem: String, into: Reply) -> Node:
	if asset.is_empty():
		into.failure = Failure.new("not_found", "The scene is no longer on the server.")
		return null
	var packed: Resource = await _exported([asset.name], "godot-scene", stem, ".tscn", into)
	return SceneBuilder.scene(packed, stem) if packed is PackedScene else null


func _flat(
	generation: Dictionary, asset: Dictionary, stem: String, node: String, into: Reply
) -> Node:
	var albedo := await _picture(asset, stem, into)
	if albedo == null:
		return null
	var normal: Texture2D = null
	var map := Drawn.part(generation, asset, "normal")
	if map:
		normal = await _picture(map, stem + "_normal", into)
	var texture := SceneBuilder.lit_texture(albedo, normal)
	if node == "TextureRect":
		return SceneBuilder.texture_rect(texture, stem)
	if Drawn.kind_of(generation) == "texture":
		return SceneBuilder.tiled_sprite(texture, stem, _repeats(generation))
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


# Which ways a texture continues.
static func _repeats(generation: Dictionary) -> Vector2i:
	var brief: Dictionary = generation.get("texture", {})
	var image: Dictionary = brief.get("image", {})
	var across: bool = image.get("tileX", false)
	var down: bool = image.get("tileY", false)
	return Vector2i.ONE if across == down else Vector2i(int(across), int(down))
