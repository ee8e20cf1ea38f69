package process

// imagePrefix begins the names of the operations on images. All of them but image/deblindwatermark are synchronous actions.
const imagePrefix = "image/"

// Sources of facts about images that the page of an action does not state.
const (
	from2021     = "the documentation of 2021: https://github.com/AlibabaCloudDocs/oss"
	fromOverview = "https://help.aliyun.com/document_detail/183902.htm"
	fromGIFs     = "https://help.aliyun.com/document_detail/311238.html"
	fromErrors   = "OSS's pages on error codes: https://help.aliyun.com/en/oss/user-guide/"
	imageSamples = "samples of the OSS SDKs"

	onlyInSkill = "only a skill of Alibaba Cloud has it, no page of OSS"
)

// The limits of images: https://help.aliyun.com/document_detail/183902.htm and the pages of error codes
const (
	maxImageBytes  = 20 << 20
	maxImageSide   = 16384
	maxImagePixels = 4096 * 4096
	maxImageMarks  = 3 // watermark images of one request
)

const (
	sourceLimit    = "source of at most 20 MB, 30,000 px a side and 250 million pixels, all frames of an animation counted"
	resultLimit    = "result of at most 16,384 px a side and 16,777,216 px in all"
	staticGIF      = "an animated GIF becomes a still image"
	imageSourceIMM = "needs a bound IMM project"
)

var (
	pictureSources     = []string{"jpg", "png", "bmp", "gif", "webp", "tiff", "heic", "avif"}
	pictureUnconfirmed = []string{"jpeg", "tif", "heif"}
	notGIF             = []string{"jpg", "jpeg", "png", "bmp", "webp", "tiff", "tif", "heic", "heif", "avif"}

	corners = []string{"nw", "north", "ne", "west", "center", "east", "sw", "south", "se"}
	fonts   = []string{"wqy-zenhei", "wqy-microhei", "fangzhengshusong", "fangzhengkaiti", "fangzhengheiti", "fangzhengfangsong",
		"droidsansfallback"}
)

// imageActions returns the actions whose result OSS stores. Each can follow others in a chain.
func imageActions() []*Operation {
	all := []*Operation{
		imageResize(), imageCrop(), imageIndexcrop(), imageRotate(), imageAutoOrient(), imageFlip(), imageCircle(),
		imageRoundedCorners(), imageConversion(), imageQuality(), imageInterlace(), imageWatermark(), imageBlur(), imageBright(),
		imageContrast(), imageSharpen(), imageBlindwatermark(),
	}
	for _, op := range all {
		op.Synchronous, op.MaxBytes = true, maxImageBytes
		if op.Sources == nil {
			op.Sources, op.UnconfirmedSources = pictureSources, pictureUnconfirmed
		}
		op.Limits = append(op.Limits, sourceLimit, resultLimit)
	}
	return all
}

// imagePixels returns the parameter of a length in pixels, without an upper bound if most is 0.
func imagePixels(name string, least, most float64, note string) Parameter {
	return Parameter{Name: name, Kind: Int, Unit: "px", Min: least, Max: most, Note: note}
}

// value returns p as a parameter whose value is written without a name.
func (p Parameter) value() Parameter {
	p.Positional, p.Required = true, true
	return p
}

func imageResize() *Operation {
	side := func(name, note string) Parameter { return imagePixels(name, 1, maxImageSide, note) }
	longest, shortest := side("l", "longest side"), side("s", "shortest side")
	longest.IgnoredWith, shortest.IgnoredWith = []string{"w", "h"}, []string{"w", "h"}
	return &Operation{
		Name:    "image/resize",
		Summary: "Scales an image; m says whether it is cropped or padded to a box.",
		Doc:     "https://www.alibabacloud.com/help/en/oss/user-guide/resize-images-4",
		AnyOf:   []string{"w", "h", "l", "s", "p"},
		Quirks: []string{
			"without limit_0 a picture is never enlarged: a smaller one keeps its size, also with m_fixed, m_fill and m_pad",
			"one of w and h with m_fixed gives a square",
		},
		Parameters: []Parameter{
			{Name: "m", Kind: Enum, Values: []string{"lfit", "mfit", "fill", "pad", "fixed"}, Default: "lfit",
				Note: "lfit: inside the box; mfit: covers the box; fill: covers it, then the centre is cut out; " +
					"pad: inside it, then padded with color; fixed: exactly the box, distorted"},
			side("w", "width"), side("h", "height"), longest, shortest,
			{Name: "p", Kind: Int, Unit: "percent", Min: 1, Max: 1000, IgnoredWith: []string{"w", "h"}, Note: "size relative to the source"},
			{Name: "limit", Kind: Enum, Values: onOff, Default: "1", Note: "1: a smaller picture keeps its size; 0: it is enlarged"},
			{Name: "color", Kind: Color, Default: "FFFFFF", OnlyWith: []Param{{Name: "m", Value: "pad"}}, Note: "color of the padding"},
		},
	}
}

