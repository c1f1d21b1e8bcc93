package sametime

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/tlsreg"
)

var errHighest = errors.New("TLS 1.2 is the highest version Sametime can be configured for: TLS 1.3 needs a proxy in front, or an exception")

// establish writes a wanted posture into the files of a server.
func establish(_ *confdoc.Document, l *confdoc.Listener, want audit.Want) ([]conftree.Edit, error) {
	switch s := l.Scope.(type) {
	case *server:
		return s.establish(want)
	case *client:
		return s.establish(want)
	}
	return nil, errors.New("nothing about TLS is said here")
}

func (s *server) establish(want audit.Want) ([]conftree.Edit, error) {
	var wanted []pair
	if want.MinVersion != 0 || len(want.Versions) > 0 {
		bounds, err := s.bounds(want)
		if err != nil {
			return nil, err
		}
		wanted = append(wanted, bounds...)
	}
	if want.Strong || len(want.AllowSuites) > 0 || len(want.ForbidSuites) > 0 {
		suites, err := s.wantedSuites(want)
		if err != nil {
			return nil, err
		}
		wanted = append(wanted, s.own("CIPHER_SUITES", strings.Join(suites, ",")))
	}
	if want.TLSOnly || want.StartTLS {
		ports, err := s.strictPorts()
		if err != nil {
			return nil, err
		}
		wanted = append(wanted, ports...)
	}
	if len(wanted) == 0 {
		return nil, errors.New("no parameter of Sametime brings this about")
	}
	return s.params.set(wanted...)
}

// own is a TLS parameter with a new value: that of the service where it has its
// own, otherwise that for all.
func (s *server) own(suffix, value string) pair {
	if name := s.prefix + "_TLS_" + suffix; s.params.get("Config", name).set() {
		return pair{"Config", name, value}
	}
	return pair{"Config", global + "_TLS_" + suffix, value}
}

func (s *server) bounds(want audit.Want) (wanted []pair, err error) {
	low, high := want.MinVersion, audit.TLSv12
	if len(want.Versions) > 0 {
		configurable := slices.DeleteFunc(slices.Clone(want.Versions), func(v audit.Version) bool { return v > audit.TLSv12 || v < audit.SSLv3 })
		if len(configurable) == 0 {
			return nil, errHighest
		}
		low, high = slices.Min(configurable), slices.Max(configurable)
	}
	if low > audit.TLSv12 {
		return nil, errHighest
	}
	low = max(low, audit.SSLv3)
	wanted = append(wanted, s.own("MIN_PROTOCOL_VERSION", fmt.Sprintf("0x%03x", uint16(low))))
	if b := s.bound("MAX_PROTOCOL_VERSION"); b.set() && (!b.known || b.version != high) || high < audit.TLSv12 {
		wanted = append(wanted, s.own("MAX_PROTOCOL_VERSION", fmt.Sprintf("0x%03x", uint16(high))))
	}
	return wanted, nil
}

// strictPorts are the parameters for TLS only on the port.
func (s *server) strictPorts() (wanted []pair, err error) {
	if s.section == "" {
		return nil, errors.New("the file says nothing about a port")
	}
	if s.chart {
		return nil, errors.New("the port is opened by the chart: see the text")
	}
	tlsPort := fmt.Sprint(s.port)
	for _, name := range []string{s.plain, s.secure} {
		if n, ok := port(s.params.get(s.section, name)); ok && n > 0 && s.params.get(s.section, name).set() {
			tlsPort = fmt.Sprint(n)
		}
	}
	if s.service == mux {
		wanted = append(wanted, pair{s.section, noUpdate, "1"})
	}
	wanted = append(wanted, pair{s.section, s.plain, "0"}, pair{s.section, s.secure, tlsPort})
	if !s.params.tls(s.prefix, "KEY_STORE_FILE").set() && s.secret == "" {
		wanted = append(wanted, pair{"Config", "ST_TLS_KEY_STORE_TYPE", "p12"}, pair{"Config", "ST_TLS_KEY_STORE_FILE", keyStore(s.params.form)})
	}
	return wanted, nil
}

// keyStore is where the documentation puts the key store.
func keyStore(f form) string {
	if f == formINI {
		return "/local/notesdata/keystore.p12"
	}
	return "/local/sametimemuxdata/keystore.p12"
}

// wantedSuites is the list to write: what is allowed of what is there, or of
// what has no known weakness.
func (s *server) wantedSuites(want audit.Want) (names []string, err error) {
	candidates := want.AllowSuites
	if len(candidates) == 0 {
		if list, complete := s.suites(); complete == audit.Accepted {
			for _, suite := range list {
				candidates = append(candidates, suite.Name)
			}
		}
	}
	keep := func(name string) bool {
		suite, ok := tlsreg.SuiteByName(name)
		return ok && suite.Min <= audit.TLSv12 && (suite.Max == 0 || suite.Max >= audit.TLSv12) && !slices.Contains(want.ForbidSuites, suite.Name) &&
			(!want.Strong || suite.PFS && suite.AEAD)
	}
	for _, list := range [][]string{candidates, strong} {
		for _, name := range list {
			if keep(name) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			return names, nil
		}
		if len(want.AllowSuites) > 0 {
			break
		}
	}
	return nil, errors.New("none of the suites that are allowed is one of TLS 1.2")
}

// strong are suites of TLS 1.2 with forward secrecy and authenticated
// encryption, for a key of either kind.
var strong = []string{
	"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
	"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
}
