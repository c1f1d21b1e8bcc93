package tlsreg

import (
	"slices"

	"tlsaudit/audit"
)

// Askable lists the suites a server can be asked about at version v, in the
// order of the registry: TLS 1.3 has its own, older TLS and SSLv3 share theirs,
// and SSLv2 has none, since there the server lists its cipher kinds unasked.
// Suites a server takes only from a client it shares a password, key or ticket
// with are left out: offering them says nothing. A list of suites is complete
// when all of these have an answer.
func Askable(v audit.Version) (list []Suite) {
	for _, s := range suites().list {
		if v >= audit.SSLv3 && (s.Min >= audit.TLSv13) == (v >= audit.TLSv13) && s.askable() {
			list = append(list, s)
		}
	}
	return list
}

func (s *Suite) askable() bool {
	secret := func(kind string) bool { return s.KX == kind || s.Auth == kind }
	return (s.Status == "iana" || s.Status == "unregistered") && !slices.ContainsFunc([]string{"PSK", "SRP", "KRB5"}, secret)
}
