package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// maxAnswer bounds what is read of an answer in bytes, maxAnswerHead its
	// headers. What it says is shown to whoever looks for a mistake.
	maxAnswer     = 4 << 10
	maxAnswerHead = 32 << 10
	// attemptTimeout bounds one attempt.
	attemptTimeout = 20 * time.Second
)

// newClient makes a client that talks TLS to verified receivers, through no
// proxy but the one that is configured, follows no redirect and keeps nothing.
func newClient(g guard, anchors *x509.CertPool, proxy *url.URL) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  http.ProxyURL(proxy),
			DialContext:            g.dial,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: anchors},
			TLSHandshakeTimeout:    dialTimeout,
			MaxResponseHeaderBytes: maxAnswerHead,
			DisableKeepAlives:      true,
			DisableCompression:     true, // what is small stays small
			ForceAttemptHTTP2:      true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// post sends a body once. Repeatable says that the receiver recognises a body
// it was sent before, so that one whose fate is unclear may be sent again.
func post(ctx context.Context, client *http.Client, to string, head http.Header, body []byte, repeatable bool, now func() time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	var written atomic.Bool // by the transport's goroutine
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(info httptrace.WroteRequestInfo) {
		written.Store(written.Load() || info.Err == nil)
	}})
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return &failure{certainty: refused, err: errors.New("the URL cannot be used")} // the error quotes it
	}
	// Without it the transport cannot send a body again on its own accord.
	request.GetBody = nil
	request.Header = head
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "tlsaudit")
	response, err := client.Do(request)
	if err != nil {
		return transportFailure(err, written.Load() && !repeatable)
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer)) // what could be read of it
	if response.StatusCode/100 == 2 {
		return nil
	}
	return statusFailure(response, answer, now())
}

// transportFailure says what an error without an answer means.
func transportFailure(err error, perhapsArrived bool) *failure {
	// A *url.Error names the URL, which may be a secret.
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err
	}
	var certificate *tls.CertificateVerificationError
	switch {
	case perhapsArrived:
		return &failure{certainty: unclear, err: fmt.Errorf("sent, but not answered: %w", err)}
	case errors.As(err, &certificate), errors.Is(err, errForbidden):
		return &failure{certainty: refused, err: err}
	}
	return &failure{certainty: later, err: err}
}

// statusFailure says what an answer other than 2xx means.
func statusFailure(response *http.Response, answer []byte, now time.Time) *failure {
	text := fmt.Sprintf("answered %d %s", response.StatusCode, http.StatusText(response.StatusCode))
	if said := strings.TrimSpace(string(answer)); said != "" {
		text += ": " + said // not cut: half a secret is not known for one
	}
	f := &failure{certainty: refused, err: errors.New(text)}
	switch code := response.StatusCode; {
	case code/100 == 3:
		f.err = fmt.Errorf("answered %d; redirects are not followed, name the address itself", code)
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code/100 == 5:
		f.certainty, f.after = later, retryAfter(response.Header.Get("Retry-After"), now)
	}
	return f
}

// retryAfter reads a number of seconds or a date; 0 if there is neither.
func retryAfter(s string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
