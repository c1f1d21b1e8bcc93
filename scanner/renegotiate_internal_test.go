package scanner

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	ztls "github.com/zmap/zcrypto/tls"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner/wire"
)

// renewable is a server that completes a handshake and then answers whatever
// comes as a test says. It sends back the last message it got.
func renewable(t *testing.T, answer func(*ztls.Conn, net.Conn)) net.Conn {
	t.Helper()
	pair := renewablePair(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		raw, err := l.Accept()
		if err != nil {
			return
		}
		defer raw.Close()
		conn := ztls.Server(raw, &ztls.Config{Certificates: []ztls.Certificate{pair}, MaxVersion: 0x0303})
		if err := conn.Handshake(); err != nil {
			t.Error(err)
			return
		}
		_, _ = raw.Read(make([]byte, 1<<14)) // the new hello
		answer(conn, raw)
		_, _ = raw.Read(make([]byte, 1<<14))
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(); _ = l.Close(); <-done })
	return c
}

func renewablePair(t *testing.T) ztls.Certificate {
	t.Helper()
	issued := fixtures.NewAuthority(time.Now()).Server(fixtures.RSA2048, "www.example.com")
	key, err := x509.MarshalPKCS8PrivateKey(issued.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := ztls.X509KeyPair(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: issued.Certificate[0]}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// TestRenegotiateTwice: the end of the connection is a refusal only if it comes
// again, and not if it comes because the server has answered the request.
func TestRenegotiateTwice(t *testing.T) {
	t.Parallel()
	hello := message(2, slices.Concat([]byte{3, 3}, make([]byte, 32), []byte{0, 0xC0, 0x2F, 0}))
	for name, c := range map[string]struct {
		closes int64 // so many new hellos are met with the end of the connection
		polite bool  // it answers requests, and keeps the connection if it may
		want   audit.Answer
		tried  int64
	}{
		"never":        {0, true, audit.Accepted, 1},
		"once":         {1, true, audit.Accepted, 2},
		"always":       {99, true, audit.Refused, 2},
		"by a request": {0, false, audit.Accepted, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pair := renewablePair(t)
			var tried atomic.Int64
			server, err := fixtures.Listen(t.Context(), func(_ context.Context, c1 net.Conn) {
				conn := ztls.Server(c1, &ztls.Config{Certificates: []ztls.Certificate{pair}, MinVersion: 0x0303, MaxVersion: 0x0303})
				if conn.Handshake() != nil {
					return
				}
				raw := bufio.NewReader(c1)
				for {
					header, err := raw.Peek(5)
					if err != nil || header[0] == 21 {
						return
					}
					if header[0] == 22 {
						if tried.Add(1) > c.closes {
							_, _ = conn.WriteRecord(22, hello)
						}
						return
					}
					// A request; what it says is not decrypted here.
					if _, err := raw.Discard(5 + int(header[3])<<8 + int(header[4])); err != nil || !c.polite {
						return
					}
					_, _ = conn.Write([]byte("HTTP/1.1 204 No Content\r\n\r\n"))
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			at := server.Addr()
			o := New(Options{}).Scan(t.Context(), audit.Target{Protocol: "https", Host: "www.example.com", Port: at.Port(), IP: at.Addr()})
			if f := o.Feature(audit.FeatureClientRenegotiation, audit.TLSv12); f.Answer != c.want || tried.Load() != c.tried {
				t.Errorf("%+v, tried %d times", f, tried.Load())
			}
		})
	}
}

func TestRenegotiate(t *testing.T) {
	hello := message(2, slices.Concat([]byte{3, 3}, make([]byte, 32), []byte{0, 0xC0, 0x2F, 0}))
	for name, c := range map[string]struct {
		answer   func(*ztls.Conn, net.Conn)
		want     audit.Answer
		evidence string
	}{
		"ServerHello":     {func(s *ztls.Conn, _ net.Conn) { _, _ = s.WriteRecord(22, hello) }, audit.Accepted, "ServerHello"},
		"another message": {func(s *ztls.Conn, _ net.Conn) { _, _ = s.WriteRecord(22, message(11, []byte{0, 0, 0})) }, audit.Undetermined, "unexpected"},
		"warning":         {func(s *ztls.Conn, _ net.Conn) { _, _ = s.WriteRecord(21, []byte{1, 100}) }, audit.Refused, "warning alert"},
		"fatal alert":     {func(s *ztls.Conn, _ net.Conn) { _, _ = s.WriteRecord(21, []byte{2, 40}) }, audit.Refused, "handshake failure"},
		"closed":          {func(_ *ztls.Conn, raw net.Conn) { _ = raw.Close() }, audit.Refused, "connection closed"},
		"silence":         {func(*ztls.Conn, net.Conn) {}, audit.Undetermined, "no answer"},
		"words, then an alert": {func(s *ztls.Conn, _ net.Conn) {
			_, _ = s.Write([]byte("220 mx.example.com ESMTP\r\n"))
			_, _ = s.WriteRecord(21, []byte{1, 100})
		}, audit.Refused, "warning alert"},
		"words without end": {func(s *ztls.Conn, _ net.Conn) {
			for range 2 * maxWatched {
				_, _ = s.Write([]byte("x"))
			}
		}, audit.Undetermined, "much data"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := renewable(t, c.answer)
			x := newVersion(audit.TLSv12)
			x.hits = []hit{{code: 0xC02F}}
			e := &endpoint{s: New(Options{}), timing: newTiming(time.Minute, 4*time.Second)}
			_ = raw.SetDeadline(time.Now().Add(20 * time.Second))
			var kept *session
			done := zcryptoHandshake(raw, "www.example.com", x, nil, func(conn *ztls.Conn, w *recordWatch, _ bool) {
				kept = e.keepSession(conn)
				kept.renew(e, x, conn, w)
			})
			if done.err != nil || kept == nil || kept.renewal == nil {
				t.Fatalf("no session: %v", done.err)
			}
			r := kept.renewal
			if r.answer != c.want || !strings.Contains(r.evidence, c.evidence) || (r.negative > 0) != (c.want == audit.Refused) || !r.bound {
				t.Errorf("%s, %q, bound %t", r.answer, r.evidence, r.bound)
			}
			if len(kept.ticket) == 0 || kept.version != 0x0303 {
				t.Errorf("session %+v", kept)
			}
		})
	}
}

func TestRenewedHello(t *testing.T) {
	for _, verify := range [][]byte{nil, []byte("twelve bytes")} {
		b := renewedHello("www.example.com", 0x0303, []uint16{0xC02F}, verify)
		bound := append([]byte{0xFF, 1, 0, 13, 12}, "twelve bytes"...)
		if b[0] != 1 || int(b[2])<<8|int(b[3]) != len(b)-4 || bytes.Contains(b, bound) != (verify != nil) || bytes.Contains(b, []byte{0, 0xFF}) {
			t.Errorf("verify %q: % x", verify, b)
		}
	}
}

// A watch sees the same records however they are cut.
func TestRecordWatch(t *testing.T) {
	record := func(kind byte, n int) []byte { return append([]byte{kind, 3, 3, 0, byte(n)}, make([]byte, n)...) }
	before, after := slices.Concat(record(22, 40), record(21, 2)), slices.Concat(record(23, 30), record(22, 0), record(21, 26), record(23, 9))
	for step := 1; step < 60; step++ {
		w := &recordWatch{}
		for part := range slices.Chunk(before, step) {
			w.follow(part)
		}
		if w.over || w.kinds != nil {
			t.Fatalf("%d bytes at a time: it watched before it was armed", step)
		}
		w.armed = true
		for part := range slices.Chunk(after, step) {
			w.follow(part)
		}
		if !w.over || !slices.Equal(w.kinds, []byte{23, 22, 21, 23}) {
			t.Errorf("%d bytes at a time: kinds %v, over %t", step, w.kinds, w.over)
		}
		if _, err := w.Read(nil); err == nil {
			t.Error("it reads on behind an alert")
		}
	}
}

func TestApplicationProtocolsKnown(t *testing.T) {
	for name, list := range applicationProtocols {
		if len(list) == 0 || slices.Contains(list, "") {
			t.Errorf("%s: %q", name, list)
		}
		h := wire.Hello{Version: 0x0303, Suites: []uint16{1}, ALPN: list}
		if len(h.AppendTo(nil)) == 0 {
			t.Errorf("%s: %q cannot be offered", name, list)
		}
	}
}
