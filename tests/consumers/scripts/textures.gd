extends Node2D
# Draws the textures at arguments.paths side by side; says of each its size, format, mipmaps and pixels.

const Picture := preload("res://picture.gd")

var arguments := {}
var said := {}

func _ready() -> void:
	var x := 0
	for path: String in arguments.paths:
		var texture: Texture2D = load(path)
		var sprite := Sprite2D.new()
		sprite.centered = false
		sprite.texture = texture
		sprite.position.x = x
		x += texture.get_width()
		add_child(sprite)
		var image := texture.get_image()
		said[path] = {"class": texture.get_class(), "mipmaps": image.get_mipmap_count()}
		said[path].merge(Picture.of(image))
