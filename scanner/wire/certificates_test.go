package wire

import (
	"slices"
	"testing"
)

func TestParseCertificate(t *testing.T) {
	for _, test := range []struct {
		name string
		body []byte
		want int // -1: malformed
	}{
		{"two", certificateMessage([]byte("a"), []byte("b"))[4:], 2},
		{"empty list", vec(3), 0},
		{"empty certificate", vec(3, vec(3)), -1},
		{"empty certificate first", vec(3, vec(3), vec(3, []byte("a"))), -1},
		{"byte behind the list", append(vec(3, vec(3, []byte("a"))), 0), -1},
		{"list too long", []byte{0, 0, 9, 0, 0, 1, 1}, -1},
		{"certificate too long", vec(3, []byte{0, 0, 9, 1}), -1},
		{"nothing", nil, -1},
	} {
		var f Flight
		err := parseCertificate(test.body, &f)
		if (err != nil) != (test.want < 0) || len(f.Certificates) != max(0, test.want) {
			t.Errorf("%s: %d certificates, %v", test.name, len(f.Certificates), err)
		}
	}
}

func TestParseCertificateStatus(t *testing.T) {
	staple := vec(3, []byte("staple"))
	for _, test := range []struct {
		name string
		body []byte
		ok   bool
		want string
	}{
		{"OCSP", join([]byte{1}, staple), true, "staple"},
		{"multi", join([]byte{2}, vec(3, staple, vec(3))), true, "staple"},
		{"multi, none for the leaf", join([]byte{2}, vec(3, vec(3), staple)), true, ""},
		{"multi, cut", join([]byte{2}, vec(3, staple[:5])), false, ""},
		{"other type", join([]byte{3}, staple), false, ""},
		{"byte too many", join([]byte{1}, staple, []byte{0}), false, ""},
		{"nothing", nil, false, ""},
	} {
		got, err := parseCertificateStatus(test.body)
		if string(got) != test.want || (err == nil) != test.ok {
			t.Errorf("%s: %q, %v", test.name, got, err)
		}
	}
}

func TestParseCertificateRequest(t *testing.T) {
	types, schemes := vec(1, []byte{1, 2, 64}), vec(2, be16(0x0403), be16(0x0201))
	names := vec(2, vec(2, []byte("one")), vec(2, []byte("two")))
	many := vec(2, slices.Repeat(vec(2, []byte("name")), 1001))
	for _, test := range []struct {
		name    string
		version uint16
		body    []byte
		schemes int
		names   int // -1: malformed
	}{
		{"TLS 1.2", 0x0303, join(types, schemes, names), 2, 2},
		{"TLS 1.0", 0x0301, join(types, names), 0, 2},
		{"TLS 1.1", 0x0302, join(types, names), 0, 2},
		{"no names", 0x0301, join(types, vec(2)), 0, 0},
		{"1001 names", 0x0303, join(types, schemes, many), 2, 1000},
		{"names missing", 0x0303, join(types, schemes), 0, -1},
		{"odd schemes", 0x0303, join(types, vec(2, []byte{1}), names), 0, -1},
		{"byte too many", 0x0301, join(types, names, []byte{0}), 0, -1},
		{"name too long", 0x0301, join(types, vec(2, []byte{0, 9, 1})), 0, -1},
	} {
		r, err := parseCertificateRequest(test.version, test.body)
		if (err != nil) != (test.names < 0) {
			t.Errorf("%s: %v", test.name, err)
		}
		if err == nil && (len(r.Authorities) != test.names || len(r.SigAlgs) != test.schemes || len(r.Types) != 3 || r.Truncated != (test.names == 1000)) {
			t.Errorf("%s: %+v", test.name, r)
		}
	}
}
