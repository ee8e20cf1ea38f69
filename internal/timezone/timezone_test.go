package timezone

import (
	"testing"
	"time"
	_ "time/tzdata"
)

// Load agrees with package time, also about daylight saving.
func TestLoad(t *testing.T) {
	for _, name := range []string{"UTC", "Asia/Shanghai", "PRC", "Asia/Kolkata", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Etc/GMT-8", "Africa/Casablanca", "Africa/Cairo", "Asia/Tehran"} {
		want, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Load(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for at := time.Date(2020, 1, 1, 0, 30, 0, 0, time.UTC); at.Year() < 2040; at = at.Add(37 * time.Hour) {
			if a, b := at.In(got).Format(time.RFC3339), at.In(want).Format(time.RFC3339); a != b {
				t.Errorf("%s: %s, want %s", name, a, b)
				break
			}
		}
	}
	for _, name := range []string{"", "Local", "Asia", "Asia/Shanghai ", "../../etc/passwd", "asia/shanghai", "393"} {
		if _, err := Load(name); err == nil {
			t.Errorf("%q: no error", name)
		}
	}
}
