package pki

import (
	"encoding/asn1"
	"iter"
)

// elements yields the members of a SEQUENCE or SET, as far as they can be
// read. Broken encodings end the walk early; they never fail it, because the
// strict verdict is given by the parsers.
func elements(der []byte) iter.Seq[asn1.RawValue] {
	return func(yield func(asn1.RawValue) bool) {
		var outer asn1.RawValue
		if _, err := asn1.Unmarshal(der, &outer); err != nil || !outer.IsCompound {
			return
		}
		for rest := outer.Bytes; len(rest) > 0; {
			var member asn1.RawValue
			var err error
			if rest, err = asn1.Unmarshal(rest, &member); err != nil || !yield(member) {
				return
			}
		}
	}
}
