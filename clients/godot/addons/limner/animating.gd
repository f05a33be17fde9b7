@tool
extends "commission.gd"
## A figure that was picked, animated: a request for each action, one after the other.

const Asking := preload("commission.gd")

var _part: Asking
var _asked: Array[Asking] = []  # each lives on: the next one begins while it is telling its end
var _parts_done := 0
var _parts := 0


## Let the figure of `asset`, one of `drawing`, do each of the actions. At the end `generation` is
## the drawing with this figure alone and the frames of all actions.
func animate(drawing: Dictionary, asset: Dictionary, actions: Array[String]) -> void:
	var assets: Array[Dictionary] = [asset]
	_parts = actions.size()
	for action in actions:
		var failure := await _animated(asset, action)
		if failure != null:
			_end(failure)
			return
		assets.append_array(_part.generation.get("assets", []) as Array)
		_parts_done += 1
	generation = drawing.merged({"assets": assets}, true)
	_end(null)


## Stop it, here and on the server.
func cancel() -> void:
	if _part != null:
		_part.cancel()


func _animated(asset: Dictionary, action: String) -> Failure:
	_part = Asking.new(_client)
	_asked.append(_part)
	_part.progressed.connect(_on_part_progressed.bind(action))
	_part.previewed.connect(previewed.emit)
	_part.start(Briefs.animated(asset, action))
	var failure: Failure = await _part.ended
	return failure


func _on_part_progressed(share: float, text: String, action: String) -> void:
	progressed.emit((_parts_done + share) / _parts, "%s: %s" % [action.capitalize(), text])
