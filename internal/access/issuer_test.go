package access

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// issuer is an OpenID Connect provider on loopback that signs what a test wants.
type issuer struct {
	t      *testing.T
	url    string
	key    *ecdsa.PrivateKey
	client string

	mu sync.Mutex
	// claims and sign bend the next token; answer bends the token endpoint.
	claims func(map[string]any)
	sign   func(payload []byte) string
	answer func(w http.ResponseWriter, token string) bool
	// discovery bends the document.
	discovery func(map[string]any)
	asked     map[string]int
	// nonce and challenge are of the authorization request by code.
	nonce, challenge map[string]string
}

func newIssuer(t *testing.T) *issuer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{t: t, key: key, client: "tlsaudit", asked: map[string]int{}, nonce: map[string]string{}, challenge: map[string]string{}}
	server := httptest.NewServer(i)
	t.Cleanup(server.Close)
	i.url = server.URL
	return i
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.asked[r.URL.Path]++
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		doc := map[string]any{
			"issuer": i.url, "authorization_endpoint": i.url + "/authorize", "token_endpoint": i.url + "/token", "jwks_uri": i.url + "/keys",
			"id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"},
		}
		if i.discovery != nil {
			i.discovery(doc)
		}
		json.NewEncoder(w).Encode(doc)
	case "/keys":
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: "one", Algorithm: "ES256", Use: "sig"}}})
	case "/token":
		i.token(w, r)
	default:
		http.NotFound(w, r)
	}
}

// authorize is what a person does at the issuer: it returns where the browser is
// sent back to.
func (i *issuer) authorize(location string) url.Values {
	i.t.Helper()
	u, err := url.Parse(location)
	if err != nil || !strings.HasPrefix(location, i.url+"/authorize?") {
		i.t.Fatalf("the browser is sent to %s", location)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" || q.Get("state") == "" || q.Get("nonce") == "" || !strings.Contains(q.Get("scope"), "openid") {
		i.t.Errorf("the request lacks something: %s", location)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	code := fmt.Sprint("code", len(i.nonce))
	i.nonce[code], i.challenge[code] = q.Get("nonce"), q.Get("code_challenge")
	return url.Values{"code": {code}, "state": {q.Get("state")}}
}

func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	code := r.FormValue("code")
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if i.challenge[code] == "" || base64.RawURLEncoding.EncodeToString(sum[:]) != i.challenge[code] {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_grant","error_description":"the code is `+code+`"}`)
		return
	}
	delete(i.challenge, code) // a code is good once
	claims := map[string]any{
		"iss": i.url, "aud": i.client, "sub": "subject-1", "nonce": i.nonce[code], "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(),
		"preferred_username": "ada", "groups": []string{"staff", "tls-operators"},
	}
	if i.claims != nil {
		i.claims(claims)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		i.t.Error(err)
	}
	sign := i.sign
	if sign == nil {
		sign = func(p []byte) string { return signed(i.t, jose.ES256, i.key, "one", p) }
	}
	token := sign(payload)
	if i.answer != nil && i.answer(w, token) {
		return
	}
	json.NewEncoder(w).Encode(map[string]any{"access_token": "an-access-token", "token_type": "Bearer", "expires_in": 60, "id_token": token})
}

func signed(t *testing.T, algorithm jose.SignatureAlgorithm, key any, id string, payload []byte) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", id))
	if err != nil {
		t.Fatal(err)
	}
	object, err := s.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// plain writes a token whose header is as given and that nobody signed.
func plain(header string, payload []byte) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(header)) + "." + enc(payload) + "."
}

func otherKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
