package wire

import (
	"crypto/hkdf"
	"crypto/hmac"
	"errors"
	"time"
)

// The modes in which a pre-shared key can be used (RFC 8446 section 4.2.9).
const (
	PSKOnly  byte = 0 // psk_ke: without a new key exchange
	PSKAndDH byte = 1 // psk_dhe_ke
)

// Hello returns the records of h with an offer to resume the session of the
// ticket in one of modes. A server that does puts pre_shared_key into its
// ServerHello, and with PSKOnly no share. The suite of the ticket is taken into
// the hello alone, because its hash must be the one negotiated.
func (t *Ticket) Hello(h *Hello, modes ...byte) ([]byte, error) {
	suite, ok := suite13Of(t.Suite)
	if !ok || t.key == nil {
		return nil, errors.New("no ticket of a session")
	}
	g := *h
	g.Suites = []uint16{t.Suite}
	g.Extra = append(g.Extra[:len(g.Extra):len(g.Extra)], pskModes(modes...))
	size := suite.hash().Size()
	age := uint32(time.Since(t.received).Milliseconds()) + t.ageAdd
	n := len(t.value)
	identity := append([]byte{byte((n + 6) >> 8), byte(n + 6), byte(n >> 8), byte(n)}, t.value...)
	identity = append(identity, byte(age>>24), byte(age>>16), byte(age>>8), byte(age))
	binders := append([]byte{0, byte(size + 1), byte(size)}, make([]byte, size)...)
	g.presharedKey = append(identity, binders...)
	records := g.AppendTo(nil)
	if len(records) == 0 || len(records) > maxFragment+recordHeader {
		return nil, errEmptyHello
	}
	message := records[recordHeader:]
	binder, err := suite.binder(t.key, message[:len(message)-len(binders)])
	if err != nil {
		return nil, err
	}
	copy(message[len(message)-size:], binder)
	return records, nil
}

// pskModes is the extension psk_key_exchange_modes.
func pskModes(modes ...byte) Extension {
	return Extension{ExtPSKModes, append([]byte{byte(len(modes))}, modes...)}
}

// binder proves that the sender of a hello has the key: it is a Finished over
// the hello up to the binders (RFC 8446 section 4.2.11.2).
func (s suite13) binder(key, hello []byte) ([]byte, error) {
	early, err := hkdf.Extract(s.hash, key, nil)
	if err != nil {
		return nil, err
	}
	bind, err := s.derive(early, "res binder", nil)
	if err != nil {
		return nil, err
	}
	if bind, err = s.expand(bind, "finished", nil, s.hash().Size()); err != nil {
		return nil, err
	}
	mac := hmac.New(s.hash, bind)
	mac.Write(s.sum(hello))
	return mac.Sum(nil), nil
}
