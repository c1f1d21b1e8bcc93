package report

import (
	"strconv"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

type cdxAlgorithmProperties struct {
	Primitive string `json:"primitive"`
	Family    string `json:"algorithmFamily,omitempty"`
	Parameter string `json:"parameterSetIdentifier,omitempty"`
	Curve     string `json:"ellipticCurve,omitempty"`
	Mode      string `json:"mode,omitempty"`
	Padding   string `json:"padding,omitempty"`
	// Classical is the strength in bits, 0 if it is not known.
	Classical int `json:"classicalSecurityLevel,omitempty"`
	// Quantum is the category of NIST, 1 to 5; 0 for what a quantum computer
	// breaks, nil if it is not known.
	Quantum *int `json:"nistQuantumSecurityLevel,omitempty"`
}

// cdxAlgorithm is an algorithm with the parameters it is used with.
type cdxAlgorithm struct {
	ref, name  string
	properties cdxAlgorithmProperties
}

// cdxNamed is an algorithm by its name, of which its reference is made; foreign
// names cannot take that of one that is known.
func cdxNamed(name string, p cdxAlgorithmProperties) cdxAlgorithm {
	slug := strings.ToLower(name)
	if strings.Trim(slug, "abcdefghijklmnopqrstuvwxyz0123456789-_/") != "" || p.Primitive == "unknown" {
		slug = "unknown/" + nameUUID("cdx", "algorithm", name)
	}
	return cdxAlgorithm{ref: "algorithm/" + slug, name: clean(name, 120), properties: p}
}

// cdxUnknown is an algorithm of which there is a name only.
func cdxUnknown(name string) cdxAlgorithm {
	return cdxNamed(name, cdxAlgorithmProperties{Primitive: "unknown"})
}

func (c *cdxWriter) algorithm(a *cdxAlgorithm) {
	c.asset(a.ref, func() cdxComponent {
		return cdxComponent{Name: a.name, Crypto: &cdxCrypto{AssetType: "algorithm", Algorithm: &a.properties}}
	})
}

func cdxQuantum(category int) *int { return &category }

// cdxSuiteAlgorithms takes a cipher suite apart: key exchange, authentication,
// encryption, and the hash of its MAC or, where the encryption authenticates, of
// its key derivation. Of a suite the registry does not know nothing is told.
func cdxSuiteAlgorithms(suite *audit.Suite) (list []cdxAlgorithm) {
	s, known := tlsreg.SuiteByCode(suite.ID)
	if !known {
		return nil
	}
	switch s.KX {
	case "ECDHE", "ECDH":
		list = append(list, cdxNamed(s.KX, cdxAlgorithmProperties{Primitive: "key-agree", Family: "ECDH", Quantum: cdxQuantum(0)}))
	case "DHE", "DH":
		list = append(list, finiteField(s.KX, suite.DHBits))
	case "RSA":
		list = append(list, cdxNamed("RSAES-PKCS1-v1_5", cdxAlgorithmProperties{Primitive: "pke", Family: "RSAES-PKCS1", Padding: "pkcs1v15", Quantum: cdxQuantum(0)}))
	}
	switch s.Auth {
	case "RSA":
		if s.KX != "RSA" { // there the key only decrypts
			list = append(list, cdxNamed("RSA", cdxAlgorithmProperties{Primitive: "signature", Quantum: cdxQuantum(0)}))
		}
	case "ECDSA":
		list = append(list, cdxNamed("ECDSA", cdxAlgorithmProperties{Primitive: "signature", Family: "ECDSA", Quantum: cdxQuantum(0)}))
	case "DSS":
		list = append(list, cdxNamed("DSA", cdxAlgorithmProperties{Primitive: "signature", Family: "DSA", Quantum: cdxQuantum(0)}))
	}
	if a, encrypts := bulkCipher(s); encrypts {
		list = append(list, a)
	}
	if a, hashes := suiteHash(s); hashes {
		list = append(list, a)
	}
	return list
}

// finiteField is Diffie-Hellman modulo a prime of so many bits; 0 is unknown.
func finiteField(name string, bits int) cdxAlgorithm {
	p := cdxAlgorithmProperties{Primitive: "key-agree", Family: "FFDH", Classical: cdxFactoring(bits), Quantum: cdxQuantum(0)}
	if bits > 0 {
		p.Parameter = strconv.Itoa(bits)
		name += "-" + p.Parameter
	}
	return cdxNamed(name, p)
}

// cdxCiphers are the families of bulk ciphers; those that are missing have none.
var cdxCiphers = map[string]string{
	"AES": "AES", "CAMELLIA": "CAMELLIA", "ARIA": "ARIA", "3DES": "3DES", "DES": "DES", "RC4": "RC4", "RC2": "RC2", "SEED": "SEED", "IDEA": "IDEA", "SM4": "SM4",
	"CHACHA20": "ChaCha20", "SALSA20": "Salsa20", "SALSA20/12": "Salsa20", "GOST28147-89": "GOST", "KUZNYECHIK": "GOST", "MAGMA": "GOST", "ASCON-AEAD128": "Ascon",
}

func bulkCipher(s tlsreg.Suite) (cdxAlgorithm, bool) {
	if s.Enc == "" || s.Enc == "NULL" {
		return cdxAlgorithm{}, false
	}
	name := s.Enc
	p := cdxAlgorithmProperties{Primitive: "block-cipher", Family: cdxCiphers[s.Enc], Classical: s.StrengthBits}
	if s.Bits > 0 {
		p.Parameter = strconv.Itoa(s.Bits)
		name += "-" + p.Parameter
	}
	if s.Mode != "" && s.Mode != "stream" && s.Mode != "none" {
		name += "-" + s.Mode
	}
	switch s.Mode {
	case "stream":
		p.Primitive = "stream-cipher"
	case "CBC", "CTR", "CFB":
		p.Mode = strings.ToLower(s.Mode)
	case "GCM":
		p.Mode = "gcm"
	case "CCM", "CCM-8":
		p.Mode = "ccm"
	}
	if s.AEAD {
		p.Primitive = "ae"
	}
	switch {
	case s.Enc == "AES": // by definition of the categories
		p.Quantum = map[int]*int{128: cdxQuantum(1), 192: cdxQuantum(3), 256: cdxQuantum(5)}[s.Bits]
	case s.Enc == "RC4": // broken, whatever its key
		p.Classical, p.Quantum = 0, cdxQuantum(0)
	case s.StrengthBits < 128:
		p.Quantum = cdxQuantum(0)
	}
	return cdxNamed(name, p), true
}

// suiteHash is the hash behind a suite, as a MAC if it serves as one.
func suiteHash(s tlsreg.Suite) (cdxAlgorithm, bool) {
	if h, known := digests[s.MAC]; known {
		return cdxNamed("HMAC-"+h.name, cdxAlgorithmProperties{Primitive: "mac", Family: "HMAC", Parameter: h.name}), true
	}
	if h, known := digests[s.PRF]; known && s.MAC == "AEAD" {
		return cdxNamed(h.name, cdxAlgorithmProperties{Primitive: "hash", Family: h.family, Parameter: h.parameter, Classical: h.classical, Quantum: h.quantum}), true
	}
	return cdxAlgorithm{}, false
}

// digest is a hash function; classical is its resistance to collisions in bits.
type digest struct {
	name, family, parameter string
	classical               int
	quantum                 *int
}

var digests = map[string]digest{
	"MD5": {"MD5", "MD5", "", 0, cdxQuantum(0)}, "SHA1": {"SHA-1", "SHA-1", "", 0, cdxQuantum(0)}, "SHA224": {"SHA-224", "SHA-2", "224", 112, nil},
	"SHA256": {"SHA-256", "SHA-2", "256", 128, cdxQuantum(2)}, "SHA384": {"SHA-384", "SHA-2", "384", 192, cdxQuantum(4)}, "SHA512": {"SHA-512", "SHA-2", "512", 256, nil}, "SM3": {"SM3", "SM3", "", 128, nil},
}

// cdxCurves are the registered names of curves in CycloneDX.
var cdxCurves = map[string]string{
	"secp192r1": "secg/secp192r1", "secp224r1": "secg/secp224r1", "secp256r1": "secg/secp256r1", "secp384r1": "secg/secp384r1", "secp521r1": "secg/secp521r1", "secp256k1": "secg/secp256k1",
	"x25519": "other/Curve25519", "x448": "other/Curve448", "brainpoolP256r1": "brainpool/brainpoolP256r1", "brainpoolP384r1": "brainpool/brainpoolP384r1", "brainpoolP512r1": "brainpool/brainpoolP512r1",
}

// cdxGroup is a group of the registry as the key exchange it stands for.
func cdxGroup(name string) cdxAlgorithm {
	g, known := tlsreg.GroupByName(name)
	if !known {
		return cdxUnknown(name)
	}
	p := cdxAlgorithmProperties{Primitive: "key-agree", Family: "ECDH", Curve: cdxCurves[g.Name], Classical: g.StrengthBits, Quantum: cdxQuantum(0)}
	switch g.Kind {
	case "ffdhe":
		p.Family, p.Parameter = "FFDH", strconv.Itoa(g.Bits)
	case "pq-kem":
		p = cdxAlgorithmProperties{Primitive: "kem", Family: "ML-KEM", Parameter: strconv.Itoa(g.Bits), Classical: g.StrengthBits, Quantum: kemCategory(g.Name)}
	case "hybrid-pq", "hybrid-pq-obsolete":
		p = cdxAlgorithmProperties{Primitive: "combiner", Parameter: g.Name, Classical: g.StrengthBits, Quantum: kemCategory(g.Name)}
	case "ec-gost":
		p.Family = "GOST"
	}
	return cdxNamed(g.Name, p)
}

// kemCategory is the category of the ML-KEM in a group (FIPS 203 section 8).
func kemCategory(group string) *int {
	for set, category := range map[string]int{"MLKEM512": 1, "MLKEM768": 3, "MLKEM1024": 5} {
		if strings.Contains(group, set) {
			return cdxQuantum(category)
		}
	}
	return nil // a draft of it
}

// cdxFactoring is the strength of a modulus of so many bits, RSA or Diffie-Hellman
// (NIST SP 800-57 part 1, table 2), that of the next smaller size listed there.
func cdxFactoring(bits int) int {
	for _, row := range [][2]int{{15360, 256}, {7680, 192}, {3072, 128}, {2048, 112}, {1024, 80}} {
		if bits >= row[0] {
			return row[1]
		}
	}
	return 0
}
