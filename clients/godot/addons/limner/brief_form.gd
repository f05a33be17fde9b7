@tool
extends GridContainer
## What to draw and how: the fields of a request. Each kind has fields of its own.

signal kind_changed(kind: String)

const ActionsMenu := preload("actions_menu.gd")
const Briefs := preload("briefs.gd")
const Wish := preload("wish.gd")

const RANDOM := -1
const ONE_DIRECTION := "One, to pick from candidates"
const REPEATS: Array[String] = ["Both ways", "Across", "Down"]
const VIEWS: Array[String] = ["From above", "From the side"]
const SURFACES: Array[String] = ["Colours and normals", "Material for 3D"]

var _prompt := TextEdit.new()
var _kind := OptionButton.new()
var _size := OptionButton.new()
var _actions := ActionsMenu.new()
var _directions := OptionButton.new()
var _repeats := OptionButton.new()
var _maps := OptionButton.new()
var _view := OptionButton.new()
var _candidates := SpinBox.new()
var _seed := SpinBox.new()


func _init() -> void:
	columns = 2
	_prompt.placeholder_text = "What to draw, in English or Chinese"
	_prompt.wrap_mode = TextEdit.LINE_WRAPPING_BOUNDARY
	_prompt.custom_minimum_size.y = 64
	_prompt.size_flags_horizontal = SIZE_EXPAND_FILL
	for kind_offered in Briefs.TITLES:
		_kind.add_item(Briefs.TITLES[kind_offered])
		_kind.set_item_metadata(-1, kind_offered)
	for count in Briefs.DIRECTIONS:
		_directions.add_item(str(count) if count > 1 else ONE_DIRECTION)
		_directions.set_item_metadata(-1, count)
	_fill_in(_repeats, REPEATS)
	_fill_in(_maps, SURFACES)
	_fill_in(_view, VIEWS)
	_candidates.min_value = 1
	_candidates.max_value = 16
	_candidates.value = 4
	_seed.min_value = RANDOM
	_seed.max_value = 1 << 53
	_seed.value = RANDOM
	_seed.tooltip_text = "The same request with the same seed gives the same picture. −1: any"
	_lay_out()
	_kind.item_selected.connect(_on_kind_selected)
	_offer_fields()


## Whether there is anything to ask for.
func is_filled() -> bool:
	return not prompt().is_empty()


func prompt() -> String:
	return _prompt.text.strip_edges()


func kind() -> String:
	return _kind.get_selected_metadata()


## What figures are to do.
func actions() -> Array[String]:
	return _actions.chosen()


## All of it.
func wish() -> Wish:
	var said := Wish.new()
	said.kind = kind()
	said.prompt = prompt()
	said.size = _size.get_selected_metadata()
	said.candidates = int(_candidates.value)
	said.chosen_seed = int(_seed.value)
	said.actions = actions()
	said.directions = _directions.get_selected_metadata()
	said.tile_x = REPEATS[_repeats.selected] != "Down"
	said.tile_y = REPEATS[_repeats.selected] != "Across"
	said.material = _maps.selected > 0
	said.from_side = _view.selected > 0
	return said


## Fill in a prompt and a kind, as a person would.
func fill(new_prompt: String, new_kind: String) -> void:
	_prompt.text = new_prompt
	for index in _kind.item_count:
		if _kind.get_item_metadata(index) == new_kind and index != _kind.selected:
			_kind.select(index)
			_on_kind_selected(index)


## Offer only the kinds that a server with these extensions draws.
func offer(extensions: PackedStringArray) -> void:
	for index in _kind.item_count:
		var drawn := Briefs.draws(_kind.get_item_metadata(index) as String, extensions)
		_kind.set_item_disabled(index, not drawn)
		_kind.set_item_tooltip(index, "" if drawn else "This server cannot draw it.")
	_actions.disabled = not Briefs.ANIMATION in extensions


## Offer several directions, or say that the server does not draw them.
func offer_directions(drawn: bool) -> void:
	for index in range(1, _directions.item_count):
		_directions.set_item_disabled(index, not drawn)
		_directions.set_item_tooltip(index, "" if drawn else "This server draws one direction.")
	if not drawn:
		_directions.select(0)


func _lay_out() -> void:
	_add_row("Prompt", _prompt)
	_add_row("Kind", _kind)
	_add_row("Size", _size)
	_add_row("Actions", _actions)
	_add_row("Directions", _directions)
	_add_row("Repeats", _repeats)
	_add_row("Maps", _maps)
	_add_row("View", _view)
	_add_row("Candidates", _candidates)
	_add_row("Seed", _seed)


func _add_row(title: String, field: Control) -> void:
	var label := Label.new()
	label.text = title
	label.size_flags_vertical = SIZE_SHRINK_BEGIN
	add_child(label)
	field.size_flags_horizontal = SIZE_EXPAND_FILL
	add_child(field)


# Show the fields that the kind has.
func _offer_fields() -> void:
	var figure := kind() in Briefs.FIGURES
	var texture := kind() == "texture"
	var scene := kind() == "scene"
	_show_row(_actions, figure)
	_show_row(_directions, figure)
	_show_row(_repeats, texture)
	_show_row(_maps, texture)
	_show_row(_view, scene)
	_show_row(_candidates, not scene)
	_offer_sizes()


func _show_row(field: Control, shown: bool) -> void:
	field.visible = shown
	(get_child(field.get_index() - 1) as Control).visible = shown


func _offer_sizes() -> void:
	_size.clear()
	var unit := " tiles" if kind() == "scene" else ""
	for size_offered in Briefs.sizes(kind()):
		_size.add_item("%d × %d%s" % [size_offered.x, size_offered.y, unit])
		_size.set_item_metadata(-1, size_offered)
	_size.select(1)


func _on_kind_selected(_index: int) -> void:
	_offer_fields()
	kind_changed.emit(kind())


static func _fill_in(menu: OptionButton, titles: Array[String]) -> void:
	for title in titles:
		menu.add_item(title)
