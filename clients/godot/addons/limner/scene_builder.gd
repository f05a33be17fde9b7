@tool
class_name LimnerSceneBuilder
extends RefCounted
## Makes nodes of imported art. They belong to nobody yet: add them, then `own` them.

const TILES := 4  ## How often a texture is seen each way to begin with.
const TO_VIEWER: Array[String] = ["south", "down", "front"]


## A figure that plays its animation at rest, to the viewer where it has several directions.
static func animated_sprite(frames: SpriteFrames, name: String) -> AnimatedSprite2D:
	var made := AnimatedSprite2D.new()
	made.name = name.to_pascal_case()
	made.texture_filter = CanvasItem.TEXTURE_FILTER_NEAREST
	made.sprite_frames = frames
	var first := at_rest(frames.get_animation_names())
	if first:
		made.animation = first
	made.autoplay = made.animation
	made.play()
	return made


## The animation to begin with: `idle`, or the `idle…` that looks to the viewer, or the first.
static func at_rest(animations: PackedStringArray) -> String:
	var resting := PackedStringArray()
	for animation in animations:
		if animation == "idle":
			return animation
		if animation.begins_with("idle"):
			resting.append(animation)
	for animation in resting if resting else animations:
		for word in TO_VIEWER:
			if animation.ends_with(word):
				return animation
	if resting:
		return resting[0]
	return animations[0] if animations else ""


static func sprite(texture: Texture2D, name: String) -> Sprite2D:
	var made := Sprite2D.new()
	made.name = name.to_pascal_case()
	made.texture_filter = CanvasItem.TEXTURE_FILTER_NEAREST
	made.texture = texture
	return made


## A surface that repeats its texture where it can, four times each way to begin with.
static func tiled_sprite(texture: Texture2D, name: String, repeats := Vector2i.ONE) -> Sprite2D:
	var made := sprite(texture, name)
	made.texture_repeat = CanvasItem.TEXTURE_REPEAT_ENABLED
	made.region_enabled = true
	var times := Vector2.ONE + Vector2(repeats) * (TILES - 1)
	made.region_rect = Rect2(Vector2.ZERO, texture.get_size() * times)
	return made


## A floor of a material, four metres each way, one tile a metre.
static func surface(material: Material, name: String) -> MeshInstance3D:
	var plane := PlaneMesh.new()
	plane.size = Vector2.ONE * TILES
	var parts := plane.get_mesh_arrays()
	var places: PackedVector2Array = parts[Mesh.ARRAY_TEX_UV]
	for index in places.size():
		places[index] *= float(TILES)
	parts[Mesh.ARRAY_TEX_UV] = places
	var mesh := ArrayMesh.new()
	mesh.add_surface_from_arrays(Mesh.PRIMITIVE_TRIANGLES, parts)
	var made := MeshInstance3D.new()
	made.name = name.to_pascal_case()
	made.mesh = mesh
	made.material_override = material
	return made


## A rectangle of the interface that is filled with the texture again and again.
static func texture_rect(texture: Texture2D, name: String) -> TextureRect:
	var made := TextureRect.new()
	made.name = name.to_pascal_case()
	made.texture_filter = CanvasItem.TEXTURE_FILTER_NEAREST
	made.texture = texture
	made.stretch_mode = TextureRect.STRETCH_TILE
	made.size = texture.get_size() * float(TILES)
	return made


## A texture that lights shine on, where there is a normal map; else the texture itself.
static func lit_texture(albedo: Texture2D, normal: Texture2D) -> Texture2D:
	if normal == null:
		return albedo
	var lit := CanvasTexture.new()
	lit.diffuse_texture = albedo
	lit.normal_texture = normal
	return lit


## The nodes of a scene, no longer an instance of its file: tile layers and props to edit at will.
static func scene(packed: PackedScene, name: String) -> Node:
	var root := packed.instantiate()
	root.name = name.to_pascal_case()
	root.scene_file_path = ""
	return root


## Let `node` and everything below it be saved with the scene of `root`.
static func own(node: Node, root: Node) -> void:
	node.owner = root
	for child in node.get_children():
		own(child, root)
