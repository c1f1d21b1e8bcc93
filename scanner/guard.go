package scanner

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"

	"tlsaudit/internal/pki"
)

// Bounds on what is shown to zcrypto. It verifies while it parses, computes
// with whatever key or group it is given, and no deadline interrupts either.
const (
	maxGuardedCerts    = 16
	maxGuardedMessage  = 64 << 10 // zcrypto reads no more
	maxGuardedExchange = 4608     // three 8192-bit numbers and a signature
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
		if b[0] == 11 {
			if err := affordable(b[4 : 4+length]); err != nil {
				return err
			}
		}
		g.message.Next(4 + length)
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