func imageCrop() *Operation {
	return &Operation{
		Name:    "image/crop",
		Summary: "Cuts out a rectangle.",
		Doc:     "https://www.alibabacloud.com/help/en/oss/user-guide/custom-crop",
		Quirks: []string{
			"a rectangle over the edge is cut at the edge, but one that begins outside of the image is refused",
		},
		Parameters: []Parameter{
			{Name: "w", Kind: Int, Unit: "px", Default: "to the edge", Note: "width"},
			{Name: "h", Kind: Int, Unit: "px", Default: "to the edge", Note: "height"},
			{Name: "x", Kind: Int, Unit: "px", Default: "0", Note: "distance from the origin to the right"},
			{Name: "y", Kind: Int, Unit: "px", Default: "0", Note: "distance from the origin downwards"},
			{Name: "g", Kind: Enum, Values: append(corners[:len(corners):len(corners)], "auto", "face"), Default: "nw",
				Note:       "cell of a grid of three by three whose corner is the origin; auto and face find the motif, which " + imageSourceIMM,
				Permission: "imm:DetectImageCropping", PermissionValues: []string{"auto", "face"}},
			{Name: "p", Kind: Int, Unit: "percent", Min: 1, Max: 200, OnlyWith: []Param{{Name: "g", Value: "face"}}, Source: fromSkill,
				Note: "size relative to the face", Unconfirmed: onlyInSkill},
			{Name: "r", Kind: Int, Source: imageSamples, Note: "no known effect", Unconfirmed: "in every SDK sample, but on no page"},
		},
	}
}

func imageIndexcrop() *Operation {
	return &Operation{
		Name:    "image/indexcrop",
		Summary: "Cuts the image into strips and keeps one.",
		Doc:     fromOverview,
		AnyOf:   []string{"x", "y"},
		Quirks:  []string{"beyond the last strip the result is the whole source, without an error", staticGIF},
		Parameters: []Parameter{
			{Name: "x", Kind: Int, Unit: "px", Min: 1, IgnoredWith: []string{"y"}, Source: from2021, Note: "width of a strip"},
			{Name: "y", Kind: Int, Unit: "px", Min: 1, Source: from2021, Note: "height of a strip"},
			{Name: "i", Kind: Int, Default: "0", Source: from2021, Note: "number of the strip, from 0"},
		},
	}
}

func imageRotate() *Operation {
	return &Operation{
		Name:    "image/rotate",
		Summary: "Turns an image clockwise.",
		Doc:     "https://www.alibabacloud.com/help/doc-detail/44690.htm",
		Limits:  []string{"source of at most 4,096 px a side"},
		Quirks:  []string{"an angle that is no multiple of 90 makes the image larger", staticGIF},
		Parameters: []Parameter{
			Parameter{Name: "rotate", Kind: Int, Unit: "degrees", Max: 360, Note: "angle, clockwise"}.value(),
		},
	}
}

func imageAutoOrient() *Operation {
	return &Operation{
		Name:    "image/auto-orient",
		Summary: "Turns an image upright, as its EXIF orientation says.",
		Doc:     "https://www.alibabacloud.com/help/doc-detail/44691.htm",
		Quirks:  []string{"an image without the tag is encoded anew all the same", staticGIF},
		Parameters: []Parameter{
			Parameter{Name: "auto-orient", Kind: Enum, Values: onOff, Note: "1: upright; 0: as stored"}.value(),
		},
	}
}

func imageFlip() *Operation {
	return &Operation{
		Name:    "image/flip",
		Summary: "Mirrors an image.",
		Doc:     "https://help.aliyun.com/en/oss/user-guide/flip-image",
		Quirks:  []string{staticGIF},
		Parameters: []Parameter{
			Parameter{Name: "flip", Kind: Enum, Values: threeWay, Note: "0: top to bottom; 1: left to right; 2: both",
				Doubt: "the page's table of values was not seen"}.value(),
		},
	}
}

