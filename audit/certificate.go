package audit

import (
	"fmt"
	"strings"
	"time"
)

// Chain is one certificate list as the peer presented it, with what path and
// name processing made of it. The last three fields are facts relative to the
// trust anchors and the clock of the scan, both named in Trust.
type Chain struct {
	// Certificates are in the order presented; the first is the leaf.
	Certificates []Certificate `json:"certificates"`
	// Versions lists the protocol versions in which the chain was seen.
	Versions []Version `json:"versions,omitempty"`
	// Trust is the result of path building.
	Trust Trust `json:"trust"`
	// Order is Accepted when each certificate certifies the one before it
	// (RFC 5246 section 7.4.2), Refused otherwise.
	Order Answer `json:"order"`
	// Complete is Accepted when a path from the leaf to a trust anchor, or to
	// a self-signed certificate, can be built from what was presented alone.
	Complete Answer `json:"complete"`
	// Names is the comparison with the name the target was asked for.
	Names NameMatch `json:"names"`
	// Stapled is the OCSP response that came with the chain. Evidence recorded
	// before there was this field has none: not asked.
	Stapled Staple `json:"stapled,omitzero"`
	// Timestamps are the SCTs that came with the chain, besides those embedded
	// in its leaf. Evidence recorded before there was this field has none.
	Timestamps Timestamps `json:"timestamps,omitzero"`
	// Truncated is set when the peer sent more certificates than are kept.
	Truncated bool `json:"truncated,omitempty"`
}

// Trust is the verdict of path validation (RFC 5280 section 6), evaluated at a
// time inside the leaf's validity, so that a reason other than expiry is not
// hidden by it. Who judges trust compares the leaf's validity with its own time.
type Trust struct {
	// Anchors names the trust anchors used, "system roots", a file name, or
	// both joined by " + ". Empty if none were configured: then Answer is
	// NotAsked.
	Anchors string    `json:"anchors,omitempty"`
	Answer  Answer    `json:"answer"`
	At      time.Time `json:"at,omitzero"`
	// Reason explains a refusal in the validator's words.
	Reason string `json:"reason,omitempty"`
	// Path holds the subjects from leaf to anchor, when trusted.
	Path []string `json:"path,omitempty"`
}

// NameMatch compares the leaf with one reference name, separately for the
// subjectAltName and for the common name, which no modern client uses
// (RFC 9525 section 2).
type NameMatch struct {
	Reference string `json:"reference"`
	// SAN and CN are Accepted on a match, Refused on a mismatch or absence.
	SAN Answer `json:"san"`
	CN  Answer `json:"cn"`
}

// Certificate is one X.509 certificate. Text taken from it is hostile and is
// kept as found; every output sanitises it. Long lists are cut, see Clipped.
type Certificate struct {
	Subject string `json:"subject"`
	// CommonName is the last CN attribute of the subject.
	CommonName string    `json:"common_name,omitempty"`
	Issuer     string    `json:"issuer"`
	Serial     string    `json:"serial,omitempty"`
	SANs       []string  `json:"sans"`
	NotBefore  time.Time `json:"not_before"`
	NotAfter   time.Time `json:"not_after"`
	// SHA256 is the fingerprint in lower-case hex.
	SHA256 string `json:"sha256"`
	Key    Key    `json:"key"`
	// Signature is the algorithm as a pair "rsa+sha256", "ecdsa+sha384",
	// "rsa-pss+sha256", "ed25519", or an OID when unknown.
	Signature string `json:"signature"`
	// SignatureHash is the hash alone: "sha256", "sha1", "md5", or
	// "intrinsic" (EdDSA); empty when unknown.
	SignatureHash string   `json:"signature_hash,omitempty"`
	KeyUsage      []string `json:"key_usage,omitempty"`
	// EKU holds names such as "serverAuth", or OIDs. EKUPresent tells an empty
	// extension from none.
	EKU        []string `json:"eku,omitempty"`
	EKUPresent bool     `json:"eku_present"`
	IsCA       bool     `json:"is_ca"`
	SelfSigned bool     `json:"self_signed"`
	// X509Version is 1 or 3 as a rule.
	X509Version int `json:"x509_version,omitempty"`
	// OCSP, IssuerURLs and CRLs are the pointers of the AIA and CRLDP
	// extensions; they are never followed by themselves.
	OCSP       []string `json:"ocsp,omitempty"`
	IssuerURLs []string `json:"issuer_urls,omitempty"`
	CRLs       []string `json:"crls,omitempty"`
	SCTs       int      `json:"scts,omitempty"`
	// SCTTimes are the moments of the embedded SCTs of version 1, in the order
	// of the list: when the logs promised to record the precertificate.
	SCTTimes []time.Time `json:"sct_times,omitempty"`
	// Extensions lists the extensions present in their order. Evidence recorded
	// before there was this field has none, which a certificate of version 3
	// has not in truth: see HasExtensions.
	Extensions []Extension `json:"extensions,omitempty"`
	// PathLen is the path length constraint of the basicConstraints; nil if
	// there is none.
	PathLen *int `json:"path_len,omitempty"`
	// Policies are the OIDs of the certificatePolicies extension.
	Policies []string `json:"policies,omitempty"`
	// PSSSalt is the salt length of an RSASSA-PSS signature in bytes.
	PSSSalt int `json:"pss_salt,omitempty"`
	// Error is set when the certificate could not be read, or was refused by
	// the size guards; then only SHA256, Size and what was readable are set.
	Error string `json:"error,omitempty"`
	// Size is the length of the DER in bytes; DER the encoding itself, left
	// off when it is larger than the evidence keeps (64 KiB).
	Size int    `json:"size"`
	DER  []byte `json:"der,omitempty"`
}

// Extension is one extension of a certificate: a name of RFC 5280 such as
// "basicConstraints", or an OID.
type Extension struct {
	ID       string `json:"id"`
	Critical bool   `json:"critical,omitempty"`
}

// HasExtensions reports whether the extensions of the certificate are known,
// so that one that is not listed is absent.
func (c *Certificate) HasExtensions() bool {
	return c.Error == "" && (len(c.Extensions) > 0 || c.X509Version == 1 || c.X509Version == 2)
}

// Extension returns the extension with the given name or OID.
func (c *Certificate) Extension(id string) (Extension, bool) {
	for _, e := range c.Extensions {
		if e.ID == id {
			return e, true
		}
	}
	return Extension{}, false
}

// ClipList keeps the first n entries of a list and says in one more how many
// it left off.
func ClipList(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(list[:n:n], fmt.Sprintf("... %d more", len(list)-n))
}

// Clipped reports whether ClipList left off entries, so that what the list
// does not show cannot be held for absent.
func Clipped(list []string) bool {
	if len(list) == 0 {
		return false
	}
	rest, cut := strings.CutPrefix(list[len(list)-1], "... ")
	number, more := strings.CutSuffix(rest, " more")
	return cut && more && number != "" && strings.Trim(number, "0123456789") == ""
}

// Key is a public key.
type Key struct {
	// Type is "rsa", "ecdsa", "ed25519", "ed448", "dsa", "ml-dsa-44", "ml-dsa-65",
	// "ml-dsa-87" or an OID.
	Type string `json:"type"`
	// Bits is the modulus or field size; 0 when unknown.
	Bits int `json:"bits,omitempty"`
	// Curve is the group name for ecdsa, such as "secp256r1".
	Curve string `json:"curve,omitempty"`
	// Exponent is the public exponent of an RSA key in decimal, cut at 32
	// digits.
	Exponent string `json:"exponent,omitempty"`
}
