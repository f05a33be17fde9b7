@tool
extends RefCounted
## How long to wait before the next try: twice as long each time, up to a limit.

const FIRST_S := 0.25
const LONGEST_S := 15.0

var _next_s := FIRST_S


## The time to wait now, in seconds.
func taken() -> float:
	var now := _next_s
	_next_s = minf(_next_s * 2.0, LONGEST_S)
	return now


## Something worked: the next wait is short again.
func reset() -> void:
	_next_s = FIRST_S
