package audit

// SchemeFact is one signature scheme and whether the server signs handshakes
// with it at a version: the ServerKeyExchange of TLS 1.2, the CertificateVerify
// of TLS 1.3. Older versions fix it.
type SchemeFact struct {
	ID      Code    `json:"id"`
	Name    string  `json:"name"`
	Version Version `json:"version"`
	Answer  Answer  `json:"answer"`
	// Leaf is the SHA-256, in lower-case hex, of the certificate presented with
	// an accepted scheme; see Posture.Chains.
	Leaf string `json:"leaf,omitempty"`
}

// LacksSchemes says in one line why the signature schemes of v are not all
// known, or returns the empty string: also for a version that is known not to
// be accepted, and for those that have none to negotiate.
func (o *Observation) LacksSchemes(v Version) string {
	f := o.Version(v)
	switch {
	case v < TLSv12:
		return ""
	case !f.Answer.Known() && o.Askable(v):
		return withReason(v.String()+" is "+f.Answer.String(), f.Evidence)
	case f.Answer != Accepted:
		return ""
	case f.SchemesAnswer == Accepted:
		return ""
	case f.SchemesAnswer == NotAsked:
		if why := o.NotAskedAt("which signature schemes are accepted at "+v.String(), DepthDeep); why != "" {
			return why
		}
	}
	return "the list of " + v.String() + " signature schemes is not complete (" + f.SchemesAnswer.String() + ")"
}
