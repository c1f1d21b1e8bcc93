package schedule

import (
	"regexp"
	"strings"
	"time"

	"tlsaudit/internal/strictyaml"
)

// Zone is a time zone by its name. The zero Zone is UTC.
type Zone struct{ location *time.Location }

// zoneName is what names of the database look like. It keeps anything else from
// being looked for in the file system.
var zoneName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+-]{0,30}(/[A-Za-z][A-Za-z0-9_+-]{0,30}){0,2}$`)

// ParseZone finds a zone of the IANA database. The zone of the machine has no
// name and is refused: two replicas could disagree about it. The error is a
// *strictyaml.ValueError.
func ParseZone(name string) (Zone, error) {
	const hint = "write a name of the IANA time zone database, such as Europe/Berlin, America/New_York or UTC"
	if strings.EqualFold(name, "local") {
		return Zone{}, fault(hint, "the zone must be named; it would be another on another machine")
	}
	if !zoneName.MatchString(name) {
		return Zone{}, fault(hint, "%q is not a time zone", clip(name))
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return Zone{}, fault(hint, "there is no time zone %q", clip(name))
	}
	return Zone{location}, nil
}

// Location returns the zone for use with package time.
func (z Zone) Location() *time.Location {
	if z.location == nil {
		return time.UTC
	}
	return z.location
}

// String returns the name.
func (z Zone) String() string { return z.Location().String() }

// UnmarshalText implements encoding.TextUnmarshaler.
func (z *Zone) UnmarshalText(text []byte) (err error) {
	*z, err = ParseZone(string(text))
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (z Zone) MarshalText() ([]byte, error) { return []byte(z.String()), nil }

// Duration is a length of time as people write it: 90s, 15m, 1h30m.
type Duration time.Duration

// maxDuration bounds every duration of a schedule.
const maxDuration = 7 * 24 * time.Hour

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	const hint = "write a number and its unit, such as 90s, 15m or 1h30m"
	value, err := time.ParseDuration(string(text))
	if err != nil {
		return fault(hint, "%q is not a length of time", clip(string(text)))
	}
	if value < 0 || value > maxDuration {
		return fault(hint, "%s is not from 0s to %s", value, maxDuration)
	}
	*d = Duration(value)
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// Name names a schedule in the database and in reports.
type Name string

var scheduleName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *Name) UnmarshalText(text []byte) error {
	if !scheduleName.Match(text) {
		return &strictyaml.ValueError{Cause: "\"" + clip(string(text)) + "\" is not a name of a schedule",
			Hint: "letters, digits, dot, dash and underscore, 64 at most, such as nightly"}
	}
	*n = Name(text)
	return nil
}
