package attest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"tlsaudit/audit"
)

func TestValidName(t *testing.T) {
	for name, want := range map[string]bool{
		"report.json": true, "a/b/report.json": true, "réport.json": true,
		"": false, ".": false, "..": false, "../x": false, "a/../../x": false, "a/../x": false, "/etc/passwd": false, "./x": false, "a//b": false,
		`..\x`: false, `C:x`: false, "a\x00b": false, "\xff": false, strings.Repeat("x", 5000): false,
	} {
		if ValidName(name) != want {
			t.Errorf("%q is %v", name, !want)
		}
	}
}

// TestManifestFaults: what no run writes is refused, with the reason.
func TestManifestFaults(t *testing.T) {
	whole := func() *Manifest {
		m := NewManifest(reportOf(audit.Pass), 0, []Artefact{NewMeter().Artefact("a", "json"), NewMeter().Artefact("b", "json")})
		return m
	}
	sum := Digest(nil)
	for want, change := range map[string]func(*Manifest){
		`the schema is "x"`:                func(m *Manifest) { m.Schema = "x" },
		"number 0":                         func(m *Manifest) { m.Number = 0 },
		"number 2":                         func(m *Manifest) { m.Number = 2 },
		"number 1":                         func(m *Manifest) { m.Previous = &Previous{0, sum, sum} },
		"number 3":                         func(m *Manifest) { m.Number, m.Previous = 3, &Previous{1, sum, sum} },
		"follow has no SHA-256":            func(m *Manifest) { m.Number, m.Previous = 2, &Previous{1, sum, "x"} },
		`made by the command "x"`:          func(m *Manifest) { m.Command = "x" },
		"does not fit the command":         func(m *Manifest) { m.Command = ByReport },
		"has no name or no SHA-256":        func(m *Manifest) { m.Render([]audit.FileRef{{File: "a", SHA256: "x"}}) },
		"lists no file":                    func(m *Manifest) { m.Artefacts = nil },
		"1000 are the most":                func(m *Manifest) { m.Artefacts = make([]Artefact, MaxArtefacts+1) },
		`"../a" is not the name of a file`: func(m *Manifest) { m.Artefacts[0].Name = "../a" },
		`"a" is listed twice`:              func(m *Manifest) { m.Artefacts[1].Name = "a" },
		`"b" has no SHA-256`:               func(m *Manifest) { m.Artefacts[1].SHA256 = strings.ToUpper(sum) },
		`"a" has no SHA-256 or no size`:    func(m *Manifest) { m.Artefacts[0].Size = -1 },
	} {
		m := whole()
		change(m)
		if _, err := m.Encode(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("writing: error %v, want %q", err, want)
		}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := ReadManifest(bytes.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("reading: error %v, want %q", err, want)
		}
	}
	text, err := whole().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string]string{
		"it ends in the middle":        string(text[:40]),
		"something stands behind":      string(text) + "{}",
		"unknown field":                strings.Replace(string(text), `"now"`, `"then"`, 1),
		"it is not UTF-8":              strings.Replace(string(text), "unnamed", "\xff", 1),
		"it is not as it was written":  strings.Replace(string(text), `  "now"`, ` "now"`, 1),
		"it is larger than 4194304 by": string(text) + strings.Repeat(" ", MaxManifest),
	} {
		if _, _, err := ReadManifest(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestKeyFaults: a file that is no key is told what it is, and nothing of what
// it holds.
func TestKeyFaults(t *testing.T) {
	private, public, _, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(private)
	secret := base64.StdEncoding.EncodeToString(block.Bytes)
	as := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	for want, text := range map[string][]byte{
		"it is not a PEM file":          []byte(secret),
		"it is a public key":            public,
		"the key is encrypted":          as("ENCRYPTED PRIVATE KEY", block.Bytes),
		"it is an OpenSSH key":          as("OPENSSH PRIVATE KEY", block.Bytes),
		`it holds a "SECRET"`:           as("SECRET", block.Bytes),
		"it holds more than one key":    append(bytes.Clone(private), private...),
		"the key is not an Ed25519 key": as("PRIVATE KEY", der),
		"the key is damaged":            as("PRIVATE KEY", block.Bytes[:20]),
		"it is larger than 16384 bytes": append(bytes.Clone(private), make([]byte, maxKey)...),
	} {
		_, err := ReadPrivateKey(bytes.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret[:20]) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	for want, text := range map[string][]byte{
		"it is a private key": private,
		"the key is damaged":  as("PUBLIC KEY", []byte("x")),
		"it is a certificate": as("CERTIFICATE", []byte("x")),
	} {
		if _, err := ReadPublicKey(bytes.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestPreAuthentication holds the text that is signed to the example of the DSSE
// protocol document (protocol.md, "Test Vectors").
func TestPreAuthentication(t *testing.T) {
	const want = "DSSEv1 29 http://example.com/HelloWorld 11 hello world"
	if got := string(authenticated("http://example.com/HelloWorld", []byte("hello world"))); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestClaims: what is not there, and what was put there.
func TestClaims(t *testing.T) {
	tree, key := folder(t)
	if _, _, err := (&Claim{Folder: tree, File: "third.json"}).Verify(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a manifest that is not there: %v", err)
	}
	wrong := func(c Claim) (list []string) {
		_, lines, err := c.Verify()
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			if l.Mismatch {
				list = append(list, l.What+": "+l.Text)
			}
		}
		return list
	}
	// Signed by somebody else than the manifest says, with a statement that fits.
	private, public, _, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	forger, err := ReadPrivateKey(bytes.NewReader(private))
	if err != nil {
		t.Fatal(err)
	}
	forged, err := ReadPublicKey(bytes.NewReader(public))
	if err != nil {
		t.Fatal(err)
	}
	signed := tree["second.intoto.json"]
	_, statement, err := ReadEnvelope(bytes.NewReader(signed.Data))
	if err != nil {
		t.Fatal(err)
	}
	again, err := Sign(statement, forger)
	if err != nil {
		t.Fatal(err)
	}
	tree["second.intoto.json"] = &fstest.MapFile{Data: again}
	if got := wrong(Claim{Folder: tree, File: "second.json", Key: forged}); len(got) != 1 || !strings.Contains(got[0], "names another key") {
		t.Errorf("signed by another key than the manifest names: %q", got)
	}
	delete(tree, "second.intoto.json")
	if got := wrong(Claim{Folder: tree, File: "second.json"}); len(got) != 1 || !strings.Contains(got[0], "its signature is missing") {
		t.Errorf("the signature was taken away: %q", got)
	}
	tree["second.intoto.json"] = signed

	claim := Claim{Folder: tree, File: "second.json", Key: key, Chain: true}
	whole := tree["report.json"]
	for want, file := range map[string]*fstest.MapFile{
		"report.json: it is not a regular file": {Mode: fs.ModeDir},
		"report.json: it is a symbolic link":    {Data: []byte("parts/report.xlsx"), Mode: fs.ModeSymlink},
	} {
		tree["report.json"] = file
		if got := wrong(claim); len(got) != 1 || got[0] != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	tree["report.json"] = whole

	// A line that somebody put behind the last one: nothing there bears it out.
	chain, err := ReadChain(bytes.NewReader(tree[ChainName].Data))
	if err != nil {
		t.Fatal(err)
	}
	m := NewManifest(reportOf(audit.Pass), 0, []Artefact{NewMeter().Artefact("a", "json")})
	m.Follow(chain.Last())
	if err := chain.Append(m, []byte("made up"), "third.json"); err != nil {
		t.Fatal(err)
	}
	var longer bytes.Buffer
	if err := chain.Write(&longer); err != nil {
		t.Fatal(err)
	}
	tree[ChainName] = &fstest.MapFile{Data: longer.Bytes()}
	if _, lines, err := claim.Verify(); err != nil || lines[len(lines)-1].OK || !strings.Contains(lines[len(lines)-1].Text, "nothing proves that line") {
		t.Errorf("%+v: %v", lines, err)
	}

	// A chain that was made anew around the manifest, with another run before it.
	other, _ := folder(t)
	tree[ChainName] = other[ChainName]
	if got := wrong(claim); len(got) != 1 || !strings.HasPrefix(got[0], ChainName) {
		t.Errorf("the chain of another folder: %q", got)
	}
}

// FuzzRead: whatever is put in the place of a manifest, a chain, an envelope or
// a key, reading ends, and what is taken is what would be written.
func FuzzRead(f *testing.F) {
	m := NewManifest(reportOf(audit.Pass), 0, []Artefact{NewMeter().Artefact("a", "json")})
	text, err := m.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"number":1,"generated":"2026-11-20T12:00:00Z","verdict":"passed","file":"m.json","manifest":"` + Digest(nil) + "\"}\n"))
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"keyid":"","sig":""}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, _, err := ReadManifest(bytes.NewReader(data)); err == nil {
			if again, err := m.Encode(); err != nil || !bytes.Equal(again, data) {
				t.Errorf("%q is written as %q: %v", data, again, err)
			}
		}
		if c, err := ReadChain(bytes.NewReader(data)); err == nil {
			var b bytes.Buffer
			if err := c.Write(&b); err != nil || !bytes.Equal(b.Bytes(), data) {
				t.Errorf("%q is written as %q: %v", data, b.Bytes(), err)
			}
		}
		if e, s, err := ReadEnvelope(bytes.NewReader(data)); err == nil && (s.Type != statementType || len(e.Signatures) == 0) {
			t.Errorf("%+v", e)
		}
		if _, err := ReadPrivateKey(bytes.NewReader(data)); err == nil {
			t.Error("a key was guessed")
		}
	})
}