const transparentOutside = "outside it the image is transparent in png, webp and bmp, and white in jpg: add format,png to keep it transparent"

func imageCircle() *Operation {
	return &Operation{
		Name:    "image/circle",
		Summary: "Cuts out a circle around the centre.",
		Doc:     "https://www.alibabacloud.com/help/doc-detail/44695.htm",
		Quirks:  []string{"the result has 2r+1 px a side, or the shorter side's if that is less", transparentOutside, staticGIF},
		Parameters: []Parameter{
			{Name: "r", Kind: Int, Unit: "px", Min: 1, Max: 4096, Required: true, Note: "radius"},
		},
	}
}

func imageRoundedCorners() *Operation {
	return &Operation{
		Name:    "image/rounded-corners",
		Summary: "Rounds the corners.",
		Doc:     "https://www.alibabacloud.com/help/zh/doc-detail/44694.htm",
		Quirks:  []string{"a radius over half the shorter side is reduced to that", transparentOutside, "not for GIF"},
		Parameters: []Parameter{
			{Name: "r", Kind: Int, Unit: "px", Min: 1, Max: 4096, Required: true, Note: "radius"},
		},
	}
}

func imageConversion() *Operation {
	return &Operation{
		Name:     "image/format",
		Summary:  "Converts an image to another format.",
		Doc:      "https://help.aliyun.com/zh/oss/user-guide/convert-image-formats-2",
		Format:   "format",
		Unpaired: map[string][]string{"gif": notGIF},
		Limits: []string{
			"webp of at most 16,383 px a side, avif of at most 4,096 x 2,304 px",
			"heic and avif are billed apart, and only Zhangjiakou, Shanghai, Hangzhou, Shenzhen, Beijing, Singapore and Virginia have them",
		},
		Quirks: []string{
			"only a GIF becomes a GIF: any other source keeps its format, without an error",
			"transparent parts turn white in jpg",
			"png and jpg of an animated GIF hold one frame; animated WebP needs a ticket",
		},
		Parameters: []Parameter{
			Parameter{Name: "format", Kind: Enum, Values: []string{"jpg", "png", "webp", "bmp", "gif", "tiff", "heic", "avif"},
				UnconfirmedValues: []string{"jpeg"}, Note: "format of the result"}.value(),
		},
	}
}

func imageQuality() *Operation {
	return &Operation{
		Name:    "image/quality",
		Summary: "Sets the quality of a JPG or WebP.",
		Doc:     "https://www.alibabacloud.com/help/doc-detail/44705.htm",
		AnyOf:   []string{"q", "Q", "quality"},
		Quirks:  []string{"other formats ignore it", "without it a result can be larger than its source", staticGIF},
		Parameters: []Parameter{
			{Name: "q", Kind: Int, Min: 1, Max: 100, IgnoredWith: []string{"Q"},
				Note: "relative to the source's quality, in percent; for WebP as Q"},
			{Name: "Q", Kind: Int, Min: 1, Max: 100, Note: "quality; a source of a lower one keeps its own"},
			{Name: "quality", Positional: true, Kind: Int, Min: 1, Max: 100, UnconfirmedValues: []string{"lossless"}, Source: fromErrors,
				Note: "quality", Unconfirmed: "no page says whether a value without a name is q or Q", Instead: "Q", ValuesConfirmed: true},
		},
	}
}

func imageInterlace() *Operation {
	return &Operation{
		Name:    "image/interlace",
		Summary: "Makes a JPG progressive: a browser shows it coarse at first.",
		Doc:     fromOverview,
		Quirks:  []string{"only for JPG: add format,jpg for other sources", staticGIF},
		Parameters: []Parameter{
			Parameter{Name: "interlace", Kind: Enum, Values: onOff, Source: from2021, Note: "1: progressive; 0: from top to bottom"}.value(),
		},
	}
}

