package waiver

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

const (
	// maxFile bounds a waiver file in bytes.
	maxFile = 4 << 20
	// maxWaivers bounds the waivers of a file.
	maxWaivers = 10_000
	// maxText bounds a text in characters.
	maxText = 1000
)

// Set is the waivers of all files given, in the order written.
type Set struct {
	// Files identifies what was read, for the report.
	Files   []audit.FileRef
	waivers []waiver
}

// waiver is one exception.
type waiver struct {
	// ref is what findings show, without the verdict.
	ref                  audit.WaiverRef
	place                audit.Place
	profile, rule, check string
	target               pattern
	// fingerprint is of a finding (32 digits) or a leaf certificate (64).
	fingerprint string
	created     time.Time
	term        term
}

// fileDoc is a waiver file as people write it.
type fileDoc struct {
	MaxDays strictyaml.Node `yaml:"max_days"`
	Waivers strictyaml.Node `yaml:"waivers,required"`
}

type waiverDoc struct {
	Place       audit.Place     `yaml:",place"`
	ID          strictyaml.Node `yaml:"id,required"`
	Rule        strictyaml.Node `yaml:"rule"`
	Check       strictyaml.Node `yaml:"check"`
	Profile     strictyaml.Node `yaml:"profile"`
	Target      strictyaml.Node `yaml:"target,required"`
	Fingerprint strictyaml.Node `yaml:"fingerprint"`
	Reason      strictyaml.Node `yaml:"reason,required"`
	Owner       strictyaml.Node `yaml:"owner"`
	ApprovedBy  strictyaml.Node `yaml:"approved_by"`
	Ticket      strictyaml.Node `yaml:"ticket"`
	Created     strictyaml.Node `yaml:"created"`
	Expires     strictyaml.Node `yaml:"expires,required"`
}

// Load reads waiver files. Now is the time of judgement, against which terms
// are measured. Every error is an *audit.InputError.
func Load(files []string, now time.Time, known Known) (*Set, error) {
	s := &Set{}
	for _, file := range files {
		data, err := strictyaml.ReadFile(file, maxFile)
		if err != nil {
			return nil, strictyaml.Unreadable(file, "the waivers", "name an existing YAML file; tlsaudit init writes one to begin with", err)
		}
		if err := s.add(file, data, now, known); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// add reads one file.
func (s *Set) add(file string, data []byte, now time.Time, known Known) error {
	var doc fileDoc
	if err := strictyaml.Decode(file, data, maxFile, &doc); err != nil {
		return err
	}
	days, err := readMaxDays(doc.MaxDays)
	if err != nil {
		return err
	}
	items, err := doc.Waivers.Items()
	if err != nil {
		return err
	}
	if len(items) > maxWaivers {
		return items[maxWaivers].Fault("an exception this common is a rule to be changed in the policy", "more than %d waivers", maxWaivers)
	}
	for _, item := range items {
		var doc waiverDoc
		if err := item.Decode(&doc); err != nil {
			return err
		}
		w, err := doc.waiver(now, days, known)
		if err != nil {
			return err
		}
		for i := range s.waivers {
			if s.waivers[i].ref.ID == w.ref.ID {
				return doc.ID.Fault("give it an id of its own", "the waiver %q stands here a second time; the first is at %s", w.ref.ID, s.waivers[i].place)
			}
		}
		s.waivers = append(s.waivers, w)
	}
	sum := sha256.Sum256(data)
	s.Files = append(s.Files, audit.FileRef{File: file, SHA256: hex.EncodeToString(sum[:])})
	return nil
}

var (
	waiverID    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	fingerprint = regexp.MustCompile(`^(([0-9A-Fa-f]:?){32}|([0-9A-Fa-f]:?){64})$`)
)

func (d *waiverDoc) waiver(now time.Time, days int, known Known) (w waiver, err error) {
	if w.ref.ID, err = d.ID.Text(); err != nil {
		return w, err
	}
	if !waiverID.MatchString(w.ref.ID) {
		return w, d.ID.Fault("letters, digits, dot, dash and underscore, 64 at most, such as W-2026-014", "%q is not an id", w.ref.ID)
	}
	w.place = d.Place
	if err := d.readScope(&w, known); err != nil {
		return w, err
	}
	if err := d.readTexts(&w); err != nil {
		return w, err
	}
	if w.created, w.term, err = readTerm(d.Created, d.Expires, now, days); err != nil {
		return w, err
	}
	w.ref.Expires = w.term.shown
	return w, nil
}

// readTexts reads what people say about the exception.
func (d *waiverDoc) readTexts(w *waiver) error {
	for _, field := range []struct {
		node     strictyaml.Node
		to       *string
		required bool
	}{{d.Reason, &w.ref.Reason, true}, {d.Owner, &w.ref.Owner, false}, {d.ApprovedBy, &w.ref.ApprovedBy, false}, {d.Ticket, &w.ref.Ticket, false}} {
		if field.node.IsZero() {
			continue // a missing reason was found before
		}
		text, err := field.node.Text()
		if err != nil {
			return err
		}
		text = strings.TrimSpace(text)
		switch {
		case text == "" && field.required:
			return field.node.Fault("say why the risk is accepted, and what ends it", "the reason is blank")
		case text == "":
			return field.node.Fault("give it a value, or leave the key out", "must not be blank")
		case len([]rune(text)) > maxText:
			return field.node.Fault("put the long story into the ticket", "longer than %d characters", maxText)
		}
		*field.to = text
	}
	return nil
}

// readScope reads what the waiver is for.
func (d *waiverDoc) readScope(w *waiver, known Known) error {
	for _, field := range []struct {
		node strictyaml.Node
		to   *string
	}{{d.Profile, &w.profile}, {d.Rule, &w.rule}, {d.Check, &w.check}} {
		if field.node.IsZero() {
			continue
		}
		text, err := field.node.Text()
		if err != nil {
			return err
		}
		if text == "" {
			return field.node.Fault("give it a value, or leave the key out", "must not be empty")
		}
		*field.to = text
	}
	if w.rule == "" && w.check == "" {
		return &audit.InputError{Place: d.Place, Cause: fmt.Sprintf("waiver %s names neither a rule nor a check", w.ref.ID),
			Hint: "add rule: as the report shows it, or check: for every rule that uses the check"}
	}
	if err := known.accepts(d, w); err != nil {
		return err
	}
	var err error
	if w.target, err = readTarget(d.Target, known.Protocols); err != nil || d.Fingerprint.IsZero() {
		return err
	}
	text, err := d.Fingerprint.Text()
	if err != nil {
		return err
	}
	w.fingerprint = strings.ToLower(strings.ReplaceAll(text, ":", ""))
	if !fingerprint.MatchString(text) {
		return d.Fingerprint.Fault("copy it from the report: 32 hexadecimal digits of a finding, or 64, the SHA-256 of the leaf certificate", "%q is not a fingerprint", text)
	}
	return nil
}
