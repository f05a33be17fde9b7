extends Control
# The dock, used as a person does, by what is written on it: connects to arguments.address, draws each of arguments.drawings
# ({prompt, kind, size, candidates, seed, and by their labels `menus`, `actions`}), picks the last candidate (or that of number `pick`) and
# inserts it (as `node`); one with `again` is chosen from the history by its words; one with `cancel` is cancelled. The nodes then stand in
# a row on the stage; with arguments.shown (the dock's width) the dock is beside them, and they are enlarged. Says what was seen.

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
		if drawing.has("cancel"):
			said.cancelled = await cancelled(drawing)
		else:
			said.drawings.append(await drawn(drawing))
	said.offered = offered()
	dock.visible = arguments.has("shown")
	if dock.visible:
		await until(func() -> bool: return history_is_illustrated())
		show_scene()
		return
	var x := 0.0
	for node in nodes:
		node.set("centered", false)
		if node is Node2D:
			node.set("position", Vector2(x, 0))
		add_child(node)
		if node is AnimatedSprite2D:
			(node as AnimatedSprite2D).stop()  # at its first frame
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
	var seen := {"progress": [], "previews": 0}
	if drawing.has("again"):
		choose_again(drawing.again as String)
		await until(func() -> bool: return not pictures().is_empty())
	else:
		fill_in(drawing)
		press("Draw")
		await watched(seen, drawing.candidates)
	pictures()[drawing.get("pick", -1)].button_pressed = true
	if drawing.has("node"):
		choose_node(drawing.node as String)
	var before := nodes.size()
	press("Insert")
	await until(func() -> bool: return nodes.size() > before)
	seen.node = [nodes[-1].get_class(), str(nodes[-1].name)]
	seen.made = described(nodes[-1])
	return seen


# What the dock says of a drawing that is stopped as soon as it has begun.
func cancelled(drawing: Dictionary) -> String:
	fill_in(drawing)
	press("Draw")
	await until(func() -> bool: return text_with("Drawing") != "")
	press("Cancel")
	await until(func() -> bool: return text_with("Cancelled") != "")
	return text_with("Cancelled")


func fill_in(drawing: Dictionary) -> void:
	(field("Prompt") as TextEdit).text = drawing.prompt
	choose(field("Kind") as OptionButton, drawing.kind as String)
	choose(field("Size") as OptionButton, drawing.size as String)
	for label: String in drawing.get("menus", {}):
		choose(field(label) as OptionButton, drawing.menus[label] as String)
	if drawing.has("actions"):
		tick(field("Actions") as MenuButton, drawing.actions as Array)
	(field("Candidates") as SpinBox).value = drawing.candidates
	(field("Seed") as SpinBox).value = drawing.seed


func described(node: Node) -> Dictionary:
	if node is AnimatedSprite2D:
		var frames := (node as AnimatedSprite2D).sprite_frames
		var made := {"plays": (node as AnimatedSprite2D).animation}
		for animation in frames.get_animation_names():
			made[animation] = [frames.get_frame_count(animation), frames.get_animation_loop(animation)]
		return made
	if node is MeshInstance3D:
		var material: StandardMaterial3D = (node as MeshInstance3D).material_override
		var maps := []
		for map in ["albedo", "normal", "roughness", "metallic", "ao", "heightmap"]:
			if material.get(map + "_texture") != null:
				maps.append(map)
		return {"maps": maps, "normals": material.normal_enabled, "repeats": material.texture_repeat}
	if node is Sprite2D and (node as Sprite2D).region_enabled:
		var size := (node as Sprite2D).region_rect.size / (node as Sprite2D).texture.get_size()
		return {"times": [size.x, size.y], "texture": (node as Sprite2D).texture.get_class()}
	return {}


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


# Leave exactly these ticked.
func tick(menu: MenuButton, titles: Array) -> void:
	var popup := menu.get_popup()
	for index in popup.item_count:
		if popup.is_item_checked(index) != (popup.get_item_text(index) in titles):
			popup.index_pressed.emit(index)


# What figures can be asked for: what the button of actions says, and which directions are not greyed.
func offered() -> Dictionary:
	var directions := field("Directions") as OptionButton
	var open := []
	for index in directions.item_count:
		if not directions.is_item_disabled(index):
			open.append(directions.get_item_text(index))
	return {"actions": (field("Actions") as MenuButton).text, "directions": open}


func choose_node(title: String) -> void:
	for menu: OptionButton in dock.find_children("*", "OptionButton", true, false):
		choose(menu, title)


func choose_again(title: String) -> void:
	var list: ItemList = dock.find_children("*", "ItemList", true, false)[0]
	for index in list.item_count:
		if list.get_item_text(index) == title:
			list.item_selected.emit(index)


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
