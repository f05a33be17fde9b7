@tool
class_name LimnerHotReload
extends Node
## Shows in a running game what `limner watch` writes, without a restart.
##
## Put it anywhere into the tree. Textures, `.tres` and `.tscn` files that the game has loaded
## change in place, so whatever shows them shows the new art.

## The server is there, and tells of changes from now on.
signal subscribed

## These files of the game show their new content now.
signal reloaded(paths: Array[String])

## The server is away; it is asked again after so long.
signal interrupted(failure: Failure, wait_s: float)

## It is over: the server refuses.
signal failed(failure: Failure)

const Client := preload("limner_client.gd")
const Failure := preload("failure.gd")
const Importer := preload("importer.gd")
const ResumingStream := preload("resuming_stream.gd")

const TEXTS: Array[String] = ["tres", "tscn"]

## Where the server is.
@export var address := "http://127.0.0.1:8080"

## The API key; empty for a server that asks for none.
@export var key := ""

## The project whose files are followed; empty for all.
@export var project := ""

## Where the project's folder lies in the game.
@export var folder := "res://"

## What makes resources of files.
var importer := Importer.new()

## In the editor, what imports the files at given paths; it changes pictures in place by itself.
var settle := Callable()

## Where the project of the game lies on this disk; nowhere in an exported game.
var project_root := ProjectSettings.globalize_path("res://")

var _client := Client.new()
var _stream: ResumingStream
var _known: Dictionary[String, Dictionary] = {}  # by path: the publication that told of it last
var _digests: Dictionary[String, String] = {}  # by path: what is shown


func _ready() -> void:
	_client.address = address
	_client.key = key
	add_child(_client)
	_stream = _client.watch_files(project)
	_stream.received.connect(_on_received)
	_stream.interrupted.connect(interrupted.emit)
	_stream.finished.connect(failed.emit)


## Show what is on disk, or on the server, at each of these paths.
func reload(paths: Array[String]) -> void:
	var shown: Array[String] = []
	if settle.is_valid() and not paths.is_empty():
		await settle.call(paths)
	for path: String in paths.filter(_is_picture):
		if settle.is_valid() or ResourceLoader.has_cached(path) and await _repaint(path):
			shown.append(path)
	for path in paths:
		if path.get_extension() in TEXTS and ResourceLoader.has_cached(path):
			if importer.loaded(path) != null:
				shown.append(path)
	if not shown.is_empty():
		reloaded.emit(shown)


## Show all that the game has loaded as it is now, when nobody knows what changed.
func reload_everything() -> void:
	var paths := _loaded_below(folder)
	for path in _known:
		if not path in paths:
			paths.append(path)
	await reload(paths)


func _on_received(message: Dictionary) -> void:
	if not message.has("change"):
		subscribed.emit()
		return
	var change: Dictionary = message.change
	match change.get("kind", ""):
		"KIND_PUBLISHED":
			reload(_news(change.get("publication", {}) as Dictionary))
		"KIND_RESET":  # what happened meanwhile can no longer be told
			reload_everything()


# The paths whose content is not what is shown; files that are gone keep their last art.
func _news(publication: Dictionary) -> Array[String]:
	var paths: Array[String] = []
	for file: Dictionary in publication.get("files", []):
		var path := _place(publication, file.path as String)
		var digest: String = file.get("digest", "")
		if path and digest and digest != _digests.get(path, ""):
			_digests[path] = digest
			_known[path] = publication
			paths.append(path)
	return paths


# The path in the game; empty for what the editor's project does not hold.
func _place(publication: Dictionary, path: String) -> String:
	if not Importer.is_inside(path):
		return ""
	var on_disk := (publication.get("folder", "") as String).path_join(path)
	if project_root.begins_with("/") or project_root.contains(":/"):
		if on_disk.begins_with(project_root):
			return "res://" + on_disk.trim_prefix(project_root)
	return "" if settle.is_valid() and publication.has("folder") else folder.path_join(path)


func _repaint(path: String) -> bool:
	var picture := Importer.image_of(await _content(path))
	if picture == null:
		return false
	var texture := ResourceLoader.load(path) as Texture2D
	if texture is ImageTexture:
		(texture as ImageTexture).set_image(picture)
	elif texture != null:
		_replace(texture, picture, path)
	return texture != null


# The file of the game's own disk; on another machine, and in the web, the picture on the server.
func _content(path: String) -> PackedByteArray:
	if FileAccess.file_exists(path):
		return FileAccess.get_file_as_bytes(path)
	var publication: Dictionary = _known.get(path, {})
	var files: Array = publication.get("files", [])
	var pictures := files.filter(_has_picture)
	if not publication.has("asset") or pictures.size() != 1:
		return PackedByteArray()
	return (await _client.read(publication.asset as String)).bytes


# Textures that the editor imported have no setter; their pixels are exchanged where they are drawn.
static func _replace(texture: Texture2D, picture: Image, path: String) -> void:
	if picture.get_size() != Vector2i(texture.get_size()):
		push_warning("%s has another size now; the game shows it right after a restart" % path)
	var fresh := RenderingServer.texture_2d_create(picture)
	RenderingServer.texture_replace(texture.get_rid(), fresh)


static func _loaded_below(place: String) -> Array[String]:
	var found: Array[String] = []
	for entry in ResourceLoader.list_directory(place):
		var path := place.path_join(entry)
		if entry.ends_with("/"):
			found.append_array(_loaded_below(path))
		elif entry.get_extension() in Importer.PICTURES + TEXTS and ResourceLoader.has_cached(path):
			found.append(path)
	return found


static func _has_picture(file: Dictionary) -> bool:
	return _is_picture(file.path as String)


static func _is_picture(path: String) -> bool:
	return path.get_extension() in Importer.PICTURES
