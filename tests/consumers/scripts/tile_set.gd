extends Node2D
# Loads the TileSet at arguments.path and lays its tiles out in reading order, or paints arguments.cells, a list for each terrain,
# with Godot's own brush. Says the terrains, each tile's peering bits and solid shapes, and which tiles the brush chose.

const BITS := {
	"top": TileSet.CELL_NEIGHBOR_TOP_SIDE, "top_right": TileSet.CELL_NEIGHBOR_TOP_RIGHT_CORNER,
	"right": TileSet.CELL_NEIGHBOR_RIGHT_SIDE, "bottom_right": TileSet.CELL_NEIGHBOR_BOTTOM_RIGHT_CORNER,
	"bottom": TileSet.CELL_NEIGHBOR_BOTTOM_SIDE, "bottom_left": TileSet.CELL_NEIGHBOR_BOTTOM_LEFT_CORNER,
	"left": TileSet.CELL_NEIGHBOR_LEFT_SIDE, "top_left": TileSet.CELL_NEIGHBOR_TOP_LEFT_CORNER,
}

var arguments := {}
var said := {"terrains": [], "tiles": [], "chosen": []}

func _ready() -> void:
	var tiles: TileSet = load(arguments.path)
	for set_index in tiles.get_terrain_sets_count():
		var names := []
		for terrain in tiles.get_terrains_count(set_index):
			names.append(tiles.get_terrain_name(set_index, terrain))
		said.terrains.append({"mode": tiles.get_terrain_set_mode(set_index), "names": names})
	var layer := TileMapLayer.new()
	layer.tile_set = tiles
	add_child(layer)
	var source_id := tiles.get_source_id(0)
	var source: TileSetAtlasSource = tiles.get_source(source_id)
	for index in source.get_tiles_count():
		var at := source.get_tile_id(index)
		layer.set_cell(at, source_id, at)
		said.tiles.append(described(tiles, source.get_tile_data(at, 0), at))
	if arguments.has("cells"):
		layer.visible = false
		paint(tiles)

func described(tiles: TileSet, tile: TileData, at: Vector2i) -> Dictionary:
	var one := {"at": [at.x, at.y], "terrain_set": tile.terrain_set, "terrain": tile.terrain, "bits": {}, "solid": 0}
	if tile.terrain_set >= 0:
		for name: String in BITS:
			if tile.is_valid_terrain_peering_bit(BITS[name]):
				one.bits[name] = tile.get_terrain_peering_bit(BITS[name])
	one.custom = {}
	for index in tiles.get_custom_data_layers_count():
		one.custom[tiles.get_custom_data_layer_name(index)] = tile.get_custom_data_by_layer_id(index)
	if tiles.get_physics_layers_count() > 0:
		one.solid = tile.get_collision_polygons_count(0)
	return one

func paint(tiles: TileSet) -> void:
	var layer := TileMapLayer.new()
	layer.tile_set = tiles
	add_child(layer)
	for terrain in arguments.cells.size():
		var cells: Array[Vector2i] = []
		for cell: Array in arguments.cells[terrain]:
			cells.append(Vector2i(cell[0], cell[1]))
		layer.set_cells_terrain_connect(cells, 0, terrain, false)
	for cell in layer.get_used_cells():
		var at := layer.get_cell_atlas_coords(cell)
		said.chosen.append([cell.x, cell.y, at.x, at.y])
