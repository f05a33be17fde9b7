@tool
extends RefCounted
## Where the server is: `http://host:port`, `https://host`, or `host:port`.

var host: String
var port: int
var encrypted: bool

var _text: String


func _init(address: String) -> void:
	_text = address.strip_edges().trim_suffix("/")
	encrypted = _text.begins_with("https://")
	var rest := _text.trim_prefix("https://").trim_prefix("http://").get_slice("/", 0)
	var colon := rest.rfind(":")
	var has_port := colon > rest.rfind("]")  # the colons of [::1] are not the port's
	host = (rest.substr(0, colon) if has_port else rest).trim_prefix("[").trim_suffix("]")
	port = rest.substr(colon + 1).to_int() if has_port else (443 if encrypted else 80)


func _to_string() -> String:
	return _text
