extends Node2D
# Loads the resource at arguments.path, and nothing else.

var arguments := {}
var said := {}

func _ready() -> void:
	load(arguments.path)
