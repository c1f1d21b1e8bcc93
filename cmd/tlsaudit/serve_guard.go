package main

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/access"
	"tlsaudit/internal/dashboard"
	"tlsaudit/internal/history"
)

// guarding is what the listener is guarded with.
type guarding struct {
	certificate *access.Certificate
	config      access.Config
	// remarks are for whoever started the program.
	remarks []string
}

// guard reads what the listener is guarded with.
func (s *service) guard() (*guarding, error) {
	set, now := s.set, s.app.now
	logf := func(format string, args ...any) {
		s.log.Warn(strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "; "))
	}
	g := &guarding{config: access.Config{
		Listen: set.listen, Hosts: set.hosts, LocalRole: access.Role(set.localRole), Logf: logf, Now: now,
		Open: []string{"/metrics"}, Action: actionOf, Needs: roleFor,
	}}
	for _, text := range set.proxies {
		p, err := netip.ParsePrefix(text)
		if a, bad := netip.ParseAddr(text); err != nil && bad == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return nil, usageError(fmt.Sprintf("--proxy %q is neither an address nor a network", text), "--proxy 127.0.0.1")
		}
		g.config.Proxies = append(g.config.Proxies, p.Masked())
	}
	if (set.cert == "") != (set.key == "") {
		return nil, usageError("a certificate and its key are given together", "give both --tls-cert and --tls-key, or neither")
	}
	var err error
	if set.cert != "" {
		if g.certificate, err = access.OpenCertificate(set.cert, set.key, now, logf); err != nil {
			return nil, err
		}
		g.config.TLS = true
		g.remarks = append(g.remarks, g.certificate.Warnings()...)
		if local, err := access.Loopback(set.listen); err == nil && !local && len(set.hosts) == 0 {
			set.hosts = g.certificate.Names()
			g.config.Hosts = set.hosts
		}
	}
	if set.tokens != "" {
		if g.config.Tokens, err = access.OpenTokens(set.tokens, now, logf); err != nil {
			return nil, err
		}
	}
	if set.oidc != nil {
		if g.config.OIDC, err = set.oidc.open(now); err != nil {
			return nil, err
		}
	}
	if g.config.Tokens == nil && g.config.OIDC == nil && set.localRole != string(access.Operator) {
		g.remarks = append(g.remarks, "anybody on this machine may read; to start audits on the page, make a token with tlsaudit serve token NAME --role operator, and add --tokens "+defaultTokens)
	}
	g.config.Log = s
	if s.gate, err = access.New(g.config); err != nil {
		return nil, err
	}
	s.gate.Ready(s.ready)
	return g, nil
}

// Log keeps who did what in the history. It is open before anybody can ask.
func (s *service) Log(ctx context.Context, entry history.AuditEntry) error {
	return s.store.Log(ctx, entry)
}

// actionOf names what is kept in the audit log of what pages do, and says what a
// form asks for.
func actionOf(r *http.Request) (action, detail string) {
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/audit":
		return "audit asked for", fmt.Sprintf("system %q, depth %q", r.PostFormValue("system"), r.PostFormValue("depth"))
	case strings.Contains(r.URL.Path, "/download/"), strings.HasSuffix(r.URL.Path, ".json"):
		return "download", ""
	}
	return "", ""
}

// roleFor is the role somebody needs for a request.
func roleFor(r *http.Request) access.Role {
	if r.Method == http.MethodPost || dashboard.Needs(r) > dashboard.Viewer {
		return access.Operator
	}
	return access.Viewer
}

// sessionOf tells the pages who asks.
func sessionOf(r *http.Request) dashboard.Session {
	who, ok := access.Who(r.Context())
	if !ok {
		return dashboard.Session{}
	}
	role := dashboard.Viewer
	if who.Role.May(access.Operator) {
		role = dashboard.Operator
	}
	s := dashboard.Session{Name: who.Name, Role: role, CSRF: access.FormToken(r.Context()), SignIn: access.SignIn(r.Context())}
	if access.SignedIn(r.Context()) {
		s.SignOut = "/logout"
	}
	return s
}

// oidcSection is access.oidc of the configuration.
type oidcSection struct {
	Place            audit.Place `yaml:",place"`
	Issuer           string      `yaml:"issuer,required"`
	ClientID         string      `yaml:"client_id,required"`
	ClientSecretFile string      `yaml:"client_secret_file"`
	RedirectURL      string      `yaml:"redirect_url,required"`
	CAFile           string      `yaml:"ca_file"`
	GroupsClaim      string      `yaml:"groups_claim"`
	Scopes           []string    `yaml:"scopes"`
	Viewers          []string    `yaml:"viewers"`
	Operators        []string    `yaml:"operators"`
}
