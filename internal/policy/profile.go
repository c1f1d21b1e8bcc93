package policy

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// Schema is the identifier of profile files.
const Schema = "tls-policy/draft-1"

// maxPolicy bounds a policy or profile, in bytes.
const maxPolicy = 1 << 20

//go:embed profiles/*.yaml
var profileFiles embed.FS

// Profile is a standard or recommendation as data.
type Profile struct {
	ID, Title, Publisher, Version string
	// Published is the date of the edition; Status its standing when it was
	// entered; URL its source; Confidence how sure the entries are.
	Published, Status, URL, Confidence string
	// SHA256 is the hash of the file in hex.
	SHA256 string
	// Source is the file itself.
	Source []byte
	// Rules are all its rules, decided by the program or not. Their Params are
	// untyped, as written.
	Rules []audit.Rule

	demands []demand
}

type profileDoc struct {
	Schema      string          `yaml:"schema,required"`
	ID          strictyaml.Node `yaml:"id,required"`
	Title       string          `yaml:"title,required"`
	Publisher   string          `yaml:"publisher,required"`
	Version     string          `yaml:"version,required"`
	Published   string          `yaml:"published"`
	Status      string          `yaml:"status"`
	URL         string          `yaml:"url"`
	Confidence  string          `yaml:"confidence"`
	Protocols   *protocolsDoc   `yaml:"protocols"`
	Suites      *suitesDoc      `yaml:"suites"`
	Groups      *groupsDoc      `yaml:"groups"`
	Keys        *keysDoc        `yaml:"keys"`
	CertSigalgs *certSigalgsDoc `yaml:"cert_sigalgs"`
	CertHash    *certHashDoc    `yaml:"cert_hash"`
	Rules       []ruleDoc       `yaml:"rules"`
}

// Profiles returns the built-in profiles in order of their ids. They are
// shared and must not be modified.
func Profiles() []Profile {
	list, err := builtins()
	if err != nil {
		// A fault of the build, which the tests of this package find.
		panic("policy: " + err.Error())
	}
	return list
}

var builtins = sync.OnceValues(func() ([]Profile, error) {
	entries, err := profileFiles.ReadDir("profiles")
	if err != nil {
		return nil, err
	}
	var list []Profile
	for _, e := range entries {
		data, err := profileFiles.ReadFile("profiles/" + e.Name())
		if err != nil {
			return nil, err
		}
		p, err := parseProfile("builtin/"+e.Name(), data)
		if err != nil {
			return nil, err
		}
		if p.ID+".yaml" != e.Name() {
			return nil, fmt.Errorf("%s has the id %q", e.Name(), p.ID)
		}
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b Profile) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
})

func profileIDs() []string {
	var ids []string
	for _, p := range Profiles() {
		ids = append(ids, p.ID)
	}
	return ids
}

func builtin(id string) *Profile {
	for i, p := range Profiles() {
		if p.ID == id {
			return &Profiles()[i]
		}
	}
	return nil
}

func parseProfile(file string, data []byte) (*Profile, error) {
	root, err := strictyaml.Parse(file, data, maxPolicy)
	if err != nil {
		return nil, err
	}
	var doc profileDoc
	if err := root.Decode(&doc); err != nil {
		return nil, err
	}
	if doc.Schema != Schema {
		return nil, root.Get("schema").Fault("this program reads "+Schema, "%q is not a schema of profiles", doc.Schema)
	}
	id, err := policyID(doc.ID)
	if err != nil {
		return nil, err
	}
	p := &Profile{ID: id, Title: doc.Title, Publisher: doc.Publisher, Version: doc.Version, Published: doc.Published,
		Status: doc.Status, URL: doc.URL, Confidence: doc.Confidence, SHA256: sum(data), Source: data}
	written, err := demands(id, doc.Rules)
	if err != nil {
		return nil, err
	}
	x := expander{profile: id}
	if doc.Protocols != nil {
		x.protocols(doc.Protocols)
	}
	if doc.Suites != nil {
		if err := x.suites(doc.Suites); err != nil {
			return nil, err
		}
	}
	if doc.Groups != nil {
		x.groups(doc.Groups)
	}
	if doc.Keys != nil {
		x.keys(doc.Keys)
	}
	if s := doc.CertSigalgs; s != nil {
		x.add("cert_sigalgs.allow", "Certificates are signed with an algorithm listed", s.Control, audit.Must, s.Place, "cert.sig.hash", map[string]any{"allow": words(s.Allow)})
	}
	if s := doc.CertHash; s != nil {
		x.add("cert_hash.forbidden", "Certificates are not signed with "+strings.Join(s.Forbidden, " or "), s.Control, audit.MustNot, s.Place, "cert.sig.hash", map[string]any{"forbid": words(s.Forbidden)})
	}
	p.demands = append(withoutRepeats(x.list, written), written...)
	for i := range p.demands {
		d := &p.demands[i]
		rule := d.rule
		rule.Params = d.params
		if d.severity != nil {
			rule.Severity = audit.Severity(*d.severity)
		}
		p.Rules = append(p.Rules, rule)
	}
	if len(p.Rules) == 0 {
		return nil, root.Fault("add rules, protocols, suites, groups or keys", "the profile demands nothing")
	}
	return p, checkDistinct(p.demands)
}

// checkDistinct refuses a written rule with the id of a derived one.
func checkDistinct(list []demand) error {
	first := map[string]audit.Place{}
	for _, d := range list {
		if place, ok := first[d.rule.ID]; ok {
			return &audit.InputError{Place: *d.rule.Place, Cause: fmt.Sprintf("the rule %q stands here a second time; the first is at %s", d.rule.ID, place), Hint: "give it a name of its own"}
		}
		first[d.rule.ID] = *d.rule.Place
	}
	return nil
}

func (p *Profile) ref() audit.PolicyRef {
	return audit.PolicyRef{ID: p.ID, Title: p.Title, Version: p.Version, SHA256: p.SHA256, Confidence: p.Confidence}
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}
