extends Node3D
# Loads the StandardMaterial3D at arguments.path (a .tres, or a .glb that carries one), draws it on a square that fills the stage
# (the GLB's own, where it is one) and says its maps. Without arguments.light, where the light comes from, only the albedo shows.

const Picture := preload("res://picture.gd")
const MAPS := ["albedo_texture", "normal_texture", "roughness_texture", "metallic_texture", "ao_texture", "emission_texture", "heightmap_texture"]

var arguments := {}
var said := {}
var square: Mesh = QuadMesh.new()

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
	show_on_square(material.duplicate())

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
	if said.mesh.vertices == 4:
		square = mesh.mesh
	return mesh.mesh.surface_get_material(0)

func show_on_square(material: BaseMaterial3D) -> void:
	material.texture_filter = BaseMaterial3D.TEXTURE_FILTER_NEAREST
	material.heightmap_enabled = false
	if arguments.has("light"):
		var light := DirectionalLight3D.new()
		add_child(light)
		light.look_at_from_position(Vector3(arguments.light[0], arguments.light[1], arguments.light[2]), Vector3.ZERO)
	else:
		material.shading_mode = BaseMaterial3D.SHADING_MODE_UNSHADED
		material.emission_enabled = false
	var shown := MeshInstance3D.new()
	shown.mesh = square
	shown.material_override = material
	add_child(shown)
	var camera := Camera3D.new()
	camera.projection = Camera3D.PROJECTION_ORTHOGONAL
	camera.size = 1.0
	camera.position.z = 2.0
	add_child(camera)
