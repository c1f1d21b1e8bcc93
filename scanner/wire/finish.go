package wire

import (
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"time"
)

// Seal is a way to protect the client's Finished.
type Seal uint8

// The seals, of which only the first is right. The others must all be refused,
// and in the same way: whoever can tell them apart can decrypt records.
const (
	SealRight   Seal = iota
	SealMAC          // wrong MAC, right padding
	SealPadding      // right MAC, one wrong byte of padding
	SealBoth         // wrong MAC, one wrong byte of padding
	SealLength       // the padding claims to be longer than the record
)

// Seals lists them, the right one first.
var Seals = []Seal{SealRight, SealMAC, SealPadding, SealBoth, SealLength}

// Finish returns the rest of the client's flight: ClientKeyExchange,
// ChangeCipherSpec and Finished, protected as seal says. Only with SealRight is
// the handshake one a server may complete. The session must have been keyed.
func (s *Session) Finish(seal Seal) ([]byte, error) {
	if s.keys == nil {
		return nil, errSuite
	}
	verify := s.prf(s.keys.suite, s.keys.master, "client finished", s.digest(s.keys.suite), 12)
	sealed, err := s.seal(handshakeMessage(typeFinished, verify), seal)
	if err != nil {
		return nil, err
	}
	out := s.Record(recordHandshake, s.keys.keyExchange)
	out = append(out, s.ChangeCipherSpec()...)
	return append(out, s.Record(recordHandshake, sealed)...), nil
}

// seal protects the first record of the client. Its sequence number is 0.
func (s *Session) seal(content []byte, seal Seal) ([]byte, error) {
	k := s.keys
	pseudo := append(make([]byte, 8), recordHandshake, byte(s.version>>8), byte(s.version), byte(len(content)>>8), byte(len(content)))
	if k.suite.mac == nil {
		gcm, err := cipher.NewGCM(k.cipher)
		if err != nil {
			return nil, err
		}
		explicit := make([]byte, 8)
		return gcm.Seal(explicit, append(append([]byte{}, k.iv...), explicit...), content, pseudo), nil
	}
	mac := hmac.New(k.suite.mac, k.mac)
	mac.Write(pseudo)
	mac.Write(content)
	plain := mac.Sum(append([]byte{}, content...))
	block := k.cipher.BlockSize()
	// a whole block more than needed, so that there is padding to get wrong
	padding := block - (len(plain)+1)%block + block
	at := len(plain)
	for range padding + 1 {
		plain = append(plain, byte(padding))
	}
	if seal == SealMAC || seal == SealBoth {
		plain[at-1] ^= 0x55
	}
	switch seal {
	case SealPadding, SealBoth:
		plain[at] ^= 0x55
	case SealLength:
		for i := range plain {
			plain[i] = 0xFF
		}
	}
	iv := append([]byte{}, k.iv...)
	var out []byte
	if s.version >= 0x0302 {
		_, _ = rand.Read(iv)
		out = append(out, iv...)
	}
	cipher.NewCBCEncrypter(k.cipher, iv).CryptBlocks(plain, plain)
	return append(out, plain...), nil
}

// maxTicket bounds a ticket that is kept.
const maxTicket = 4096

// Ticket waits, behind Finish, for the NewSessionTicket that comes in clear
// before the server's ChangeCipherSpec, and returns the ticket, nil without one.
// accepted tells that the server came to its ChangeCipherSpec.
func (s *Session) Ticket(ctx context.Context, wait time.Duration) (ticket []byte, accepted bool, last Outcome) {
	until := time.Now().Add(wait)
	if s.m.limit.Before(until) {
		until = s.m.limit
	}
	_ = s.m.c.SetReadDeadline(until)
	if ctx.Err() != nil {
		_ = s.m.c.SetReadDeadline(past)
	}
	for range maxUseless {
		header, payload, err := s.m.record()
		switch {
		case err != nil:
			return ticket, false, outcomeOf(ctx, err)
		case header[0] == recordCCS:
			return ticket, true, ServerHello
		case header[0] == recordAlert:
			return ticket, false, Alert
		case header[0] != recordHandshake:
			return ticket, false, Malformed
		}
		// NewSessionTicket (RFC 5077 section 3.3): lifetime and ticket
		c := cursor{b: payload}
		if c.uint8() != typeNewSessionTicket {
			continue
		}
		body := c.sub(3)
		body.bytes(4)
		if t := body.vector(2); body.end() && len(t) <= maxTicket {
			ticket = append([]byte(nil), t...)
		}
	}
	return ticket, false, TooLarge
}
