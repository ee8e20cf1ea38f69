package process

import (
	"slices"
	"sync"
)

// The facts in this file are from the page in Doc. A fact from elsewhere has a Source, and one that no page confirms is
// marked as Unconfirmed or Doubt: it leads to a warning at most.

const (
	fromIMM    = "IMM API reference, CreateMediaConvertTask: https://help.aliyun.com/zh/imm/developer-reference/api-imm-2020-09-30-createmediaconverttask"
	fromSample = "sample of the OSS SDK for PHP V2: https://help.aliyun.com/zh/oss/developer-reference/asynchronous-processing-using-oss-sdk-for-php-v2"
	fromSkill  = "https://github.com/aliyun/alibabacloud-aiops-skills, alibabacloud-oss-media-process"
)

// Extensions and formats: https://help.aliyun.com/zh/oss/user-guide/introduction-2/
var (
	audioSources = []string{
		"wav", "pcm", "tta", "flac", "au", "ape", "mp3", "wma", "ogg", "aac", "ra", "midi", "mpc", "mv", "aif", "aiff", "m4a",
		"mka", "mp2", "mpa", "wv", "ac3", "dts", "amr", "3gpp"}
	videoSources = []string{
		"avi", "mpeg", "mpg", "dat", "divx", "xvid", "rm", "rmvb", "mov", "qt", "asf", "wmv", "vob", "3gp", "mp4", "flv", "avs",
		"mkv", "ts", "ogm", "nsv", "swf", "webm", "m3u8"}
	audioUnconfirmed = []string{"opus"}

	spreadsheets    = []string{"xls", "xlt", "et", "ett", "xlsx", "xltx", "csv", "xlsb", "xlsm", "xltm", "ets"}
	documentSources = slices.Concat([]string{
		"doc", "docx", "wps", "wpss", "docm", "dotm", "dot", "dotx", "html",
		"pptx", "ppt", "pot", "potx", "pps", "ppsx", "dps", "dpt", "pptm", "potm", "ppsm", "dpss"},
		spreadsheets, []string{"pdf"})
	documentUnconfirmed = []string{
		"wpt", "txt", "lrc", "c", "cpp", "h", "asm", "s", "java", "asp", "bat", "bas", "prg", "cmd", "rtf", "log", "xml", "htm"}

	imageSources     = []string{"jpg", "png", "bmp", "webp", "tiff"}
	imageUnconfirmed = []string{"jpeg", "tif"}

	videoFormats = []string{"mp4", "mkv", "mov", "asf", "avi", "mxf", "ts", "flv", "webm"}
	audioFormats = []string{"mp3", "aac", "flac", "oga", "ac3", "opus", "amr"}
)

var (
	onOff       = []string{"0", "1"}
	threeWay    = []string{"0", "1", "2"}
	scaleModes  = []string{"crop", "stretch", "fill", "fit"}
	frameModes  = []string{"inter", "key", "avg", "dhash"}
	sampleRates = []string{
		"8000", "11025", "12000", "16000", "22050", "24000", "32000", "44100", "48000", "64000", "88200", "96000"}
)

const (
	alignDefault        = "the align clip's"
	defaultFromIMM      = "its default is from the IMM reference"
	audioDefaultsOfClip = "ar and ac of the align clip may not suit the container and can make the task fail: set them"
	audioDefaults       = "ar and ac of the source may not suit the format and can make the task fail: set them"
	damagedTimestamps   = "damaged timestamps can give a wrong number of frames or a failed task"
	trimDoubt           = "the page does not say whether it trims the source or the result"
	bitrateOptionNote   = "0: always the target bitrate; 1: the source's where that is lower; 2: fail where the source's is lower"

	scaleNote     = "crop: cover, then cut the centre; stretch: force both sides; fill: fit, then pad black; fit: fit without padding"
	frameModeNote = "inter: every inter ms; key: keyframes; avg: num frames evenly spaced; dhash: frames that differ enough, see thr"
)

