package main

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/internal/attest"
	"tlsaudit/report"
)

// attestation keeps what a run wrote, and lists, chains and signs it at the end.
// Its folder is the manifest's.
type attestation struct {
	manifest, folder, file string
	// key signs; nil if nothing is signed.
	key     ed25519.PrivateKey
	written []attest.Artefact
	// rendered are the stored reports that are written again; none for an audit.
	rendered []audit.FileRef
}

// registerManifest declares the flags that make a run verifiable.
func (f *auditFlags) registerManifest(c *cobra.Command) {
	c.Flags().StringVar(&f.manifest, "manifest", "", "list the written files and their SHA-256 in this `FILE`, chained to the runs before")
	c.Flags().StringVar(&f.signKey, "sign-key", "", "sign the manifest with the Ed25519 key in this `FILE` (tlsaudit keygen)")
}

// planAttest refuses what could not be attested, before anything is probed.
func (f *auditFlags) planAttest() (*attestation, error) {
	if f.manifest == "" {
		if f.signKey != "" {
			return nil, usageError("--sign-key signs a manifest, and none is asked for", "add --manifest tlsaudit-manifest.json")
		}
		return nil, nil
	}
	t := &attestation{manifest: f.manifest, folder: filepath.Dir(f.manifest), file: filepath.Base(f.manifest)}
	if f.manifest == "-" || filepath.Ext(t.file) != ".json" || !attest.ValidName(t.file) {
		return nil, usageError("--manifest "+f.manifest+" does not name a .json file", "--manifest tlsaudit-manifest.json")
	}
	// Such a manifest would be taken for the signature of another one, and would
	// be overwritten by it. Some file systems do not tell case.
	if strings.HasSuffix(strings.ToLower(t.file), ".intoto.json") {
		return nil, usageError("--manifest "+f.manifest+" has the name of a signature", "a name that ends in .intoto.json is that of the signature beside a manifest: --manifest tlsaudit-manifest.json")
	}
	files := 0
	for _, one := range f.writes() {
		if one.flag == "--out" || one.flag == "--write-baseline" {
			if _, err := t.name(one.path); err != nil {
				return nil, usageError(fmt.Sprintf("%s %s: %v", one.flag, one.path, err), "put the manifest into a folder that holds all the files, or into one above it")
			}
			files++
		}
	}
	if files == 0 {
		return nil, usageError("--manifest lists files, and none is written", "add --out report.json")
	}
	if f.signKey != "" {
		var err error
		if t.key, err = readSignKey(f.signKey); err != nil {
			return nil, err
		}
	}
	_, err := t.chain()
	return t, err
}

