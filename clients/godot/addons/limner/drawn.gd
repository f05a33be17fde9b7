@tool
extends RefCounted
## What a generation of the server tells: its words, its pictures, and what belongs together.

## Maps of a texture, by their roles.
const MAPS: Array[String] = ["albedo", "normal", "height", "roughness", "ao", "metallic"]


## The prompt of a generation, whatever its brief; empty where it has none.
static func prompt_of(generation: Dictionary) -> String:
	for brief_name: String in ["image", "texture", "character", "edit"]:
		if generation.get(brief_name) is Dictionary:
			var brief: Dictionary = generation[brief_name]
			var image: Dictionary = brief.get("image", brief)
			return image.get("prompt", "")
	for brief_name: String in ["scene", "animation"]:
		if generation.get(brief_name) is Dictionary:
			return (generation[brief_name] as Dictionary).get("prompt", "")
	return ""


## What a person reads of a generation in a list.
static func title_of(generation: Dictionary) -> String:
	var prompt := prompt_of(generation)
	if prompt.is_empty() and generation.has("animation"):
		return "%s, of a picture" % (generation.animation as Dictionary).get("action", "")
	return prompt


## The kind of a generation, as in the menu of kinds.
static func kind_of(generation: Dictionary) -> String:
	for kind: String in ["texture", "scene"]:
		if generation.has(kind):
			return kind
	if generation.has("animation"):
		return "character"
	var brief: Dictionary = generation.get("character", generation)
	var image: Dictionary = brief.get("image", {})
	return image.get("kind", "character" if generation.has("character") else "object")


## The pictures that a person picks from: not the maps and frames that belong to them.
static func choices(assets: Array) -> Array[Dictionary]:
	var found: Array[Dictionary] = []
	for asset: Dictionary in assets:
		if asset.get("role", "") in ["", "albedo", "picture", "reference"]:
			found.append(asset)
	if found.is_empty() and not frames(assets).is_empty():
		found.append(frames(assets)[0])
	return found


## The frames of all animations, in their order.
static func frames(assets: Array) -> Array[Dictionary]:
	var found: Array[Dictionary] = []
	for asset: Dictionary in assets:
		if asset.get("role", "") == "frame":
			found.append(asset)
	return found


## The maps of the variant that an asset belongs to.
static func maps(generation: Dictionary, asset: Dictionary) -> Array[Dictionary]:
	var found: Array[Dictionary] = []
	for role in MAPS:
		var map := part(generation, asset, role)
		if map:
			found.append(map)
	return found


## What belongs to the same drawing in another role; empty where there is nothing.
static func part(generation: Dictionary, asset: Dictionary, role: String) -> Dictionary:
	for other: Dictionary in generation.get("assets", []):
		var same: bool = other.get("candidate", 0) == asset.get("candidate", 0)
		if same and other.get("role", "") == role:
			return other
	return {}


## The names that calls want.
static func names(assets: Array[Dictionary]) -> Array[String]:
	var found: Array[String] = []
	for asset in assets:
		found.append(asset.name as String)
	return found


## What tells assets from all others: equal pictures give equal words.
static func fingerprint(assets: Array[Dictionary]) -> String:
	var digests := ""
	for asset in assets:
		digests += asset.get("digest", "")
	return digests if assets.size() == 1 else digests.sha256_text()


## A stem for files: the prompt's ASCII words, and enough of the digest to tell equal prompts apart.
static func stem_of(prompt: String, kind: String, digest: String) -> String:
	var words := RegEx.create_from_string("[a-z0-9]+").search_all(prompt.to_lower())
	var name := ""
	for word in words:
		if name.length() + word.get_string().length() > 40:
			break
		name += word.get_string() + "_"
	return (name if name else kind + "_") + digest.left(6)
