extends Node2D
# Checks the servers at arguments.addresses one after the other with arguments.key; says what came of it.

const Client := preload("res://addons/limner/limner_client.gd")

var arguments := {}
var said := {"codes": [], "messages": []}


func run() -> void:
	for address: String in arguments.addresses:
		var client := Client.new()
		client.address = address
		client.key = arguments.get("key", "")
		add_child(client)
		var failure := await client.check()
		said.codes.append(failure.code if failure else "")
		said.messages.append(failure.message if failure else client.server_version)
		client.queue_free()
