package access

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// journey is what a browser takes along to the issuer and back, sealed in a
// cookie: the server keeps nothing of those who never return, so that nobody can
// fill its memory or push others out of it.
type journey struct {
	State, Nonce, Verifier, Next string
	Until                        time.Time
}

// The bounds of a login at an issuer.
const (
	journeyTime = 10 * time.Minute
	maxJourney  = 8 << 10
	maxIDToken  = 64 << 10
	maxAnswer   = 1 << 20
	maxGroups   = 2000
)

// sealer encrypts with a key that this process alone has.
func (g *Gate) sealer() (cipher.AEAD, error) {
	block, err := aes.NewCipher(g.key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (g *Gate) seal(j *journey) string {
	text, err := json.Marshal(j)
	if err != nil {
		panic(err) // it is made of strings and a time
	}
	s, err := g.sealer()
	if err != nil {
		panic(err) // the key has the right length
	}
	return base64.RawURLEncoding.EncodeToString(s.Seal(nil, nil, text, []byte(oidcCookie)))
}

func (g *Gate) open(sealed string) (*journey, error) {
	if sealed == "" {
		return nil, errors.New("the browser brings no cookie of a login that was begun here")
	}
	data, err := base64.RawURLEncoding.DecodeString(sealed[:min(len(sealed), maxJourney)])
	if err != nil {
		return nil, errors.New("the cookie of the login is damaged")
	}
	s, err := g.sealer()
	if err != nil {
		return nil, err
	}
	text, err := s.Open(nil, nil, data, []byte(oidcCookie))
	if err != nil {
		return nil, errors.New("the cookie of the login is not of this server, or it was restarted meanwhile")
	}
	j := new(journey)
	if err := json.Unmarshal(text, j); err != nil {
		return nil, fmt.Errorf("the cookie of the login: %w", err)
	}
	if g.Now().After(j.Until) {
		return nil, fmt.Errorf("the login took longer than %s", journeyTime)
	}
	return j, nil
}

// person is who an ID token is about.
type person struct {
	Subject  string
	Email    string
	Username string
	Groups   []string
}

// read takes what is needed from the claims of a verified token.
func (p *person) read(token *oidc.IDToken, o *OIDC) error {
	var claims map[string]json.RawMessage
	if err := token.Claims(&claims); err != nil {
		return fmt.Errorf("reading the ID token: %w", err)
	}
	text := func(name string) (s string) {
		_ = json.Unmarshal(claims[name], &s) // what is no text is none
		return s
	}
	if azp := text("azp"); azp != "" && azp != o.ClientID || len(token.Audience) > 1 && azp != o.ClientID {
		return errors.New("the ID token was issued to another client")
	}
	if p.Subject == "" || len(p.Subject) > 255 {
		return errors.New("the ID token names nobody")
	}
	p.Username = text("preferred_username")
	var verified bool
	if json.Unmarshal(claims["email_verified"], &verified) == nil && verified {
		p.Email = text("email")
	}
	return p.readGroups(claims[o.GroupsClaim])
}

// readGroups takes a list of names, or one name.
func (p *person) readGroups(claim json.RawMessage) error {
	if len(claim) == 0 {
		return nil
	}
	var one string
	if json.Unmarshal(claim, &one) == nil {
		p.Groups = []string{one}
		return nil
	}
	if err := json.Unmarshal(claim, &p.Groups); err != nil {
		return errors.New("the claim that lists the groups is neither a list of names nor a name")
	}
	if len(p.Groups) > maxGroups {
		return fmt.Errorf("the ID token names more than %d groups", maxGroups)
	}
	p.Groups = slices.DeleteFunc(p.Groups, func(g string) bool { return g == "" })
	return nil
}

// name is what a person is called in the audit log. It does not decide what the
// person may do; the subject, which does not change, stands beside it when it is
// logged.
func (p *person) name() string {
	for _, n := range []string{p.Email, p.Username} {
		if n = strings.TrimSpace(clean(n, maxName)); n != "" {
			return n
		}
	}
	return clean(p.Subject, maxName)
}

// IssuerClient returns a client for OIDC.Client: it follows no redirect, waits
// ten seconds at most and reads no more than a megabyte. It goes by transport.
func IssuerClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     bounded{transport},
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// bounded bounds answers.
type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = &boundedBody{answer.Body, maxAnswer}
	}
	return answer, err
}

type boundedBody struct {
	io.ReadCloser
	left int
}

// Read implements io.Reader. What is too long fails: its beginning must not be
// taken for the whole.
func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left+1)])
	if b.left -= n; b.left < 0 {
		return 0, fmt.Errorf("the issuer's answer is longer than %d bytes", maxAnswer)
	}
	return n, err
}
