@tool
extends RefCounted
## What can be asked for, and the message that asks for it.

## In the order of the menu: what users read, by the kind on the wire.
const TITLES: Dictionary[String, String] = {
	"character": "Character",
	"monster": "Monster",
	"animal": "Animal",
	"item": "Item",
	"icon": "Icon",
	"object": "Object",
	"effect": "Effect",
	"tile": "Tile",
	"texture": "Texture",
	"scene": "Scene",
}

## Sides of pictures in pixels, and of textures.
const SIDES: Array[int] = [32, 64, 96, 128, 256]
const TEXTURE_SIDES: Array[int] = [32, 64, 128, 256, 512]

## Scenes in tiles.
const SCENE_SIZES: Array[Vector2i] = [
	Vector2i(24, 20), Vector2i(40, 30), Vector2i(64, 48), Vector2i(128, 96)
]
const TILE_SIDE := 16

const FIGURES: Array[String] = ["character", "monster", "animal"]
const SCENE := "brief-scene"
const TEXTURE := "brief-texture"


## Whether a server with these extensions can draw the kind.
static func draws(kind: String, extensions: PackedStringArray) -> bool:
	return kind != "scene" or SCENE in extensions


## The sizes to choose from, the usual one second.
static func sizes(kind: String) -> Array[Vector2i]:
	if kind == "scene":
		return SCENE_SIZES
	var found: Array[Vector2i] = []
	for side in TEXTURE_SIDES if kind == "texture" else SIDES:
		found.append(Vector2i.ONE * side)
	return found


## The `Generation` that asks for `prompt`. A chosen seed below 0 leaves it to the server.
static func generation(
	kind: String,
	prompt: String,
	size: Vector2i,
	candidates: int,
	chosen_seed: int,
	extensions: PackedStringArray
) -> Dictionary:
	if kind == "scene":
		var scene := {"prompt": prompt, "tileSize": TILE_SIDE}
		scene["widthTiles"] = size.x
		scene["heightTiles"] = size.y
		if chosen_seed >= 0:
			scene["seed"] = str(chosen_seed)
		return {"scene": scene}
	var image := {"prompt": prompt, "kind": kind, "width": size.x}
	if chosen_seed >= 0:
		image["seed"] = str(chosen_seed)
	if kind == "texture" and TEXTURE in extensions:
		return {"texture": {"image": image, "variants": candidates, "maps": ["normal"]}}
	image["candidates"] = candidates
	if kind == "texture":
		image["tileX"] = true
		image["tileY"] = true
	return {"image": image}


## The prompt of a generation, whatever its brief.
static func prompt_of(generation_message: Dictionary) -> String:
	for brief_name: String in ["image", "texture", "character", "edit"]:
		if generation_message.get(brief_name) is Dictionary:
			var brief: Dictionary = generation_message[brief_name]
			var image: Dictionary = brief.get("image", brief)
			return image.get("prompt", "")
	for brief_name: String in ["scene", "animation"]:
		if generation_message.get(brief_name) is Dictionary:
			return (generation_message[brief_name] as Dictionary).get("prompt", "")
	return ""


## The kind of a generation, as in TITLES.
static func kind_of(generation_message: Dictionary) -> String:
	for kind: String in ["texture", "scene", "character"]:
		if generation_message.has(kind):
			return kind
	var image: Dictionary = generation_message.get("image", {})
	return image.get("kind", "object")


## The pictures that a person picks from: not the maps that belong to them.
static func choices(assets: Array) -> Array[Dictionary]:
	var found: Array[Dictionary] = []
	for asset: Dictionary in assets:
		if asset.get("role", "") in ["", "albedo", "picture"]:
			found.append(asset)
	return found


## A stem for files: the prompt's ASCII words, and enough of the digest to tell equal prompts apart.
static func stem_of(prompt: String, kind: String, digest: String) -> String:
	var words := RegEx.create_from_string("[a-z0-9]+").search_all(prompt.to_lower())
	var name := ""
	for word in words:
		if name.length() + word.get_string().length() > 40:
			break
		name += word.get_string() + "_"
	return (name if name else kind + "_") + digest.left(6)
