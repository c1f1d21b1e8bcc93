package scanner

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tlsaudit/audit"
)

// Bounds on what is read of an HTTP response, in bytes, and kept of it.
const (
	maxHead       = 64 << 10
	maxInterim    = 5 // responses of class 1xx
	maxCookies    = 50
	maxCookieName = 128
)

// web asks an https endpoint what its response to GET / says about transport
// security, inside the full handshake that is made anyway, and the same host in
// plain HTTP whether it leads on to https.
type web struct {
	e     *endpoint
	found *audit.HTTP
}

// within asks for "/" inside a completed session. That goes on if the response
// came to its end and the server means to wait for another request.
func (w *web) within(c net.Conn) (goesOn bool) {
	w.found = &audit.HTTP{Answer: audit.Undetermined}
	if state, ok := c.(interface{ ConnectionState() tls.ConnectionState }); ok && state.ConnectionState().NegotiatedProtocol == "h2" {
		w.found.Reason = "the server negotiated HTTP/2, which is not spoken here"
		return false
	}
	_ = c.SetReadDeadline(time.Now().Add(w.e.timing.between()))
	r, err := w.e.get(c, w.e.target.Port, 443)
	switch {
	case errors.Is(err, errNotHTTP):
		w.found.Answer, w.found.Reason = audit.Refused, err.Error()
		return false
	case err != nil:
		w.found.Reason = "GET /: " + plain(err)
		return false
	}
	w.found.Answer, w.found.Status = audit.Accepted, r.StatusCode
	w.found.HSTS = parseHSTS(r.Header.Values("Strict-Transport-Security"))
	w.found.Cookies = cookies(r.Header.Values("Set-Cookie"))
	_, err = io.Copy(io.Discard, r.Body) // of bounded length, see readHead
	return err == nil && !r.Close
}

// conclude asks in plain HTTP, if the depth wants it, and writes all down.
func (w *web) conclude(ctx context.Context, _ *endpoint, o *audit.Observation) {
	if o.Reach != audit.ReachTLS {
		return
	}
	if o.HTTP = w.found; o.HTTP == nil {
		o.HTTP = &audit.HTTP{Answer: audit.Undetermined, Reason: "no handshake was completed"}
	}
	port := w.e.s.opt.PlainPort
	if port == 0 && w.e.target.Port == 443 {
		port = 80
	}
	if port == 0 || w.e.s.opt.Depth == DepthQuick || ctx.Err() != nil || w.e.isGone() {
		return
	}
	defer w.e.contain("the request in plain HTTP", func() {
		o.HTTP.Plain = &audit.PlainHTTP{Answer: audit.Undetermined, Reason: "internal error"}
	})
	o.HTTP.Plain = w.plain(ctx, port)
}

// plain asks in plain HTTP; again if the connection was lost. What timed out is
// not waited for again.
func (w *web) plain(ctx context.Context, port uint16) *audit.PlainHTTP {
	p, err := w.plainOnce(ctx, port)
	if p.Answer.Known() || timedOut(err) || !sleep(ctx, w.e.timing.scaled(retryWaits[0])) {
		return p
	}
	p, _ = w.plainOnce(ctx, port)
	return p
}

func (w *web) plainOnce(ctx context.Context, port uint16) (*audit.PlainHTTP, error) {
	p := &audit.PlainHTTP{Answer: audit.Undetermined}
	c, release, err := w.e.connectTo(ctx, netip.AddrPortFrom(w.e.addr.Addr(), port))
	defer release()
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		p.Answer, p.Reason = audit.Refused, fmt.Sprintf("port %d is closed", port)
		return p, nil
	case err != nil:
		p.Reason = fmt.Sprintf("port %d: %v", port, dialFault(err, w.e.timing.connect))
		return p, err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(w.e.timing.between()))
	defer context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })()
	r, err := w.e.get(c, port, 80)
	switch {
	case errors.Is(err, errNotHTTP):
		p.Answer, p.Reason = audit.Refused, fmt.Sprintf("port %d: %v", port, err)
	case err != nil:
		p.Reason = fmt.Sprintf("port %d: %s", port, plain(err))
	default:
		p.Answer, p.Status, p.Location = audit.Accepted, r.StatusCode, w.location(r)
	}
	return p, err
}

// location is where a redirect leads, as scheme and host. A relative one stays
// in plain HTTP.
func (w *web) location(r *http.Response) string {
	to := r.Header.Get("Location")
	if to == "" || r.StatusCode/100 != 3 {
		return ""
	}
	u, err := url.Parse(to)
	switch {
	case err != nil:
		return ""
	case u.Host == "":
		return "http://" + w.e.target.Name()
	case u.Scheme == "":
		u.Scheme = "http" // "//host/": as the request
	}
	return clipped(strings.ToLower(u.Scheme) + "://" + strings.ToLower(u.Host))
}

// errNotHTTP is the reason for an answer that is no HTTP response. One that
// begins like one and cannot be read, as browsers may, is errHead: nothing can
// be said about it.
var (
	errNotHTTP = errors.New("the answer is no HTTP response")
	errHead    = errors.New("the head of the response cannot be read")
)

// get asks for "/" and reads the head of the response. It does not ask the server
// to close the connection, behind which a new handshake may be begun.
func (e *endpoint) get(c net.Conn, port, usual uint16) (*http.Response, error) {
	host := e.target.Name()
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		host = "[" + host + "]"
	}
	if port != usual {
		host += ":" + strconv.Itoa(int(port))
	}
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: "+host+"\r\nUser-Agent: tlsaudit\r\nAccept: */*\r\n\r\n"); err != nil {
		return nil, err
	}
	return readHead(c)
}

// readHead reads the head of the first response that is not interim. Head and
// body together end behind maxHead bytes.
func readHead(c io.Reader) (*http.Response, error) {
	limited := &io.LimitedReader{R: c, N: maxHead}
	in := bufio.NewReader(limited)
	for range maxInterim {
		first, err := in.Peek(5)
		if !bytes.HasPrefix([]byte("HTTP/"), first) {
			return nil, errNotHTTP
		}
		if err != nil {
			return nil, err
		}
		r, err := http.ReadResponse(in, nil)
		switch {
		case err == nil && r.StatusCode/100 == 1:
			continue
		case err == nil:
			return r, nil
		case limited.N > 0 && connectionLost(err):
			return nil, err
		default:
			return nil, errHead
		}
	}
	return nil, errHead
}

// connectionLost reports whether it was the connection that ended.
func connectionLost(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// cookies reads the names of cookies and whether they are for https only (RFC
// 6265 section 5.2.5). Values are never kept.
func cookies(headers []string) (list []audit.Cookie) {
	for _, line := range headers[:min(len(headers), maxCookies)] {
		pair, attributes, _ := strings.Cut(line, ";")
		name, _, ok := strings.Cut(pair, "=")
		if name = strings.TrimSpace(name); !ok || name == "" {
			continue // browsers ignore it, or it has a value alone
		}
		c := audit.Cookie{Name: name[:min(len(name), maxCookieName)]}
		for attribute := range strings.SplitSeq(attributes, ";") {
			key, _, _ := strings.Cut(attribute, "=")
			c.Secure = c.Secure || strings.EqualFold(strings.TrimSpace(key), "secure")
		}
		list = append(list, c)
	}
	return list
}
