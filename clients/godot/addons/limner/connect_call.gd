@tool
extends RefCounted
## One call of the Connect protocol over HTTP/1.1. Nothing blocks: call `poll` every frame.
##
## A unary call receives one message, a stream any number; then it is finished: null, or why not.

signal received(message: Dictionary)
signal finished(failure: Failure)

const Endpoint := preload("endpoint.gd")
const Envelopes := preload("envelopes.gd")
const Failure := preload("failure.gd")
const JsonMessage := preload("json_message.gd")

const BUDGET_USEC := 4000  ## Reading stops for this frame after so long.
const PATIENCE_S := 30.0  ## How long a unary call may take, and a stream to connect.

var done := false

## A stream that brings nothing for so long counts as cut; 0 for one that may be silent.
var silence_s := 0.0

var _endpoint: Endpoint
var _path: String
var _headers: PackedStringArray
var _request: PackedByteArray
var _streaming: bool
var _http := HTTPClient.new()
var _asked := false
var _answered := false  # the headers of the reply are here
var _waited_s := 0.0
var _silent_s := 0.0
var _body := PackedByteArray()
var _envelopes := Envelopes.new()


func _init(
	endpoint: Endpoint, method: String, request: Dictionary, key: String, streaming: bool
) -> void:
	_endpoint = endpoint
	_path = "/limner.v1." + method
	_streaming = streaming
	var type := "application/connect+json" if streaming else "application/json"
	_headers = ["Content-Type: " + type, "Connect-Protocol-Version: 1"]
	if key:
		_headers.append("Authorization: Bearer " + key)
	if streaming:
		_request = Envelopes.wrapped(request)
	else:
		_request = JSON.stringify(request).to_utf8_buffer()
		_headers.append("Connect-Timeout-Ms: %d" % int(PATIENCE_S * 1000))
	var options := TLSOptions.client() if endpoint.encrypted else null
	if _http.connect_to_host(endpoint.host, endpoint.port, options) != OK:
		_http.close()


## Go on where the network lets us; `delta` is the time since the last call, in seconds.
func poll(delta: float) -> void:
	if done:
		return
	_waited_s += delta
	_silent_s += delta
	if silence_s > 0.0 and _silent_s > silence_s:
		_finish(Failure.cut(str(_endpoint)))
		return
	_http.poll()
	match _http.get_status():
		HTTPClient.STATUS_RESOLVING, HTTPClient.STATUS_CONNECTING:
			_lose_patience(Failure.absent(str(_endpoint)))
		HTTPClient.STATUS_CONNECTED when not _asked:
			_ask()
		HTTPClient.STATUS_REQUESTING:
			if not _streaming:  # a stream's headers may come with its first message
				_lose_patience(Failure.cut(str(_endpoint)))
		HTTPClient.STATUS_BODY:
			_read()
		HTTPClient.STATUS_CONNECTED, HTTPClient.STATUS_DISCONNECTED:
			_conclude()
		_:
			_finish(_lost())


## Give up, without a signal.
func cancel() -> void:
	done = true
	_http.close()


func _ask() -> void:
	_asked = true
	if _http.request_raw(HTTPClient.METHOD_POST, _path, _headers, _request) != OK:
		_finish(_lost())


func _read() -> void:
	_answered = true
	var stop := Time.get_ticks_usec() + BUDGET_USEC
	while not done and _http.get_status() == HTTPClient.STATUS_BODY:
		var piece := _http.read_response_body_chunk()
		if piece.is_empty():
			return
		_silent_s = 0.0
		if _streaming and _http.get_response_code() == 200:
			_hand_out(piece)
		else:
			_body.append_array(piece)
		if Time.get_ticks_usec() > stop:
			return


func _hand_out(piece: PackedByteArray) -> void:
	for message in _envelopes.messages(piece):
		received.emit(message)
		if done:  # a listener gave up
			return
	if _envelopes.broken:
		_finish(Failure.unreadable(str(_endpoint)))
	elif _envelopes.ended:
		_conclude()


func _conclude() -> void:
	var status := _http.get_response_code() if _asked else 0
	if status == 0:
		_finish(_lost())
	elif status != 200:
		_finish(Failure.of_reply(status, _body, str(_endpoint)))
	elif _streaming:
		_conclude_stream()
	else:
		_conclude_unary()


func _conclude_stream() -> void:
	if not _envelopes.ended:
		_finish(Failure.cut(str(_endpoint)))
	elif _envelopes.ending.get("error") is Dictionary:
		_finish(Failure.of_error(_envelopes.ending.error as Dictionary, str(_endpoint)))
	else:
		_finish(null)


func _conclude_unary() -> void:
	var parsed: Variant = JsonMessage.of(_body)
	if parsed != null:
		received.emit(parsed)
		_finish(null)
	else:
		_finish(Failure.unreadable(str(_endpoint)))


# A browser does not say whether it reached anybody before the first answer.
func _lost() -> Failure:
	var reached := _answered or _asked and not OS.has_feature("web")
	return Failure.cut(str(_endpoint)) if reached else Failure.absent(str(_endpoint))


func _lose_patience(failure: Failure) -> void:
	if _waited_s > PATIENCE_S:
		_finish(failure)


func _finish(failure: Failure) -> void:
	if done:
		return
	done = true
	_http.close()
	finished.emit(failure)
