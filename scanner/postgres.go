package scanner

import (
	"context"
	"strconv"
	"time"

	"tlsaudit/audit"
)

var postgres = Protocol{
	Protocol:  audit.Protocol{Name: "postgres", Ports: []uint16{5432}, Title: "PostgreSQL with SSLRequest"},
	Negotiate: negotiatePostgres,
	PerHost:   3,
	Rate:      10,
	Budget:    2 * time.Minute,
}

// postgresSSLRequest is the message SSLRequest of the PostgreSQL
// frontend/backend protocol: its length and the number 80877103.
var postgresSSLRequest = []byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}

// negotiatePostgres asks for TLS: the answer is the single byte S or N. E begins
// an error of a server that could not even look at the request.
func negotiatePostgres(ctx context.Context, d *dialogue) error {
	if err := d.wait(ctx, false); err != nil {
		return err
	}
	if _, err := d.conn.Write(postgresSSLRequest); err != nil {
		return d.fault("SSLRequest", err)
	}
	b, err := d.in.ReadByte()
	if err != nil {
		return d.fault("SSLRequest", err)
	}
	d.heard.Reply = strconv.QuoteToASCII(string(rune(b)))
	switch b {
	case 'S':
		d.settle(audit.Accepted)
		return nil
	case 'N':
		d.settle(audit.Refused)
		return &upgradeError{upgradeRefused, "SSLRequest was answered N: the server has TLS switched off"}
	case 'E':
		d.heard.Accepted = audit.Undetermined
		return &upgradeError{upgradeTemporary, "SSLRequest was answered with an error"}
	}
	return d.fault("SSLRequest", foreign([]byte{b}))
}
