package scanner

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"time"

	"tlsaudit/audit"
)

// mysql has a bound on connections: to the server each of ours is a client that
// broke off, and after 100 of those in a row (max_connect_errors) it locks out
// the machine we scan from until an administrator takes that back.
var mysql = Protocol{
	Protocol:  audit.Protocol{Name: "mysql", Ports: []uint16{3306}, Title: "MySQL and MariaDB with SSLRequest"},
	Negotiate: negotiateMySQL,
	PerHost:   2,
	Rate:      4,
	Budget:    5 * time.Minute,
	Most:      80,
	silent:    true,
}

// The capability flags that are looked at or sent.
const (
	mysqlSSL        = 1 << 11
	mysqlProtocol41 = 1 << 9
	mysqlSecure     = 1 << 15
)

// maxMySQL bounds the greeting in bytes; it is some 100 long.
const maxMySQL = 2 << 10

// mysqlGreeting is the part of an initial handshake packet that matters.
type mysqlGreeting struct {
	version string
	// flags are the capabilities of the server.
	flags uint32
	// code is the number of an error sent in place of a greeting, 0 for none.
	code int
	text string
}

// negotiateMySQL reads the greeting and asks for TLS. The request has no reply:
// what comes next is the handshake.
func negotiateMySQL(ctx context.Context, d *dialogue) error {
	if err := d.wait(ctx, true); err != nil {
		return err
	}
	g, err := readMySQL(d.in)
	if err != nil {
		return d.fault("greeting", err)
	}
	d.heard.Banner = g.version
	switch {
	case g.code == 1040 || g.code == 1203: // too many connections
		return &upgradeError{upgradeTemporary, fmt.Sprintf("greeting: error %d %s", g.code, strconv.QuoteToASCII(g.text))}
	case g.code != 0:
		return &upgradeError{upgradeRejected, fmt.Sprintf("greeting: error %d %s", g.code, strconv.QuoteToASCII(g.text))}
	case g.flags&mysqlSSL == 0:
		d.heard.Offered = audit.Refused
		return &upgradeError{upgradeRefused, "the server's capabilities have no CLIENT_SSL"}
	}
	d.heard.Offered, d.heard.Accepted = audit.Accepted, audit.Undetermined
	if err := d.wait(ctx, false); err != nil {
		return err
	}
	request := make([]byte, 36) // length, number 1, flags, longest packet, character set, zeroes
	request[0], request[3] = 32, 1
	binary.LittleEndian.PutUint32(request[4:], mysqlProtocol41|mysqlSSL|mysqlSecure)
	binary.LittleEndian.PutUint32(request[8:], 1<<24)
	request[12] = 33 // utf8
	if _, err := d.conn.Write(request); err != nil {
		return d.fault("SSLRequest", err)
	}
	return nil
}

// readMySQL reads the packet a server greets with.
func readMySQL(in *bufio.Reader) (g mysqlGreeting, err error) {
	var header [4]byte
	if _, err := io.ReadFull(in, header[:]); err != nil {
		return g, err
	}
	length := int(header[0]) | int(header[1])<<8 | int(header[2])<<16
	if header[3] > 1 || length < 3 || length > maxMySQL {
		return g, foreign(header[:])
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(in, body); err != nil {
		return g, err
	}
	return parseMySQL(body)
}

// parseMySQL reads the payload: an error packet, or Protocol::HandshakeV10.
func parseMySQL(body []byte) (g mysqlGreeting, err error) {
	if len(body) >= 3 && body[0] == 0xff {
		g.code, g.text = int(binary.LittleEndian.Uint16(body[1:])), clipped(string(body[3:]))
		if g.code == 0 {
			return g, foreign(body)
		}
		return g, nil
	}
	if len(body) == 0 || body[0] != 10 {
		return g, foreign(body)
	}
	end := bytes.IndexByte(body, 0)
	const low = 4 + 8 + 1 // connection number, first part of the challenge, filler
	if end < 2 || len(body) < end+1+low+2 {
		return g, foreign(body)
	}
	g.version = clipped(string(body[1:end]))
	rest := body[end+1+low:]
	g.flags = uint32(binary.LittleEndian.Uint16(rest))
	if len(rest) >= 7 { // character set, status
		g.flags |= uint32(binary.LittleEndian.Uint16(rest[5:])) << 16
	}
	return g, nil
}
