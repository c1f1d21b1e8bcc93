package tlsreg

import (
	_ "embed"
	"sync"

	"tlsaudit/audit"
)

// Group is one key-exchange group of the supported_groups registry.
type Group struct {
	Code audit.Code
	// Name is the IANA name, such as "secp256r1".
	Name string
	// Kind is "ec-prime", "ec-binary", "ec-montgomery", "ec-gost", "ffdhe",
	// "pq-kem", "hybrid-pq", "hybrid-pq-obsolete" or "explicit".
	Kind string
	// Bits is the field or modulus size, 0 for hybrids; StrengthBits the
	// classical strength, for post-quantum groups the category of ML-KEM.
	Bits, StrengthBits int
	// OpenSSL lists the names OpenSSL reads, such as "prime256v1" and "P-256".
	OpenSSL []string
	// TLS12 and TLS13 say where the specification lets it be negotiated.
	TLS12, TLS13 bool
	PostQuantum  bool
	// Recommended is IANA's column: "Y", "N", "D", or "?" if unknown.
	Recommended string
	// Source is the document the row comes from.
	Source string
}

//go:embed data/groups.csv
var groupTable string

type groupRegistry struct {
	list   []Group
	byCode map[audit.Code]int
	byName index
}

var groups = sync.OnceValue(func() *groupRegistry {
	r := &groupRegistry{byCode: map[audit.Code]int{}, byName: index{}}
	for i, row := range rows(groupTable) {
		g := Group{
			Code:         row.code(),
			Name:         row.text("iana_name"),
			Kind:         row.text("kind"),
			Bits:         row.int("bits"),
			StrengthBits: row.int("strength_bits"),
			OpenSSL:      row.list("openssl_names"),
			TLS12:        row.bool("tls12"),
			TLS13:        row.bool("tls13"),
			PostQuantum:  row.bool("post_quantum"),
			Recommended:  row.text("iana_recommended"),
			Source:       row.text("source"),
		}
		r.byCode[g.Code] = i
		r.list = append(r.list, g)
	}
	for i, g := range r.list {
		r.byName.add(i, g.Name)
	}
	for i, g := range r.list {
		r.byName.add(i, g.OpenSSL...)
	}
	return r
})

// Groups returns every group in ascending order of code.
func Groups() []Group { return groups().list }

// GroupByCode returns the group with the given code.
func GroupByCode(c audit.Code) (Group, bool) {
	i, ok := groups().byCode[c]
	if !ok {
		return Group{}, false
	}
	return groups().list[i], true
}

// GroupByName returns the group with the given IANA or OpenSSL name, or number.
func GroupByName(name string) (Group, bool) {
	if i, ok := groups().byName.find(name); ok {
		return groups().list[i], true
	}
	if c, err := ParseCode(name); err == nil {
		return GroupByCode(c)
	}
	return Group{}, false
}
