extends Node
# Puts res://test.gd on a clear stage, waits until its `run` is over, where it has one, and until it is drawn, and tells the page
# what was drawn and said.

const Picture := preload("res://picture.gd")

func _ready() -> void:
	var asked: Dictionary = JSON.parse_string(FileAccess.get_file_as_string("res://test.json"))
	var script: GDScript = load("res://test.gd")
	var test: Node = script.new()
	test.set("arguments", asked.arguments)
	var stage := SubViewport.new()
	stage.size = Vector2i(asked.size[0], asked.size[1])
	stage.transparent_bg = true
	stage.own_world_3d = true
	stage.canvas_item_default_texture_filter = Viewport.DEFAULT_CANVAS_ITEM_TEXTURE_FILTER_NEAREST
	stage.render_target_update_mode = SubViewport.UPDATE_ALWAYS
	add_child(stage)
	stage.add_child(test)
	if test.has_method("run"):
		await test.call("run")
	for frame in 4:
		await RenderingServer.frame_post_draw
	var answer := Picture.of(stage.get_texture().get_image())
	answer.said = test.get("said")
	JavaScriptBridge.get_interface("window").answer(JSON.stringify(answer))
