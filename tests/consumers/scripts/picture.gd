# A picture as the page hands it back: {width, height, rgba: base64, rows from the top}.

static func of(image: Image) -> Dictionary:
	if image.is_compressed():
		image.decompress()
	image.clear_mipmaps()
	image.convert(Image.FORMAT_RGBA8)
	return {
		"width": image.get_width(),
		"height": image.get_height(),
		"rgba": Marshalls.raw_to_base64(image.get_data()),
	}
