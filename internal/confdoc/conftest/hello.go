//go:build interop

package conftest

import (
	"crypto/tls"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"tlsaudit/audit"
)

// Hellos is a server that notes the versions its clients offer.
type Hellos struct {
	net.Listener
	mutex sync.Mutex
	seen  []uint16
	// First is closed with the first hello.
	First chan struct{}
}

// ListenForHellos starts one with the certificate of a folder.
func ListenForHellos(t *testing.T, dir string) *Hellos {
	t.Helper()
	cert, err := tls.LoadX509KeyPair(filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem"))
	if err != nil {
		t.Fatal(err)
	}
	h := &Hellos{First: make(chan struct{})}
	var once sync.Once
	config := &tls.Config{MinVersion: tls.VersionTLS10, Certificates: []tls.Certificate{cert}, GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		h.mutex.Lock()
		defer h.mutex.Unlock()
		h.seen = slices.Clone(hello.SupportedVersions)
		once.Do(func() { close(h.First) })
		return nil, nil
	}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.Listener = l
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_ = tls.Server(c, config).HandshakeContext(t.Context())
			}()
		}
	}()
	return h
}

// Versions are those offered from TLS 1.0 on.
func (h *Hellos) Versions() (list []audit.Version) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for _, v := range []audit.Version{audit.TLSv10, audit.TLSv11, audit.TLSv12, audit.TLSv13} {
		if slices.Contains(h.seen, uint16(v)) {
			list = append(list, v)
		}
	}
	return list
}