func imageWatermark() *Operation {
	ofText, ofBoth, tiled := []string{"text"}, []string{"text", "image"}, []Param{{Name: "fill", Value: "1"}}
	skill := func(name, unit, instead, note string) Parameter {
		return Parameter{Name: name, Kind: Int, Unit: unit, Source: fromSkill, Unconfirmed: onlyInSkill, Instead: instead, Note: note}
	}
	animation := Parameter{Name: "animation", Kind: Enum, Values: onOff, Default: "0", Requires: []string{"image"}, Source: fromGIFs,
		Note: "1: on every frame of a GIF, with format,gif after it", Unconfirmed: "only an FAQ has it, no table of parameters"}
	return &Operation{
		Name:    "image/watermark",
		Summary: "Draws a text, an image, or both side by side. It may be repeated.",
		Doc:     "https://help.aliyun.com/document_detail/44957.htm",
		AnyOf:   []string{"text", "image"},
		Limits:  []string{"at most 3 images in all watermarks of a process"},
		Quirks:  []string{"on an animated GIF only an image, with animation_1"},
		Parameters: []Parameter{
			{Name: "text", Kind: Text, Max: 64, Note: "text of the watermark; whether 64 bytes or characters are the limit is not documented"},
			{Name: "type", Kind: Font, Values: fonts, Default: "wqy-zenhei", Requires: ofText, Source: from2021, Note: "font",
				Doubt: "the list of fonts is from 2021"},
			{Name: "color", Kind: Color, Default: "000000", Requires: ofText, Note: "color of the text"},
			{Name: "size", Kind: Int, Unit: "px", ExclusiveMin: true, Max: 1000, Default: "40", Requires: ofText, Note: "size of the text"},
			{Name: "shadow", Kind: Int, Unit: "percent", Max: 100, Default: "0", Requires: ofText, Source: from2021,
				Note: "opacity of the text's shadow"},
			{Name: "rotate", Kind: Int, Unit: "degrees", Max: 360, Default: "0", Requires: ofText, Source: from2021,
				Note: "angle of the text, clockwise"},
			{Name: "image", Kind: Mark, Note: "key of an image in the source's bucket; ?x-oss-process=image/resize,P_30 after it scales it to 30 % " +
				"of the picture"},
			{Name: "t", Kind: Int, Unit: "percent", Max: 100, Default: "100", Note: "opacity"},
			{Name: "g", Kind: Enum, Values: corners, Default: "se", Note: "cell of a grid of three by three"},
			{Name: "x", Kind: Int, Unit: "px", Max: 4096, Default: "10", Note: "distance from the left or right edge"},
			{Name: "y", Kind: Int, Unit: "px", Max: 4096, Default: "10", Note: "distance from the upper or lower edge"},
			{Name: "voffset", Kind: Int, Unit: "px", Min: -1000, Max: 1000, Default: "0", Note: "distance from the middle, for west, center and east"},
			{Name: "fill", Kind: Enum, Values: onOff, Default: "0", Note: "1: repeated over the whole picture"},
			{Name: "padx", Kind: Int, Unit: "px", Max: 4096, Default: "0", OnlyWith: tiled, Note: "gap between columns"},
			{Name: "pady", Kind: Int, Unit: "px", Max: 4096, Default: "0", OnlyWith: tiled, Note: "gap between rows"},
			{Name: "order", Kind: Enum, Values: onOff, Default: "0", Requires: ofBoth, Source: from2021, Note: "0: image first; 1: text first"},
			{Name: "align", Kind: Enum, Values: threeWay, Default: "2", Requires: ofBoth, Source: from2021,
				Note: "text and image: 0: tops, 1: middles, 2: bottoms in line"},
			{Name: "interval", Kind: Int, Unit: "px", Max: 1000, Default: "0", Requires: ofBoth, Source: from2021,
				Note: "gap between text and image"},
			animation,
			skill("rw", "percent", "", "width relative to the picture"), skill("rh", "percent", "", "height relative to the picture"),
			skill("aw", "px", "", "width"), skill("ah", "px", "", "height"),
			skill("P", "", "fill", "1: repeated over the whole picture"),
		},
	}
}

func imageBlur() *Operation {
	return &Operation{
		Name:    "image/blur",
		Summary: "Blurs an image, or the faces in it.",
		Doc:     "https://help.aliyun.com/en/oss/user-guide/blur",
		Quirks:  []string{staticGIF},
		Parameters: []Parameter{
			{Name: "r", Kind: Int, Unit: "px", Min: 1, Max: 50, Required: true, Note: "radius"},
			{Name: "s", Kind: Int, Min: 1, Max: 50, Required: true, Note: "standard deviation"},
			{Name: "g", Kind: Enum, Values: []string{"face", "faces"}, Default: "the whole image", Permission: "imm:DetectImageFaces",
				Note: "face: the largest face; faces: all; either " + imageSourceIMM},
			{Name: "p", Kind: Int, Unit: "percent", Min: 1, Max: 200, Requires: []string{"g"}, Note: "size relative to the face"},
		},
	}
}

