package main

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/internal/attest"
)

// verifyFlags are the flags of the verify command.
type verifyFlags struct {
	key   string
	chain bool
}

func verifyCommand(a *app) *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use:   "verify MANIFEST",
		Short: "Verify the files of a run by their manifest, its signature and its chain",
		Long: `Reads a manifest that --manifest wrote, takes the SHA-256 of every file it lists
anew, and compares. A signature and a chain beside the manifest are verified as
well: the signature by the public key --key names, the chain line by line up to
the newest run, with every other manifest that is still there.

What cannot be proven is said: without --key, who signed; without a chain,
whether runs are missing. Files are looked for below the folder of the manifest
and nowhere else.

Exit codes:
  0    all that was looked at matches
  1    something does not match, and the line says what: a file, the manifest,
       the signature or the chain is missing, was changed, or is of another run
  2    usage error: there is no manifest, the file is none, or the key cannot be
       read`,
		Example: `  tlsaudit verify audits/tlsaudit-manifest.json --key tlsaudit-key.pem.pub
  tlsaudit verify audits/tlsaudit-manifest.json --chain`,
		Args: exactlyOne("MANIFEST", "tlsaudit verify tlsaudit-manifest.json --key tlsaudit-key.pem.pub"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := refuseEmpty(c.Flags().Changed, []emptyFlag{{"key", f.key}}); err != nil {
				return err
			}
			return a.verify(args[0], &f)
		},
	}
	c.Flags().SortFlags = false
	c.Flags().StringVar(&f.key, "key", "", "the public key in this `FILE` must have signed the manifest")
	c.Flags().BoolVar(&f.chain, "chain", false, "there must be a chain beside the manifest")
	return c
}

func (a *app) verify(path string, f *verifyFlags) error {
	claim := attest.Claim{File: filepath.Base(path), Chain: f.chain}
	if f.key != "" {
		var err error
		if claim.Key, err = readVerifyKey(f.key); err != nil {
			return err
		}
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return cannotRead(path, err)
	}
	defer func() { _ = root.Close() }()
	claim.Folder = root.FS()
	m, lines, err := claim.Verify()
	if errors.Is(err, fs.ErrNotExist) {
		return &audit.InputError{Place: audit.Place{File: path}, Cause: "there is no such manifest", Hint: "tlsaudit audit --manifest FILE writes one"}
	}
	if errors.Is(err, attest.ErrNoManifest) || isDirectory(path) {
		return &audit.InputError{Place: audit.Place{File: path}, Cause: "it is no manifest", Hint: "name the file that --manifest wrote, and not a report or a signature: tlsaudit verify tlsaudit-manifest.json"}
	}
	w := cleaner{a.stdout}
	if err != nil {
		lines = []attest.Line{{What: claim.File, Mismatch: true, Text: "the manifest cannot be read: " + err.Error()}}
	} else {
		fmt.Fprint(w, headline(m))
	}
	var wrong []string
	for _, l := range lines {
		word := "-"
		switch {
		case l.OK:
			word = "ok"
		case l.Mismatch:
			word = "MISMATCH"
			wrong = append(wrong, l.What)
		}
		fmt.Fprintf(w, "%-8s  %s: %s\n", word, l.What, l.Text)
	}
	if len(wrong) > 0 {
		a.code = exitFindings
		_, err = fmt.Fprintf(w, "\nDoes NOT match: %s.\n", strings.Join(wrong, ", "))
		return err
	}
	_, err = fmt.Fprintf(w, "\nMatches: %s%s.\n", plural(len(m.Artefacts), "file", "files"), proven(lines[len(m.Artefacts):]))
	return err
}

// headline says what made a manifest, and from what.
func headline(m *attest.Manifest) string {
	made := fmt.Sprintf("Run %d, made %s by %s %s: %s", m.Number, m.Generated.UTC().Format("2006-01-02 15:04 UTC"), m.Tool.Name, m.Tool.Version, m.Run.Verdict)
	if m.Run.ExitCode != nil {
		return fmt.Sprintf("%s (exit code %d).\n\n", made, *m.Run.ExitCode)
	}
	text := made + ".\nNothing was probed or judged: tlsaudit report wrote stored reports again.\n"
	for _, f := range m.RenderedFrom {
		text += fmt.Sprintf("rendered from %s sha256 %s\n", f.File, f.SHA256)
	}
	return text + "\n"
}

// proven says what was verified beside the files.
func proven(lines []attest.Line) string {
	text := ""
	for _, l := range lines {
		switch {
		case l.Kind == attest.OfChain && l.OK:
			text += ", the chain"
		case l.Kind == attest.OfSignature && l.OK:
			text += ", the signature"
		}
	}
	return text
}

func readVerifyKey(path string) (ed25519.PublicKey, error) {
	f, err := openKey(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	key, err := attest.ReadPublicKey(f)
	if err != nil {
		return nil, &audit.InputError{Place: audit.Place{File: path}, Cause: "cannot verify with this file: " + err.Error(), Hint: "tlsaudit keygen writes the public key beside the private one, as FILE.pub"}
	}
	return key, nil
}
