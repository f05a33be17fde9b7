@tool
extends RefCounted
## Waits until the editor has imported new files of the project.

const PATIENCE_MS := 20000
const Importer := preload("importer.gd")


## Come back when the pictures among the paths can be loaded, or after `PATIENCE_MS`.
func settle(paths: Array[String]) -> void:
	var files := EditorInterface.get_resource_filesystem()
	var tree := Engine.get_main_loop() as SceneTree
	var end := Time.get_ticks_msec() + PATIENCE_MS
	while files.is_scanning():  # one that began before the files were there
		await tree.process_frame
	files.scan()
	await tree.process_frame
	while files.is_scanning() or not _are_imported(paths):
		if Time.get_ticks_msec() > end:
			return
		await tree.process_frame


static func _are_imported(paths: Array[String]) -> bool:
	for path in paths:
		if path.get_extension() in Importer.PICTURES and not ResourceLoader.exists(path):
			return false
	return true
