package access

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// Listen opens the listener of a gate. The address it is bound to is what
// counts: it must not be more than the configuration guards.
func (g *Gate) Listen(ctx context.Context, c *Certificate) (net.Listener, error) {
	if g.TLS != (c != nil) {
		return nil, errors.New("a gate speaks TLS if it has a certificate")
	}
	host, port, err := net.SplitHostPort(g.Config.Listen)
	if err != nil {
		return nil, err
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	if at, ok := l.Addr().(*net.TCPAddr); !ok || g.local && !at.IP.IsLoopback() {
		l.Close()
		return nil, fmt.Errorf("listening: %s is not on loopback", l.Addr())
	}
	l = newCrowd(l, maxConnections, maxEach, g.origin)
	if c != nil {
		l = tls.NewListener(l, c.TLS())
	}
	return l, nil
}

// Server returns the server for a gate's pages, with bounds on everything a
// client can drag out. Requests end with base.
func (g *Gate) Server(base context.Context, pages http.Handler) *http.Server {
	return &http.Server{
		Handler:           g.Handler(pages),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      5 * time.Minute, // until the first byte; then see patient
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    32 << 10,
		BaseContext:       func(net.Listener) context.Context { return base },
		// Handshakes that fail and requests nobody can read are strangers' noise.
		ErrorLog: log.New(io.Discard, "", 0),
	}
}
