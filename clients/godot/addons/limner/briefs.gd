@tool
extends RefCounted
## What can be asked for, and the message that asks for it.

const Wish := preload("wish.gd")

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

## What figures can do, the usual ones first.
const ACTIONS: Array[String] = ["idle", "walk", "run", "jump", "attack", "cast", "hurt", "die"]
const USUAL_ACTIONS := 2

## Into how many directions a figure can look.
const DIRECTIONS: Array[int] = [1, 4, 8]

## Sides of pictures in pixels, and of textures.
const SIDES: Array[int] = [32, 64, 96, 128, 256]
const TEXTURE_SIDES: Array[int] = [32, 64, 128, 256, 512]

## Scenes in tiles.
const SCENE_SIZES: Array[Vector2i] = [
	Vector2i(24, 20), Vector2i(40, 30), Vector2i(64, 48), Vector2i(128, 96)
]
const TILE_SIDE := 16

const FIGURES: Array[String] = ["character", "monster", "animal"]
const MAPS: Array[String] = ["normal", "height", "roughness", "ao", "metallic"]
const SCENE := "brief-scene"
const TEXTURE := "brief-texture"
const ANIMATION := "brief-animation"

## What only servers accept that draw figures in several directions.
const SEVERAL_DIRECTIONS: Dictionary[String, Dictionary] = {
	"character": {"image": {"prompt": "a hero"}, "directions": 4}
}


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


## The `Generation` that asks a server with these extensions for it.
##
## A figure that looks one way comes as candidates to pick from, and is animated after that; in
## several directions the server animates the best one.
static func generation(wish: Wish, extensions: PackedStringArray) -> Dictionary:
	if wish.kind == "scene":
		return {"scene": _scene(wish)}
	var image := {"prompt": wish.prompt, "kind": wish.kind, "width": wish.size.x}
	if wish.chosen_seed >= 0:
		image["seed"] = str(wish.chosen_seed)
	if wish.kind == "texture":
		image["tileX"] = wish.tile_x
		image["tileY"] = wish.tile_y
		if TEXTURE in extensions:
			var maps: Array = MAPS if wish.material else ["normal"]
			return {"texture": {"image": image, "variants": wish.candidates, "maps": maps}}
	image["candidates"] = wish.candidates
	if wish.kind in FIGURES and wish.directions > 1 and ANIMATION in extensions:
		return {"character": turned(image, wish.directions, wish.actions)}
	return {"image": image}


## The `CharacterBrief` of a figure that looks into several directions.
static func turned(image: Dictionary, directions: int, actions: Array[String]) -> Dictionary:
	return {"image": image, "directions": directions, "actions": actions}


## The `Generation` that lets the figure of an asset do something.
static func animated(asset: Dictionary, action: String) -> Dictionary:
	var brief := {"reference": asset.name, "action": action}
	brief["seed"] = asset.get("seed", "0")
	return {"animation": brief}


static func _scene(wish: Wish) -> Dictionary:
	var scene := {"prompt": wish.prompt, "tileSize": TILE_SIDE}
	scene["widthTiles"] = wish.size.x
	scene["heightTiles"] = wish.size.y
	if wish.from_side:
		scene["view"] = "VIEW_SIDE"
	if wish.chosen_seed >= 0:
		scene["seed"] = str(wish.chosen_seed)
	return scene
