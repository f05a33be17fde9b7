@tool
extends RefCounted
## What came of a call: `failure` is null when it went well, and then the rest is filled.

const Failure := preload("failure.gd")

var failure: Failure

## The message of a unary call.
var body: Dictionary = {}

## The bytes of an asset.
var bytes := PackedByteArray()

## Exported files by their relative paths.
var files: Dictionary[String, PackedByteArray] = {}
