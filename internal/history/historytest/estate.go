package historytest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"tlsaudit/audit"
)

// Estate is a number of endpoints over the nights.
type Estate struct {
	seed uint64
	list []endpoint
}

// endpoint is the fate of one endpoint. Nights count from 0; -1 is never.
type endpoint struct {
	number int
	target audit.Target
	// added and gone are the nights it enters and leaves the inventory.
	added, gone int
	// mended is when TLS 1.0 is switched off, broken when it comes back.
	mended, broken int
	// dark is from when on it does not answer.
	dark int
	// flaps: a header is there every other night.
	flaps bool
	// waived: its weak suite is accepted by a waiver.
	waived bool
	// renewal is every how many nights its certificate is renewed, phase how far it
	// was on the first night.
	renewal, phase int
	weakKey        bool
}

// systems are what endpoints belong to.
var systems = []string{"shop", "mail", "intranet", "identity", "payments", "wiki", "build", "meetings", "archive", "partners", "api", "status"}

// New makes an estate. Endpoints are in the order of their subjects.
func New(endpoints int, seed uint64) *Estate {
	e := &Estate{seed: seed}
	for i := range endpoints {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		protocol, port := "https", uint16(443)
		if i >= endpoints*9/10 {
			protocol, port = "smtp", 25
		}
		p := endpoint{
			number: i, added: 0, gone: -1, mended: -1, broken: -1, dark: -1, flaps: r.IntN(200) == 0, waived: r.IntN(15) == 0,
			renewal: 55 + r.IntN(35), phase: r.IntN(90), weakKey: r.IntN(12) == 0,
			target: audit.Target{Protocol: protocol, Host: fmt.Sprintf("host%05d.example.com", i), Port: port, System: systems[r.IntN(len(systems))], Owner: "team-" + string(rune('a'+r.IntN(6))), Environment: []string{"production", "test"}[r.IntN(2)], Product: []string{"nginx", "httpd", "haproxy"}[r.IntN(3)]},
		}
		switch r.IntN(10) { // the fate of old versions
		case 0, 1, 2:
			p.mended = 5 + r.IntN(400)
		case 3:
			p.mended = 3 + r.IntN(100)
			p.broken = p.mended + 4 + r.IntN(150)
		case 4:
			p.mended = 100000
		}
		switch r.IntN(40) {
		case 0:
			p.added = 1 + r.IntN(300)
		case 1:
			p.gone = 30 + r.IntN(300)
		case 2:
			p.dark = 10 + r.IntN(350)
		}
		e.list = append(e.list, p)
	}
	return e
}

// legacy reports whether TLS 1.0 is accepted on a night.
func (p *endpoint) legacy(night int) bool {
	if p.mended < 0 {
		return false
	}
	return night < p.mended || p.broken >= 0 && night >= p.broken && night < p.broken+20
}

// there reports whether the endpoint is in the inventory on a night.
func (p *endpoint) there(night int) bool {
	return night >= p.added && (p.gone < 0 || night < p.gone)
}

// chance is true once in n nights of an endpoint, told by what is asked.
func (e *Estate) chance(p *endpoint, night int, what uint64, n int) bool {
	return rand.New(rand.NewPCG(e.seed^what<<32, uint64(p.number)<<20|uint64(night))).IntN(n) == 0
}

