package pki

import (
	"encoding/asn1"
	"testing"
)

func TestSchemeOf(t *testing.T) {
	pssOID := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	parameters := func(hash asn1.ObjectIdentifier) asn1.RawValue {
		return asn1.RawValue{FullBytes: marshal(t, struct {
			Hash algorithm `asn1:"explicit,tag:0"`
		}{algorithm{OID: hash, Parameters: asn1.NullRawValue}})}
	}
	for _, tt := range []struct {
		in         algorithm
		pair, hash string
	}{
		{algorithm{OID: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 5}}, "rsa+sha1", "sha1"},
		{algorithm{OID: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 18}}, "ml-dsa-65", "intrinsic"},
		{algorithm{OID: asn1.ObjectIdentifier{1, 2, 3, 4}}, "1.2.3.4", ""},
		{algorithm{OID: pssOID}, "rsa-pss+sha1", "sha1"},
		{algorithm{OID: pssOID, Parameters: asn1.RawValue{FullBytes: []byte{0x30, 0}}}, "rsa-pss+sha1", "sha1"},
		{algorithm{OID: pssOID, Parameters: parameters(asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3})}, "rsa-pss+sha512", "sha512"},
		{algorithm{OID: pssOID, Parameters: parameters(asn1.ObjectIdentifier{1, 2, 3})}, oidPSS, ""},
		{algorithm{OID: pssOID, Parameters: asn1.RawValue{FullBytes: []byte{0x30, 0x7f}}}, oidPSS, ""},
	} {
		if got := schemeOf(tt.in); got.pair != tt.pair || got.name != tt.hash {
			t.Errorf("%v: %s, %s; want %s, %s", tt.in.OID, got.pair, got.name, tt.pair, tt.hash)
		}
	}
}
