@tool
extends GridContainer
## What to draw and how: the fields of a request.

signal kind_changed(kind: String)

const Briefs := preload("briefs.gd")

const RANDOM := -1

var _prompt := TextEdit.new()
var _kind := OptionButton.new()
var _size := OptionButton.new()
var _candidates := SpinBox.new()
var _seed := SpinBox.new()


func _init() -> void:
	columns = 2
	_prompt.placeholder_text = "What to draw, in English or Chinese"
	_prompt.wrap_mode = TextEdit.LINE_WRAPPING_BOUNDARY
	_prompt.custom_minimum_size.y = 64
	_prompt.size_flags_horizontal = SIZE_EXPAND_FILL
	for kind in Briefs.TITLES:
		_kind.add_item(Briefs.TITLES[kind])
		_kind.set_item_metadata(-1, kind)
	_offer_sizes()
	_candidates.min_value = 1
	_candidates.max_value = 16
	_candidates.value = 4
	_seed.min_value = RANDOM
	_seed.max_value = 1 << 53
	_seed.value = RANDOM
	_seed.tooltip_text = "The same request with the same seed gives the same picture. −1: any"
	_add_row("Prompt", _prompt)
	_add_row("Kind", _kind)
	_add_row("Size", _size)
	_add_row("Candidates", _candidates)
	_add_row("Seed", _seed)
	_kind.item_selected.connect(_on_kind_selected)


## Whether there is anything to ask for.
func is_filled() -> bool:
	return not prompt().is_empty()


func prompt() -> String:
	return _prompt.text.strip_edges()


func kind() -> String:
	return _kind.get_selected_metadata()


## The `Generation` to ask a server with these extensions for.
func generation(extensions: PackedStringArray) -> Dictionary:
	var size_chosen: Vector2i = _size.get_selected_metadata()
	var count := int(_candidates.value)
	return Briefs.generation(kind(), prompt(), size_chosen, count, int(_seed.value), extensions)


## Fill in a prompt and a kind, as a person would.
func fill(new_prompt: String, new_kind: String) -> void:
	_prompt.text = new_prompt
	for index in _kind.item_count:
		if _kind.get_item_metadata(index) == new_kind:
			_kind.select(index)
			_on_kind_selected(index)


## Offer only the kinds that a server with these extensions draws.
func offer(extensions: PackedStringArray) -> void:
	for index in _kind.item_count:
		var drawn := Briefs.draws(_kind.get_item_metadata(index) as String, extensions)
		_kind.set_item_disabled(index, not drawn)
		_kind.set_item_tooltip(index, "" if drawn else "This server cannot draw it.")


func _add_row(title: String, field: Control) -> void:
	var label := Label.new()
	label.text = title
	label.size_flags_vertical = SIZE_SHRINK_BEGIN
	add_child(label)
	field.size_flags_horizontal = SIZE_EXPAND_FILL
	add_child(field)


func _offer_sizes() -> void:
	_size.clear()
	var unit := " tiles" if kind() == "scene" else ""
	for size_offered in Briefs.sizes(kind()):
		_size.add_item("%d × %d%s" % [size_offered.x, size_offered.y, unit])
		_size.set_item_metadata(-1, size_offered)
	_size.select(1)


func _on_kind_selected(_index: int) -> void:
	_offer_sizes()
	_candidates.editable = kind() != "scene"
	kind_changed.emit(kind())
