package baseline

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/jsonstream"
)

// Schema identifies the compact form.
const Schema = "tlsaudit/baseline/v1"

// Baseline is the findings of an earlier run.
type Baseline struct {
	ref  audit.BaselineRef
	kept map[key]grave
}

// key is the fingerprint of a finding in binary.
type key [16]byte

// grave is what a finding was.
type grave struct {
	verdict  audit.Verdict
	severity audit.Severity
}

// entry is a finding as both forms have it. Reports from before fingerprints
// were written lack that alone.
type entry struct {
	Fingerprint string         `json:"fingerprint"`
	Profile     string         `json:"profile"`
	Rule        string         `json:"rule"`
	Subject     string         `json:"subject"`
	Verdict     audit.Verdict  `json:"verdict"`
	Severity    audit.Severity `json:"severity"`
}

const hint = "name a JSON report of this program, or a file made with --write-baseline"

// Load reads a baseline. Memory grows with what it keeps, not with the file.
// Every error is an *audit.InputError.
func Load(file string) (*Baseline, error) {
	f, err := os.Open(file)
	if err != nil {
		cause := err.Error()
		if p := (*fs.PathError)(nil); errors.As(err, &p) {
			cause = p.Err.Error()
		}
		return nil, &audit.InputError{Place: audit.Place{File: file}, Cause: "cannot read the baseline: " + cause, Hint: hint, Err: err}
	}
	defer f.Close()
	return read(file, f)
}

func read(file string, in io.Reader) (*Baseline, error) {
	sum := sha256.New()
	b := &Baseline{ref: audit.BaselineRef{File: file}, kept: map[key]grave{}}
	if err := b.document(jsonstream.NewReader(file, io.TeeReader(in, sum))); err != nil {
		return nil, err
	}
	b.ref.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return b, nil
}

// document walks to the end, so that a file that was cut off shows.
func (b *Baseline) document(r *jsonstream.Reader) error {
	schema, found := "", false
	start := r.Place()
	for name, err := range r.Members() {
		if err != nil {
			return err
		}
		switch name {
		case "schema":
			err = readSchema(r, &schema)
		case "generated":
			err = r.Decode(&b.ref.Generated)
		case "findings":
			found = true
			if schema == "" {
				return noSchema(start)
			}
			err = b.findings(r)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case schema == "":
		return noSchema(start)
	case !found:
		return &audit.InputError{Place: start, Cause: "the file has no list of findings", Hint: hint}
	}
	b.ref.Generated = b.ref.Generated.UTC().Truncate(time.Second)
	return r.End()
}

func noSchema(at audit.Place) error {
	return &audit.InputError{Place: at, Cause: fmt.Sprintf("no member \"schema\" stands before the findings; %q or %q is wanted", audit.SchemaV1, Schema), Hint: hint}
}

func readSchema(r *jsonstream.Reader, schema *string) error {
	place := r.Place()
	if err := r.Decode(schema); err != nil {
		return err
	}
	if *schema == audit.SchemaV1 || *schema == Schema {
		return nil
	}
	fault := r.Fault(place, "%.60q is not a schema that is read here; known: %q, %q", *schema, audit.SchemaV1, Schema)
	fault.Hint = hint
	return fault
}

func (b *Baseline) findings(r *jsonstream.Reader) error {
	for err := range r.Elements() {
		if err != nil {
			return err
		}
		place := r.Place()
		var e entry
		if err := r.Decode(&e); err != nil {
			return err
		}
		if e.Rule == "" || e.Subject == "" {
			return r.Fault(place, "a finding without a rule or a subject")
		}
		print := audit.FindingFingerprint(e.Profile, e.Rule, e.Subject)
		if e.Fingerprint != "" && e.Fingerprint != print {
			return r.Fault(place, "the fingerprint %.40q is not that of rule %.80q and subject %.80q", e.Fingerprint, e.Rule, e.Subject)
		}
		if e.Verdict != audit.Fail && e.Verdict != audit.Warn && e.Verdict != audit.Waived {
			continue
		}
		k := keyOf(print)
		if _, twice := b.kept[k]; twice {
			return r.Fault(place, "the finding of rule %.80q and subject %.80q stands here a second time", e.Rule, e.Subject)
		}
		b.kept[k] = grave{e.Verdict, e.Severity}
	}
	return nil
}

// keyOf returns the binary form of a fingerprint.
func keyOf(fingerprint string) (k key) {
	_, _ = hex.Decode(k[:], []byte(fingerprint)) // FindingFingerprint made it
	return k
}
