package scanner

import (
	"bytes"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"tlsaudit/fixtures"
)

// flight puts handshake messages into records of at most size bytes.
func flight(size int, messages ...[]byte) []byte {
	var all, out []byte
	for _, m := range messages {
		all = append(all, m...)
	}
	for len(all) > 0 {
		n := min(size, len(all))
		out = append(append(out, 22, 3, 3, byte(n>>8), byte(n)), all[:n]...)
		all = all[n:]
	}
	return out
}

func message(kind byte, body []byte) []byte {
	n := len(body)
	return append([]byte{kind, byte(n >> 16), byte(n >> 8), byte(n)}, body...)
}

func vector24(b []byte) []byte {
	return append([]byte{byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b))}, b...)
}

func vector16(b []byte) []byte { return append([]byte{byte(len(b) >> 8), byte(len(b))}, b...) }

// serverHello is the body of one, with a session ID.
func serverHello(suite uint16) []byte {
	b := append(make([]byte, 34), 32)
	return append(append(b, make([]byte, 32)...), byte(suite>>8), byte(suite), 0)
}

func TestGuard(t *testing.T) {
	leaf := fixtures.NewAuthority(testTime).Issue(fixtures.Leaf{DNS: []string{"www.example.com"}})
	certificates := message(11, vector24(vector24(leaf.DER)))
	many := message(11, vector24(bytes.Repeat(vector24(leaf.DER), 17)))
	unreadable := message(11, vector24(vector24([]byte("no certificate"))))
	hello := message(2, serverHello(0xC02F))
	exchange := message(12, make([]byte, 900)) // not looked into: ECDHE
	dhe := func(p, g, y []byte) []byte {
		return flight(1<<14, message(2, serverHello(0x009E)), certificates, message(12, slices.Concat(vector16(p), vector16(g), vector16(y), make([]byte, 260))))
	}
	odd := func(bits int) []byte { return bytes.Repeat([]byte{0xc5}, bits/8) }
	two := []byte{2}
	for _, c := range []struct {
		name   string
		in     []byte
		refuse string
	}{
		{"usual", flight(1<<14, hello, certificates, exchange, message(14, nil)), ""},
		{"fragments", flight(3, hello, certificates, exchange, message(14, nil)), ""},
		{"empty record", append([]byte{22, 3, 3, 0, 0}, flight(100, certificates)...), ""},
		{"alert", []byte{21, 3, 3, 0, 2, 2, 40}, ""},
		{"after the key change nothing is looked at", append([]byte{20, 3, 3, 0, 1, 1}, flight(1<<14, unreadable)...), ""},
		{"unreadable certificate", flight(1<<14, unreadable), "certificate 0"},
		{"in fragments too", flight(5, unreadable), "certificate 0"},
		{"too many certificates", flight(1<<14, many), "more than 16"},
		{"huge group", flight(1<<14, certificates, message(12, make([]byte, 5000))), "key exchange parameters"},
		{"usual group", dhe(odd(2048), two, odd(2048)), ""},
		{"largest group", dhe(odd(8192), two, odd(8192)), ""},
		{"largest group, zeros before it", dhe(append(make([]byte, 100), odd(8192)...), two, two), ""},
		{"large prime", dhe(odd(8200), two, two), "prime of 8200 bits"},
		{"prime that fills the message", dhe(odd(32000), two, two), "prime of 32000 bits"},
		{"even modulus", dhe(append(odd(2048), 0), two, two), "even"},
		{"zero modulus", dhe(make([]byte, 256), two, two), "even"},
		{"no modulus", dhe(nil, two, two), "even"},
		{"long generator", dhe(odd(1024), odd(1032), two), "longer than their prime"},
		{"truncated group", flight(1<<14, message(2, serverHello(0x009E)), message(12, []byte{1, 0, 3})), "cannot be read"},
		{"group without a suite", flight(1<<14, message(12, slices.Concat(vector16(odd(9000)), vector16(two), vector16(two)))), "prime of 9000 bits"},
		{"huge message", flight(1<<14, []byte{11, 0xff, 0xff, 0xff}), "handshake message of"},
		{"huge record", []byte{22, 3, 3, 0xff, 0xff}, "record of"},
		{"endless fragments", bytes.Repeat([]byte{22, 3, 3, 0, 0}, 1<<16), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ours, theirs := net.Pipe()
			defer ours.Close()
			go func() { defer theirs.Close(); _, _ = theirs.Write(c.in) }()
			got, err := io.ReadAll(&guardConn{Conn: ours})
			switch {
			case c.refuse == "" && (err != nil || !bytes.Equal(got, c.in)):
				t.Errorf("%d of %d bytes passed: %v", len(got), len(c.in), err)
			case c.refuse != "" && (err == nil || !strings.Contains(err.Error(), c.refuse)):
				t.Errorf("passed: %v", err)
			case c.refuse != "" && len(got) > 0 && c.name != "huge group":
				t.Errorf("%d bytes passed before the refusal", len(got))
			}
		})
	}
}

func FuzzGuard(f *testing.F) {
	f.Add(flight(9, message(2, make([]byte, 20)), message(11, vector24(vector24([]byte("x"))))))
	f.Fuzz(func(t *testing.T, in []byte) {
		ours, theirs := net.Pipe()
		defer ours.Close()
		go func() { defer theirs.Close(); _, _ = theirs.Write(in) }()
		got, _ := io.ReadAll(&guardConn{Conn: ours})
		if !bytes.HasPrefix(in, got) {
			t.Error("what came out did not go in")
		}
	})
}
