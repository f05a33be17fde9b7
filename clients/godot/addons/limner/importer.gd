@tool
class_name LimnerImporter
extends RefCounted
## Puts exported files where Godot finds them and loads the resources in them.
##
## Godot reads pictures of a project only once its editor has imported them. In the editor, set
## `settle` to what waits for that. In a game the default makes textures of the pictures under
## their own paths, so that the `.tres` and `.tscn` files beside them find them.

const Failure := preload("failure.gd")
const Reply := preload("reply.gd")

const PICTURES: Array[String] = ["png", "webp", "jpg"]

## Where the files go, such as `res://limner` in the editor.
var folder := "user://limner"

## Called with the paths of new files, and awaited, before any of them is loaded.
var settle: Callable = adopt

## The textures made so far, by path; this keeps them in Godot's cache.
var adopted: Dictionary[String, ImageTexture] = {}


## Write files, each whole or not at all. Null, or why one could not be written.
func store(files: Dictionary[String, PackedByteArray]) -> Failure:
	for path in files:
		if not is_inside(path):
			return Failure.new(
				"invalid_argument", "%s leads out of %s; not written" % [path, folder]
			)
		var failure := _written(folder.path_join(path), files[path])
		if failure != null:
			return failure
	return null


## Write files and load the one at `main`. Null and a failure in `into` where that fails.
func import(files: Dictionary[String, PackedByteArray], main: String, into: Reply) -> Resource:
	into.failure = store(files)
	if into.failure != null:
		return null
	var paths: Array[String] = []
	for path in files:
		paths.append(folder.path_join(path))
	await settle.call(paths)
	var resource := loaded(folder.path_join(main))
	if resource == null:
		into.failure = Failure.new("unreadable", "Godot cannot load %s." % folder.path_join(main))
	return resource


## The resource at a path as it is on disk now. One that is in use already is changed in place.
func loaded(path: String) -> Resource:
	if path.get_extension() in PICTURES:
		return adopted[path] if adopted.has(path) else ResourceLoader.load(path)
	var resource := ResourceLoader.load(path, "", ResourceLoader.CACHE_MODE_REPLACE)
	if resource != null:
		resource.emit_changed()
	return resource


## Make textures of the pictures among the paths; those made before are changed in place.
func adopt(paths: Array[String]) -> void:
	for path in paths:
		if path.get_extension() in PICTURES:
			var picture := image_of(FileAccess.get_file_as_bytes(path))
			if picture == null:
				push_error("%s is no picture that Godot can read" % path)
			else:
				show(path, picture)


## Give the texture at a path this picture.
func show(path: String, picture: Image) -> void:
	if adopted.has(path):
		adopted[path].set_image(picture)
		return
	var texture := ImageTexture.create_from_image(picture)
	texture.take_over_path(path)
	adopted[path] = texture


## Whether a relative path stays in the folder.
static func is_inside(path: String) -> bool:
	if path.is_empty() or path.is_absolute_path() or path.contains("\\") or path.contains(":"):
		return false
	return not ".." in path.split("/")


## The picture in a file's bytes, by what it starts with; null where there is none.
static func image_of(bytes: PackedByteArray) -> Image:
	var picture := Image.new()
	var error := ERR_FILE_UNRECOGNIZED
	if bytes.slice(1, 4).get_string_from_ascii() == "PNG":
		error = picture.load_png_from_buffer(bytes)
	elif bytes.slice(8, 12).get_string_from_ascii() == "WEBP":
		error = picture.load_webp_from_buffer(bytes)
	elif bytes.slice(0, 2) == PackedByteArray([0xff, 0xd8]):
		error = picture.load_jpg_from_buffer(bytes)
	return picture if error == OK else null


static func _written(path: String, content: PackedByteArray) -> Failure:
	DirAccess.make_dir_recursive_absolute(path.get_base_dir())
	var part := path + ".part"
	var file := FileAccess.open(part, FileAccess.WRITE)
	if file == null:
		return _unwritten(path, FileAccess.get_open_error())
	file.store_buffer(content)
	file.close()
	var error := DirAccess.rename_absolute(part, path)
	return null if error == OK else _unwritten(path, error)


static func _unwritten(path: String, error: Error) -> Failure:
	return Failure.new("internal", "%s cannot be written: %s" % [path, error_string(error)])
