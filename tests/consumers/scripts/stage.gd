extends Node
# Puts res://test.gd on a stage of its own size, waits until it is drawn, and tells the page what was drawn and said.

func _ready() -> void:
	var script: GDScript = load("res://test.gd")
	var test: Node = script.new()
	var stage := SubViewport.new()
	stage.size = Vector2i($SIZE)
	stage.transparent_bg = $CLEAR
	stage.render_target_update_mode = SubViewport.UPDATE_ALWAYS
	stage.canvas_item_default_texture_filter = Viewport.DEFAULT_CANVAS_ITEM_TEXTURE_FILTER_NEAREST
	stage.own_world_3d = true
	add_child(stage)
	stage.add_child(test)
	for frame in 4:
		await RenderingServer.frame_post_draw
	var image := stage.get_texture().get_image()
	image.convert(Image.FORMAT_RGBA8)
	var answer := {
		"width": image.get_width(),
		"height": image.get_height(),
		"rgba": Marshalls.raw_to_base64(image.get_data()),
		"said": test.get("said"),
	}
	JavaScriptBridge.get_interface("window").answer(JSON.stringify(answer))