var (
	startOffset = Parameter{Name: "ss", Kind: Int, Unit: "ms", Default: "0", Note: "start offset"}
	duration    = Parameter{Name: "t", Kind: Int, Unit: "ms", Default: "0", Note: "duration; 0: to the end"}

	audioRate = Parameter{Name: "ar", Kind: Enum, Unit: "Hz", Values: sampleRates, Default: "source", Note: "sampling rate",
		FormatLimits: []FormatLimit{
			{Format: "mp3", Max: 48000},
			{Format: "opus", Values: []string{"8000", "12000", "16000", "24000", "48000"}},
			{Format: "ac3", Values: []string{"32000", "44100", "48000"}},
			{Format: "amr", Values: []string{"8000", "16000"}},
		}}
	audioChannels = Parameter{Name: "ac", Kind: Int, Min: 1, Max: 8, Default: "source", Note: "channels",
		FormatLimits: []FormatLimit{{Format: "mp3", Max: 2}, {Format: "ac3", Max: 6}, {Format: "amr", Max: 1}}}
	audioQuality = Parameter{Name: "aq", Kind: Int, Max: 100, Excludes: []string{"ab"}, Note: "audio quality"}
	audioBitrate = Parameter{Name: "ab", Kind: Int, Unit: "bit/s", Min: 1000, Max: 10_000_000, Excludes: []string{"aq"},
		Note: "audio bitrate"}
	audioBitrateOption = Parameter{Name: "abopt", Kind: Enum, Values: threeWay, Default: "0", Note: bitrateOptionNote}
	audioDepth         = Parameter{Name: "adepth", Kind: Enum, Values: []string{"16", "24"}, Unit: "bit",
		OnlyWith: []Param{{Name: "f", Value: "flac"}}, Note: "sample depth"}

	scaleType      = Parameter{Name: "scaletype", Kind: Enum, Values: scaleModes, Default: "stretch", Note: scaleNote}
	imageFormat    = Parameter{Name: "f", Kind: Enum, Values: []string{"jpg", "png"}, Required: true, Note: "format of the images"}
	frameMode      = Parameter{Name: "m", Kind: Enum, Values: frameModes, Default: "inter", Note: frameModeNote}
	frameInterval  = Parameter{Name: "inter", Kind: Int, Unit: "ms", Default: "0", Note: "sampling interval; 0: every frame"}
	frameThreshold = Parameter{Name: "thr", Kind: Int, Max: 100, Default: "0", OnlyWith: []Param{{Name: "m", Value: "dhash"}},
		Note: "how much frames must differ; 25 or less is recommended"}
	alignment = Parameter{Name: "align", Kind: Int, Default: "0", Doubt: defaultFromIMM,
		Note: "number of the clip, from 0 in the final order, whose size, frame rate and audio are the defaults"}
)

// clipParameters are the parameters of a /pre or /sur clip of video/concat and audio/concat.
var clipParameters = []Parameter{
	{Name: "o", Kind: Object, Required: true, Note: "key of the clip, in the source's bucket"},
	startOffset, duration,
}

// operations returns the catalogue. It is built at the first look-up, to keep it out of the cold start.
var operations = sync.OnceValue(func() []*Operation {
	return slices.Concat([]*Operation{
		documentConvert(), videoConvert(), videoAnimation(), videoSprite(), videoSnapshots(), videoConcat(), videoSnapshot(),
		audioConvert(), audioConcat(),
	}, imageActions(), []*Operation{imageDeblindwatermark(), style()})
})

// mediaOperation adds the facts that all operations on video and audio share to op, and returns it.
func mediaOperation(sources, unconfirmed []string, op *Operation) *Operation {
	op.Task, op.Action, op.Format = "MediaConvert", "imm:CreateMediaConvertTask", "f"
	op.Sources, op.UnconfirmedSources, op.AppendsExt = sources, unconfirmed, true
	if op.Variables == nil {
		op.Variables = []string{"streamindex", "index", "autoext"}
	}
	return op
}

// pixels returns the parameter of a width or height in pixels.
func pixels(name, note string) Parameter {
	return Parameter{Name: name, Kind: Int, Unit: "px", Min: 32, Max: 4096, Default: "source", Note: note}
}

// percent returns the parameter of a side relative to the source, which OSS ignores with the parameters in pixels.
func percent(name, side, pixels string) Parameter {
	return Parameter{Name: name, Kind: Int, Unit: "percent", ExclusiveMin: true, Max: 200, Default: "100",
		Note: side + " relative to the source; ignored where " + pixels + " is set"}
}

