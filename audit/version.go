package audit

import (
	"bytes"
	"fmt"
	"strconv"
)

// Version is a protocol version by its wire number: 0x0002 for SSLv2, 0x0300
// for SSLv3, 0x0301 to 0x0304 for TLS 1.0 to 1.3.
type Version uint16

// The versions a listener can be asked for, oldest first.
const (
	SSLv2  Version = 0x0002
	SSLv3  Version = 0x0300
	TLSv10 Version = 0x0301
	TLSv11 Version = 0x0302
	TLSv12 Version = 0x0303
	TLSv13 Version = 0x0304
)

// Versions lists every version the product knows, oldest first.
var Versions = []Version{SSLv2, SSLv3, TLSv10, TLSv11, TLSv12, TLSv13}

// String returns the name used in reports and policies, such as "TLSv1.2".
func (v Version) String() string {
	switch v { // quicker than a map, and every piece of evidence is full of them
	case SSLv2:
		return "SSLv2"
	case SSLv3:
		return "SSLv3"
	case TLSv10:
		return "TLSv1.0"
	case TLSv11:
		return "TLSv1.1"
	case TLSv12:
		return "TLSv1.2"
	case TLSv13:
		return "TLSv1.3"
	}
	return fmt.Sprintf("0x%04X", uint16(v))
}

// ParseVersion reads a version name as String writes it.
func ParseVersion(name string) (Version, error) {
	for _, v := range Versions {
		if v.String() == name {
			return v, nil
		}
	}
	known := make([]string, len(Versions))
	for i, v := range Versions {
		known[i] = v.String()
	}
	return 0, &WordError{Word: name, Kind: "protocol version", Known: known}
}

// MarshalText implements encoding.TextMarshaler.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. It also reads the number
// String writes for a version without a name: evidence must be readable again
// whatever a peer put into it.
func (v *Version) UnmarshalText(b []byte) error {
	known, err := ParseVersion(string(b))
	if err != nil {
		if n, notANumber := parseNumber(b, 16); notANumber == nil {
			known, err = Version(n), nil
		}
	}
	*v = known
	return err
}

// Code is a two-byte (for SSLv2 cipher kinds three-byte) registry number that
// is written in JSON as "0xC02F".
type Code uint32

// String returns the hexadecimal form, four digits at least.
func (c Code) String() string {
	if c > 0xFFFF {
		return fmt.Sprintf("0x%06X", uint32(c))
	}
	return fmt.Sprintf("0x%04X", uint32(c))
}

// MarshalText implements encoding.TextMarshaler.
func (c Code) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Code) UnmarshalText(b []byte) error {
	n, err := parseNumber(b, 32)
	if err != nil {
		if len(b) > 60 {
			b = append(b[:60:60], "..."...)
		}
		return fmt.Errorf("%q is not a registry number such as 0xC02F", b)
	}
	*c = Code(n)
	return nil
}

// parseNumber reads a hexadecimal number of so many bits with its "0x".
func parseNumber(b []byte, bits int) (uint64, error) {
	digits, ok := bytes.CutPrefix(b, []byte("0x"))
	if !ok {
		return 0, fmt.Errorf("%q has no 0x", b)
	}
	return strconv.ParseUint(string(digits), 16, bits)
}
