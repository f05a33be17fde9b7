@tool
class_name LimnerDock
extends VBoxContainer
## The panel: a sentence becomes pictures, the picked one a node. It knows nothing of the editor.

## A node is ready for the scene that is being edited.
signal built(node: Node)

## The user wants to change address and key.
signal settings_wanted

const Animating := preload("animating.gd")
const BriefForm := preload("brief_form.gd")
const Briefs := preload("briefs.gd")
const CandidateGrid := preload("candidate_grid.gd")
const Client := preload("limner_client.gd")
const Commission := preload("commission.gd")
const Delivery := preload("delivery.gd")
const Drawn := preload("drawn.gd")
const Failure := preload("failure.gd")
const HistoryList := preload("history_list.gd")
const Importer := preload("importer.gd")
const Reply := preload("reply.gd")

const PREVIEW_SIDE := 128.0

## Where pictures are stored and loaded from.
var importer := Importer.new()

## The connection; set its address and key, then call `connect_to_server`.
var client := Client.new()

var _commission: Commission
var _generation: Dictionary = {}  # what the candidates are of

var _state := Label.new()
var _form := BriefForm.new()
var _ask := Button.new()
var _cancel := Button.new()
var _progress := ProgressBar.new()
var _preview := TextureRect.new()
var _candidates := CandidateGrid.new()
var _node := OptionButton.new()
var _insert := Button.new()
var _message := Label.new()
var _history := HistoryList.new(client)


func _init(display_scale := 1.0) -> void:
	name = "Limner"
	client.name = "Client"
	add_child(client, false, INTERNAL_MODE_FRONT)
	_candidates.display_scale = display_scale
	_preview.custom_minimum_size = Vector2.ONE * PREVIEW_SIDE * display_scale
	_preview.expand_mode = TextureRect.EXPAND_IGNORE_SIZE
	_preview.stretch_mode = TextureRect.STRETCH_KEEP_ASPECT_CENTERED
	_preview.texture_filter = CanvasItem.TEXTURE_FILTER_NEAREST
	for label: Label in [_state, _message]:
		label.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
		label.size_flags_horizontal = SIZE_EXPAND_FILL
	_history.size_flags_vertical = SIZE_EXPAND_FILL
	_history.custom_minimum_size.y = 96.0 * display_scale
	_lay_out()
	_form.kind_changed.connect(_on_kind_changed)
	_ask.pressed.connect(ask)
	_cancel.pressed.connect(cancel)
	_insert.pressed.connect(insert)
	_candidates.picked.connect(_on_picked)
	_history.chosen.connect(_on_history_chosen)
	_be_idle()


## Look whether the server is there, and show what it drew before.
func connect_to_server() -> void:
	_state.text = "Looking for %s…" % client.address
	var failure := await client.check()
	if failure != null:
		_state.text = failure.message
		return
	_state.text = "Limner %s at %s" % [client.server_version, client.address]
	_form.offer(client.extensions)
	_history.refresh()
	_form.offer_directions(await client.would_draw(Briefs.SEVERAL_DIRECTIONS))


## Tell the user something.
func say(text: String) -> void:
	_message.text = text


## Fill in what to draw.
func fill(prompt: String, kind: String) -> void:
	_form.fill(prompt, kind)


## Ask for what the form says.
func ask() -> void:
	if not _form.is_filled():
		_message.text = "Write what to draw."
		return
	_candidates.clear()
	_generation = {}
	_message.text = ""
	_commission = Commission.new(client)
	_follow(_commission)
	_commission.ended.connect(_on_ended)
	_commission.start(Briefs.generation(_form.wish(), client.extensions))


## Stop what is being drawn.
func cancel() -> void:
	if _commission != null and not _commission.done:
		_commission.cancel()


## Show the pictures of a finished generation to pick from.
func show_generation(generation: Dictionary) -> void:
	_generation = generation
	_candidates.clear()
	_offer_nodes(Drawn.kind_of(generation))
	for asset in Drawn.choices(generation.get("assets", []) as Array):
		var reply := await client.read(asset.name)
		if generation != _generation:
			return  # another one was chosen meanwhile
		var picture := Importer.image_of(reply.bytes) if reply.failure == null else null
		if picture != null:
			_candidates.add(asset, picture)
		elif reply.failure != null:
			_message.text = reply.failure.message


