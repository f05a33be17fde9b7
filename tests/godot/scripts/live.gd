extends Node2D
# A game with a live server at arguments.address: refused with a wrong key; draws, while the server ends and comes back (at
# arguments.cue it is told when); cancels; and shows res://art/hero.png, whose new art is published meanwhile. Says all.

const Client := preload("res://addons/limner/limner_client.gd")
const Drawn := preload("res://addons/limner/drawn.gd")
const Commission := preload("res://addons/limner/commission.gd")
const Delivery := preload("res://addons/limner/delivery.gd")
const HotReload := preload("res://addons/limner/hot_reload.gd")
const Importer := preload("res://addons/limner/importer.gd")
const Reply := preload("res://addons/limner/reply.gd")

var arguments := {}
var said := {"scene_nodes": [], "sequences": [], "states": [], "lost": []}
var client := Client.new()


func run() -> void:
	client.address = arguments.address
	client.key = "lk_wrong"
	add_child(client)
	said.refused = (await client.check()).message
	client.key = arguments.key
	said.checked = await client.check() == null
	said.extensions = client.extensions
	var asset := await draw()
	await cancel()
	await make_scene()
	await show_new_art(asset)


func draw() -> String:
	var brief := {"prompt": "a castle", "seed": "7", "model": arguments.model, "sampling": {"steps": 100}}
	var reply := await client.create({"image": brief})
	var stream := client.watch(reply.body.generation.name as String)
	var last := {}
	stream.received.connect(
		func(message: Dictionary) -> void:
			last.merge(message.event.generation as Dictionary, true)
			said.sequences.append(Client.whole(message.event.sequence))
			said.states.append(last.state)
			if last.get("progress", 0.0) > 0.0 and not said.has("cued"):
				said.cued = true
				cue()
	)
	stream.interrupted.connect(func(failure: Client.Failure, _wait: float) -> void: said.lost.append(failure.code))
	said.ended = await stream.finished == null
	return last.assets[0].name


func cue() -> void:
	var cues := Client.new()
	cues.address = arguments.cue
	add_child(cues)
	cues.unary("Cue", {})


func cancel() -> void:
	var brief := {"prompt": "a castle", "seed": "8", "model": arguments.model, "candidates": 16, "sampling": {"steps": 200}}
	var reply := await client.create({"image": brief})
	var name: String = reply.body.generation.name
	await client.cancel(name)
	var stream := client.watch(name)
	stream.received.connect(func(message: Dictionary) -> void: said.cancelled = message.event.generation.state)
	await stream.finished


# Through the delivery, as the dock has it.
func make_scene() -> void:
	var brief := {"prompt": "an island with a castle", "widthTiles": 16, "heightTiles": 16, "tileSize": 16, "seed": "4"}
	brief.model = arguments.model
	var commission := Commission.new(client)
	commission.start({"scene": brief})
	var failure: Client.Failure = await commission.ended
	var generation := commission.generation
	var shown: Dictionary = Drawn.choices(generation.assets as Array)[0]
	var problems := Reply.new()
	var delivery := Delivery.new(client, Importer.new())
	var node: Node2D = await delivery.built(generation, shown, Delivery.nodes_for("scene")[0], problems)
	said.scene_faults = [failure, problems.failure]
	node.position.y = 32
	add_child(node)
	said.scene_asset = shown.name
	said.scene_name = str(node.name)
	for child in node.get_children():
		said.scene_nodes.append([child.get_class(), child.get_child_count() > 0])


func show_new_art(asset: String) -> void:
	var hero := Sprite2D.new()
	hero.centered = false
	hero.texture = load("res://art/hero.png")
	said.texture = hero.texture.get_class()
	add_child(hero)
	var hot := HotReload.new()
	hot.address = client.address
	hot.key = client.key
	hot.project = "game"
	add_child(hot)
	await hot.subscribed
	var gone := {"path": "art/villain.png", "digest": ""}
	var unused := {"path": "art/other.png", "digest": "1".repeat(64), "sizeBytes": "1"}
	var art := {"path": "art/hero.png", "digest": "2".repeat(64), "sizeBytes": "1"}
	for files: Array in [[gone], [unused], [art]]:
		var publication := {"project": "game", "key": "hero.asset.toml#hero", "files": files, "asset": asset}
		client.unary("AssetService/PublishAssetChanges", {"publications": [publication]})
	said.reloaded = await hot.reloaded
	said.everything = []
	hot.reloaded.connect(func(paths: Array[String]) -> void: said.everything = paths)
	await hot.reload_everything()
	said.asset = asset
