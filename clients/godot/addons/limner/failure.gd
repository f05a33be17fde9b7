@tool
class_name LimnerFailure
extends RefCounted
## Why something did not work: a code that programs tell it by, and a sentence that says what to do.

const JsonMessage := preload("json_message.gd")

const ABSENT := "absent"  ## Nothing answers at the address.
const CUT := "cut"  ## The connection broke before the answer was whole.
const TOO_OLD := "too_old"  ## The server is older than this addon.
const CANCELLED := "canceled"  ## Given up on this side.
const UNREADABLE := "unreadable"  ## What came is not what was asked for.

## What may go away by itself: asking again is worth it.
const PASSING: Array[String] = [ABSENT, CUT, "unavailable", "resource_exhausted", "aborted"]

## The codes of the Connect protocol for HTTP replies without one.
const BY_STATUS: Dictionary[int, String] = {
	400: "internal",
	401: "unauthenticated",
	403: "permission_denied",
	404: "unimplemented",
	429: "unavailable",
	502: "unavailable",
	503: "unavailable",
	504: "unavailable",
}

var code: String
var message: String


func _init(a_code: String, a_message: String) -> void:
	code = a_code
	message = a_message


## Whether asking again later may help.
func passes() -> bool:
	return code in PASSING


static func absent(address: String) -> LimnerFailure:
	var text := "No Limner server answers at %s. Start one with `limner serve --web %s`, "
	text += "or change the address in the settings."
	return new(ABSENT, text % [address, address.trim_prefix("http://")])


static func cut(address: String) -> LimnerFailure:
	return new(CUT, "The connection to %s broke." % address)


static func too_old(address: String, version: String, needed: String) -> LimnerFailure:
	var text := "The server at %s is Limner %s; this addon needs %s or newer. Update the server."
	return new(TOO_OLD, text % [address, version, needed])


static func unreadable(address: String) -> LimnerFailure:
	var text := "What answers at %s is no Limner server. Check the address in the settings."
	return new(UNREADABLE, text % address)


## The failure in a Connect error's JSON, as in a reply's body or a stream's end.
static func of_error(error: Dictionary, address: String) -> LimnerFailure:
	var code_said := str(error.get("code", "unknown"))
	var said := str(error.get("message", ""))
	if code_said == "unauthenticated":
		var text := "The server at %s refuses the key; set the right one in the settings. It says: %s"
		return new(code_said, text % [address, said])
	return new(code_said, said if said else code_said.replace("_", " "))


## The failure of a reply that is not 200.
static func of_reply(status: int, body: PackedByteArray, address: String) -> LimnerFailure:
	var parsed: Variant = JsonMessage.of(body)
	if parsed is Dictionary and (parsed as Dictionary).has("code"):
		return of_error(parsed as Dictionary, address)
	if status == 404 or not BY_STATUS.has(status):
		return unreadable(address)
	return of_error({"code": BY_STATUS[status], "message": "HTTP status %d" % status}, address)
