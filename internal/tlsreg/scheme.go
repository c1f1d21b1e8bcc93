package tlsreg

import (
	_ "embed"
	"sync"

	"tlsaudit/audit"
)

// Scheme is one signature scheme, or a TLS 1.2 pair of hash and signature.
type Scheme struct {
	Code audit.Code
	Name string
	// Algorithm is "rsa" (PKCS #1 v1.5), "rsa-pss", "ecdsa", "eddsa", "dsa" ...
	Algorithm string
	// Hash is the hash function, "intrinsic" for EdDSA, empty where the scheme
	// fixes it.
	Hash string
	// Usable says where: "12" TLS 1.2, "13" TLS 1.3, "12,13", "13cert" in TLS
	// 1.3 certificates only, "13client" for legacy client keys only.
	Usable      string
	PostQuantum bool
	// Status is empty, or names the document that forbids or discourages it.
	Status string
	// Note is a remark.
	Note string
}

//go:embed data/sigschemes.csv
var schemeTable string

type schemeRegistry struct {
	list   []Scheme
	byCode map[audit.Code]int
	byName index
}

var schemes = sync.OnceValue(func() *schemeRegistry {
	r := &schemeRegistry{byCode: map[audit.Code]int{}, byName: index{}}
	for i, row := range rows(schemeTable) {
		s := Scheme{
			Code:        row.code(),
			Name:        row.text("name"),
			Algorithm:   row.text("algorithm"),
			Hash:        row.text("hash"),
			Usable:      row.text("usable"),
			PostQuantum: row.bool("post_quantum"),
			Status:      row.text("status"),
			Note:        row.text("notes"),
		}
		r.byCode[s.Code] = i
		r.byName.add(i, s.Name)
		r.list = append(r.list, s)
	}
	return r
})

// Schemes returns every signature scheme.
func Schemes() []Scheme { return schemes().list }

// SchemeByCode returns the scheme with the given code.
func SchemeByCode(c audit.Code) (Scheme, bool) {
	i, ok := schemes().byCode[c]
	if !ok {
		return Scheme{}, false
	}
	return schemes().list[i], true
}

// SchemeByName returns the scheme with the given name or number.
func SchemeByName(name string) (Scheme, bool) {
	if i, ok := schemes().byName.find(name); ok {
		return schemes().list[i], true
	}
	if c, err := ParseCode(name); err == nil {
		return SchemeByCode(c)
	}
	return Scheme{}, false
}
