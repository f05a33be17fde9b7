extends Control
# The dock, used as a person does, by what is written on it: connects to arguments.address, draws each of arguments.drawings
# ({prompt, kind, size, candidates, seed}), picks the last candidate (or that of number `pick`) and inserts it. The nodes then stand in a row on the stage; with
# arguments.shown (the dock's width) the dock is beside them, and they are enlarged. Says what was seen.

const Dock := preload("res://addons/limner/dock.gd")

const PATIENCE_MS := 60000

var arguments := {}
var said := {"drawings": []}
var dock := Dock.new()
var nodes: Array[Node] = []


func run() -> void:
	var stage: SubViewport = get_viewport()
	stage.render_target_update_mode = SubViewport.UPDATE_DISABLED  # only the end is looked at
	await use()
	stage.render_target_update_mode = SubViewport.UPDATE_ALWAYS


func use() -> void:
	dock.client.address = arguments.address
	dock.client.key = arguments.key
	dock.built.connect(func(node: Node) -> void: nodes.append(node))
	add_child(panel())
	press("Connect")
	await until(func() -> bool: return text_with("Limner ") != "")
	said.connected = text_with("Limner ")
	for drawing: Dictionary in arguments.drawings:
		said.drawings.append(await drawn(drawing))
	dock.visible = arguments.has("shown")
	if dock.visible:
		await until(func() -> bool: return history_is_illustrated())
		show_scene()
		return
	var x := 0.0
	for node in nodes:
		node.set("centered", false)
		node.set("position", Vector2(x, 0))
		add_child(node)
		x += 64


# The scene at the left as an editor shows it, the dock at the right.
func show_scene() -> void:
	var scene := Node2D.new()
	scene.scale = Vector2.ONE * 3
	add_child(scene)
	move_child(scene, 0)
	var places: Array = arguments.places
	for index in nodes.size():
		nodes[index].set("position", Vector2(places[index][0], places[index][1]))
		nodes[index].set("centered", false)
		if nodes[index].get("region_enabled"):
			nodes[index].set("region_rect", Rect2(0, 0, 160, 64))
		scene.add_child(nodes[index])


func history_is_illustrated() -> bool:
	var list: ItemList = dock.find_children("*", "ItemList", true, false)[0]
	for index in list.item_count:
		if list.get_item_icon(index) == null:
			return false
	return list.item_count >= 2 * nodes.size()  # each was drawn once before


# The dock on the ground that an editor gives it, at the stage's right.
func panel() -> Control:
	size = get_viewport_rect().size
	var ground := PanelContainer.new()
	var style := StyleBoxFlat.new()
	style.bg_color = Color("25282e")
	style.set_content_margin_all(8)
	ground.add_theme_stylebox_override("panel", style)
	ground.set_anchors_and_offsets_preset(PRESET_RIGHT_WIDE)
	ground.offset_left = -float(arguments.get("shown", 300))
	ground.visible = arguments.has("shown")
	ground.add_child(dock)
	return ground


func drawn(drawing: Dictionary) -> Dictionary:
	(field("Prompt") as TextEdit).text = drawing.prompt
	choose(field("Kind") as OptionButton, drawing.kind)
	choose(field("Size") as OptionButton, drawing.size)
	(field("Candidates") as SpinBox).value = drawing.candidates
	(field("Seed") as SpinBox).value = drawing.seed
	var seen := {"progress": [], "previews": 0}
	press("Draw")
	await watched(seen, drawing.candidates)
	pictures()[drawing.get("pick", -1)].button_pressed = true
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
	var end := Time.get_ticks_msec() + PATIENCE_MS
	while pictures().size() < candidates and Time.get_ticks_msec() < end:
		if preview.texture != null and preview.texture != last:
			last = preview.texture
			seen.previews += 1
		if bar.visible and (seen.progress.is_empty() or seen.progress[-1] != bar.value):
			seen.progress.append(bar.value)
		await get_tree().process_frame
	if pictures().size() < candidates:
		push_error("the dock says %s" % [texts()])


func until(is_true: Callable) -> void:
	var end := Time.get_ticks_msec() + PATIENCE_MS
	while not is_true.call() and Time.get_ticks_msec() < end:
		await get_tree().process_frame
	if not is_true.call():
		push_error("the dock says %s" % [texts()])


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
	for text in texts():
		if text.begins_with(start):
			return text
	return ""


func texts() -> Array[String]:
	var found: Array[String] = []
	for label: Label in dock.find_children("*", "Label", true, false):
		found.append(label.text)
	return found


# The candidates' buttons.
func pictures() -> Array[Button]:
	var found: Array[Button] = []
	for button: Button in dock.find_children("*", "Button", true, false):
		if button.toggle_mode and button.icon != null and button is not OptionButton:
			found.append(button)
	return found
