package process

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Compiled on demand, so that the function starts without them.
var (
	bitRate = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?i)([0-9]+(?:\.[0-9]+)?) ?([kmg]?)(?:b|bit|bits|bps|b/s|bit/s|bits/s)?$`)
	})
	timeSpan = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?i)([0-9]+(?:\.[0-9]+)?) ?(ms|msec|s|sec|seconds?|m|min|minutes?|h)$`)
	})
	clockTime = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:([0-9]{1,2}):)?([0-9]{1,2}):([0-9]{1,2}(?:\.[0-9]{1,3})?)$`)
	})
	sides          = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([0-9]+) ?[xX*×:] ?([0-9]+)(?:px)?$`) })
	numberWithUnit = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) ?(?:px|%|fps|hz|Hz)$`) })
	namedSizes     = map[string]string{
		"360p": "640x360", "480p": "854x480", "540p": "960x540", "720p": "1280x720", "1080p": "1920x1080", "1440p": "2560x1440",
		"2160p": "3840x2160", "2k": "2560x1440", "4k": "3840x2160",
	}
)

// codecNames are the names that other tools have for codecs and formats of OSS.
var codecNames = map[string]string{
	"libx264": "h264", "x264": "h264", "avc": "h264", "avc1": "h264", "libx265": "h265", "x265": "h265", "hevc": "h265", "hvc1": "h265",
	"libvpx-vp9": "vp9", "libfdk_aac": "aac", "libmp3lame": "mp3", "libopus": "opus", "libvorbis": "vorbis",
	"jpeg": "jpg", "text": "txt", "plaintext": "txt", "matroska": "mkv", "quicktime": "mov",
}

// meant returns the valid value that somebody means by an invalid one, in units or a notation that OSS does not take. It
// returns "" if there is none.
func (p *Parameter) meant(value string) string {
	guess := ""
	switch plain := strings.NewReplacer("_", "", ",", "").Replace(value); {
	case p.Kind == Size:
		if found := sides().FindStringSubmatch(value); found != nil {
			guess = found[1] + "x" + found[2]
		} else {
			guess = namedSizes[strings.ToLower(value)]
		}
	case p.Kind != Int && p.Kind != Float:
	case p.Unit == "bit/s" && bitRate().MatchString(plain):
		found := bitRate().FindStringSubmatch(plain)
		guess = scaled(found[1], map[string]float64{"": 1, "k": 1e3, "m": 1e6, "g": 1e9}[strings.ToLower(found[2])])
	case p.Unit == "ms" && timeSpan().MatchString(plain):
		found := timeSpan().FindStringSubmatch(plain)
		unit := strings.ToLower(found[2])
		factor := map[byte]float64{'s': 1e3, 'm': 60e3, 'h': 3600e3}[unit[0]]
		if strings.HasPrefix(unit, "ms") {
			factor = 1
		}
		guess = scaled(found[1], factor)
	case p.Unit == "ms" && clockTime().MatchString(value):
		found := clockTime().FindStringSubmatch(value)
		hours, _ := strconv.Atoi(found[1])
		minutes, _ := strconv.Atoi(found[2])
		seconds, _ := strconv.ParseFloat(found[3], 64)
		guess = scaled("1", float64(hours*3600+minutes*60)*1e3+seconds*1e3)
	case numberWithUnit().MatchString(value):
		guess = numberWithUnit().FindStringSubmatch(value)[1]
	case strings.Trim(plain, digits+".eE+") == "":
		guess = scaled(plain, 1)
	}
	if guess == value || guess == "" || p.invalidReason(guess) != "" {
		return ""
	}
	return guess
}

// scaled returns a number times a factor as a whole number, "" if it is none.
func scaled(number string, factor float64) string {
	n, err := strconv.ParseFloat(number, 64)
	if n = math.Round(n*factor*1000) / 1000; err != nil || n != math.Trunc(n) || n > math.MaxInt32 {
		return ""
	}
	return formatNumber(n)
}
