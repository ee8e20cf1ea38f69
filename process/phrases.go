package process

import (
	"strconv"
	"strings"

	"onput/internal/text"
)

// phrase describes one parameter. words returns "" for a value that it has no words for.
type phrase struct {
	name  string
	words func(value string) string
}

// The phrases are built by functions, one a group, so that a program that describes nothing does not link them.

func timePhrases() []phrase {
	return []phrase{
		{"ss", startWords},
		{"t", durationWords},
	}
}

func videoPhrases() []phrase {
	return []phrase{
		{"vcodec", videoCodec},
		{"s", func(v string) string {
			wide, high, ok := strings.Cut(v, "x")
			switch {
			case !ok || strings.Contains(v, "{"):
				return "size " + text.Printable(v)
			case high == "":
				return text.Printable(wide) + " wide"
			case wide == "":
				return text.Printable(high) + " high"
			}
			return text.Printable(wide) + " x " + text.Printable(high)
		}},
		{"sopt", choice("even where the source is smaller", "a smaller source keeps its size", "a smaller source fails")},
		{"scaletype", scaleWords},
		{"arotate", ifOne("turned as the source")},
		{"fps", suffix(" frames/s")},
		{"fpsopt", choice("at any rate of the source", "a lower rate of the source is kept", "a lower rate of the source fails")},
		{"vb", bitrate},
		{"vbopt", choice("at any bitrate of the source", "a lower bitrate of the source is kept", "a lower bitrate of the source fails")},
		{"crf", prefix("CRF ")},
		{"maxrate", func(v string) string { return "at most " + bitrate(v) }},
		{"bufsize", func(v string) string { return "buffer of " + withUnit(v, "bit") }},
		{"g", func(v string) string { return "a keyframe every " + text.Printable(v) + " frames" }},
		{"pixfmt", text.Printable},
		{"videoslim", ifOne("narrowband HD")},
		{"vn", ifOne("no video")},
	}
}

func soundPhrases() []phrase {
	return []phrase{
		{"acodec", audioCodec},
		{"ab", bitrate},
		{"abopt", choice("at any bitrate of the source", "a lower bitrate of the source is kept", "a lower bitrate of the source fails")},
		{"aq", prefix("audio quality ")},
		{"ar", func(v string) string { return withUnit(v, "Hz") }},
		{"ac", channelWords},
		{"adepth", suffix(" bit samples")},
		{"an", ifOne("no audio")},
	}
}

func streamPhrases() []phrase {
	return []phrase{
		{"sn", ifOne("no subtitles")},
	}
}

func framePhrases() []phrase {
	return []phrase{
		{"inter", func(v string) string {
			if v == "0" {
				return "every frame"
			}
			return "a frame every " + millisecondWords(v)
		}},
		{"num", atMost("")},
	}
}

func animationPhrases() []phrase {
	return []phrase{
		framePhrases()[0],
		{"num", atMost(" frames")},
		{"fps", func(v string) string { return "played at " + text.Printable(v) + " frames/s" }},
	}
}

func picturePhrases() []phrase {
	return []phrase{
		{"w", suffix(" wide")}, {"h", suffix(" high")}, {"pw", suffix("% wide")}, {"ph", suffix("% high")},
		{"scaletype", scaleWords},
	}
}

func tilePhrases() []phrase {
	return []phrase{
		{"sw", suffix(" wide")}, {"sh", suffix(" high")}, {"psw", suffix("% wide")}, {"psh", suffix("% high")},
		{"scaletype", scaleWords},
		{"pad", func(v string) string { return pixelWords(v, "gap", "s") }},
		{"margin", func(v string) string { return pixelWords(v, "margin", "") }},
	}
}

// atMost describes a maximum number of things, 0 being no maximum.
func atMost(things string) func(string) string {
	return func(v string) string {
		if v == "0" {
			return "any number" + strings.Replace(things, " ", " of ", 1)
		}
		return "at most " + text.Printable(v) + things
	}
}

