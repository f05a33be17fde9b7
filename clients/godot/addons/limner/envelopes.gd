@tool
extends RefCounted
## Takes a stream of Connect envelopes apart, in whatever pieces its bytes come.
##
## An envelope is a byte of flags, the length in four bytes, big end first, and a JSON message.
## Source: connectrpc.com/docs/protocol.

const JsonMessage := preload("json_message.gd")

const HEAD := 5
const COMPRESSED := 1
const END := 2
const LONGEST := 64 * 1024 * 1024  ## A message that claims to be longer is no message.

## Whether the envelope came that ends a stream; without it the stream was cut.
var ended := false

## What the last envelope said: `error` when the call failed.
var ending: Dictionary = {}

## Whether the bytes made no sense.
var broken := false

var _rest := PackedByteArray()


## The messages that are complete with these bytes.
func messages(bytes: PackedByteArray) -> Array[Dictionary]:
	var found: Array[Dictionary] = []
	_rest.append_array(bytes)
	var at := 0
	while not broken and _rest.size() - at >= HEAD:
		var length := _length(at)
		if length > LONGEST or _rest[at] & COMPRESSED:
			broken = true
		elif _rest.size() - at - HEAD < length:
			break
		else:
			_take(_rest[at], _rest.slice(at + HEAD, at + HEAD + length), found)
			at += HEAD + length
	_rest = _rest.slice(at)
	return found


func _take(flags: int, content: PackedByteArray, found: Array[Dictionary]) -> void:
	var parsed: Variant = JsonMessage.of(content)
	if parsed == null:
		broken = true
	elif flags & END:
		ended = true
		ending = parsed
	else:
		found.append(parsed)


func _length(at: int) -> int:
	return _rest[at + 1] << 24 | _rest[at + 2] << 16 | _rest[at + 3] << 8 | _rest[at + 4]


## A message as the one envelope of a request.
static func wrapped(message: Dictionary) -> PackedByteArray:
	var content := JSON.stringify(message).to_utf8_buffer()
	var head := PackedByteArray([0, 0, 0, 0, 0])
	for byte in 4:
		head[1 + byte] = content.size() >> (24 - 8 * byte) & 0xff
	return head + content
