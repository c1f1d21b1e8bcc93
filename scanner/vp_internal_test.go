package scanner

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
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

// TestReadVPCutShort: 12 bytes decide. Fewer are no verdict, but they are no
// silence either.
func TestReadVPCutShort(t *testing.T) {
	for _, file := range []string{"s-ack-64", "s-ack-attribs", "s-destroy-version", "s-redirect"} {
		for _, before := range []string{"", "\x80\x81\xff", "\x80\x00\x00\x00\x00\x80"} {
			frame := fixtures.VP(file)
			for n := range frame {
				in := before + string(frame[:n])
				got, err := readVP(strings.NewReader(in))
				if got.foreign || got.spoken != (n >= 12) {
					t.Errorf("%s: %d bytes behind %q: %+v", file, n, before, got)
				}
				if (err != nil) != (in == "") || in != "" && got.text == "" {
					t.Errorf("%s: %d bytes behind %q: %+v, error %v", file, n, before, got, err)
				}
			}
		}
	}
	for in, want := range map[string]string{
		"\x80\x80":             "keep-alives only, then closed",
		"\x00":                 `answered "\x00", then closed`,
		"\x00\x00\x00\x58\x80": "5 bytes of a frame of 92, then closed",
	} {
		if got, err := readVP(strings.NewReader(in)); got.text != want || err != nil {
			t.Errorf("%q: %+v, %v", in, got, err)
		}
	}
	slow := io.MultiReader(strings.NewReader("\x00"), iotest.ErrReader(os.ErrDeadlineExceeded))
	if got, err := readVP(slow); !strings.Contains(got.text, "nothing more in time") || err != nil {
		t.Errorf("%+v, %v", got, err)
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