// unconfirmed returns p with the reason why it may not exist.
func (p Parameter) unconfirmed(reason string) Parameter {
	p.Unconfirmed = reason
	return p
}

// from returns p with the source of its facts.
func (p Parameter) from(source string) Parameter {
	p.Source = source
	return p
}

func documentConvert() *Operation {
	return &Operation{
		Name:               "doc/convert",
		Summary:            "Converts an office document or PDF to PDF, page images or plain text.",
		Doc:                "https://help.aliyun.com/zh/oss/user-guide/document-conversion",
		Task:               "OfficeConversion",
		Action:             "imm:CreateOfficeConversionTask",
		Sources:            documentSources,
		UnconfirmedSources: documentUnconfirmed,
		Format:             "target",
		Variables:          []string{"index", "sheetname", "autoext"},
		Limits: []string{
			"source of at most 200 MB",
			"no documented limit on pages, but large documents may time out",
		},
		Unpaired: map[string][]string{"pdf": {"pdf"}, "txt": append(slices.Clone(spreadsheets), "pdf")},
		Quirks: []string{
			"png and jpg write one object per page: put {index} into the target (spreadsheets are numbered SHEET_PART)",
			"txt may also write one object per page, which the documentation leaves open: put {index} into the target",
		},
		Parameters: []Parameter{
			{Name: "target", Kind: Enum, Values: []string{"pdf", "png", "jpg", "txt"}, Required: true,
				Note: "format to convert to; txt for word processor and presentation sources"},
			{Name: "source", Kind: Enum, Values: documentSources, UnconfirmedValues: documentUnconfirmed, Default: "the key's extension",
				Note: "format of the source, where the key has no extension or a misleading one"},
			{Name: "pages", Kind: Pages, Default: "all pages", Note: "pages such as 1,2,4-10; only for images"},
		},
	}
}

func videoConvert() *Operation {
	return mediaOperation(videoSources, nil, &Operation{
		Name:      "video/convert",
		Summary:   "Transcodes or remuxes a video, or extracts its audio.",
		Doc:       "https://help.aliyun.com/zh/oss/user-guide/video-transcoding",
		Variables: []string{"streamindex", "index", "resolution", "autoext"},
		Limits:    []string{"no documented limit on size or duration"},
		Quirks: []string{
			"without vcodec the video is remuxed, and vb, crf, s, fps and the other video parameters are silently ignored",
			"without acodec the audio is copied, and ar, ac, aq and ab are silently ignored",
		},
		Parameters: append(videoParameters(),
			Parameter{Name: "adepth", Kind: Enum, Values: []string{"16", "24"}, Unit: "bit", Note: "sample depth",
				OnlyWith: []Param{{Name: "acodec", Value: "flac"}, {Name: "f", Value: "flac"}}, Source: fromIMM,
				Unconfirmed: "documented for audio/convert, not seen on the video page"},
			Parameter{Name: "sn", Kind: Enum, Values: onOff, Default: "0", Note: "1 drops the subtitles", Source: fromSkill,
				Unconfirmed: "used in every SDK sample; its row of the table was not seen"},
			Parameter{Name: "videoslim", Kind: Enum, Values: onOff, Default: "0", Requires: []string{"vcodec"}, Source: fromSkill,
				Note: "narrowband HD, for h264 and h265 with yuv420p", Unconfirmed: "its row of the table was not seen"},
			Parameter{Name: "segment", Kind: Enum, Note: "HLS or DASH segments", Source: fromIMM,
				Unconfirmed: "IMM has it, but no short form was found in any process string"},
		),
	})
}