// observation is what a night shows of an endpoint.
func (e *Estate) observation(p *endpoint, night int) *audit.Observation {
	r := rand.New(rand.NewPCG(e.seed+1, uint64(p.number)<<20|uint64(night)))
	started := Night(night).Add(time.Duration(p.number)*137*time.Millisecond + time.Duration(r.IntN(5e8)))
	o := &audit.Observation{
		Target: p.target, Depth: audit.DepthStandard, Started: started, Finished: started.Add(time.Duration(2e9 + r.IntN(3e9))),
		Address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 1, byte(p.number >> 8), byte(p.number)}), p.target.Port), Connections: 18 + r.IntN(5),
	}
	o.Cost = &audit.Cost{BytesSent: int64(9000 + r.IntN(2000)), BytesReceived: int64(60000 + r.IntN(9000)), Milliseconds: o.Finished.Sub(started).Milliseconds()}
	if p.dark >= 0 && night >= p.dark || e.chance(p, night, 2, 250) {
		o.Reach, o.Reason, o.Connections = audit.ReachUnreachable, "connection timed out", 2
		o.Versions, o.Groups, o.Chains = []audit.VersionFact{}, []audit.GroupFact{}, []audit.Chain{}
		return o
	}
	o.Reach = audit.ReachTLS
	e.posture(p, night, o)
	if p.target.Protocol == "https" {
		o.HTTP = &audit.HTTP{Answer: audit.Accepted, Status: 200, Plain: &audit.PlainHTTP{Answer: audit.Accepted, Status: 301, Location: "https://" + p.target.Host}}
		if !p.flaps || night%2 == 0 {
			o.HTTP.HSTS = &audit.HSTS{Value: "max-age=31536000; includeSubDomains", MaxAge: 31536000, IncludeSubDomains: true}
		}
	} else {
		o.StartTLS = &audit.StartTLS{Offered: audit.Accepted, Accepted: audit.Accepted, Banner: "220 " + p.target.Host + " ESMTP", Reply: "220 2.0.0 Ready to start TLS", Capabilities: []string{"PIPELINING", "SIZE 52428800", "STARTTLS"}, Injection: audit.Refused}
	}
	return o
}

