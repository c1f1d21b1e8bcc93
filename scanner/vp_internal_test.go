package scanner

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/fixtures"
)

func TestVPHandshakeIsTheFixture(t *testing.T) {
	if diff := cmp.Diff(fixtures.VP("c-handshake-min"), vpHandshake); diff != "" {
		t.Error(diff)
	}
}

var vpCases = []struct {
	file string
	want vpAnswer
	err  bool
}{
	{"s-ack-64", vpAnswer{spoken: true, acknowledged: true, text: "handshake-ack", major: 0x1e, minor: 0x1d}, false},
	{"s-ack-65", vpAnswer{spoken: true, acknowledged: true, text: "handshake-ack", major: 0x1e, minor: 0x1d}, false},
	{"s-ack-attribs", vpAnswer{spoken: true, acknowledged: true, text: "handshake-ack", major: 0x1e, minor: 0x1d}, false},
	{"s-ack-lying-opaque", vpAnswer{spoken: true, acknowledged: true, text: "handshake-ack", major: 0x1e, minor: 0x1d}, false},
	{"s-ack-newer-tail", vpAnswer{spoken: true, acknowledged: true, text: "handshake-ack", major: 0x1e, minor: 0x1d}, false},
	{"s-ack-nokey", vpAnswer{spoken: true, acknowledged: true, text: "handshake-ack", major: 0x1e, minor: 0x1d}, false},
	{"s-ack-old18", vpAnswer{spoken: true, acknowledged: true, text: "handshake-ack", major: 0x1e, minor: 0x18}, false},
	{"s-keepalive-then-ack", vpAnswer{spoken: true, acknowledged: true, text: "handshake-ack", major: 0x1e, minor: 0x1d}, false},
	{"s-destroy-ok", vpAnswer{spoken: true, text: "handshake refused: ok"}, false},
	{"s-destroy-version", vpAnswer{spoken: true, text: "handshake refused: version mismatch"}, false},
	{"s-redirect", vpAnswer{spoken: true, text: "redirect to im2.example.com"}, false},
	{"s-fat-length", vpAnswer{text: "a frame of 2147483647 bytes, which is none"}, false},
	{"s-short-length", vpAnswer{text: "a frame of 4 bytes, which is none"}, false},
	{"s-http-400", vpAnswer{foreign: true, text: `answered "HTTP/1.1 400 Bad Request"`}, false},
	{"s-smtp-banner", vpAnswer{foreign: true, text: `answered "220 mail.example.com ESMTP"`}, false},
	{"s-ssh-banner", vpAnswer{foreign: true, text: `answered "SSH-2.0-OpenSSH_9.2"`}, false},
	{"s-tls-alert-protover", vpAnswer{foreign: true, text: "TLS alert"}, false},
	{"s-tls-alert-unexpected", vpAnswer{foreign: true, text: "TLS alert"}, false},
}

func TestReadVP(t *testing.T) {
	for _, c := range vpCases {
		got, err := readVP(bytes.NewReader(fixtures.VP(c.file)))
		if (err != nil) != c.err {
			t.Errorf("%s: %v", c.file, err)
		}
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(vpAnswer{})); diff != "" {
			t.Errorf("%s: %s", c.file, diff)
		}
	}
}

// TestReadVPBytewise: how the bytes arrive changes nothing.
func TestReadVPBytewise(t *testing.T) {
	for _, c := range vpCases {
		whole, _ := readVP(bytes.NewReader(fixtures.VP(c.file)))
		bytewise, _ := readVP(iotest.OneByteReader(bytes.NewReader(fixtures.VP(c.file))))
		if diff := cmp.Diff(whole.spoken, bytewise.spoken) + cmp.Diff(whole.foreign, bytewise.foreign); diff != "" {
			t.Errorf("%s: %s", c.file, diff)
		}
	}
}

func TestReadVPCutShort(t *testing.T) {
	ack := fixtures.VP("s-ack-64")
	for n := range ack {
		got, _ := readVP(bytes.NewReader(ack[:n]))
		if got.spoken {
			t.Errorf("an answer of %d bytes counts as Virtual Places", n)
		}
		if got.foreign {
			t.Errorf("an answer of %d bytes counts as another protocol", n)
		}
	}
	if _, err := readVP(bytes.NewReader(nil)); !errors.Is(err, io.EOF) {
		t.Errorf("nothing at all: %v", err)
	}
	if got, _ := readVP(bytes.NewReader(bytes.Repeat([]byte{0x80}, 1<<20))); got.spoken || got.text == "" {
		t.Error("endless keep-alives were waited out")
	}
	if got, err := readVP(bytes.NewReader(bytes.Repeat([]byte{0}, 1<<20))); got.text == "" || err != nil {
		t.Errorf("endless empty frames: %+v, %v", got, err)
	}
}

func FuzzReadVP(f *testing.F) {
	for _, c := range vpCases {
		f.Add(fixtures.VP(c.file))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := readVP(bytes.NewReader(b))
		if a.spoken && a.foreign || err == nil && a.text == "" || len(a.text) > 2048 {
			t.Errorf("%+v, %v", a, err)
		}
	})
}
