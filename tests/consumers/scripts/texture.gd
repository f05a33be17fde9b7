extends Sprite2D
# Draws the texture at arguments.path.

var arguments := {}
var said := {}

func _ready() -> void:
	centered = false
	texture = load(arguments.path)
	said = {
		"size": [texture.get_width(), texture.get_height()],
		"version": Engine.get_version_info().string,
	}
