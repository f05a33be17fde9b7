extends Node2D
# Draws every frame of every animation of the SpriteFrames at arguments.path, in a row; says names, speeds, loops, durations.

var arguments := {}
var said := {}

func _ready() -> void:
	var frames: SpriteFrames = load(arguments.path)
	var x := 0
	for animation in frames.get_animation_names():
		var speed := frames.get_animation_speed(animation)
		var durations := []
		for index in frames.get_frame_count(animation):
			durations.append(roundi(frames.get_frame_duration(animation, index) / speed * 1000))
			var sprite := Sprite2D.new()
			sprite.centered = false
			sprite.texture = frames.get_frame_texture(animation, index)
			sprite.position.x = x
			x += sprite.texture.get_width()
			add_child(sprite)
		said[animation] = {"durations": durations, "loop": frames.get_animation_loop(animation)}
