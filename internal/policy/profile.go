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
	// Extends is the profile it builds on, or "". That one is judged beside it,
	// unless Graded is set: then its rules are taken over at levels of the
	// profile's own.
	Extends string
	Graded  bool
	// SHA256 is the hash of the file in hex.
	SHA256 string
	// Source is the file itself.
	Source []byte
	// Rules are all its rules, decided by the program or not. Their Params are
	// untyped, as written.
	Rules []audit.Rule
	// Facts is what it says beside its rules.
	Facts []Fact

	demands []demand
	doc     *profileDoc
	place   audit.Place
}

// Superseded reports whether a newer edition has taken the place of this one.
func (p *Profile) Superseded() bool { return strings.HasPrefix(p.Status, "superseded") }

type profileDoc struct {
	Schema     string          `yaml:"schema,required"`
	ID         strictyaml.Node `yaml:"id,required"`
	Title      string          `yaml:"title,required"`
	Publisher  string          `yaml:"publisher,required"`
	Version    string          `yaml:"version,required"`
	Published  string          `yaml:"published"`
	Status     string          `yaml:"status"`
	URL        string          `yaml:"url"`
	Confidence string          `yaml:"confidence"`
	Extends    string          `yaml:"extends"`

	Protocols   *protocolsDoc     `yaml:"protocols"`
	Suites      *suitesDoc        `yaml:"suites"`
	Groups      *groupsDoc        `yaml:"groups"`
	Sigalgs     *sigalgsDoc       `yaml:"sigalgs"`
	Keys        *keysDoc          `yaml:"keys"`
	CertSigalgs *certSigalgsDoc   `yaml:"cert_sigalgs"`
	CertHash    *certHashDoc      `yaml:"cert_hash"`
	Web         map[string]status `yaml:"web"`
	Mail        map[string]status `yaml:"mail"`
	Rules       []ruleDoc         `yaml:"rules"`

	factsDoc

	// root is the document itself.
	root strictyaml.Node
}

// shelf holds the built-in profiles that were asked for so far. They are read
// when they are first named: a run needs one or two of them.
type shelf struct {
	mu   sync.Mutex
	read map[string]*Profile
}

var builtins = shelf{read: map[string]*Profile{}}

// builtin returns a built-in profile, or nil. It is shared and must not be
// modified.
func builtin(id string) *Profile {
	builtins.mu.Lock()
	defer builtins.mu.Unlock()
	p := builtins.take(id)
	if p != nil {
		if err := p.complete(builtins.take, nil); err != nil {
			panic(faultOfBuild(err))
		}
	}
	return p
}

// take returns a profile as it is written; complete makes rules of it.
func (s *shelf) take(id string) *Profile {
	if p := s.read[id]; p != nil {
		return p
	}
	data, err := profileFiles.ReadFile("profiles/" + id + ".yaml")
	if err != nil {
		return nil // there is none of this name
	}
	p, err := readProfile(builtinFolder+id+".yaml", data)
	if err == nil && p.ID != id {
		err = fmt.Errorf("%s.yaml has the id %q", id, p.ID)
	}
	if err != nil {
		panic(faultOfBuild(err))
	}
	s.read[id] = p
	return p
}

// faultOfBuild words a fault in what is built in, which the tests of this
// package find.
func faultOfBuild(err error) string { return "policy: " + err.Error() }

// Profiles returns the built-in profiles in order of their ids. They are
// shared and must not be modified.
func Profiles() []Profile { return allProfiles() }

var allProfiles = sync.OnceValue(func() []Profile {
	var list []Profile
	for _, id := range ProfileIDs() {
		list = append(list, *builtin(id))
	}
	return list
})

// ProfileIDs returns the ids of the built-in profiles, sorted.
func ProfileIDs() []string {
	files, err := profileFiles.ReadDir("profiles")
	if err != nil {
		panic(faultOfBuild(err))
	}
	var ids []string
	for _, f := range files {
		ids = append(ids, strings.TrimSuffix(f.Name(), ".yaml"))
	}
	slices.Sort(ids)
	return ids
}

// parseProfile reads a profile that may build on built-in ones.
func parseProfile(file string, data []byte) (*Profile, error) {
	p, err := readProfile(file, data)
	if err != nil {
		return nil, err
	}
	return p, p.complete(builtin, nil)
}

// readProfile reads the document; complete makes rules of it.
func readProfile(file string, data []byte) (*Profile, error) {
	root, err := strictyaml.Parse(file, data, maxPolicy)
	if err != nil {
		return nil, err
	}
	doc := &profileDoc{root: root}
	if err := root.Decode(doc); err != nil {
		return nil, err
	}
	if doc.Schema != Schema {
		return nil, root.Get("schema").Fault("this program reads "+Schema, "%q is not a schema of profiles", doc.Schema)
	}
	id, err := policyID(doc.ID)
	if err != nil {
		return nil, err
	}
	return &Profile{ID: id, Title: doc.Title, Publisher: doc.Publisher, Version: doc.Version, Published: doc.Published,
		Status: doc.Status, URL: doc.URL, Confidence: doc.Confidence, Extends: doc.Extends, Graded: len(doc.Web)+len(doc.Mail) > 0,
		SHA256: sum(data), Source: data, Facts: facts(root), doc: doc, place: root.Place()}, nil
}

// complete expands the sections and rules, once, after those of the profile it
// builds on. The ids in below are on their way already.
func (p *Profile) complete(find func(string) *Profile, below []string) error {
	if p.demands != nil {
		return nil
	}
	doc, root := p.doc, p.doc.root
	below = append(below, p.ID)
	var standard []demand
	if p.Extends != "" {
		parent := find(p.Extends)
		if parent == nil {
			return root.Get("extends").Fault("tlsaudit policy list names the built-in profiles; a profile builds on one of them", "%q is not a built-in profile", p.Extends)
		}
		if slices.Contains(below, p.Extends) {
			return root.Get("extends").Fault("a profile cannot build on itself", "%s", strings.Join(append(below, p.Extends), " extends "))
		}
		if err := parent.complete(find, below); err != nil {
			return err
		}
		standard = parent.demands
	}
	written, err := demands(p.ID, doc.Rules, root)
	if err != nil {
		return err
	}
	if doc.Suites != nil {
		phaseOutLast(written, doc.Suites)
	}
	x := expander{profile: p.ID, find: func(id string) *profileDoc {
		if other := find(id); other != nil {
			return other.doc
		}
		return nil
	}}
	if err := x.sections(doc); err != nil {
		return err
	}
	if p.Graded {
		if err := x.scored(root, doc, standard); err != nil {
			return err
		}
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
		return root.Fault("add rules, protocols, suites, groups or keys", "the profile demands nothing")
	}
	return checkDistinct(p.demands)
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
