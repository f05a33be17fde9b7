@tool
extends RefCounted
## Reads messages, without a word to the console about bytes that are none.


## The JSON object in UTF-8 bytes, or null.
static func of(bytes: PackedByteArray) -> Variant:
	var reader := JSON.new()
	if reader.parse(bytes.get_string_from_utf8()) != OK or reader.data is not Dictionary:
		return null
	return reader.data
