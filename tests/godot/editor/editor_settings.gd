@tool
class_name EditorSettings
extends Resource
# Stands in for the editor's class.

signal settings_changed

var values: Dictionary[String, Variant] = {}
var initial: Dictionary[String, Variant] = {}
var described: Dictionary[String, Dictionary] = {}
var _changed: Array[String] = []


func has_setting(name: String) -> bool:
	return values.has(name)


func set_setting(name: String, value: Variant) -> void:
	values[name] = value
	_changed = [name]
	settings_changed.emit()


func get_setting(name: String) -> Variant:
	return values.get(name)


func set_initial_value(name: StringName, value: Variant, _update_current: bool) -> void:
	initial[str(name)] = value


func add_property_info(info: Dictionary) -> void:
	described[info.name as String] = info


func check_changed_settings_in_group(prefix: String) -> bool:
	return _changed.any(func(name: String) -> bool: return name.begins_with(prefix))
