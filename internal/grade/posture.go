package grade

import (
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// versions reads what is accepted. What the configuration allows and the library
// does not carry out is not accepted.
func (c *card) versions() {
	open := map[audit.Answer][]audit.Version{}
	for _, v := range audit.Versions {
		switch f := c.o.Version(v); f.Answer {
		case audit.Accepted:
			c.accepted = append(c.accepted, v)
		case audit.NotAsked, audit.Undetermined:
			open[f.Answer] = append(open[f.Answer], v)
		}
	}
	for _, a := range []audit.Answer{audit.NotAsked, audit.Undetermined} {
		if len(open[a]) > 0 {
			c.unknown("%s: %s", listed(open[a]), spelt(a))
		}
	}
	best := audit.Version(0)
	if len(c.accepted) > 0 {
		best = slices.Max(c.accepted)
	}
	for _, v := range c.accepted {
		switch {
		case v == audit.SSLv2:
			c.cap("F", "%s is accepted", v)
		case v == audit.SSLv3 && best == v:
			c.cap("F", "no version newer than %s is accepted", v)
		case v <= audit.TLSv11:
			c.cap("B", "%s is accepted", v)
		}
	}
	// One that may be accepted is no reason for a cap; nor does it raise.
	if !c.may(audit.TLSv12) && !c.may(audit.TLSv13) {
		c.cap("C", "neither TLSv1.2 nor TLSv1.3 is accepted")
	}
	if !c.may(audit.TLSv13) {
		c.cap("A-", "TLSv1.3 is not accepted")
	}
}

// may reports whether a version is accepted, or nobody knows.
func (c *card) may(v audit.Version) bool {
	answer := c.o.Version(v).Answer
	return answer == audit.Accepted || answer == audit.NotAsked || answer == audit.Undetermined
}

func spelt(a audit.Answer) string {
	if a == audit.NotAsked {
		return "not asked"
	}
	return "no answer that can be trusted"
}

// listed joins the names of versions.
func listed(versions []audit.Version) string {
	var names []string
	for _, v := range versions {
		names = append(names, v.String())
	}
	return strings.Join(names, ", ")
}

// seenSuite is an accepted suite at one version.
type seenSuite struct {
	*audit.Suite
	version audit.Version
	// reg is what the registry knows; nil if the number is not in it.
	reg  *tlsreg.Suite
	bits int
}

// suites reads the suites of all accepted versions.
func (c *card) suites() {
	var partly []audit.Version
	for _, v := range c.accepted {
		f := c.o.Version(v)
		if f.SuitesAnswer != audit.Accepted {
			partly = append(partly, v)
		}
		for i := range f.Suites {
			s := seenSuite{Suite: &f.Suites[i], version: v, bits: f.Suites[i].Bits}
			if reg, ok := tlsreg.SuiteByCode(s.ID); ok {
				s.reg, s.bits = &reg, reg.StrengthBits
			} else {
				c.unknown("the suite %s is in no registry", s.ID)
			}
			c.seen = append(c.seen, s)
			c.suite(&s)
		}
	}
	if len(partly) > 0 {
		c.unknown("the suites of %s are not all known", listed(partly))
	}
	has := func(is func(*tlsreg.Suite) bool) bool {
		return slices.ContainsFunc(c.seen, func(s seenSuite) bool { return s.reg != nil && is(s.reg) })
	}
	// Nobody is marked down for what was merely not found.
	for _, want := range []struct {
		name string
		ok   bool
	}{
		{"forward secrecy", has(func(s *tlsreg.Suite) bool { return s.PFS })},
		{"authenticated encryption", has(func(s *tlsreg.Suite) bool { return s.AEAD })},
	} {
		switch {
		case want.ok:
		case len(partly) == 0:
			c.cap("B", "no suite has %s", want.name)
		default:
			c.unknown("no suite with %s was found", want.name)
		}
	}
}

// suite caps for what one suite is.
func (c *card) suite(s *seenSuite) {
	r := s.reg
	if r == nil {
		return
	}
	switch {
	case r.Enc == "NULL" || s.bits == 0:
		c.cap("F", "a suite without encryption is accepted")
	case r.Export:
		c.cap("F", "an export suite is accepted")
	case s.bits < 112:
		c.cap("F", "a suite of %d bits is accepted", s.bits)
	}
	if r.Auth == "anon" {
		c.cap("F", "a suite without authentication is accepted")
	}
	// What only an old client is given is rated milder than what any is.
	newer := slices.Max(c.versionsOf(s.ID)) >= audit.TLSv11
	switch {
	case r.Enc == "RC4" && newer:
		c.cap("C", "RC4 is accepted at TLSv1.1 or newer")
	case r.Enc == "RC4":
		c.cap("B", "RC4 is accepted")
	case slices.Contains([]string{"3DES", "DES", "IDEA", "RC2"}, r.Enc) && newer:
		c.cap("C", "a cipher with blocks of 64 bits is accepted at TLSv1.1 or newer")
	}
	if s.version == audit.SSLv3 && r.Mode == "CBC" {
		c.cap("C", "SSLv3 is accepted with a CBC suite (POODLE)")
	}
}

// versionsOf are the accepted versions that take a suite.
func (c *card) versionsOf(id audit.Code) (list []audit.Version) {
	for _, v := range c.accepted {
		if slices.ContainsFunc(c.o.Version(v).Suites, func(s audit.Suite) bool { return s.ID == id }) {
			list = append(list, v)
		}
	}
	return list
}

// flaws caps for what was probed for and found. Nobody is held to a probe that
// was not made: see NotAsked.
func (c *card) flaws() {
	for _, flaw := range []struct {
		name audit.Feature
		what string
	}{
		{audit.FeatureHeartbleed, "gives memory away (Heartbleed)"},
		{audit.FeatureCCSInjection, "takes ChangeCipherSpec before there are keys (CCS injection)"},
		{audit.FeatureROBOT, "is an oracle for RSA key transport (ROBOT)"},
		{audit.FeatureTicketbleed, "gives memory away (Ticketbleed)"},
		{audit.FeaturePOODLETLS, "does not check padding at TLS (POODLE)"},
	} {
		for _, f := range c.o.Features {
			if f.Name == flaw.name && f.Answer == audit.Accepted {
				c.cap("F", "the server %s", flaw.what)
				break
			}
		}
	}
}

// features caps for compression, which is asked of versions before TLS 1.3.
func (c *card) features() {
	asked, old := false, false
	for _, v := range c.accepted {
		if v == audit.SSLv2 || v == audit.TLSv13 {
			continue
		}
		old = true
		switch c.o.Feature(audit.FeatureCompression, v).Answer {
		case audit.Accepted:
			c.cap("C", "records are compressed (CRIME)")
			asked = true
		case audit.Refused:
			asked = true
		}
	}
	if old && !asked {
		c.unknown("compression: not asked or not answered")
	}
}
