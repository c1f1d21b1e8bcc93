package scanner

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
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

	minVPFrame = 8 // type, options, channel
	maxVPFrame = 64 << 10
	maxVPIdle  = 4096 // keep-alives and empty frames before the answer
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

// readVP reads the first frame from r and says what it is. The length and type
// in the frame's first 12 bytes decide; what is missing of the rest costs only
// detail. It reads no more than one frame of 64 KiB, and before it some
// keep-alives and empty frames. An error means silence: the connection ended,
// or time ran out, without a single byte. Bytes that tell nothing are an answer
// without a verdict.
func readVP(r io.Reader) (vpAnswer, error) {
	var header [12]byte
	for idle := range maxVPIdle {
		n, err := io.ReadFull(r, header[:1])
		if err != nil {
			if idle == 0 {
				return vpAnswer{}, err
			}
			return cutShort("keep-alives only", err), nil
		}
		if header[0] >= 0x80 { // a keep-alive
			continue
		}
		m, err := io.ReadFull(r, header[1:4])
		if n += m; err != nil {
			return cutShort("answered "+strconv.QuoteToASCII(string(header[:n])), err), nil
		}
		if known := otherProtocol(r, header[:4]); known != "" {
			return vpAnswer{foreign: true, text: known}, nil
		}
		length := binary.BigEndian.Uint32(header[:])
		if length == 0 { // an empty frame is ignored
			continue
		}
		if length < minVPFrame || length > maxVPFrame {
			return vpAnswer{text: fmt.Sprintf("a frame of %d bytes, which is none", length)}, nil
		}
		m, err = io.ReadFull(r, header[4:])
		if n += m; err != nil {
			return cutShort(fmt.Sprintf("%d bytes of a frame of %d", n, 4+length), err), nil
		}
		body := make([]byte, length-minVPFrame)
		m, _ = io.ReadFull(r, body)
		return vpFrame(binary.BigEndian.Uint16(header[4:]), binary.BigEndian.Uint16(header[6:]), body[:m]), nil
	}
	return vpAnswer{text: "keep-alives or empty frames without end"}, nil
}

// cutShort describes an answer that ended before it told anything.
func cutShort(seen string, err error) vpAnswer {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		seen += ", then closed"
	case errors.Is(err, os.ErrDeadlineExceeded):
		seen += ", then nothing more in time"
	default:
		seen += ", then broken off"
	}
	return vpAnswer{text: seen}
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

// vpFrame reads a frame by its type; body is what was received behind the
// header.
func vpFrame(kind, options uint16, body []byte) vpAnswer {
	if options&vpAttributes != 0 {
		if len(body) < 4 || int64(binary.BigEndian.Uint32(body)) > int64(len(body)-4) {
			body = nil // the detail is lost, the type is not
		} else {
			body = body[4+binary.BigEndian.Uint32(body):]
		}
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
