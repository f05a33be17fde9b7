@tool
extends ItemList
## What was drawn before, newest first, with a small picture each.

signal chosen(generation: Dictionary)

const Client := preload("limner_client.gd")
const Drawn := preload("drawn.gd")
const Importer := preload("importer.gd")

const MOST := 20
const SIDE := 32

var _client: Client
var _reading := 0  # counts the readings, so that an old one knows that it is


func _init(client: Client) -> void:
	_client = client
	fixed_icon_size = Vector2i.ONE * SIDE
	texture_filter = CanvasItem.TEXTURE_FILTER_NEAREST
	item_selected.connect(_on_item_selected)


## Ask the server for the list, then for one picture after the other.
func refresh() -> void:
	_reading += 1
	var reading := _reading
	var reply := await _client.list(MOST)
	if reply.failure != null or reading != _reading:
		return
	clear()
	for generation: Dictionary in reply.body.get("generations", []):
		if generation.get("state", "") == "STATE_SUCCEEDED":
			var index := add_item(Drawn.title_of(generation))
			set_item_metadata(index, generation)
	await _illustrate(reading)


func _illustrate(reading: int) -> void:
	for index in item_count:
		var generation: Dictionary = get_item_metadata(index)
		var choices := Drawn.choices(generation.get("assets", []) as Array)
		if choices.is_empty():
			continue
		var reply := await _client.read(choices[0].name)
		if reading != _reading:
			return
		var picture := Importer.image_of(reply.bytes) if reply.failure == null else null
		if picture != null:
			set_item_icon(index, ImageTexture.create_from_image(picture))


func _on_item_selected(index: int) -> void:
	chosen.emit(get_item_metadata(index) as Dictionary)
