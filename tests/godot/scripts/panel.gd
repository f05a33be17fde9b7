extends Control
# The dock, used as a person does, by what is written on it: connects to arguments.address, draws each of arguments.drawings
# ({prompt, kind, size, candidates, seed}), picks the last candidate and inserts it. The nodes then stand in a row on the stage, or, with
# arguments.shown, the dock fills it. Says what was seen.

const Dock := preload("res://addons/limner/dock.gd")

var arguments := {}
var said := {"drawings": []}
var dock := Dock.new()
var nodes: Array[Node] = []


func run() -> void:
	dock.client.address = arguments.address
	dock.client.key = arguments.key
	dock.built.connect(func(node: Node) -> void: nodes.append(node))
	dock.set_anchors_preset(PRESET_FULL_RECT)
	add_child(dock)
	set_anchors_preset(PRESET_FULL_RECT)
	press("Connect")
	await until(func() -> bool: return text_with("Limner ") != "")
	said.connected = text_with("Limner ")
	for drawing: Dictionary in arguments.drawings:
		said.drawings.append(await drawn(drawing))
	if arguments.get("shown", false):
		return
	dock.visible = false
	var x := 0.0
	for node in nodes:
		node.set("centered", false)
		node.set("position", Vector2(x, 0))
		add_child(node)
		x += 64


func drawn(drawing: Dictionary) -> Dictionary:
	(field("Prompt") as TextEdit).text = drawing.prompt
	choose(field("Kind") as OptionButton, drawing.kind)
	choose(field("Size") as OptionButton, drawing.size)
	(field("Candidates") as SpinBox).value = drawing.candidates
	(field("Seed") as SpinBox).value = drawing.seed
	var seen := {"progress": [], "previews": 0}
	press("Draw")
	await watched(seen, drawing.candidates)
	pictures()[-1].button_pressed = true
	var before := nodes.size()
	press("Insert")
	await until(func() -> bool: return nodes.size() > before)
	seen.node = [nodes[-1].get_class(), str(nodes[-1].name)]
	return seen


# Waits for so many candidates, and notes each progress and counts the previews that the dock shows meanwhile.
func watched(seen: Dictionary, candidates: int) -> void:
	var bar: ProgressBar = dock.find_children("*", "ProgressBar", true, false)[0]
	var preview: TextureRect = dock.find_children("*", "TextureRect", true, false)[0]
	var last: Texture2D = null
	while pictures().size() < candidates:
		if preview.texture != null and preview.texture != last:
			last = preview.texture
			seen.previews += 1
		if bar.visible and (seen.progress.is_empty() or seen.progress[-1] != bar.value):
			seen.progress.append(bar.value)
		await get_tree().process_frame


func until(is_true: Callable) -> void:
	while not is_true.call():
		await get_tree().process_frame


# The field beside a label.
func field(title: String) -> Control:
	for label: Label in dock.find_children("*", "Label", true, false):
		if label.text == title:
			return label.get_parent().get_child(label.get_index() + 1)
	return null


func choose(menu: OptionButton, title: String) -> void:
	for index in menu.item_count:
		if menu.get_item_text(index) == title:
			menu.select(index)
			menu.item_selected.emit(index)


func press(title: String) -> void:
	for button: Button in dock.find_children("*", "Button", true, false):
		if button.text == title and not button.disabled:
			button.pressed.emit()


func text_with(start: String) -> String:
	for label: Label in dock.find_children("*", "Label", true, false):
		if label.text.begins_with(start):
			return label.text
	return ""


# The candidates' buttons.
func pictures() -> Array[Button]:
	var found: Array[Button] = []
	for button: Button in dock.find_children("*", "Button", true, false):
		if button.toggle_mode and button.icon != null and button is not OptionButton:
			found.append(button)
	return found
