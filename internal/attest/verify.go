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
	if errors.Is(err, ErrNoManifest) && c.listed() {
		// There was a manifest of this name: it was changed beyond recognition.
		return nil, nil, errors.New("the chain lists a manifest of this name, and the file is none")
	}
	if err != nil {
		return nil, nil, err
	}
	for _, a := range m.Artefacts {
		lines = append(lines, c.artefact(a))
	}
	signature := c.signature(m, text)
	return m, append(append(lines, signature), c.chain(m, text, signature.OK)...), nil
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
