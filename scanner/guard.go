package scanner

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"

	"tlsaudit/audit"
	"tlsaudit/internal/pki"
	"tlsaudit/internal/tlsreg"
)

// Bounds on what is shown to zcrypto. It verifies while it parses, computes
// with whatever key or group it is given, and no deadline interrupts either.
const (
	maxGuardedCerts    = 16
	maxGuardedMessage  = 64 << 10 // zcrypto reads no more
	maxGuardedExchange = 4608     // three 8192-bit numbers and a signature
	maxGuardedPrime    = 8192     // in bits
)

// guardConn stands between a peer and zcrypto. It holds back the records of the
// clear part of a handshake up to TLS 1.2 until the message they belong to has
// arrived whole, looks at the certificates and key exchange parameters, and
// breaks the connection off if they are too large to compute with. After
// ChangeCipherSpec it gets out of the way.
type guardConn struct {
	net.Conn
	ready     bytes.Buffer // inspected, to be handed on
	message   bytes.Buffer // handshake bytes of the message being assembled
	kx        string       // of the suite in the ServerHello
	encrypted bool
}

// Read implements net.Conn.
func (g *guardConn) Read(b []byte) (int, error) {
	for g.ready.Len() == 0 {
		if g.encrypted {
			return g.Conn.Read(b)
		}
		if err := g.inspect(); err != nil {
			return 0, err
		}
	}
	return g.ready.Read(b)
}

// inspect reads records until no handshake message is left incomplete.
func (g *guardConn) inspect() error {
	var held bytes.Buffer
	for {
		var header [5]byte
		if _, err := io.ReadFull(g.Conn, header[:]); err != nil {
			return err
		}
		length := int(binary.BigEndian.Uint16(header[3:]))
		if length > 1<<14+2048 {
			return fmt.Errorf("a record of %d bytes", length)
		}
		held.Write(header[:])
		if _, err := io.CopyN(&held, g.Conn, int64(length)); err != nil {
			return err
		}
		switch header[0] {
		case 22:
			g.message.Write(held.Bytes()[held.Len()-length:])
			if err := g.messages(); err != nil {
				return err
			}
		case 20:
			g.encrypted = true
		}
		if g.message.Len() == 0 || header[0] != 22 {
			_, err := g.ready.ReadFrom(&held)
			return err
		}
		if held.Len() > 2*maxGuardedMessage {
			return fmt.Errorf("a handshake message in more than %d bytes of records", 2*maxGuardedMessage)
		}
	}
}

// messages looks at the complete messages assembled so far and drops them.
func (g *guardConn) messages() error {
	for g.message.Len() >= 4 {
		b := g.message.Bytes()
		length := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
		if length > maxGuardedMessage {
			return fmt.Errorf("a handshake message of %d bytes", length)
		}
		if b[0] == 12 && length > maxGuardedExchange {
			return fmt.Errorf("key exchange parameters of %d bytes", length)
		}
		if len(b) < 4+length {
			return nil
		}
		if err := g.look(b[0], b[4:4+length]); err != nil {
			return err
		}
		g.message.Next(4 + length)
	}
	return nil
}

// look inspects one message.
func (g *guardConn) look(kind byte, body []byte) error {
	switch kind {
	case 2:
		// version, random, session ID, suite
		if n := 34; len(body) > n && len(body) >= n+1+int(body[n])+2 {
			s, _ := tlsreg.SuiteByCode(audit.Code(binary.BigEndian.Uint16(body[n+1+int(body[n]):])))
			g.kx = s.KX
		}
	case 11:
		return affordable(body)
	case 12:
		if g.kx != "ECDHE" {
			return affordableGroup(body)
		}
	}
	return nil
}

// affordableGroup checks the Diffie-Hellman parameters of a ServerKeyExchange
// (RFC 5246 section 7.4.3): p, g and Ys, each with its length in two bytes.
func affordableGroup(b []byte) error {
	var numbers [3]*big.Int
	for i := range numbers {
		if len(b) < 2 || len(b)-2 < int(binary.BigEndian.Uint16(b)) {
			return errors.New("key exchange parameters that cannot be read")
		}
		length := int(binary.BigEndian.Uint16(b))
		numbers[i] = new(big.Int).SetBytes(b[2 : 2+length])
		b = b[2+length:]
	}
	p, bits := numbers[0], numbers[0].BitLen()
	switch {
	case bits > maxGuardedPrime:
		return fmt.Errorf("a Diffie-Hellman prime of %d bits; up to %d are computed with", bits, maxGuardedPrime)
	case p.Bit(0) == 0: // zero, too
		return errors.New("a Diffie-Hellman group whose modulus is even, so no prime")
	case numbers[1].BitLen() > bits || numbers[2].BitLen() > bits:
		return errors.New("Diffie-Hellman parameters longer than their prime")
	}
	return nil
}

// affordable checks the certificates of a Certificate message up to TLS 1.2.
func affordable(b []byte) error {
	if len(b) < 3 {
		return nil // zcrypto will object
	}
	b = b[3:]
	for n := 0; len(b) >= 3; n++ {
		length := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
		b = b[3:]
		if length > len(b) {
			return nil
		}
		if n == maxGuardedCerts {
			return fmt.Errorf("more than %d certificates", maxGuardedCerts)
		}
		if c := pki.Parse(b[:length]); c.Error != "" {
			return fmt.Errorf("certificate %d: %s", n, c.Error)
		}
		b = b[length:]
	}
	return nil
}
