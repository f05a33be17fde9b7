extends Node2D
# Follows a generation and an endless stream at arguments.address; says which sequences came, what went wrong, and after which waits.

const Client := preload("res://addons/limner/limner_client.gd")

var arguments := {}
var said := {"seen": [], "lost": [], "waits": [], "changes": [], "over": []}


func run() -> void:
	var client := Client.new()
	client.address = arguments.address
	add_child(client)
	var stream := client.watch("generations/1", 0)
	stream.received.connect(
		func(message: Dictionary) -> void:
			if message.event.sequence == "2" and said.lost.is_empty():
				client.unary("Cue", {})
			said.seen.append([message.event.sequence, message.event.get("generation", {}).get("progress", 0.0)])
	)
	stream.interrupted.connect(
		func(failure: Client.Failure, wait_s: float) -> void:
			said.lost.append(failure.code)
			said.waits.append(wait_s)
	)
	var failure: Client.Failure = await stream.finished
	said.over.append(failure.code if failure else "")
	var changes := client.watch_files("game")
	changes.received.connect(func(message: Dictionary) -> void: said.changes.append(message.sequence))
	failure = await changes.finished
	said.over.append(failure.code)
	said.over.append(failure.message)
	var reply := await client.read("assets/1")
	said.bytes = reply.bytes.get_string_from_ascii()
	reply = await client.export_assets(["assets/1"], "png", "art")
	said.files = {}
	for path in reply.files:
		said.files[path] = reply.files[path].get_string_from_ascii()
	reply = await client.create({"image": {"prompt": "x"}})
	said.created = reply.body.generation.name
