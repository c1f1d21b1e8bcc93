package gateway

import "testing"

func TestDomain(t *testing.T) {
	for in, want := range map[string]string{
		"Bank.Example.": "bank.example", "*.Bank.example": "*.bank.example", ".bank.example": ".bank.example",
		"bücher.example": "xn--bcher-kva.example", "BÜCHER.Example.": "xn--bcher-kva.example", "*.münchen.example": "*.xn--mnchen-3ya.example", ".ñandú.example": ".xn--and-6ma2c.example",
		"例え.example": "xn--r8jz45g.example", "добър.example": "xn--90af4aj3c.example", "a。example": "a.example", "xn--bcher-kva.example": "xn--bcher-kva.example",
		// what cannot be told without tables is refused
		"faß.example": "", "bu\u0308cher.example": "", "שלום.example": "", "ａ.example": "", "a\u200b.example": "", "한국.example": "",
		"\u0133s.example": "", "col\u0140egi.example": "", "\u017Feite.example": "", "\u01c9.example": "", "a\u00aa.example": "", "\u1f71.example": "", "\u03d0.example": "", "\u3131.example": "", "\u2113.example": "",
		"ĳsland.example": "", "čeština.example": "xn--etina-gya30d.example", "łódź.example": "xn--d-uga0v4h.example", "中国.example": "xn--fiqs8s.example", "スキー.example": "xn--nckxa6r.example",
		"": "", ".": "", "*.": "", "a..b": "", "-a.b": "", "192.0.2.1": "", "a b": "", "mx*.a.test": "", "..a.test": "",
	} {
		got, fault := Domain(in)
		if got != want || (fault == nil) != (want != "") {
			t.Errorf("%q is %q (%v), want %q", in, got, fault, want)
		}
	}
}