// videoParameters returns the parameters that the page of video/convert documents.
func videoParameters() []Parameter {
	return []Parameter{
		startOffset, duration,
		{Name: "f", Kind: Enum, Required: true, Note: "container; the last seven are audio only",
			Values: slices.Concat(videoFormats, audioFormats)},
		{Name: "vn", Kind: Enum, Values: onOff, Default: "0", Note: "1 drops the video stream"},
		{Name: "vcodec", Kind: Enum, Values: []string{"copy", "h264", "h265", "vp9"}, Default: "copy",
			Note: "video codec; copy remuxes, and every other video parameter is ignored"},
		{Name: "fps", Kind: Float, Max: 240, Default: "source", Note: "frame rate"},
		{Name: "fpsopt", Kind: Enum, Values: threeWay, Default: "0", Requires: []string{"fps"},
			Note:   "0: always the target rate; 1: the source's where that is lower; 2: fail where the source's is lower",
			Source: fromIMM},
		{Name: "pixfmt", Kind: Enum, Default: "source", Note: "pixel format; yuva420p only with vcodec_vp9",
			Values: []string{
				"yuv420p", "yuva420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"},
			Source: fromIMM},
		{Name: "s", Kind: Size, Unit: "px", Max: 4096, Default: "source",
			Note: "WxH, Wx or xH, even sides from 64 up; a missing side keeps the source's; with arotate_1 long side x short side"},
		{Name: "sopt", Kind: Enum, Values: threeWay, Default: "0", Requires: []string{"s"},
			Note:   "0: always the target size; 1: the source's where its area is smaller; 2: fail where it is smaller",
			Source: fromIMM},
		{Name: "scaletype", Kind: Enum, Values: scaleModes, Default: "stretch", Requires: []string{"s"}, Note: scaleNote},
		{Name: "arotate", Kind: Enum, Values: onOff, Default: "0", Note: "1 adapts to the orientation of the source",
			Source: fromIMM},
		{Name: "g", Kind: Int, Min: 1, Max: 100_000, Default: "150", Unit: "frames", Note: "keyframe interval",
			Source: fromIMM},
		{Name: "vb", Kind: Int, Unit: "bit/s", Min: 10_000, Max: 100_000_000, Excludes: []string{"crf"},
			Note: "video bitrate; without vb and crf the encoder runs at crf 23"},
		{Name: "vbopt", Kind: Enum, Values: threeWay, Default: "0", Requires: []string{"vb"}, Note: bitrateOptionNote,
			Source: fromIMM},
		{Name: "crf", Kind: Float, Max: 51, Excludes: []string{"vb"}, Note: "constant quality; larger is worse, 18 to 38 is usual"},
		{Name: "maxrate", Kind: Int, Unit: "bit/s", Min: 10_000, Max: 100_000_000, Requires: []string{"crf", "bufsize"},
			Note: "peak bitrate"},
		{Name: "bufsize", Kind: Int, Unit: "bit", Min: 10_000, Max: 200_000_000, Requires: []string{"crf"}, Note: "rate control buffer"},
		{Name: "an", Kind: Enum, Values: onOff, Default: "0", Note: "1 drops the audio stream"},
		{Name: "acodec", Kind: Enum, Values: []string{"copy", "mp3", "aac", "flac", "vorbis", "ac3", "opus", "amr"},
			UnconfirmedValues: []string{"pcm"}, Default: "copy",
			Note: "audio codec; copy: the stream is unchanged"},
		audioRate, audioChannels, audioQuality, audioBitrate,
		{Name: "abopt", Kind: Enum, Values: threeWay, Default: "0", Requires: []string{"ab"}, Note: bitrateOptionNote,
			Doubt: "its default is from audio/convert"},
	}
}

func videoAnimation() *Operation {
	const analogy = "by analogy with video/snapshots; its row of the table was not seen"
	pw, ph := percent("pw", "width", "w or h").unconfirmed(analogy), percent("ph", "height", "w or h").unconfirmed(analogy)
	pw.Excludes, ph.Excludes = []string{"w", "h"}, []string{"w", "h"}
	pw.Instead, ph.Instead = "w and h", "w and h"
	return mediaOperation(videoSources, nil, &Operation{
		Name:    "video/animation",
		Summary: "Turns a video into an animated GIF or WebP.",
		Doc:     "https://help.aliyun.com/zh/oss/user-guide/convert-videos-to-animated-images",
		Parameters: []Parameter{
			startOffset,
			{Name: "f", Kind: Enum, Values: []string{"gif", "webp"}, Required: true, Note: "format of the animation"},
			{Name: "num", Kind: Int, Default: "0", Note: "number of frames; 0: no limit"},
			frameInterval,
			{Name: "fps", Kind: Float, Max: 240, Default: "1/inter", Note: "playback rate"},
			pixels("w", "width"), pixels("h", "height"),
			scaleType.from(fromIMM),
			pw, ph,
			{Name: "t", Kind: Int, Unit: "ms", Note: "duration", Source: fromSkill, Unconfirmed: "in a recipe, but not on the page",
				Instead: "inter and num, such as inter_200,num_25 for 5 s"},
		},
	})
}

