extends Node3D
# Loads the StandardMaterial3D at arguments.path (a .tres, or a .glb that carries one) on a square that fills the stage; draws
# its albedo without light and says its maps.

const Picture := preload("res://picture.gd")
const MAPS := ["albedo_texture", "normal_texture", "roughness_texture", "metallic_texture", "ao_texture", "emission_texture", "heightmap_texture"]

var arguments := {}
var said := {}

func _ready() -> void:
	var material: BaseMaterial3D
	if arguments.path.ends_with(".glb"):
		material = from_glb()
	else:
		material = load(arguments.path)
	said.class = material.get_class()
	said.name = material.resource_name
	said.maps = {}
	for name: String in MAPS:
		var texture: Texture2D = material.get(name)
		if texture:
			said.maps[name] = Picture.of(texture.get_image())
	said.channels = {
		"roughness": material.roughness_texture_channel,
		"metallic": material.metallic_texture_channel,
		"ao": material.ao_texture_channel,
	}
	said.enabled = {"normal": material.normal_enabled, "ao": material.ao_enabled, "emission": material.emission_enabled}
	said.factors = {"roughness": material.roughness, "metallic": material.metallic, "albedo": material.albedo_color.to_html()}
	said.transparency = material.transparency
	said.texture_filter = material.texture_filter
	said.texture_repeat = material.texture_repeat
	show_flat(material.duplicate())

func from_glb() -> BaseMaterial3D:
	var document := GLTFDocument.new()
	var state := GLTFState.new()
	said.error = document.append_from_file(arguments.path, state)
	var scene := document.generate_scene(state)
	add_child(scene)
	var mesh: MeshInstance3D = scene.find_children("*", "MeshInstance3D", true, false)[0]
	var box := mesh.get_aabb()
	said.mesh = {"size": [box.size.x, box.size.y, box.size.z], "vertices": mesh.mesh.surface_get_arrays(0)[Mesh.ARRAY_VERTEX].size()}
	said.tangents = mesh.mesh.surface_get_arrays(0)[Mesh.ARRAY_TANGENT] != null
	mesh.visible = false
	return mesh.mesh.surface_get_material(0)

func show_flat(material: BaseMaterial3D) -> void:
	material.shading_mode = BaseMaterial3D.SHADING_MODE_UNSHADED
	material.emission_enabled = false
	material.texture_filter = BaseMaterial3D.TEXTURE_FILTER_NEAREST
	material.heightmap_enabled = false
	var square := MeshInstance3D.new()
	square.mesh = QuadMesh.new()
	square.material_override = material
	add_child(square)
	var camera := Camera3D.new()
	camera.projection = Camera3D.PROJECTION_ORTHOGONAL
	camera.size = 1.0
	camera.position.z = 2.0
	add_child(camera)
