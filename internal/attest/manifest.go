package attest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

// ManifestV1 identifies a manifest.
const ManifestV1 = "tlsaudit/manifest/v1"

// ErrNoManifest is what a file is that does not even say it is a manifest, in
// any version.
var ErrNoManifest = errors.New("it is no manifest")

// The commands that make manifests.
const (
	ByAudit  = "audit"
	ByReport = "report"
)

// The bounds of what is read and written.
const (
	// MaxManifest is the size of a manifest in bytes.
	MaxManifest = 4 << 20
	// MaxArtefacts is how many files a manifest may list.
	MaxArtefacts = 1000
)

// Manifest says what a run wrote, and what it was judged by.
type Manifest struct {
	Schema string `json:"schema"`
	// Command is the one that made the manifest: ByAudit or ByReport. Manifests of
	// the first versions do not say.
	Command string `json:"command,omitempty"`
	// RenderedFrom are the stored reports that ByReport wrote again.
	RenderedFrom []audit.FileRef `json:"rendered_from,omitempty"`
	// Number counts the runs of a chain from 1.
	Number    int        `json:"number"`
	Tool      audit.Tool `json:"tool"`
	Generated time.Time  `json:"generated"`
	// Now is the time of judgement.
	Now time.Time `json:"now"`
	Run Run       `json:"run"`
	// Policies, Sources and WaiverFiles are what the run read, with digests as
	// far as the report has them.
	Policies    []audit.PolicyRef `json:"policies"`
	Sources     []audit.FileRef   `json:"sources,omitempty"`
	WaiverFiles []audit.FileRef   `json:"waiver_files,omitempty"`
	// Artefacts are the files the run wrote, by name.
	Artefacts []Artefact `json:"artefacts"`
	// Previous is the run before; nil for the first of a chain.
	Previous *Previous `json:"previous,omitempty"`
	// SignedBy is the id of the key that signs; empty if nothing does. A signed
	// manifest without its signature is thereby known as such.
	SignedBy string `json:"signed_by,omitempty"`
}

// Run is the result in short; the reports have it at length.
type Run struct {
	Verdict Verdict `json:"verdict"`
	// ExitCode is that of the program; nil where nothing was judged.
	ExitCode *int `json:"exit_code,omitempty"`
	Complete bool `json:"complete"`
	// Incomplete says in one line why Complete is false.
	Incomplete string `json:"incomplete,omitempty"`
	Subjects   int    `json:"subjects"`
	Judged     int    `json:"judged"`
	Fail       int    `json:"fail"`
	Warn       int    `json:"warn"`
	Pass       int    `json:"pass"`
	Waived     int    `json:"waived"`
	Unknown    int    `json:"unknown"`
}