func videoSprite() *Operation {
	interval := frameInterval
	interval.Note += "; ignored with m_key and m_avg"
	return mediaOperation(videoSources, nil, &Operation{
		Name:    "video/sprite",
		Summary: "Takes frames of a video and tiles them into sprite sheets.",
		Doc:     "https://help.aliyun.com/zh/oss/user-guide/video-cut-sprite",
		Limits:  []string{"a finished sheet is at most 16384 x 16384 px", damagedTimestamps},
		Quirks: []string{
			"tw and th only lay out the grid: without num or inter the sheet may hold one frame and black cells",
			"there may be several sheets, of tw x th frames each: put {index} into the target",
		},
		Parameters: []Parameter{
			startOffset,
			imageFormat,
			frameMode.from(fromIMM),
			frameThreshold,
			{Name: "num", Kind: Int, Default: "0",
				Note: "number of frames in all; 0: to the end, or every frame over thr; not 0 with m_avg"},
			interval,
			pixels("sw", "width of a tile"), pixels("sh", "height of a tile"),
			percent("psw", "tile width", "sw or sh"), percent("psh", "tile height", "sw or sh"),
			scaleType.from(fromIMM),
			{Name: "tw", Kind: Int, Min: 1, Max: 100, Default: "6", Note: "tiles in a row"},
			{Name: "th", Kind: Int, Min: 1, Max: 100, Default: "6", Note: "tiles in a column"},
			{Name: "pad", Kind: Int, Unit: "px", Max: 100, Default: "2", Note: "gap between tiles"},
			{Name: "margin", Kind: Int, Unit: "px", Max: 100, Default: "2", Note: "outer border"},
		},
	})
}

func videoSnapshots() *Operation {
	return mediaOperation(videoSources, audioSources, &Operation{
		Name:    "video/snapshots",
		Summary: "Captures frames of a video as separate images.",
		Doc:     "https://help.aliyun.com/zh/oss/user-guide/video-frame-cutting",
		Limits:  []string{damagedTimestamps},
		Quirks: []string{
			"a target with an extension and without {index} keeps only the last frame",
			"a target without an extension gets _STREAM_NUMBER.EXT appended: frame becomes frame_0_1.jpg",
		},
		Parameters: []Parameter{
			startOffset, imageFormat, frameMode, frameThreshold,
			{Name: "num", Kind: Int, Default: "0", Note: "number of frames; 0: no limit; not 0 with m_avg"},
			frameInterval,
			pixels("w", "width"), pixels("h", "height"),
			percent("pw", "width", "w or h"), percent("ph", "height", "w or h"),
			scaleType,
		},
	})
}

func videoConcat() *Operation {
	const requiredDoubt = "the page does not say that it is required"
	return mediaOperation(videoSources, nil, &Operation{
		Name:       "video/concat",
		Summary:    "Joins the source video with others in the same bucket into one file.",
		Doc:        "https://help.aliyun.com/zh/oss/user-guide/video-stitching",
		TakesClips: true,
		MaxInputs:  11,
		Variables:  []string{"streamindex", "index", "resolution", "autoext"},
		Limits: []string{
			"at most 11 inputs, including the source",
			"all inputs in the source's bucket",
			audioDefaultsOfClip,
		},
		Quirks: []string{"with very different inputs the result may silently hold only the first clip"},
		Parameters: append([]Parameter{
			startOffset.unconfirmed(trimDoubt),
			duration.unconfirmed(trimDoubt),
			{Name: "f", Kind: Enum, Values: []string{"mp4"}, UnconfirmedValues: videoFormats, Required: true, Note: "container",
				Doubt: "samples confirm mp4; the other values are carried over from video/convert"},
			{Name: "vcodec", Kind: Enum, Values: []string{"h264", "h265", "vp9"}, Required: true,
				Note: "video codec; not copy", Doubt: requiredDoubt},
			{Name: "acodec", Kind: Enum, Values: []string{"mp3", "aac", "flac", "vorbis", "ac3", "opus", "amr"}, Required: true,
				Note: "audio codec; not copy", Doubt: requiredDoubt},
			alignment,
		}, convertParametersOfConcat()...),
	})
}

