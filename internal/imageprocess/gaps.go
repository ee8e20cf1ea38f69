package imageprocess

// Gap is something that OSS does and the engine does not.
type Gap struct {
	Action string // as in a process string: "format,avif"
	Does   string // what the engine does instead
}

// Gaps returns what OSS does with pictures and the engine does not, in the order of the documentation.
func Gaps() []Gap {
	const unknown = "refused as an unknown action"
	return []Gap{
		{"blindwatermark", unknown},
		{"crop,g_auto", "refused as an unknown place"},
		{"crop,g_face", "refused as an unknown place"},
		{"blur,g_face", unknown},
		{"blur,g_faces", unknown},
		{"format,avif", "refused as an unknown format"},
		{"format,heic", "refused as an unknown format"},
		{"format,bmp", "transparent parts become white"},
		{"quality,lossless", "refused as no number"},
		{"faces", unknown},
		{"bodies", unknown},
		{"cars", unknown},
		{"codes", unknown},
		{"labels", unknown},
		{"score", unknown},
		{"cropping", unknown},
	}
}
