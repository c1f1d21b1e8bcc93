package attest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Kind is what a Line is about. It is set by what was looked at and never read
// from a name, which anybody may choose.
type Kind string

// The kinds of lines.
const (
	OfArtefact  Kind = "artefact"
	OfSignature Kind = "signature"
	OfChain     Kind = "chain"
	// OfOther is another manifest of the chain.
	OfOther Kind = "other manifest"
)

// Line is one thing that was verified.
type Line struct {
	Kind Kind
	// What is a file, or a part of what was verified.
	What string
	// OK tells what was proven from what does not match. Neither is set where
	// nothing could be proven, which is no mismatch.
	OK, Mismatch bool
	// Text says what was found.
	Text string
}

// Claim is what is verified: a manifest in a folder, with what stands beside it.
type Claim struct {
	// Folder is where the manifest lies; nothing outside of it is read.
	Folder fs.FS
	// File is the name of the manifest in the folder.
	File string
	// Key, when set, must have signed.
	Key ed25519.PublicKey
	// Chain demands that there is a chain; one that is there is verified in any
	// case.
	Chain bool
}

// Verify recomputes every digest, and holds signature and chain to them. The
// error says that the manifest itself cannot be read: then nothing is known.
func (c *Claim) Verify() (m *Manifest, lines []Line, err error) {
	f, err := openRegular(c.Folder, c.File)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = f.Close() }() // it was read only
	m, text, err := ReadManifest(f)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range m.Artefacts {
		lines = append(lines, c.artefact(a))
	}
	lines = append(lines, c.signature(m, text))
	return m, append(lines, c.chain(m, text)...), nil
}

// artefact recomputes one digest.
func (c *Claim) artefact(a Artefact) Line {
	bad := func(format string, args ...any) Line {
		return Line{Kind: OfArtefact, What: a.Name, Mismatch: true, Text: fmt.Sprintf(format, args...)}
	}
	f, err := openRegular(c.Folder, a.Name)
	if err != nil {
		return bad("%v", err)
	}
	defer func() { _ = f.Close() }() // it was read only
	sum := sha256.New()
	size, err := io.Copy(sum, io.LimitReader(f, a.Size+1))
	switch {
	case err != nil:
		return bad("%v", cause(err))
	case size != a.Size:
		return bad("its size is not the %d bytes the manifest says", a.Size)
	case hex.EncodeToString(sum.Sum(nil)) != a.SHA256:
		return bad("its SHA-256 is not the one in the manifest: the file was changed")
	}
	return Line{Kind: OfArtefact, What: a.Name, OK: true, Text: "sha256 " + a.SHA256}
}

// signature holds the signature to the manifest and to the key.
func (c *Claim) signature(m *Manifest, text []byte) Line {
	name := SignatureName(c.File)
	bad := func(format string, args ...any) Line {
		return Line{Kind: OfSignature, What: name, Mismatch: true, Text: fmt.Sprintf(format, args...)}
	}
	f, err := openRegular(c.Folder, name)
	if errors.Is(err, fs.ErrNotExist) {
		switch {
		case m.SignedBy != "":
			return bad("the manifest was signed by the key %s, and its signature is missing", short(m.SignedBy))
		case c.Key != nil:
			return bad("a key is given, and the manifest is not signed")
		}
		return Line{Kind: OfSignature, What: "signature", Text: "there is none: who can write the files can write the manifest"}
	}
	if err != nil {
		return bad("%v", err)
	}
	defer func() { _ = f.Close() }() // it was read only
	envelope, statement, err := ReadEnvelope(f)
	if err != nil {
		return bad("%v", err)
	}
	if err := statement.about(m, text, c.File); err != nil {
		return bad("it is not the signature of this manifest: %v", err)
	}
	if c.Key == nil {
		return Line{Kind: OfSignature, What: name, Text: fmt.Sprintf("NOT VERIFIED: it says to be by the key %s, and no key is given to prove it", short(envelope.Signatures[0].KeyID))}
	}
	if err := envelope.Verify(c.Key); err != nil {
		return bad("%v", err)
	}
	id, err := KeyID(c.Key)
	if err != nil {
		return bad("%v", err)
	}
	if m.SignedBy != id {
		return bad("the manifest names another key than the one that signed it")
	}
	return Line{Kind: OfSignature, What: name, OK: true, Text: "signed by the key " + short(id) + ", result " + statement.Predicate.Result}
}

