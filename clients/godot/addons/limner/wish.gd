@tool
extends RefCounted
## What a person asks for, as the form says it.

## One of the kinds in the menu.
var kind := "character"

var prompt := ""

## In pixels; of a scene in tiles.
var size := Vector2i.ONE * 64

var candidates := 4

## What decides the noise; below 0 the server chooses.
var chosen_seed := -1

## What a figure can do, such as `walk`.
var actions: Array[String] = []

## Into how many directions a figure looks: 1, 4 or 8.
var directions := 1

## Whether a texture continues at its right edge, and at its lower one.
var tile_x := true
var tile_y := true

## Whether a texture comes with the maps of a material for 3D.
var material := false

## Whether a scene is seen from the side, not from above.
var from_side := false
