extends Node2D
# Says the metadata of the resource at arguments.path as Godot understands it: by name, its type and its text.

var arguments := {}
var said := {}

func _ready() -> void:
	var resource: Resource = load(arguments.path)
	for key in resource.get_meta_list():
		var value: Variant = resource.get_meta(key)
		said[key] = {"type": type_string(typeof(value)), "text": var_to_str(value)}
		if value is String or value is StringName or value is NodePath:
			said[key].text = str(value)
