package domino

import (
	"fmt"
	"strconv"
	"strings"

	"tlsaudit/audit"
)

// answer is what is known about a version. Sure is set if it follows from what
// is written, or from a release somebody vouches for.
type answer struct {
	answer   audit.Answer
	sure     bool
	evidence string
	entry    *entry
}

// state says how well the value of a setting is known.
type state uint8

const (
	unset state = iota
	set
	// garbled: not a number, or set twice to different values.
	garbled
)

// flag reads a setting that is 0 or not.
func (x *ini) flag(name string) (on bool, s state) {
	for _, e := range x.of(strings.ToLower(name)) {
		if e.value == "" {
			continue
		}
		n, err := strconv.Atoi(e.value)
		if err != nil || s == set && on != (n != 0) {
			return false, garbled
		}
		on, s = n != 0, set
	}
	return on, s
}

// first returns the first entry of a name, nil if there is none.
func (x *ini) first(name string) *entry {
	for _, e := range x.of(strings.ToLower(name)) {
		return &e
	}
	return nil
}

// answer says whether a version is on. What the release decides cannot be told
// where nobody vouches for it: an old version that nothing switches off may be
// off all the same.
func (x *ini) answer(v audit.Version) answer {
	switch v {
	case audit.SSLv2:
		return answer{audit.Undetermined, false, "nothing is known about SSLv2 in this file", nil}
	case audit.TLSv10:
		return x.tls10()
	case audit.TLSv12:
		return x.tls12()
	case audit.TLSv13:
		if on, s := x.flag(switches[v]); s == set && on {
			return x.written(v, audit.Refused, true)
		}
		return answer{audit.Undetermined, false, "whether Domino speaks TLS 1.3 depends on its release", nil}
	}
	on, s := x.flag(switches[v])
	switch {
	case s == garbled:
		return x.garbled(switches[v])
	case s == set && on:
		return x.written(v, audit.Refused, true)
	case s == set:
		return x.written(v, audit.Accepted, true)
	}
	return answer{audit.Undetermined, false, x.absent(switches[v]) + ": the default of the release is not known", nil}
}

// tls10 is on by default up to 11, unless it is switched off, and off from 12
// on, unless it is switched on.
func (x *ini) tls10() answer {
	off, disable := x.flag("SSL_DISABLE_TLS_10")
	on, enable := x.flag("SSL_ENABLE_TLS_10")
	isOff, isOn := disable == set && off, enable == set && on
	switch {
	case disable == garbled:
		return x.garbled("SSL_DISABLE_TLS_10")
	case enable == garbled && !x.release.before(offByDefault):
		return x.garbled("SSL_ENABLE_TLS_10")
	case isOff && isOn && !x.release.before(offByDefault):
		return answer{audit.Undetermined, false, "SSL_ENABLE_TLS_10 and SSL_DISABLE_TLS_10 are both set", x.first("SSL_ENABLE_TLS_10")}
	case isOff:
		return x.written(audit.TLSv10, audit.Refused, true)
	case isOn:
		return answer{audit.Accepted, true, "SSL_ENABLE_TLS_10=1", x.first("SSL_ENABLE_TLS_10")}
	case x.release.since(offByDefault):
		return answer{audit.Refused, true, "default of 12.0 and later", nil}
	case x.release.known() && disable == set:
		return x.written(audit.TLSv10, audit.Accepted, true)
	case x.release.known():
		return answer{audit.Accepted, true, fmt.Sprintf("%s: on by default before 12.0", x.absent("SSL_DISABLE_TLS_10")), nil}
	}
	return answer{audit.Undetermined, false, x.absent("SSL_DISABLE_TLS_10") + ": on by default before 12.0, off from then on, and the release is not known", x.first("SSL_DISABLE_TLS_10")}
}

// offByDefault is the first release with TLS 1.0 switched off.
const offByDefault = "12.0"

func (x *ini) tls12() answer {
	if off, s := x.flag("SSL_DISABLE_TLS_12"); s == garbled || off {
		return answer{audit.Undetermined, false, "SSL_DISABLE_TLS_12 is set; whether the release knows that name is not known", x.first("SSL_DISABLE_TLS_12")}
	}
	switch yes, sure := x.release.speaks12(); {
	case yes && sure:
		return answer{audit.Accepted, true, "default of " + string(x.release), nil}
	case yes:
		return answer{audit.Accepted, false, "on by default from 9.0.1 FP3 on, which is assumed", nil}
	case sure:
		return answer{audit.Refused, true, "release " + string(x.release) + " has no TLS 1.2", nil}
	}
	return answer{audit.Undetermined, false, "TLS 1.2 came with an interim fix of 9.0.1 FP3", nil}
}

// written is an answer that stands in the file.
func (x *ini) written(v audit.Version, a audit.Answer, sure bool) answer {
	e := x.first(switches[v])
	return answer{a, sure, switches[v] + "=" + e.value, e}
}

func (x *ini) garbled(name string) answer {
	return answer{audit.Undetermined, false, name + " is neither 0 nor 1, or stands more than once with different values", x.first(name)}
}

// absent says that a setting is not in force, and whether it is in a comment.
func (x *ini) absent(name string) string {
	if e := x.first(name); e != nil && e.value != "" {
		return name + "=" + e.value
	}
	for _, e := range x.off {
		if e.name == strings.ToLower(name) {
			return name + " is only a comment"
		}
	}
	return name + " is not set"
}
