@tool
extends HFlowContainer
## Pictures to pick one from, best first. Arrow keys and Tab move between them as between buttons.

signal picked(asset: Dictionary)

const SIDE := 72.0
const PICKED := Color("5fb2ff")

## The asset that is picked; empty before.
var choice: Dictionary = {}

## How much larger the editor draws everything.
var display_scale := 1.0

var _group := ButtonGroup.new()


## Take all pictures away.
func clear() -> void:
	choice = {}
	for child in get_children():
		remove_child(child)
		child.queue_free()


## Add a picture; the first is picked.
func add(asset: Dictionary, picture: Image) -> void:
	var button := Button.new()
	button.toggle_mode = true
	button.button_group = _group
	button.custom_minimum_size = Vector2.ONE * SIDE * display_scale
	button.expand_icon = true
	button.icon_alignment = HORIZONTAL_ALIGNMENT_CENTER
	button.texture_filter = CanvasItem.TEXTURE_FILTER_NEAREST
	button.icon = ImageTexture.create_from_image(picture)
	button.tooltip_text = _described(asset)
	for state: String in ["pressed", "hover_pressed"]:
		button.add_theme_stylebox_override(state, _frame())
	button.toggled.connect(_on_toggled.bind(asset))
	add_child(button)
	if choice.is_empty():
		button.button_pressed = true


func _on_toggled(pressed: bool, asset: Dictionary) -> void:
	if pressed:
		choice = asset
		picked.emit(asset)


# Around the picked one.
func _frame() -> StyleBox:
	var frame := StyleBoxFlat.new()
	frame.draw_center = false
	frame.border_color = PICKED
	frame.set_border_width_all(roundi(2.0 * display_scale))
	frame.set_content_margin_all(4.0 * display_scale)
	return frame


static func _described(asset: Dictionary) -> String:
	var text := "Number %d, seed %s" % [asset.get("rank", 1), asset.get("seed", "0")]
	var scores: Dictionary = asset.get("scores", {})
	if scores.has("alignment"):
		text += "\nFits the prompt: %.2f of 1" % scores.alignment
	return text
