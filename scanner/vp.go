package scanner

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The Virtual Places protocol of Sametime: frames of a 32-bit length and that
// many bytes, which begin with a 16-bit type, 16-bit options and a 32-bit
// channel. Everything is big-endian, and the client speaks first.
const (
	vpChannelDestroy = 0x0003
	vpLoginRedirect  = 0x0018
	vpHandshakeAck   = 0x8000

	vpAttributes = 0x8000 // option: a counted block of attributes follows

	maxVPFrame     = 64 << 10
	maxVPKeepAlive = 4096
)

// vpHandshake is the smallest handshake of a client, version 30.29 (0x1e,
// 0x1d), with no host name. It opens a session and logs nobody in.
var vpHandshake = []byte{
	0, 0, 0, 0x22, // length
	0, 0, 0, 0, 0, 0, 0, 0, // type HANDSHAKE, no options, channel 0
	0, 0x1e, 0, 0x1d, 0, 0, 0, 0, 0, 0, 0, 0, // version, channel, server's address
	0x17, 0, 0, 0, 0, 0, // login type, own address
	1, 0, 0, 0, 0, 0, 0, 0, // unknown, unknown, empty host name
}

// vpReason names what a server may give as the reason of a refusal.
var vpReason = map[uint32]string{
	0x00000000: "ok", 0x80000200: "version mismatch", 0x80000209: "message too large",
	0x8000020b: "server full", 0x8000020f: "protocol error",
}

// vpAnswer is what came back for a VP handshake.
type vpAnswer struct {
	// spoken: the peer answered in the Virtual Places protocol.
	spoken bool
	// foreign: it answered in some other protocol, TLS included. Neither is
	// set for bytes that could be either.
	foreign bool
	// text describes the answer.
	text string
	// major and minor are the server's version, if it acknowledged.
	major, minor uint16
	acknowledged bool
}

// readVP reads the first frame from r and says what it is. It reads no more
// than one frame of 64 KiB and some keep-alives. An error means that the
// connection ended, or time ran out, before anything could be told; the answer
// then holds no verdict.
func readVP(r io.Reader) (vpAnswer, error) {
	var b [8]byte
	var n int
	for skipped := 0; ; skipped++ {
		if _, err := io.ReadFull(r, b[:1]); err != nil {
			return vpAnswer{}, err
		}
		if b[0] < 0x80 {
			n = 1
			break
		}
		if skipped == maxVPKeepAlive {
			return vpAnswer{text: "keep-alives without end"}, nil
		}
	}
	for range maxVPKeepAlive {
		m, err := io.ReadAtLeast(r, b[n:4], 4-n)
		n += m
		if err != nil {
			if n > 1 {
				return unframed(b[:n]), nil
			}
			return vpAnswer{}, err
		}
		if known := otherProtocol(r, b[:4]); known != "" {
			return vpAnswer{foreign: true, text: known}, nil
		}
		length := binary.BigEndian.Uint32(b[:4])
		if length == 0 { // an empty frame is ignored
			n = 0
			continue
		}
		if length < 8 || length > maxVPFrame {
			return vpAnswer{text: fmt.Sprintf("a frame of %d bytes, which is none", length)}, nil
		}
		frame := make([]byte, length)
		if m, err := io.ReadFull(r, frame); err != nil {
			return vpAnswer{}, fmt.Errorf("%d of %d bytes of a frame: %w", m, length, err)
		}
		return vpFrame(frame), nil
	}
	return vpAnswer{text: "empty frames without end"}, nil
}

// unframed describes an answer that ends before a frame's length does.
func unframed(b []byte) vpAnswer {
	return vpAnswer{text: "answered " + strconv.QuoteToASCII(string(b))}
}

// otherProtocol recognises the beginnings of what else may listen on a port.
func otherProtocol(r io.Reader, b []byte) string {
	switch {
	case b[0] == 0x15 && b[1] == 3 && b[2] <= 4:
		return "TLS alert"
	case b[0] == 0x16 && b[1] == 3 && b[2] <= 4:
		return "TLS handshake record"
	case bytes.ContainsFunc(b, func(c rune) bool { return c < ' ' || c > '~' }):
		return ""
	}
	rest := make([]byte, 60)
	n, _ := io.ReadAtLeast(r, rest, 1)
	line, _, _ := strings.Cut(string(b)+string(rest[:n]), "\n")
	return "answered " + strconv.QuoteToASCII(strings.TrimRight(line, "\r"))
}

// vpFrame reads one frame, of at least the header's 8 bytes.
func vpFrame(frame []byte) vpAnswer {
	kind, options := binary.BigEndian.Uint16(frame), binary.BigEndian.Uint16(frame[2:])
	body := frame[8:]
	if options&vpAttributes != 0 {
		if len(body) < 4 || int64(binary.BigEndian.Uint32(body)) > int64(len(body)-4) {
			return vpAnswer{text: fmt.Sprintf("a frame of type 0x%04x with attributes beyond its end", kind)}
		}
		body = body[4+binary.BigEndian.Uint32(body):]
	}
	switch kind {
	case vpHandshakeAck:
		if len(body) < 4 {
			return vpAnswer{spoken: true, text: "handshake-ack without a version"}
		}
		return vpAnswer{
			spoken: true, acknowledged: true, text: "handshake-ack",
			major: binary.BigEndian.Uint16(body), minor: binary.BigEndian.Uint16(body[2:]),
		}
	case vpChannelDestroy:
		reason := "no reason given"
		if len(body) >= 4 {
			code := binary.BigEndian.Uint32(body)
			reason = vpReason[code]
			if reason == "" {
				reason = fmt.Sprintf("reason 0x%08x", code)
			}
		}
		return vpAnswer{spoken: true, text: "handshake refused: " + reason}
	case vpLoginRedirect:
		host := ""
		if len(body) >= 2 {
			host = string(body[2:min(len(body), 2+int(binary.BigEndian.Uint16(body)), 2+255)])
		}
		return vpAnswer{spoken: true, text: strings.TrimSpace("redirect to " + host)}
	}
	return vpAnswer{text: fmt.Sprintf("a frame of unexpected type 0x%04x", kind)}
}
