@tool
class_name LimnerClient
extends Node
## Talks to a Limner server over its HTTP door. In the tree it needs no care; nothing ever blocks.
##
## [codeblock]
## var client := LimnerClient.new()
## client.address = "http://127.0.0.1:8080"
## add_child(client)
## var reply := await client.create({"image": {"prompt": "a red dragon"}})
## [/codeblock]
## Messages are those of `proto/limner/v1` as JSON: names in lowerCamelCase, bytes in base64,
## 64-bit numbers as strings.

const BackOff := preload("back_off.gd")
const ConnectCall := preload("connect_call.gd")
const Endpoint := preload("endpoint.gd")
const Failure := preload("failure.gd")
const Reply := preload("reply.gd")
const ResumingStream := preload("resuming_stream.gd")

const OLDEST_SERVER := "0.1.0"
const SILENCE_S := 60.0  ## The server says every 20 s that it is there; after so long it is not.
const TRIES := 4  ## Of a create whose connection breaks; its request id makes that safe.

## Where the server is: `http://host:port`, `https://host`.
@export var address := "http://127.0.0.1:8080"

## The API key; empty for a server that asks for none.
@export var key := ""

## What the server can do, by name; filled by `check`.
var extensions := PackedStringArray()

## The version of the server; filled by `check`.
var server_version := ""

var _calls: Array[ConnectCall] = []
var _streams: Array[ResumingStream] = []


func _process(delta: float) -> void:
	for call: ConnectCall in _calls.duplicate():
		call.poll(delta)
	for stream: ResumingStream in _streams.duplicate():
		stream.poll(delta)
	_calls = _calls.filter(func(call: ConnectCall) -> bool: return not call.done)
	_streams = _streams.filter(func(stream: ResumingStream) -> bool: return not stream.done)


func _exit_tree() -> void:
	close()


## Give up everything that is under way.
func close() -> void:
	for call in _calls:
		call.cancel()
	for stream in _streams:
		stream.cancel()
	_calls.clear()
	_streams.clear()


## Whether the server is there, new enough, and takes the key. Null when all is well.
func check() -> Failure:
	var described := await unary("ServerService/GetServer", {})
	if described.failure != null:
		return described.failure
	if not described.body.has("version"):
		return Failure.unreadable(address)
	server_version = described.body.version
	extensions = PackedStringArray(described.body.get("extensions", []) as Array)
	if _older(server_version, OLDEST_SERVER):
		return Failure.too_old(address, server_version, OLDEST_SERVER)
	var listed := await list(1)  # a server may describe itself to everybody; this needs the key
	return listed.failure


## Ask for art: `generation` holds one brief. What was accepted is in `body.generation`.
func create(generation: Dictionary) -> Reply:
	var request := {"generation": generation, "requestId": _fresh_id()}
	var back_off := BackOff.new()
	var reply := await unary("GenerationService/CreateGeneration", request)
	for attempt in TRIES - 1:
		if reply.failure == null or reply.failure.code != Failure.CUT:
			break
		await get_tree().create_timer(back_off.taken()).timeout
		reply = await unary("GenerationService/CreateGeneration", request)
	return reply


## Whether the server says that it can do this.
func can(extension: String) -> bool:
	return extension in extensions


## Whether the server would accept this `Generation`; nothing is drawn.
func would_draw(generation: Dictionary) -> bool:
	var request := {"generation": generation, "dryRun": true}
	return (await unary("GenerationService/CreateGeneration", request)).failure == null


## Follow a generation to its end, through lost connections: messages are `WatchGenerationResponse`.
func watch(generation: String, after := 0) -> ResumingStream:
	var open := func(seen: int) -> ConnectCall:
		var request := {"name": generation, "afterSequence": str(maxi(seen, 0)), "previews": true}
		return _call("GenerationService/WatchGeneration", request, true)
	var sequence_of := func(message: Dictionary) -> int:
		return whole((message.get("event", {}) as Dictionary).get("sequence", 0))
	return _followed(ResumingStream.new(open, sequence_of, after, false))


## Follow files that `limner watch` writes, for ever, from now on or after a sequence: messages are
## `WatchAssetsResponse`. An empty project means all.
func watch_files(project := "", after := -1) -> ResumingStream:
	var open := func(seen: int) -> ConnectCall:
		var request: Dictionary = {"kinds": ["KIND_PUBLISHED"], "project": project}
		if seen >= 0:
			request["afterSequence"] = str(seen)
		var call := _call("AssetService/WatchAssets", request, true)
		call.silence_s = SILENCE_S
		return call
	var sequence_of := func(message: Dictionary) -> int: return whole(message.get("sequence", 0))
	return _followed(ResumingStream.new(open, sequence_of, after, true))


## Stop a generation.
func cancel(generation: String) -> Reply:
	return await unary("GenerationService/CancelGeneration", {"name": generation})


## The newest generations, in `body.generations`.
func list(most := 50) -> Reply:
	return await unary("GenerationService/ListGenerations", {"pageSize": most})


## The bytes of an asset, in `bytes`.
func read(asset: String) -> Reply:
	var reply := Reply.new()
	var take := func(message: Dictionary) -> void:
		reply.bytes.append_array(raw(message.get("data", "")))
	reply.failure = await _streamed("AssetService/ReadAsset", {"name": asset}, take)
	return reply


## Assets as the files of a format, in `files`.
func export_assets(assets: Array[String], format: String, stem: String) -> Reply:
	var reply := Reply.new()
	var take := func(message: Dictionary) -> void:
		var path: String = message.get("path", "")
		var content: PackedByteArray = reply.files.get(path, PackedByteArray())
		content.append_array(raw(message.get("data", "")))
		reply.files[path] = content
	var request := {"names": assets, "format": format, "stem": stem}
	reply.failure = await _streamed("AssetService/ExportAssets", request, take)
	return reply


## Any unary method of the protocol, such as `ModelService/ListModels`.
func unary(method: String, request: Dictionary) -> Reply:
	var reply := Reply.new()
	var call := _call(method, request, false)
	_calls.append(call)
	call.received.connect(func(message: Dictionary) -> void: reply.body = message)
	reply.failure = await call.finished
	return reply


## A 64-bit number of the protocol, which is a string in JSON.
static func whole(value: Variant) -> int:
	return int(str(value))


## Bytes of the protocol, which are base64 in JSON.
static func raw(value: Variant) -> PackedByteArray:
	return Marshalls.base64_to_raw(str(value)) if value else PackedByteArray()


func _streamed(method: String, request: Dictionary, take: Callable) -> Failure:
	var call := _call(method, request, true)
	_calls.append(call)
	call.received.connect(take)
	var failure: Failure = await call.finished
	return failure


func _call(method: String, request: Dictionary, streaming: bool) -> ConnectCall:
	return ConnectCall.new(Endpoint.new(address), method, request, key, streaming)


func _followed(stream: ResumingStream) -> ResumingStream:
	_streams.append(stream)
	return stream


static func _older(version: String, than: String) -> bool:
	var ours := version.split(".")
	var theirs := than.split(".")
	for part in theirs.size():
		var one := ours[part].to_int() if part < ours.size() else 0
		if one != theirs[part].to_int():
			return one < theirs[part].to_int()
	return false


static func _fresh_id() -> String:
	return "%08x%08x%08x%08x" % [randi(), randi(), randi(), randi()]