// name is how the manifest calls a file: by its place below the folder.
func (t *attestation) name(path string) (string, error) {
	outside := errors.New("the file is not below the folder of the manifest, where it could be found again")
	folder, err := realPath(t.folder)
	if err != nil {
		return "", err
	}
	dir, err := realPath(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	name, err := filepath.Rel(folder, filepath.Join(dir, filepath.Base(path)))
	if name = filepath.ToSlash(name); err != nil || !attest.ValidName(name) {
		return "", outside
	}
	return name, nil
}

func realPath(path string) (string, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(full)
}

// beside is a file in the folder of the manifest.
func (t *attestation) beside(file string) string { return filepath.Join(t.folder, file) }

// writeFile writes one file of a run. With an attestation its digest is taken on
// the way: what is attested is what was written, not what is there later.
func (t *attestation) writeFile(path, format string, write func(io.Writer) error) error {
	if t == nil {
		return report.WriteFile(path, write)
	}
	name, err := t.name(path)
	if err != nil {
		return fmt.Errorf("writing report %s: %w", path, err)
	}
	meter := attest.NewMeter()
	if err := report.WriteFile(path, func(w io.Writer) error { return write(io.MultiWriter(w, meter)) }); err != nil {
		return err
	}
	t.written = append(t.written, meter.Artefact(name, format))
	return nil
}

// finish writes chain, signature and manifest, when all else has been written.
// The manifest comes last: where it is missing or old, the chain says so.
func (t *attestation) finish(r *audit.Report, exitCode int) (err error) {
	if t == nil {
		return nil
	}
	unlock, err := lockFolder(t.folder)
	if err != nil {
		return fmt.Errorf("writing the manifest: %w", err)
	}
	defer unlock()
	chain, err := t.chain() // which another run may have gone on with
	if err != nil {
		return err
	}
	m := attest.NewManifest(r, exitCode, t.written)
	if len(t.rendered) > 0 {
		m.Render(t.rendered)
	}
	m.Follow(chain.Last())
	if t.key != nil {
		if m.SignedBy, err = attest.KeyID(t.key.Public().(ed25519.PublicKey)); err != nil {
			return err
		}
	}
	text, err := m.Encode()
	if err != nil {
		return err
	}
	var signature []byte
	if t.key != nil {
		statement, err := attest.NewStatement(r, m, text, t.file)
		if err == nil {
			signature, err = attest.Sign(statement, t.key)
		}
		if err != nil {
			return err
		}
	}
	if err := chain.Append(m, text, t.file); err != nil {
		return err
	}
	if err := report.WriteFile(t.beside(attest.ChainName), chain.Write); err != nil {
		return fmt.Errorf("writing the chain of the manifest: %w", err)
	}
	bytesTo := func(text []byte) func(io.Writer) error {
		return func(w io.Writer) error { _, err := w.Write(text); return err }
	}
	if signature != nil {
		if err := report.WriteFile(t.beside(attest.SignatureName(t.file)), bytesTo(signature)); err != nil {
			return fmt.Errorf("writing the signature: %w", err)
		}
	}
	if err := report.WriteFile(t.manifest, bytesTo(text)); err != nil {
		return fmt.Errorf("writing the manifest: %w", err)
	}
	return nil
}

// chain reads the chain beside the manifest, and refuses to go on with one that
// is damaged, cut short, or was signed and would be no more.
func (t *attestation) chain() (*attest.Chain, error) {
	path := t.beside(attest.ChainName)
	fault := func(path, cause, hint string) error {
		return withCode(exitUsage, &audit.InputError{Place: audit.Place{File: path}, Cause: cause, Hint: hint})
	}
	for _, file := range []string{t.manifest, path, t.beside(attest.SignatureName(t.file))} {
		if info, err := os.Lstat(file); err == nil && !info.Mode().IsRegular() {
			return nil, fault(file, "it is not a regular file", "give the name of the file itself, in the folder where it lies")
		}
	}
	if cause := t.foreignSignature(); cause != nil {
		return nil, fault(t.beside(attest.SignatureName(t.file)), "the file is there and is no signature of a manifest: "+cause.Error(), "the signature would overwrite it: move it, or give the manifest another name")
	}
	chain := &attest.Chain{}
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, cannotRead(path, err)
	default:
		defer f.Close()
		if chain, err = attest.ReadChain(f); err != nil {
			return nil, fault(path, "the chain of manifests is damaged: "+err.Error(), "keep it for whoever looks into it; to begin a new chain move it, and the manifests beside it, to another folder")
		}
	}
	old, err := os.Open(t.manifest)
	if errors.Is(err, fs.ErrNotExist) {
		return chain, nil
	}
	if err != nil {
		return nil, cannotRead(t.manifest, err)
	}
	defer old.Close()
	m, _, err := attest.ReadManifest(old)
	switch {
	case err != nil:
		return nil, fault(t.manifest, "the file is there and is no manifest: "+err.Error(), "give the manifest another name; it replaces an older one only")
	case m.Number > len(chain.Links):
		return nil, fault(t.manifest, fmt.Sprintf("the manifest there is of run %d, and the chain beside it has %d", m.Number, len(chain.Links)), "put "+attest.ChainName+" back; to begin a new chain move the manifest to another folder")
	case m.SignedBy != "" && t.key == nil:
		return nil, fault(t.manifest, "the manifest there is signed, and the next would not be", "add --sign-key, or give the unsigned manifest another name")
	}
	return chain, nil
}

// foreignSignature says what keeps the file that the signature would overwrite
// from being the signature of a manifest; nil if it is one, or nothing is there.
func (t *attestation) foreignSignature() error {
	if t.key == nil {
		return nil // nothing is overwritten
	}
	f, err := os.Open(t.beside(attest.SignatureName(t.file)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	_, _, err = attest.ReadEnvelope(f)
	return err
}

// readSignKey reads the key to sign with, which nobody else may be able to read.
func readSignKey(path string) (ed25519.PrivateKey, error) {
	const hint = "tlsaudit keygen FILE makes a key; so does: openssl genpkey -algorithm ed25519 -out FILE"
	f, err := openKey(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, cannotRead(path, err)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return nil, &audit.InputError{Place: audit.Place{File: path}, Cause: fmt.Sprintf("the key can be read or changed by others than its owner (mode %04o): it is not used", mode),
			Hint: "chmod 600 " + shellWord(path) + "; if others may have read it, make another one"}
	}
	key, err := attest.ReadPrivateKey(f)
	if err != nil {
		return nil, &audit.InputError{Place: audit.Place{File: path}, Cause: "cannot sign with this file: " + err.Error(), Hint: hint}
	}
	return key, nil
}

// openKey opens a file with a key; it may be a link, as secrets are mounted.
func openKey(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, cannotRead(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, cannotRead(path, errors.New("it is not a regular file"))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, cannotRead(path, err)
	}
	return f, nil
}
