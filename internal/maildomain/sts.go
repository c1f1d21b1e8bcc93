package maildomain

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/internal/pki"
)

// sts looks up what a domain publishes for MTA-STS, and fetches its policy if it
// announces one.
func (l *Looker) sts(ctx context.Context, domain string) *audit.MTASTS {
	s := &audit.MTASTS{}
	s.Record, s.Records, s.RecordFault = l.texts(ctx, "_mta-sts."+domain, "v=STSv1")
	if len(s.Records) == 1 && s.RecordFault == "" {
		s.ID, s.RecordFault = stsID(s.Records[0])
	}
	if len(s.Records) == 0 {
		return s // nobody would ask for a policy
	}
	var body []byte
	s.Fetch, body = l.fetch(ctx, "mta-sts."+domain)
	if s.Fetch.Answer == audit.Accepted {
		s.Policy = ParsePolicy(string(body))
	}
	return s
}

// fetch makes the one request for a policy. The certificate is judged and not
// enforced, so that what is there can be told beside what is wrong with it.
func (l *Looker) fetch(ctx context.Context, host string) (f *audit.PolicyFetch, body []byte) {
	f = &audit.PolicyFetch{URL: "https://" + host + "/.well-known/mta-sts.txt", Answer: audit.Undetermined}
	defer func() {
		if p := recover(); p != nil {
			f.Answer, f.Reason, body = audit.Undetermined, fmt.Sprintf("internal error: %v", p), nil
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	list := l.policyHost(ctx, f, host)
	if len(list) == 0 {
		return f, nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.URL, nil)
	if err != nil {
		f.Reason = "no request can be made: " + err.Error()
		return f, nil
	}
	request.Header.Set("User-Agent", "tlsaudit")
	met := &encounter{}
	client := l.client(met, host, list)
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	f.Address, f.Chain = met.told()
	if err != nil {
		f.Reason = fault(err)
		return f, nil
	}
	defer response.Body.Close()
	f.Status, f.MediaType = response.StatusCode, clipText(response.Header.Get("Content-Type"))
	f.Location = clipText(response.Header.Get("Location"))
	if f.Status != http.StatusOK {
		f.Answer, f.Reason = audit.Refused, fmt.Sprintf("the answer is status %d", f.Status)
		if f.Location != "" {
			f.Reason += " to " + quote(f.Location) + ", which is not followed"
		}
		return f, nil
	}
	body, err = io.ReadAll(io.LimitReader(response.Body, maxPolicy+1))
	switch {
	case err != nil:
		f.Reason = "the policy broke off: " + fault(err)
		return f, nil
	case len(body) > maxPolicy:
		f.Answer, f.Reason = audit.Refused, fmt.Sprintf("the policy is longer than %d bytes", maxPolicy)
		return f, nil
	}
	f.Answer = audit.Accepted
	return f, body
}

// policyHost looks up the addresses of the host of a policy.
func (l *Looker) policyHost(ctx context.Context, f *audit.PolicyFetch, host string) []netip.Addr {
	four, list := l.opt.Resolver.A(ctx, host)
	f.Lookup = four
	if len(list) == 0 {
		six, more := l.opt.Resolver.AAAA(ctx, host)
		if list = more; len(list) > 0 || four.Answered() {
			f.Lookup = six
		}
	}
	switch {
	case len(list) > 0:
	case f.Lookup.Absent():
		f.Answer, f.Reason = audit.Refused, "the host "+host+" does not exist, or has no address"
	default:
		f.Reason = fmt.Sprintf("the address of %s could not be looked up: %s", host, f.Lookup.Reason)
	}
	return list[:min(len(list), 2)]
}

// encounter is what a request met. The goroutine that opens its connection may
// outlive it.
type encounter struct {
	mu      sync.Mutex
	address netip.AddrPort
	chain   *audit.Chain
}

func (m *encounter) dials(a netip.AddrPort) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.address = a
}

func (m *encounter) sees(chain audit.Chain) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.chain = &chain
}

func (m *encounter) told() (netip.AddrPort, *audit.Chain) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.address, m.chain
}

// client makes one request to the addresses given, in turn, and writes down what
// address and certificate it met.
func (l *Looker) client(met *encounter, host string, list []netip.Addr) *http.Client {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (c net.Conn, err error) {
			for _, ip := range list {
				to := netip.AddrPortFrom(ip, 443)
				met.dials(to)
				if c, err = l.opt.Dial(ctx, network, to.String()); err == nil {
					return c, nil
				}
			}
			return nil, err
		},
		TLSClientConfig: &tls.Config{
			ServerName: host, MinVersion: tls.VersionTLS12,
			InsecureSkipVerify: true, //nolint:gosec // judged below: an audit wants to see what is wrong, too
			VerifyConnection: func(state tls.ConnectionState) error {
				var raw [][]byte
				for _, c := range state.PeerCertificates {
					raw = append(raw, c.Raw)
				}
				met.sees(pki.Assess(raw, host, l.opt.Anchors, l.opt.Now()))
				return nil
			},
		},
		DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: 32 << 10, TLSHandshakeTimeout: fetchTime / 2,
	}
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// fault says in one line why there was no answer.
func fault(err error) string {
	if n := net.Error(nil); errors.As(err, &n) && n.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	if op := new(net.OpError); errors.As(err, &op) && op.Err != nil {
		return clipText(op.Err.Error())
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return clipText(err.Error())
}

// clipText keeps a line of hostile text within bounds.
func clipText(s string) string {
	s = strings.ToValidUTF8(s, "?")
	return s[:min(len(s), 256)]
}
