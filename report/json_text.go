package report

import (
	"fmt"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"tlsaudit/audit"
)

// escapeJSON replaces every invisible character of encoded JSON by its \u
// escape. encoding/json does so for C0 and a few others; but DEL, C1 and
// bidirectional controls would reach the terminal of whoever looks at the file.
// Nothing is lost: outside of strings JSON is ASCII, and inside them the escape
// means the same.
func escapeJSON(b []byte) []byte {
	var out []byte
	done := 0
	for i := 0; i < len(b); {
		if b[i] >= 0x20 && b[i] < 0x7f {
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if !visible(r) {
			out = append(out, b[done:i]...)
			if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
				out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
			} else {
				out = fmt.Appendf(out, `\u%04x`, r)
			}
			done = i + size
		}
		i += size
	}
	if done == 0 {
		return b
	}
	return append(out, b[done:]...)
}

// filled returns an empty slice for nil: the contract promises lists, and null
// is none.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func filledSummary(s audit.Summary) audit.Summary {
	if s.FailBySeverity == nil {
		s.FailBySeverity = map[string]int{}
	}
	return s
}

// filledObservation fills the lists of an observation and puts its times into
// UTC, in a copy: records belong to who yielded them.
func filledObservation(o *audit.Observation) *audit.Observation {
	c := *o
	c.Started, c.Finished = c.Started.UTC(), c.Finished.UTC()
	c.Groups = filled(c.Groups)
	c.Versions = filled(slices.Clone(c.Versions))
	for i := range c.Versions {
		c.Versions[i].Suites = filled(c.Versions[i].Suites)
	}
	c.Chains = filled(slices.Clone(c.Chains))
	for i := range c.Chains {
		certificates := filled(slices.Clone(c.Chains[i].Certificates))
		for k := range certificates {
			cert := &certificates[k]
			cert.SANs, cert.NotBefore, cert.NotAfter = filled(cert.SANs), cert.NotBefore.UTC(), cert.NotAfter.UTC()
		}
		c.Chains[i].Certificates, c.Chains[i].Trust.At = certificates, c.Chains[i].Trust.At.UTC()
	}
	return &c
}
