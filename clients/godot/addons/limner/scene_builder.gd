@tool
class_name LimnerSceneBuilder
extends RefCounted
## Makes nodes of imported art. They belong to nobody yet: add them, then `own` them.


## A figure that plays its first animation.
static func animated_sprite(frames: SpriteFrames, name: String) -> AnimatedSprite2D:
	var made := AnimatedSprite2D.new()
	made.name = name.to_pascal_case()
	made.texture_filter = CanvasItem.TEXTURE_FILTER_NEAREST
	made.sprite_frames = frames
	var animations := frames.get_animation_names()
	if "idle" in animations:
		made.animation = &"idle"
	elif not animations.is_empty():
		made.animation = animations[0]
	made.autoplay = made.animation
	made.play()
	return made


static func sprite(texture: Texture2D, name: String) -> Sprite2D:
	var made := Sprite2D.new()
	made.name = name.to_pascal_case()
	made.texture_filter = CanvasItem.TEXTURE_FILTER_NEAREST
	made.texture = texture
	return made


## A surface that repeats its texture, four times each way to begin with.
static func tiled_sprite(texture: Texture2D, name: String) -> Sprite2D:
	var made := sprite(texture, name)
	made.texture_repeat = CanvasItem.TEXTURE_REPEAT_ENABLED
	made.region_enabled = true
	made.region_rect = Rect2(Vector2.ZERO, texture.get_size() * 4.0)
	return made


## A rectangle of the interface that is filled with the texture again and again.
static func texture_rect(texture: Texture2D, name: String) -> TextureRect:
	var made := TextureRect.new()
	made.name = name.to_pascal_case()
	made.texture_filter = CanvasItem.TEXTURE_FILTER_NEAREST
	made.texture = texture
	made.stretch_mode = TextureRect.STRETCH_TILE
	made.size = texture.get_size() * 4.0
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
