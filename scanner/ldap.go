package scanner

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"tlsaudit/audit"
)

var ldap = Protocol{
	Protocol:  audit.Protocol{Name: "ldap", Ports: []uint16{389}, Title: "LDAP with StartTLS (RFC 4511)"},
	Negotiate: negotiateLDAP,
	PerHost:   3,
	Rate:      10,
	Budget:    2 * time.Minute,
}

var ldaps = Protocol{
	Protocol: audit.Protocol{Name: "ldaps", Ports: []uint16{636}, Title: "LDAP over implicit TLS"},
	PerHost:  3,
	Rate:     10,
	Budget:   2 * time.Minute,
}

// ldapStartTLS is the extended request of RFC 4511 section 4.14.1 in BER, as
// message 1.
var ldapStartTLS = append([]byte{0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16}, "1.3.6.1.4.1.1466.20037"...)

// maxLDAP bounds a response in bytes.
const maxLDAP = 8 << 10

// The tags of an LDAPMessage that are looked at (RFC 4511 appendix B).
const (
	berInteger, berOctets, berEnumerated, berSequence = 0x02, 0x04, 0x0a, 0x30
	ldapExtendedResponse                              = 0x78
)

// negotiateLDAP asks for StartTLS, which nothing announces but the server's own
// entry: the answer to the request is the answer to both questions.
func negotiateLDAP(ctx context.Context, d *dialogue) error {
	if err := d.wait(ctx, false); err != nil {
		return err
	}
	if _, err := d.conn.Write(ldapStartTLS); err != nil {
		return d.fault("StartTLS", err)
	}
	id, code, text, err := readLDAP(d.in)
	if err != nil {
		return d.fault("StartTLS", err)
	}
	d.heard.Reply = ldapResult(code)
	if text != "" {
		d.heard.Reply += ": " + text
	}
	answered := "StartTLS answered " + strconv.QuoteToASCII(d.heard.Reply)
	switch {
	case code == 51 || code == 52 || id == 0: // id 0: a notice of disconnection (section 4.4.1)
		return &upgradeError{upgradeTemporary, answered}
	case id != 1:
		return &upgradeError{upgradeForeign, fmt.Sprintf("StartTLS was answered with message %d", id)}
	case code != 0:
		d.settle(audit.Refused)
		return &upgradeError{upgradeRefused, answered}
	}
	d.settle(audit.Accepted)
	return nil
}

// ldapResult names a result code of RFC 4511 section 4.1.9.
func ldapResult(code int) string {
	names := map[int]string{
		0: "success", 1: "operationsError", 2: "protocolError", 8: "strongerAuthRequired", 10: "referral", 13: "confidentialityRequired", 50: "insufficientAccessRights",
		51: "busy", 52: "unavailable", 53: "unwillingToPerform", 80: "other",
	}
	if name := names[code]; name != "" {
		return name
	}
	return "result " + strconv.Itoa(code)
}

// readLDAP reads one LDAPMessage with an extended response: its number, the
// result code, and the message for a person.
func readLDAP(in *bufio.Reader) (id, code int, text string, err error) {
	first, err := in.Peek(1)
	if err != nil {
		return 0, 0, "", err
	}
	if first[0] != berSequence {
		some, _ := in.Peek(min(in.Buffered(), 64))
		return 0, 0, "", foreign(some)
	}
	length, err := readBERHeader(in)
	if err != nil {
		return 0, 0, "", err
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(in, body); err != nil {
		return 0, 0, "", err
	}
	number, rest, ok := berElement(body, berInteger)
	response, _, ok2 := berElement(rest, ldapExtendedResponse)
	result, rest, ok3 := berElement(response, berEnumerated)
	_, rest, ok4 := berElement(rest, berOctets) // matchedDN
	message, _, ok5 := berElement(rest, berOctets)
	id, ok6 := berInt(number)
	code, ok7 := berInt(result)
	if !ok || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 || !ok7 {
		return 0, 0, "", foreign(body)
	}
	return id, code, clipped(string(message)), nil
}

// readBERHeader reads the tag and the length of one element.
func readBERHeader(in *bufio.Reader) (length int, err error) {
	var header [2]byte
	if _, err := io.ReadFull(in, header[:]); err != nil {
		return 0, err
	}
	length = int(header[1])
	if length >= 0x80 {
		n := length - 0x80
		if n == 0 || n > 4 {
			return 0, &upgradeError{upgradeForeign, fmt.Sprintf("a BER length in %d bytes", n)}
		}
		length = 0
		for range n {
			b, err := in.ReadByte()
			if err != nil {
				return 0, err
			}
			length = length<<8 | int(b)
		}
	}
	if length > maxLDAP {
		return 0, &upgradeError{upgradeForeign, fmt.Sprintf("a message longer than %d bytes", maxLDAP)}
	}
	return length, nil
}

// berElement takes the element in front of b, which must have the tag.
func berElement(b []byte, tag byte) (content, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != tag {
		return nil, nil, false
	}
	length, at := int(b[1]), 2
	if length >= 0x80 {
		n := length - 0x80
		if n == 0 || n > 4 || len(b) < at+n {
			return nil, nil, false
		}
		length = 0
		for _, c := range b[at : at+n] {
			length = length<<8 | int(c)
		}
		at += n
	}
	if length > len(b)-at {
		return nil, nil, false
	}
	return b[at : at+length], b[at+length:], true
}

// berInt is a small number that is not negative.
func berInt(b []byte) (n int, ok bool) {
	if len(b) == 0 || len(b) > 4 || b[0] >= 0x80 {
		return 0, false
	}
	for _, c := range b {
		n = n<<8 | int(c)
	}
	return n, true
}
