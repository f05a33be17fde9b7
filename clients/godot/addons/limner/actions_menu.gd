@tool
extends MenuButton
## What a figure can do, to tick. The button says what is ticked.

const Briefs := preload("briefs.gd")


func _init() -> void:
	flat = false
	alignment = HORIZONTAL_ALIGNMENT_LEFT
	clip_text = true
	tooltip_text = "What the figure does once it is inserted as AnimatedSprite2D"
	var menu := get_popup()
	menu.hide_on_checkable_item_selection = false
	for action in Briefs.ACTIONS:
		menu.add_check_item(action)
		menu.set_item_checked(-1, menu.item_count <= Briefs.USUAL_ACTIONS)
	menu.index_pressed.connect(_on_index_pressed)
	_tell()


## The ticked ones, in the order of the menu.
func chosen() -> Array[String]:
	var found: Array[String] = []
	var menu := get_popup()
	for index in menu.item_count:
		if menu.is_item_checked(index):
			found.append(menu.get_item_text(index))
	return found


## Tick these alone.
func choose(actions: Array[String]) -> void:
	var menu := get_popup()
	for index in menu.item_count:
		menu.set_item_checked(index, menu.get_item_text(index) in actions)
	_tell()


func _on_index_pressed(index: int) -> void:
	get_popup().toggle_item_checked(index)
	_tell()


func _tell() -> void:
	var actions := chosen()
	text = ", ".join(actions) if actions else "None: one frame"
