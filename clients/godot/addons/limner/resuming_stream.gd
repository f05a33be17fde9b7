@tool
extends RefCounted
## A server stream that survives its connections.
##
## Cut off, it waits a little and asks again for what comes after the last sequence that it saw.

signal received(message: Dictionary)
signal interrupted(failure: Failure, wait_s: float)  ## It will be tried again after so long.
signal finished(failure: Failure)

const BackOff := preload("back_off.gd")
const ConnectCall := preload("connect_call.gd")
const Failure := preload("failure.gd")

var done := false

## The last sequence that was seen; negative before the first.
var sequence := -1

var _open: Callable  # (after_sequence: int) -> ConnectCall
var _sequence_of: Callable  # (message: Dictionary) -> int
var _endless: bool
var _call: ConnectCall
var _back_off := BackOff.new()
var _wait_s := 0.0


## `open` starts the call, `sequence_of` reads a message's place. An endless stream is opened
## again when it ends well.
func _init(open: Callable, sequence_of: Callable, after: int, endless: bool) -> void:
	_open = open
	_sequence_of = sequence_of
	_endless = endless
	sequence = after


func poll(delta: float) -> void:
	if done:
		return
	if _call == null:
		_wait_s -= delta
		if _wait_s <= 0.0:
			_start()
	else:
		var call := _call  # it may end, and be let go, while it is polled
		call.poll(delta)


## Give up, without a signal.
func cancel() -> void:
	done = true
	if _call != null:
		_call.cancel()


func _start() -> void:
	_call = _open.call(sequence)
	_call.received.connect(_on_received)
	_call.finished.connect(_on_finished)


func _on_received(message: Dictionary) -> void:
	var place: int = _sequence_of.call(message)
	_back_off.reset()
	if place <= sequence:
		return  # seen before the connection broke, or a sign of life
	sequence = place
	received.emit(message)


func _on_finished(failure: Failure) -> void:
	_call = null
	if done:
		return
	if failure == null and not _endless:
		done = true
		finished.emit(null)
	elif failure == null or failure.passes():
		_wait_s = _back_off.taken()
		interrupted.emit(failure, _wait_s)
	else:
		done = true
		finished.emit(failure)