// Artefact is one file a run wrote.
type Artefact struct {
	// Name is relative to the folder of the manifest, with slashes.
	Name string `json:"name"`
	// Format is the name of a report format, or "baseline".
	Format string `json:"format"`
	// Size is in bytes.
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Previous is where the chain stood before a run.
type Previous struct {
	Number int `json:"number"`
	// Manifest is the SHA-256 of the manifest of the run before, Link that of
	// its line in the chain, and with it of every line before.
	Manifest string `json:"manifest"`
	Link     string `json:"link"`
}

// Meter takes the digest and the size of what is written to it.
type Meter struct {
	sum  hash.Hash
	size int64
}

// NewMeter begins with nothing.
func NewMeter() *Meter { return &Meter{sum: sha256.New()} }

// Write implements io.Writer; it does not fail.
func (m *Meter) Write(p []byte) (int, error) {
	m.size += int64(len(p))
	return m.sum.Write(p)
}

// Artefact is the file that was written.
func (m *Meter) Artefact(name, format string) Artefact {
	return Artefact{Name: name, Format: format, Size: m.size, SHA256: hex.EncodeToString(m.sum.Sum(nil))}
}

// Digest is the SHA-256 of a text in hex.
func Digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// NewManifest describes a finished run: its report, the exit code, and the files
// that were written.
func NewManifest(r *audit.Report, exitCode int, artefacts []Artefact) *Manifest {
	s := &r.Summary
	m := &Manifest{
		Schema: ManifestV1, Command: ByAudit, Number: 1, Tool: r.Tool, Generated: r.Generated.UTC(), Now: r.Now.UTC(),
		Run: Run{
			Verdict: verdictOf(r), ExitCode: &exitCode, Complete: r.Complete, Incomplete: r.Incomplete, Subjects: s.Subjects, Judged: s.Judged,
			Fail: s.Fail, Warn: s.Warn, Pass: s.Pass, Waived: s.Waived, Unknown: s.UnknownFindings,
		},
		Policies: slices.Clone(r.Policies), Sources: slices.Clone(r.Sources), WaiverFiles: slices.Clone(r.WaiverFiles), Artefacts: slices.Clone(artefacts),
	}
	if m.Policies == nil {
		m.Policies = []audit.PolicyRef{}
	}
	slices.SortFunc(m.Artefacts, func(a, b Artefact) int { return strings.Compare(a.Name, b.Name) })
	return m
}

// Render turns the manifest of a run into that of stored reports that were
// written again: nothing was judged, and no exit code tells a verdict.
func (m *Manifest) Render(from []audit.FileRef) {
	m.Command, m.RenderedFrom, m.Run.ExitCode = ByReport, slices.Clone(from), nil
}

// Follow puts a manifest behind the last link of a chain.
func (m *Manifest) Follow(last *Link) {
	if last == nil {
		return
	}
	m.Number = last.Number + 1
	m.Previous = &Previous{Number: last.Number, Manifest: last.Manifest, Link: last.digest()}
}

// Encode writes a manifest as it is stored: its digest is that of these bytes.
func (m *Manifest) Encode() ([]byte, error) {
	if err := m.valid(); err != nil {
		return nil, fmt.Errorf("making the manifest: %w", err)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("making the manifest: %w", err)
	}
	return append(ascii(text), '\n'), nil
}

// ReadManifest reads a manifest and returns it with its bytes. The error is
// ErrNoManifest where the file is something else, rather than a damaged one.
func ReadManifest(in io.Reader) (m *Manifest, text []byte, err error) {
	text, err = bounded(in, MaxManifest)
	if err != nil {
		return nil, nil, err
	}
	if !bytes.Contains(text, []byte("tlsaudit/manifest/")) {
		defer func() {
			if err != nil {
				err = fmt.Errorf("%w%w", err, silent{ErrNoManifest})
			}
		}()
	}
	m = &Manifest{}
	if err := decode(text, m); err != nil {
		return nil, nil, err
	}
	if err := m.valid(); err != nil {
		return nil, nil, err
	}
	if written, err := m.Encode(); err != nil || !bytes.Equal(written, text) {
		return nil, nil, errors.New("it is not as it was written")
	}
	return m, text, nil
}

// valid refuses what no run writes. Of names it demands that they lead to a file
// below the folder of the manifest and nowhere else.
func (m *Manifest) valid() error {
	switch {
	case m.Schema != ManifestV1:
		return fmt.Errorf("the schema is %q, and %q is wanted", clipped(m.Schema), ManifestV1)
	case m.Number < 1 || m.Number == 1 != (m.Previous == nil) || m.Previous != nil && m.Previous.Number != m.Number-1:
		return fmt.Errorf("it says to be number %d, which does not fit what it says to follow", m.Number)
	case m.Previous != nil && (!isDigest(m.Previous.Manifest) || !isDigest(m.Previous.Link)):
		return fmt.Errorf("what it says to follow has no SHA-256")
	case m.Command != "" && m.Command != ByAudit && m.Command != ByReport:
		return fmt.Errorf("it says to be made by the command %q", clipped(m.Command))
	case m.Command == ByReport != (len(m.RenderedFrom) > 0) || m.Command == ByReport != (m.Run.ExitCode == nil):
		return fmt.Errorf("what it says to be made from does not fit the command that made it")
	case slices.ContainsFunc(m.RenderedFrom, func(f audit.FileRef) bool { return f.File == "" || !isDigest(f.SHA256) }):
		return fmt.Errorf("a report it says to be made from has no name or no SHA-256")
	case len(m.Artefacts) == 0:
		return fmt.Errorf("it lists no file")
	case len(m.Artefacts) > MaxArtefacts:
		return fmt.Errorf("it lists %d files; %d are the most", len(m.Artefacts), MaxArtefacts)
	}
	for i, a := range m.Artefacts {
		switch {
		case !ValidName(a.Name):
			return fmt.Errorf("%q is not the name of a file below the folder of the manifest", clipped(a.Name))
		case i > 0 && a.Name <= m.Artefacts[i-1].Name:
			return fmt.Errorf("%q is listed twice, or out of order", clipped(a.Name))
		case !isDigest(a.SHA256) || a.Size < 0:
			return fmt.Errorf("%q has no SHA-256 or no size", clipped(a.Name))
		}
	}
	return nil
}

// ValidName reports whether an artefact may be called so: a path below the
// folder of the manifest, with slashes, without ".." and what other systems take
// for a separator or a drive.
func ValidName(name string) bool {
	return fs.ValidPath(name) && name != "." && len(name) <= 4096 && !strings.ContainsAny(name, "\\:\x00")
}

func isDigest(s string) bool {
	return len(s) == 2*sha256.Size && strings.Trim(s, "0123456789abcdef") == ""
}
