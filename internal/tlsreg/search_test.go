package tlsreg

import (
	"slices"
	"testing"
)

func TestSearch(t *testing.T) {
	for pattern, want := range map[string]int{
		"":                       455,
		"0xC02F":                 1,
		"0xc0,0x2f":              1,
		"ECDHE-RSA-AES128-GCM-*": 1,
		"ecdhe-rsa-aes128-gcm":   1,
		"tls_aes_*_GCM_SHA???":   2,
		"SSL_RSA_WITH_AES_*_SHA": 2, // IBM's spelling
		"EDH-RSA-DES-CBC3":       1,
		"no such suite":          0,
		"[":                      0,
		"0x123456":               0,
		"*":                      455,
	} {
		if got := Search(pattern); len(got) != want {
			t.Errorf("%q finds %d suites, want %d: %v", pattern, len(got), want, names(got))
		}
	}
	if got := SearchGroups("P-256"); len(got) != 1 || got[0].Name != "secp256r1" {
		t.Errorf("P-256 finds %v", got)
	}
	if got := SearchGroups("*mlkem*"); len(got) < 5 {
		t.Errorf("*mlkem* finds %v", got)
	}
	if got := SearchSchemes("0x0804"); len(got) != 1 || got[0].Name != "rsa_pss_rsae_sha256" {
		t.Errorf("0x0804 finds %v", got)
	}
}

func names(list []Suite) []string {
	var names []string
	for _, s := range list {
		names = append(names, s.Name)
	}
	return names
}

func TestNames(t *testing.T) {
	s, _ := SuiteByName("TLS_RSA_WITH_AES_128_CBC_SHA")
	want := []string{"TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA", "TLS_RSA_AES_128_CBC_SHA1", "SSL_RSA_WITH_AES_128_CBC_SHA"}
	if got := s.Names(); !slices.Equal(got[:4], want) || got[len(got)-1] != s.IHSShort {
		t.Errorf("names %q, want %q and the short code", got, want)
	}
	if aes13, _ := SuiteByCode(0x1301); aes13.IBMJSSE() != "" {
		t.Errorf("IBM writes %s as it is, not %s", aes13.Name, aes13.IBMJSSE())
	}
}

// Every column of the tables is read: the state of knowledge behind a name
// must not get lost.
func TestColumns(t *testing.T) {
	s, _ := SuiteByName("AES256-SHA")
	if s.OpenSSLSource != "3.0" || s.GSKitSource == "" || s.RecommendedSource == "" || s.DTLS == "" || s.CSInfo == "" {
		t.Errorf("a column is not read: %+v", s)
	}
	if g, _ := GroupByName("x25519"); g.Source == "" {
		t.Error("the source of groups is not read")
	}
	if !slices.ContainsFunc(Schemes(), func(s Scheme) bool { return s.Note != "" }) {
		t.Error("the notes of schemes are not read")
	}
}
