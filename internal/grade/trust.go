package grade

import (
	"fmt"
	"slices"
	"time"

	"tlsaudit/audit"
)

// certificates reads every chain the endpoint presents: a client may be shown
// any of them.
func (c *card) certificates() {
	if c.o.ChainsAnswer != audit.Accepted {
		c.unknown("the certificates are not all known")
	}
	for i := range c.o.Chains {
		if len(c.o.Chains[i].Certificates) > 0 {
			c.chain(&c.o.Chains[i])
		}
	}
}

func (c *card) chain(chain *audit.Chain) {
	leaf := &chain.Certificates[0]
	if leaf.Error != "" {
		c.unknown("a certificate could not be read")
		return
	}
	c.key(leaf.Key)
	c.validity(leaf)
	switch {
	case chain.Stapled.Status == "revoked" && chain.Stapled.Signed == audit.Accepted:
		c.distrust("the certificate is revoked, as the stapled response says")
	case chain.Trust.Answer == audit.Refused && leaf.SelfSigned:
		c.distrust("the certificate is self-signed")
	case chain.Trust.Answer == audit.Refused:
		c.distrust("the certificate is not trusted by " + anchors(chain))
	case chain.Trust.Answer != audit.Accepted:
		c.unknown("whether the certificate is trusted: %s", spelt(chain.Trust.Answer))
	}
	switch chain.Names.SAN {
	case audit.Accepted:
	case audit.Refused:
		if why := "the certificate is for another name: " + Misnamed; !slices.Contains(c.misnamed, why) {
			c.misnamed = append(c.misnamed, why)
		}
	default:
		c.unknown("the name of the certificate: %s", spelt(chain.Names.SAN))
	}
	for i := range chain.Certificates {
		c.signature(&chain.Certificates[i])
	}
}

// anchors names what trust was held against: file names are the operator's own,
// and told in the evidence.
func anchors(chain *audit.Chain) string {
	if chain.Trust.Anchors == "system roots" {
		return "the system's CA certificates"
	}
	return "the CA certificates given"
}

func (c *card) validity(leaf *audit.Certificate) {
	day := func(t time.Time) string { return t.UTC().Format(time.DateOnly) }
	switch {
	case c.now.After(leaf.NotAfter):
		c.distrust("the certificate expired on " + day(leaf.NotAfter))
	case c.now.Before(leaf.NotBefore):
		c.distrust("the certificate is not valid before " + day(leaf.NotBefore))
	}
}

// signature rates the hash a certificate is signed with. Nobody relies on the
// signature of a root.
func (c *card) signature(cert *audit.Certificate) {
	if cert.SelfSigned {
		return
	}
	switch cert.SignatureHash {
	case "md2", "md4", "md5":
		c.cap("F", "a certificate is signed with %s", cert.SignatureHash)
	case "sha1":
		c.distrust("a certificate is signed with sha1")
	case "":
		c.unknown("the hash a certificate is signed with is not known")
	}
}

func (c *card) distrust(why string) {
	if why = fmt.Sprintf("%s: %s", why, Untrusted); !slices.Contains(c.untrusted, why) {
		c.untrusted = append(c.untrusted, why)
	}
}
