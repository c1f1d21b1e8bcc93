package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
)

// TestServeOIDCFiles: a file beyond its bound is an error that names it, and not
// cut; a secret at the bound is taken whole, without its line end.
func TestServeOIDCFiles(t *testing.T) {
	name := filepath.Join(t.TempDir(), "oidc-file")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	whole := strings.Repeat("s", maxClientSecret-1)
	write(whole + "\n")
	made, err := (&oidcSection{ClientSecretFile: name}).open(time.Now)
	if err != nil || made.ClientSecret != whole {
		t.Fatalf("a secret at the bound: %v", err)
	}
	for _, tt := range []struct{ what, text, want string }{
		{"secret", whole + "s3\n", "access.oidc.client_secret_file: " + name + " is larger than 4096 bytes"},
		{"secret", "\n", "access.oidc.client_secret_file: " + name + " is empty"},
		{"authorities", strings.Repeat("x", maxAuthorities+1), "access.oidc.ca_file: " + name + " is larger than 4194304 bytes"},
		{"authorities", "none", "access.oidc.ca_file: there is no certificate in " + name},
	} {
		write(tt.text)
		section := &oidcSection{Place: audit.Place{File: "serve.yaml", Line: 3, Col: 1}}
		if section.ClientSecretFile = name; tt.what == "authorities" {
			section.ClientSecretFile, section.CAFile = "", name
		}
		_, err := section.open(time.Now)
		if input := (*audit.InputError)(nil); !errors.As(err, &input) || input.Cause != tt.want || input.Hint == "" || input.Place.Line != 3 {
			t.Errorf("%v\nwant %s", err, tt.want)
		}
	}
}
