@tool
extends RefCounted
## One request for art, followed from the sentence to the pictures.

signal progressed(share: float, text: String)
signal previewed(preview: Image)
signal ended(failure: Failure)

const Briefs := preload("briefs.gd")
const Client := preload("limner_client.gd")
const Failure := preload("failure.gd")
const Importer := preload("importer.gd")
const ResumingStream := preload("resuming_stream.gd")

## The `Generation` as it was heard of last.
var generation: Dictionary = {}
var done := false

## The name on the server; empty before it is accepted.
var name: String:
	get:
		return generation.get("name", "")

var _client: Client
var _stream: ResumingStream


func _init(client: Client) -> void:
	_client = client


## Ask, and follow what is accepted.
func start(asked: Dictionary) -> void:
	progressed.emit(0.0, "Asking…")
	var reply := await _client.create(asked)
	if reply.failure != null:
		_end(reply.failure)
		return
	generation = reply.body.get("generation", {})
	if done:  # cancelled meanwhile
		_client.cancel(name)
		return
	_stream = _client.watch(name)
	_stream.received.connect(_on_received)
	_stream.interrupted.connect(_on_interrupted)
	_stream.finished.connect(_on_finished)


## Stop it, here and on the server.
func cancel() -> void:
	if done:
		return
	if _stream != null:
		_stream.cancel()
		_client.cancel(name)
	_end(Failure.new(Failure.CANCELLED, "Cancelled."))


func _on_received(message: Dictionary) -> void:
	var event: Dictionary = message.get("event", {})
	generation = event.get("generation", generation)
	progressed.emit(generation.get("progress", 0.0), _said())
	var preview := Client.raw(event.get("previewPng", ""))
	if preview:
		var picture := Importer.image_of(preview)
		if picture != null:
			previewed.emit(picture)


func _on_interrupted(failure: Failure, wait_s: float) -> void:
	var why := failure.message if failure != null else "The server ended the connection."
	var share: float = generation.get("progress", 0.0)
	progressed.emit(share, "%s Trying again in %.1f s…" % [why, wait_s])


func _on_finished(failure: Failure) -> void:
	if failure != null:
		_end(failure)
		return
	match generation.get("state", ""):
		"STATE_SUCCEEDED":
			_end(null)
		"STATE_CANCELLED":
			_end(Failure.new(Failure.CANCELLED, "Cancelled."))
		_:
			var error: Dictionary = generation.get("error", {})
			_end(Failure.new(error.get("code", "unknown"), error.get("message", "It failed.")))


func _said() -> String:
	if generation.get("state", "") == "STATE_QUEUED":
		var before: int = generation.get("queuePosition", 0)
		return "Waiting: %d before it" % before if before else "Next in the queue"
	return "Drawing…"


func _end(failure: Failure) -> void:
	done = true
	ended.emit(failure)