## Build the picked picture's node and hand it over; a figure learns its actions first.
func insert() -> void:
	var problems := Reply.new()
	var generation := _generation
	var choice := _candidates.choice
	var type: String = _node.get_item_text(maxi(_node.selected, 0))
	_insert.disabled = true
	if _wants_actions(type):
		generation = await _animated(generation, choice, problems)
	var node: Node = null
	var delivery := Delivery.new(client, importer)  # lives as long as it is awaited
	if problems.failure == null:
		_message.text = "Fetching the files…"
		node = await delivery.built(generation, choice, type, problems)
	if _commission == null or _commission.done:  # else another drawing began meanwhile
		_be_idle()
		_message.text = ""
	if problems.failure != null:
		_message.text = problems.failure.message
	elif node != null:
		built.emit(node)


# A figure that has no frames yet, and a server that makes some.
func _wants_actions(type: String) -> bool:
	if type != "AnimatedSprite2D" or not Drawn.kind_of(_generation) in Briefs.FIGURES:
		return false
	var frames := Drawn.frames(_generation.get("assets", []) as Array)
	return frames.is_empty() and not _form.actions().is_empty() and client.can(Briefs.ANIMATION)


func _animated(generation: Dictionary, choice: Dictionary, into: Reply) -> Dictionary:
	var animating := Animating.new(client)
	_commission = animating
	_follow(animating)
	animating.animate(generation, choice, _form.actions())
	into.failure = await animating.ended
	return animating.generation


func _follow(commission: Commission) -> void:
	commission.progressed.connect(_on_progressed)
	commission.previewed.connect(_on_previewed)
	_be_busy()


func _lay_out() -> void:
	var head := HBoxContainer.new()
	head.add_child(_state)
	var retry := _button("Connect", connect_to_server)
	head.add_child(retry)
	head.add_child(_button("Settings", settings_wanted.emit))
	var buttons := HBoxContainer.new()
	_ask.text = "Draw"
	_ask.size_flags_horizontal = SIZE_EXPAND_FILL
	_cancel.text = "Cancel"
	buttons.add_child(_ask)
	buttons.add_child(_cancel)
	var insertion := HBoxContainer.new()
	_insert.text = "Insert"
	_insert.size_flags_horizontal = SIZE_EXPAND_FILL
	insertion.add_child(_node)
	insertion.add_child(_insert)
	_progress.max_value = 1.0
	_progress.step = 0.001
	var title := Label.new()
	title.text = "Drawn before"
	var rows: Array[Control] = [
		head, _form, buttons, _progress, _preview, _candidates, insertion, _message, title, _history
	]
	for row in rows:
		add_child(row)


static func _button(title: String, action: Callable) -> Button:
	var button := Button.new()
	button.text = title
	button.size_flags_vertical = SIZE_SHRINK_CENTER
	button.pressed.connect(action)
	return button


func _offer_nodes(kind: String) -> void:
	_node.clear()
	for node in Delivery.nodes_for(kind):
		_node.add_item(node)


func _be_busy() -> void:
	_ask.disabled = true
	_cancel.disabled = false
	_insert.disabled = true
	_progress.value = 0.0
	_progress.visible = true
	_preview.visible = true
	_preview.texture = null


func _be_idle() -> void:
	_ask.disabled = false
	_cancel.disabled = true
	_insert.disabled = _candidates.choice.is_empty()
	_progress.visible = false
	_preview.visible = false


func _on_kind_changed(kind: String) -> void:
	if _generation.is_empty():
		_offer_nodes(kind)


func _on_progressed(share: float, text: String) -> void:
	_progress.value = maxf(_progress.value, share)
	_message.text = text


func _on_previewed(picture: Image) -> void:
	_preview.texture = ImageTexture.create_from_image(picture)


func _on_ended(failure: Failure) -> void:
	_be_idle()
	var warnings := PackedStringArray(_commission.generation.get("warnings", []) as Array)
	_message.text = failure.message if failure != null else "\n".join(warnings)
	if failure == null:
		await show_generation(_commission.generation)
		_history.refresh()


func _on_history_chosen(generation: Dictionary) -> void:
	_form.fill(Drawn.prompt_of(generation), Drawn.kind_of(generation))
	show_generation(generation)


func _on_picked(_asset: Dictionary) -> void:
	_insert.disabled = false
