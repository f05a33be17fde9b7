@tool
extends RefCounted
## The address and the key in the editor's settings: they are the user's, not the project's.

const ADDRESS := "limner/server/address"
const KEY := "limner/server/key"
const DEFAULT_ADDRESS := "http://127.0.0.1:8080"


## Make the settings known, with their defaults and hints.
static func define(settings: EditorSettings) -> void:
	_define(settings, ADDRESS, DEFAULT_ADDRESS, PROPERTY_HINT_PLACEHOLDER_TEXT, DEFAULT_ADDRESS)
	_define(settings, KEY, "", PROPERTY_HINT_PASSWORD, "")


static func address(settings: EditorSettings) -> String:
	return settings.get_setting(ADDRESS)


static func key(settings: EditorSettings) -> String:
	return settings.get_setting(KEY)


## Whether one of them was changed just now.
static func changed(settings: EditorSettings) -> bool:
	return settings.check_changed_settings_in_group("limner/server")


static func _define(
	settings: EditorSettings, name: String, value: String, hint: int, hint_string: String
) -> void:
	if not settings.has_setting(name):
		settings.set_setting(name, value)
	settings.set_initial_value(name, value, false)
	settings.add_property_info(
		{"name": name, "type": TYPE_STRING, "hint": hint, "hint_string": hint_string}
	)
