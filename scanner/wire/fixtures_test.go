package wire

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"
)

// keys are made once: an RSA key is slow to generate.
var keys = sync.OnceValue(func() map[string]crypto.Signer {
	r, _ := rsa.GenerateKey(rand.Reader, 2048)
	e, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, d, _ := ed25519.GenerateKey(rand.Reader)
	return map[string]crypto.Signer{"rsa": r, "ecdsa": e, "ed25519": d}
})

// certificate makes a self-signed certificate for example.com.
func certificate(t testing.TB, kind string) tls.Certificate {
	t.Helper()
	key := keys()[kind]
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "example.com"},
		DNSNames:     []string{"example.com"},
		NotBefore:    time.Unix(0, 0),
		NotAfter:     time.Unix(1<<33, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// serve runs handle for the server end of a loopback connection and returns
// the client end. Both ends are closed, and handle has returned, when the test
// ends.
func serve(t testing.TB, handle func(net.Conn)) net.Conn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer server.Close()
		handle(server)
	}()
	t.Cleanup(func() {
		client.Close()
		server.Close()
		<-done
	})
	return client
}

// serveTLS answers with crypto/tls.
func serveTLS(t testing.TB, config *tls.Config) net.Conn {
	return serve(t, func(c net.Conn) {
		_ = tls.Server(c, config).Handshake()
		// The client hangs up; an early close of ours would be a reset.
		_, _ = io.Copy(io.Discard, c)
	})
}

// script reads one hello, writes answer and leaves the connection open until
// the client closes it, unless then is given.
func script(t testing.TB, answer []byte, then ...func(net.Conn)) net.Conn {
	return serve(t, func(c net.Conn) {
		readHello(c)
		_, _ = c.Write(answer)
		for _, f := range then {
			f(c)
		}
		if len(then) == 0 {
			_, _ = io.Copy(io.Discard, c)
		}
	})
}

// readHello reads what the client sends as its first flight: all of it, or
// closing the connection would turn into a reset.
func readHello(c net.Conn) []byte {
	b := make([]byte, 1<<17)
	n, _ := c.Read(b)
	return b[:n]
}

func hangUp(c net.Conn) { _ = c.Close() }

func reset(c net.Conn) {
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

// within gives a test exchange an ample deadline.
func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func ample(t testing.TB) context.Context { return within(t, 20*time.Second) }

// hello12 asks for TLS 1.2 with everything a Go server may choose.
func hello12() *Hello {
	return &Hello{
		Version: 0x0303, SNI: "example.com", Groups: WideGroups, SigAlgs: WideSigAlgs,
		Suites: []uint16{0xC02F, 0xC030, 0xC02B, 0xC02C, 0xC013, 0xC014, 0xC009, 0xC00A, 0x009C, 0x002F, 0x0035, 0x000A, 0x00FF},
		EMS:    true, ETM: true, Ticket: true, SCT: true, OCSP: true, Heartbeat: true,
	}
}

// brief describes a flight in one line.
func brief(f *Flight) string {
	return fmt.Sprintf("%v done=%t stop=%v alert=%d/%d warnings=%v version=%04X suite=%04X group=%d sigalg=%04X certificates=%d bytes=%d err=%v",
		f.Outcome, f.Done, f.Stop, f.AlertLevel, f.Alert, f.Warnings, f.Version, f.Suite, f.Group, f.SigAlg, len(f.Certificates), f.Bytes, f.Err)
}

func TestExchangeNeedsAHello(t *testing.T) {
	f := Exchange(context.Background(), nil, (&Hello{}).AppendTo(nil), UntilServerHello)
	if f.Outcome != Nothing || !errors.Is(f.Err, errEmptyHello) {
		t.Errorf("got %v, %v", f.Outcome, f.Err)
	}
}
