@tool
class_name EditorFileSystem
extends Node
# Stands in for the editor's class. A scan takes two frames; then every stored picture can be loaded, as after an import.

var importer: RefCounted  # the addon's, which knows what was stored
var scans := 0
var _until := -1


func is_scanning() -> bool:
	if _until < 0:
		return false
	if Engine.get_process_frames() < _until:
		return true
	_until = -1
	importer.call("adopt", stored(importer.get("folder") as String))
	return false


func scan() -> void:
	scans += 1
	_until = Engine.get_process_frames() + 2


static func stored(folder: String) -> Array[String]:
	var found: Array[String] = []
	if not DirAccess.dir_exists_absolute(folder):
		return found
	for name in DirAccess.get_files_at(folder):
		found.append(folder.path_join(name))
	for name in DirAccess.get_directories_at(folder):
		found.append_array(stored(folder.path_join(name)))
	return found
