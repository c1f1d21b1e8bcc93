package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/internal/attest"
)

func keygenCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "keygen FILE",
		Short: "Make a key to sign manifests with",
		Long: `Makes an Ed25519 key pair: the private key goes to FILE, which only its owner can
read, the public one to FILE.pub. No file is overwritten. Who verifies needs the
public key, and has to know from elsewhere that it is yours: compare its id.`,
		Example: "  tlsaudit keygen tlsaudit-key.pem",
		Args:    exactlyOne("FILE", "tlsaudit keygen tlsaudit-key.pem"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.keygen(args[0]) },
	}
}

func (a *app) keygen(path string) error {
	public := path + ".pub"
	for _, file := range []string{path, public} {
		if _, err := os.Lstat(file); err == nil {
			return &audit.InputError{Place: audit.Place{File: file}, Cause: "the file exists and is not overwritten", Hint: "a key that is lost cannot be made again; give another name"}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return cannotWrite(file, err)
		}
	}
	private, pub, id, err := attest.GenerateKey()
	if err != nil {
		return err
	}
	if err := writeNew(path, private, 0o600); err != nil {
		return cannotWrite(path, err)
	}
	if err := writeNew(public, pub, 0o644); err != nil {
		return errors.Join(cannotWrite(public, err), os.Remove(path))
	}
	fmt.Fprintf(cleaner{a.stderr}, `wrote the private key to %s and the public key to %s
key id %s

Keep the private key where reports are signed, and the public one, with its id,
where they are verified:
  %s
  %s
`, path, public, id,
		shellLine("tlsaudit", "audit", "-i", "inventory.yaml", "-o", "report.json", "--manifest", "tlsaudit-manifest.json", "--sign-key", path),
		shellLine("tlsaudit", "verify", "tlsaudit-manifest.json", "--key", public))
	return nil
}

// writeNew writes a file that must not be there before.
func writeNew(path string, text []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