// posture fills in what the endpoint accepts.
func (e *Estate) posture(p *endpoint, night int, o *audit.Observation) {
	gcm := audit.Suite{ID: 0xC02F, Name: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", OpenSSL: "ECDHE-RSA-AES128-GCM-SHA256", Bits: 128, Group: "x25519", SigScheme: "rsa_pss_rsae_sha256"}
	strong := audit.Suite{ID: 0xC030, Name: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", OpenSSL: "ECDHE-RSA-AES256-GCM-SHA384", Bits: 256, Group: "x25519", SigScheme: "rsa_pss_rsae_sha256"}
	cbc := audit.Suite{ID: 0x002F, Name: "TLS_RSA_WITH_AES_128_CBC_SHA", OpenSSL: "AES128-SHA", Bits: 128}
	for _, v := range audit.Versions {
		f := audit.VersionFact{Version: v, Answer: audit.Refused, Evidence: "alert 70 protocol_version", Suites: []audit.Suite{}}
		switch {
		case v == audit.TLSv13:
			f.Suites = []audit.Suite{{ID: 0x1302, Name: "TLS_AES_256_GCM_SHA384", OpenSSL: "TLS_AES_256_GCM_SHA384", Bits: 256, Group: "x25519"}, {ID: 0x1301, Name: "TLS_AES_128_GCM_SHA256", OpenSSL: "TLS_AES_128_GCM_SHA256", Bits: 128, Group: "x25519"}}
		case v == audit.TLSv12 && p.number%4 == 0:
			f.Suites = []audit.Suite{strong, gcm, cbc}
		case v == audit.TLSv12:
			f.Suites = []audit.Suite{strong, gcm}
		case v == audit.TLSv10 && p.legacy(night):
			f.Suites = []audit.Suite{cbc}
		}
		if len(f.Suites) > 0 {
			f.Answer, f.Evidence, f.SuitesAnswer, f.SuitesOffered, f.Preference, f.GroupsAnswer = audit.Accepted, "ServerHello", audit.Accepted, 37, audit.PreferenceServer, audit.Accepted
			o.Groups = append(o.Groups, audit.GroupFact{ID: 0x001D, Name: "x25519", Version: v, Answer: audit.Accepted, Bits: 128}, audit.GroupFact{ID: 0x0017, Name: "secp256r1", Version: v, Answer: audit.Accepted, Bits: 128})
		}
		o.Versions = append(o.Versions, f)
	}
	o.ChainsAnswer = audit.Accepted
	leaf := e.leaf(p, night)
	at := o.Started
	if at.After(leaf.NotAfter) {
		at = leaf.NotAfter
	}
	o.Chains = []audit.Chain{{
		Certificates: []audit.Certificate{leaf, e.issuer(p.number % 4)}, Versions: []audit.Version{audit.TLSv12, audit.TLSv13}, Order: audit.Accepted, Complete: audit.Accepted,
		Trust: audit.Trust{Anchors: "system roots", Answer: audit.Accepted, At: at, Path: []string{leaf.Subject, leaf.Issuer, "CN=Example Root"}},
		Names: audit.NameMatch{Reference: p.target.Host, SAN: audit.Accepted, CN: audit.Accepted},
	}}
	o.Handshake = &audit.Handshake{Completed: audit.Accepted, Version: audit.TLSv13, Suite: "TLS_AES_256_GCM_SHA384", Group: "x25519", ClientCertificate: audit.Refused}
	o.Features = []audit.FeatureFact{}
}

// leaf is the certificate presented on a night.
func (e *Estate) leaf(p *endpoint, night int) audit.Certificate {
	generation := (night + p.phase) / p.renewal
	from := Night(generation*p.renewal - p.phase).Truncate(24 * time.Hour)
	key := audit.Key{Type: "rsa", Bits: 3072, Exponent: "65537"}
	if p.weakKey && generation < 2 {
		key.Bits = 1024
	}
	eku := []string{"serverAuth"}
	if p.number%9 == 0 {
		eku = append(eku, "clientAuth")
	}
	return e.certificate(uint64(p.number)<<16|uint64(generation), 900, audit.Certificate{
		Subject: "CN=" + p.target.Host, CommonName: p.target.Host, Issuer: fmt.Sprintf("CN=Example Issuing CA %d,O=Example", p.number%4), SANs: []string{p.target.Host},
		NotBefore: from, NotAfter: from.AddDate(0, 0, p.renewal+10+p.number%25), Key: key, EKU: eku, KeyUsage: []string{"digitalSignature"},
	})
}

// issuer is one of a few intermediates.
func (e *Estate) issuer(n int) audit.Certificate {
	return e.certificate(1<<50|uint64(n), 1200, audit.Certificate{
		Subject: fmt.Sprintf("CN=Example Issuing CA %d,O=Example", n), CommonName: fmt.Sprintf("Example Issuing CA %d", n), Issuer: "CN=Example Root", SANs: []string{},
		NotBefore: FirstNight.AddDate(-2, 0, 0), NotAfter: FirstNight.AddDate(6, n, 0), Key: audit.Key{Type: "rsa", Bits: 4096, Exponent: "65537"}, IsCA: true, KeyUsage: []string{"keyCertSign", "cRLSign"},
	})
}

// certificate fills in the bytes of a certificate, which are none that could be
// read: nothing compresses them, as is so with those that are real.
func (e *Estate) certificate(number uint64, size int, c audit.Certificate) audit.Certificate {
	r := rand.New(rand.NewPCG(e.seed+2, number))
	der := make([]byte, size)
	for i := range der {
		der[i] = byte(r.Uint32())
	}
	sum := sha256.Sum256(der)
	c.DER, c.Size, c.SHA256, c.Serial = der, size, hex.EncodeToString(sum[:]), hex.EncodeToString(sum[:9])
	c.Signature, c.SignatureHash, c.EKUPresent, c.X509Version = "rsa+sha256", "sha256", len(c.EKU) > 0, 3
	c.Extensions = []audit.Extension{{ID: "keyUsage", Critical: true}, {ID: "basicConstraints", Critical: true}, {ID: "subjectAltName"}}
	return c
}

// Subject is the subject of an endpoint.
func (e *Estate) Subject(i int) string { return e.list[i].target.Subject() }

// Observation is what a night shows of an endpoint.
func (e *Estate) Observation(i, night int) *audit.Observation {
	return e.observation(&e.list[i], night)
}