// chain holds the chain to itself, to the manifest, and to every other manifest
// that is still there.
func (c *Claim) chain(m *Manifest, text []byte) []Line {
	bad := func(format string, args ...any) []Line {
		return []Line{{Kind: OfChain, What: ChainName, Mismatch: true, Text: fmt.Sprintf(format, args...)}}
	}
	f, err := openRegular(c.Folder, ChainName)
	if errors.Is(err, fs.ErrNotExist) && !c.Chain {
		return []Line{{Kind: OfChain, What: ChainName, Text: "there is none: whether runs before or after this one are missing is not known"}}
	}
	if err != nil {
		return bad("%v", err)
	}
	defer func() { _ = f.Close() }() // it was read only
	chain, err := ReadChain(f)
	if err != nil {
		return bad("%v", err)
	}
	if m.Number > len(chain.Links) {
		return bad("it ends at run %d, and the manifest is of run %d", len(chain.Links), m.Number)
	}
	link := &chain.Links[m.Number-1]
	switch {
	case !link.is(m, text) || link.File != c.File:
		return bad("run %d has another manifest there: this one was changed, or put in the place of another", m.Number)
	case m.Previous != nil && (m.Previous.Link != chain.Links[m.Number-2].digest() || m.Previous.Manifest != chain.Links[m.Number-2].Manifest):
		return bad("the manifest follows another run %d than the one there", m.Number-1)
	}
	newest := chain.newest()
	if n := newest[c.File]; n > m.Number {
		return bad("run %d wrote a newer manifest of this name: an old one was put in its place", n)
	}
	said := fmt.Sprintf("run %d of %d, no line is missing or changed", m.Number, len(chain.Links))
	if m.Number == len(chain.Links) {
		said = fmt.Sprintf("run %d, the newest; no line is missing or changed", m.Number)
	}
	return append([]Line{{Kind: OfChain, What: ChainName, OK: true, Text: said}}, c.others(chain, newest)...)
}

// others holds the other manifests of the chain to it. Those that were not kept,
// or were replaced by newer ones, are not told, but for the newest: nothing
// stands behind its line.
func (c *Claim) others(chain *Chain, newest map[string]int) (lines []Line) {
	for i := range chain.Links {
		l := &chain.Links[i]
		if l.File == c.File || newest[l.File] != l.Number {
			continue
		}
		err := c.other(l)
		switch {
		case errors.Is(err, fs.ErrNotExist) && l == chain.Last():
			lines = append(lines, Line{Kind: OfOther, What: l.File, Text: fmt.Sprintf("the manifest of run %d, the newest, is not there: nothing proves that line of the chain", l.Number)})
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			lines = append(lines, Line{Kind: OfOther, What: l.File, Mismatch: true, Text: err.Error()})
		default:
			lines = append(lines, Line{Kind: OfOther, What: l.File, OK: true, Text: fmt.Sprintf("the manifest of run %d", l.Number)})
		}
	}
	return lines
}

// other reports what keeps the manifest of a link from being the one there.
func (c *Claim) other(l *Link) error {
	f, err := openRegular(c.Folder, l.File)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was read only
	m, text, err := ReadManifest(f)
	if err != nil {
		return err
	}
	if !l.is(m, text) {
		return fmt.Errorf("it is not the manifest of run %d, as the chain has it", l.Number)
	}
	return nil
}

// newest is the number of the last run that wrote a manifest of each name.
func (c *Chain) newest() map[string]int {
	numbers := map[string]int{}
	for i := range c.Links {
		numbers[c.Links[i].File] = c.Links[i].Number
	}
	return numbers
}

// openRegular opens a file that is one: no link, folder or device.
func openRegular(folder fs.FS, name string) (fs.File, error) {
	info, err := fs.Lstat(folder, name)
	if err != nil {
		return nil, cause(err)
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return nil, errors.New("it is a symbolic link")
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	f, err := folder.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	return f, nil
}

// cause is an error without the path, which is said beside it.
func cause(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		if errors.Is(p.Err, fs.ErrNotExist) {
			return fmt.Errorf("it is missing%w", silent{p.Err})
		}
		return p.Err
	}
	return err
}

// silent wraps an error without its words.
type silent struct{ err error }

func (s silent) Error() string { return "" }
func (s silent) Unwrap() error { return s.err }