// levels returns the operation that changes an image by a single number, from 2021's documentation.
func levels(name, summary string, least, most float64, note string) *Operation {
	return &Operation{
		Name: imagePrefix + name, Summary: summary, Doc: fromOverview, Quirks: []string{staticGIF},
		Parameters: []Parameter{
			Parameter{Name: name, Kind: Int, Min: least, Max: most, Source: from2021, Note: note}.value(),
		},
	}
}

func imageBright() *Operation {
	return levels("bright", "Makes an image brighter or darker.", -100, 100, "brightness; 0: unchanged")
}

func imageContrast() *Operation {
	return levels("contrast", "Changes the contrast.", -100, 100, "contrast; 0: unchanged")
}

func imageSharpen() *Operation {
	return levels("sharpen", "Sharpens an image.", 50, 399, "strength; 100 is recommended")
}

func imageBlindwatermark() *Operation {
	return &Operation{
		Name:               "image/blindwatermark",
		Summary:            "Hides a text in an image, which image/deblindwatermark reads.",
		Doc:                "https://help.aliyun.com/zh/oss/user-guide/add-blindwatermarks",
		Action:             "imm:EncodeBlindWatermark",
		Sources:            imageSources,
		UnconfirmedSources: imageUnconfirmed,
		Limits:             []string{"not for images that are pure black or white, or smaller than about 200 x 200 px"},
		Quirks:             []string{"it " + imageSourceIMM + ", and IMM bills it"},
		Parameters: []Parameter{
			{Name: "content", Kind: Text, Max: 256, Required: true, Note: "text to hide"},
			{Name: "s", Kind: Enum, Values: []string{"low", "medium", "high"}, Default: "low", Note: "strength; more withstands more changes"},
			{Name: "q", Kind: Int, Min: 70, Max: 100, Default: "90", Note: "quality of a JPG"},
			{Name: "strength", Kind: Enum, Values: []string{"low", "middle", "high"}, Excludes: []string{"s"}, Source: fromSkill,
				Note: "strength", Unconfirmed: onlyInSkill, Instead: "s"},
		},
	}
}

func videoSnapshot() *Operation {
	side := func(name, note string) Parameter {
		return Parameter{Name: name, Kind: Int, Unit: "px", Default: "0", Note: note}
	}
	longer, shorter := side("l", "longer side").from(fromErrors), side("s", "shorter side").from(fromErrors)
	shorter.Unconfirmed = "only in an example of an error"
	shorter.Instead = "w and h"
	return &Operation{
		Name:               "video/snapshot",
		Synchronous:        true,
		Summary:            "Takes one frame of a video, without IMM; video/snapshots takes several.",
		Doc:                "https://help.aliyun.com/document_detail/64555.html",
		UnconfirmedSources: videoSources,
		Format:             "f",
		Limits:             []string{"video of H.264 or H.265; OSS refuses others"},
		Quirks:             []string{"after the end of the video the last frame is taken", "each frame is billed"},
		Unconfirmed:        "the page shows only GET, and a sample of the SDK for Java that its result can be stored",
		Parameters: []Parameter{
			{Name: "t", Kind: Int, Unit: "ms", Required: true, Note: "time of the frame; 0: the first"},
			{Name: "f", Kind: Enum, Values: []string{"jpg", "png"}, Required: true, Note: "format of the image",
				Doubt: "no page says that it is required", ValuesConfirmed: true},
			side("w", "width; 0: in proportion to h, or as the video"), side("h", "height; 0: in proportion to w, or as the video"),
			longer, shorter,
			{Name: "m", Kind: Enum, Values: []string{"fast"}, Default: "the exact frame", Note: "fast: the last keyframe before t"},
			{Name: "ar", Kind: Enum, Values: []string{"auto", "h", "w"}, Source: fromErrors,
				Note: "auto: turned as the video says; h: higher than wide; w: wider than high"},
		},
	}
}