// ifOne describes the value 1.
func ifOne(words string) func(string) string {
	return func(v string) string {
		if v == "1" {
			return words
		}
		return ""
	}
}

// choice describes the values 0, 1, 2 and so on.
func choice(words ...string) func(string) string {
	return func(v string) string {
		if n, err := strconv.Atoi(v); err == nil && n >= 0 && n < len(words) && len(v) == 1 {
			return words[n]
		}
		return ""
	}
}

// suffix describes a value by itself and the words after it.
func suffix(words string) func(string) string {
	return func(v string) string { return text.Printable(v) + words }
}

// prefix describes a value by the words before it and itself.
func prefix(words string) func(string) string {
	return func(v string) string { return words + text.Printable(v) }
}

// startWords describes an offset in milliseconds.
func startWords(v string) string {
	if v == "0" {
		return "from the start"
	}
	return "from " + millisecondWords(v)
}

// durationWords describes a duration in milliseconds.
func durationWords(v string) string {
	if v == "0" {
		return "to the end"
	}
	return millisecondWords(v) + " long"
}

// pixelWords describes a distance; plural is the noun's ending.
func pixelWords(v, what, plural string) string {
	if v == "0" {
		return "no " + what + plural
	}
	return what + plural + " of " + text.Printable(v) + " px"
}

func scaleWords(v string) string {
	switch v {
	case "crop":
		return "cropped to fit"
	case "stretch":
		return "stretched to fit"
	case "fill":
		return "padded with black"
	case "fit":
		return "in proportion"
	}
	return ""
}

func channelWords(v string) string {
	switch v {
	case "1":
		return "mono"
	case "2":
		return "stereo"
	}
	return text.Printable(v) + " channels"
}

func videoCodec(v string) string {
	switch v {
	case "copy":
		return "video as it is"
	case "h264", "h265":
		return "H." + v[1:]
	case "vp9":
		return "VP9"
	}
	return prefix("video codec ")(v)
}

func audioCodec(v string) string {
	switch v {
	case "copy":
		return "audio as it is"
	case "opus":
		return "Opus"
	case "vorbis":
		return "Vorbis"
	case "mp3", "aac", "flac", "ac3", "amr", "pcm":
		return strings.ToUpper(v)
	}
	return prefix("audio codec ")(v)
}

// formatName returns the usual spelling of a format.
func formatName(v string) string {
	switch {
	case strings.Contains(v, "{"):
		return text.Printable(v)
	case v == "webm":
		return "WebM"
	case v == "webp":
		return "WebP"
	case v == "opus":
		return "Opus"
	}
	return strings.ToUpper(text.Printable(v))
}

func bitrate(v string) string { return withUnit(v, "bit/s") }

// withUnit returns a number with its unit, exactly, in thousands or millions if it is large. Any other text stays as it is.
func withUnit(v, unit string) string {
	n, ok := parseDecimal(v, false)
	switch {
	case !ok || len(v) > 15:
		return text.Printable(v) + " " + unit
	case n >= 1_000_000:
		return formatNumber(n/1_000_000) + " M" + unit
	case n >= 1_000:
		return formatNumber(n/1_000) + " k" + unit
	}
	return formatNumber(n) + " " + unit
}

// millisecondWords returns a duration in hours, minutes and seconds, exactly.
func millisecondWords(v string) string {
	n, ok := parseDecimal(v, false)
	if !ok || len(v) > 15 {
		return text.Printable(v) + " ms"
	}
	ms := int64(n)
	if ms < 1000 {
		return strconv.FormatInt(ms, 10) + " ms"
	}
	var parts []string
	if hours := ms / 3_600_000; hours > 0 {
		parts = append(parts, strconv.FormatInt(hours, 10)+" h")
	}
	if minutes := ms / 60_000 % 60; minutes > 0 {
		parts = append(parts, strconv.FormatInt(minutes, 10)+" min")
	}
	if rest := ms % 60_000; rest > 0 {
		parts = append(parts, formatNumber(float64(rest)/1000)+" s")
	}
	return strings.Join(parts, " ")
}
