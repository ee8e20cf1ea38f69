package process

import (
	"strconv"
	"strings"

	"onput/internal/text"
)

// phrases maps names of parameters to functions that describe a value. They return "" for a value that they have no words for.
//
// The phrases are built by functions, one a group, so that a program that describes nothing does not link them.
type phrases map[string]func(value string) string

func timePhrases() phrases {
	return phrases{"ss": startWords, "t": durationWords}
}

func videoPhrases() phrases {
	return phrases{
		"vcodec": oneOf(map[string]string{"copy": "video unchanged", "h264": "H.264", "h265": "H.265", "vp9": "VP9"},
			around("video codec ", "")),
		"s":         sizeWords,
		"sopt":      choice("even where the source is smaller", "a smaller source keeps its size", "a smaller source fails"),
		"scaletype": scaleWords,
		"arotate":   ifOne("oriented as the source"),
		"fps":       around("", " frames/s"),
		"fpsopt":    choice("whatever the source's rate", "a lower source rate is kept", "a lower source rate fails"),
		"vb":        bitrate,
		"vbopt":     bitrateOption(),
		"crf":       around("CRF ", ""),
		"maxrate":   func(v string) string { return "at most " + bitrate(v) },
		"bufsize":   func(v string) string { return "buffer of " + withUnit(v, "bit") },
		"g":         around("a keyframe every ", " frames"),
		"pixfmt":    text.Printable,
		"videoslim": ifOne("narrowband HD"),
		"vn":        ifOne("no video"),
	}
}

func soundPhrases() phrases {
	return phrases{
		"acodec": oneOf(map[string]string{
			"copy": "audio unchanged", "opus": "Opus", "vorbis": "Vorbis",
			"mp3": "MP3", "aac": "AAC", "flac": "FLAC", "ac3": "AC3", "amr": "AMR", "pcm": "PCM",
		}, around("audio codec ", "")),
		"ab":     bitrate,
		"abopt":  bitrateOption(),
		"aq":     around("audio quality ", ""),
		"ar":     func(v string) string { return withUnit(v, "Hz") },
		"ac":     oneOf(map[string]string{"1": "mono", "2": "stereo"}, around("", " channels")),
		"adepth": around("", " bit samples"),
		"an":     ifOne("no audio"),
	}
}

func streamPhrases() phrases {
	return phrases{"sn": ifOne("no subtitles")}
}

func framePhrases() phrases {
	return phrases{
		"inter": intervalWords,
		"num":   oneOf(map[string]string{"0": "any number"}, around("at most ", "")),
	}
}

func animationPhrases() phrases {
	return phrases{
		"inter": intervalWords,
		"num":   oneOf(map[string]string{"0": "any number of frames"}, around("at most ", " frames")),
		"fps":   around("played at ", " frames/s"),
	}
}

func picturePhrases() phrases {
	return phrases{
		"w": around("", " wide"), "h": around("", " high"), "pw": around("", "% wide"), "ph": around("", "% high"),
		"scaletype": scaleWords,
	}
}

func tilePhrases() phrases {
	return phrases{
		"sw": around("", " wide"), "sh": around("", " high"), "psw": around("", "% wide"), "psh": around("", "% high"),
		"scaletype": scaleWords,
		"pad":       oneOf(map[string]string{"0": "no gaps"}, around("gaps of ", " px")),
		"margin":    oneOf(map[string]string{"0": "no margin"}, around("margin of ", " px")),
	}
}

// around describes a value by itself between words.
func around(before, after string) func(string) string {
	return func(v string) string { return before + text.Printable(v) + after }
}

// oneOf describes known values, and others by other; nil is for no words.
func oneOf(known map[string]string, other func(string) string) func(string) string {
	return func(v string) string {
		if words, ok := known[v]; ok || other == nil {
			return words
		}
		return other(v)
	}
}

// ifOne describes the value 1.
func ifOne(words string) func(string) string { return oneOf(map[string]string{"1": words}, nil) }

// choice describes the values 0, 1 and 2.
func choice(zero, one, two string) func(string) string {
	return oneOf(map[string]string{"0": zero, "1": one, "2": two}, nil)
}

func bitrateOption() func(string) string {
	return choice("whatever the source's bitrate", "a lower source bitrate is kept", "a lower source bitrate fails")
}

// intervalWords describes a sampling interval in milliseconds.
func intervalWords(v string) string {
	if v == "0" {
		return "every frame"
	}
	return "a frame every " + millisecondWords(v)
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

// sizeWords describes a Size such as 1280x720 or 1280x.
func sizeWords(v string) string {
	wide, high, ok := strings.Cut(v, "x")
	if !ok || strings.Contains(v, "{") {
		return "size " + text.Printable(v)
	}
	return sidesWords(wide, high, "")
}

// sidesWords describes a width and a height in a unit; a missing one is "".
func sidesWords(wide, high, unit string) string {
	switch {
	case high == "":
		return text.Printable(wide) + unit + " wide"
	case wide == "":
		return text.Printable(high) + unit + " high"
	}
	return text.Printable(wide) + unit + " x " + text.Printable(high) + unit
}

func scaleWords(v string) string {
	return map[string]string{
		"crop": "cropped to fit", "stretch": "stretched", "fill": "padded with black", "fit": "in proportion",
	}[v]
}

// formatName returns the usual spelling of a format.
func formatName(v string) string {
	switch {
	case strings.Contains(v, "{"):
		return text.Printable(v)
	case v == "webm" || v == "webp":
		return "Web" + strings.ToUpper(v[3:])
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