// convertParametersOfConcat returns the parameters that video/concat has in common with video/convert.
func convertParametersOfConcat() []Parameter {
	var params []Parameter
	for _, name := range []string{"fps", "fpsopt", "s", "sopt", "scaletype", "arotate", "pixfmt", "g", "vb", "vbopt", "crf",
		"maxrate", "bufsize", "ar", "ac", "aq", "ab", "abopt"} {
		p := *findParameter(videoParameters(), name)
		switch name {
		case "fps", "vb", "ab":
			p.Source = fromSample
		case "ar", "ac":
			p.Source, p.Default = fromSample, alignDefault
		case "s":
			p.Source, p.Default = fromSkill, alignDefault
		default:
			p.Unconfirmed = "the end of the table was not seen; carried over from video/convert"
			switch name {
			case "crf", "maxrate", "bufsize":
				p.Instead = "vb"
			case "aq":
				p.Instead = "ab"
			}
		}
		params = append(params, p)
	}
	return params
}

func audioConvert() *Operation {
	return mediaOperation(audioSources, audioUnconfirmed, &Operation{
		Name:    "audio/convert",
		Summary: "Transcodes an audio file.",
		Doc:     "https://help.aliyun.com/zh/oss/audio-transcoding",
		Limits:  []string{audioDefaults},
		Parameters: []Parameter{
			startOffset, duration,
			{Name: "f", Kind: Enum, Values: audioFormats, Required: true, Note: "format"},
			audioRate, audioChannels, audioQuality, audioBitrate, audioBitrateOption, audioDepth,
		},
	})
}

func audioConcat() *Operation {
	rate, channels := audioRate, audioChannels
	rate.Default, channels.Default = alignDefault, alignDefault
	return mediaOperation(audioSources, audioUnconfirmed, &Operation{
		Name:       "audio/concat",
		Summary:    "Joins the source audio file with others in the same bucket.",
		Doc:        "https://help.aliyun.com/zh/oss/audio-stitching",
		TakesClips: true,
		MaxInputs:  11,
		Limits: []string{
			"at most 11 inputs, including the source",
			"all inputs in the source's bucket",
			audioDefaultsOfClip,
		},
		Parameters: []Parameter{
			startOffset.unconfirmed(trimDoubt), duration.unconfirmed(trimDoubt),
			{Name: "f", Kind: Enum, Values: audioFormats, Required: true, Note: "format"},
			rate, channels, audioQuality, audioBitrate, audioBitrateOption, alignment, audioDepth,
		},
	})
}

func imageDeblindwatermark() *Operation {
	return &Operation{
		Name:               "image/deblindwatermark",
		Summary:            "Reads the text of a blind watermark; it comes in the completion message, not as an object.",
		Doc:                "https://help.aliyun.com/zh/oss/user-guide/add-blindwatermarks",
		Task:               "DecodeBlindWatermark",
		Action:             "imm:CreateDecodeBlindWatermarkTask",
		Sources:            imageSources,
		UnconfirmedSources: imageUnconfirmed,
		NoOutput:           true,
		Limits: []string{
			"not for images that are pure black or white, or smaller than about 200 x 200 px",
			"only in the region and IMM project in which the watermark was embedded",
		},
		Parameters: []Parameter{
			{Name: "s", Kind: Enum, Values: []string{"low", "medium", "high"}, Default: "low", Doubt: "its default was not seen",
				Note: "effort; higher is slower and better"},
			{Name: "t", Kind: Enum, Values: []string{"text"}, Default: "text", Note: "kind of watermark"},
		},
	}
}

func style() *Operation {
	return &Operation{
		Name:        "style/",
		Summary:     "Runs a stored style by its name, style/NAME, or a built-in one, style/::NAME.",
		Doc:         "https://www.alibabacloud.com/help/en/oss/user-guide/styles",
		Variables:   []string{"index", "sheetname", "streamindex", "resolution", "autoext"},
		Limits:      []string{"at most 50 styles in a bucket"},
		Unconfirmed: "the list of built-in styles is not known; the page shows only ::h264-mp4-1080p",
	}
}
