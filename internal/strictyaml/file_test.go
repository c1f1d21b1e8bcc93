package strictyaml

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"tlsaudit/audit"
)

// TestReadFile: a file at its bound is read whole; of a larger one a single byte
// more, which Parse refuses.
func TestReadFile(t *testing.T) {
	const bound = 8
	for text, want := range map[string]int{"": 0, "a: b\n": 5, "a: 2345\n": bound, "a: 23456\n": bound + 1, "a: 2345\nb: 23456789\n": bound + 1} {
		name := filepath.Join(t.TempDir(), "f.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		data, err := ReadFile(name, bound)
		if err != nil || len(data) != want || string(data) != text[:want] {
			t.Errorf("of %q %q was read: %v", text, data, err)
		}
		if _, err := Parse(name, data, bound); (err == nil) != (len(text) > 0 && len(text) <= bound) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestReadWhole: a file at its bound is read, a larger one is an error that names
// it and the bound.
func TestReadWhole(t *testing.T) {
	const bound = 8
	name := filepath.Join(t.TempDir(), "secret")
	for _, text := range []string{"", "1234567", "12345678", "123456789", "1234567890"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		data, err := ReadWhole(name, bound)
		if fits := len(text) <= bound; fits != (err == nil) || fits && string(data) != text || !fits && data != nil {
			t.Errorf("of %q %q was read: %v", text, data, err)
		}
		if want := name + " is larger than 8 bytes"; err != nil && err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	if _, err := ReadWhole(name+"-none", bound); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// TestUnreadable: the message names the file once, and the reason can be asked for.
func TestUnreadable(t *testing.T) {
	name := filepath.Join(t.TempDir(), "none.yaml")
	_, err := ReadFile(name, 8)
	err = Unreadable(name, "the waivers", "write one", err)
	if want := name + ": cannot read the waivers: no such file or directory\nhint: write one"; err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
	if input := (*audit.InputError)(nil); !errors.As(err, &input) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%#v", err)
	}
	if _, err = ReadFile(t.TempDir(), 8); err == nil || Reason(err) != "is a directory" {
		t.Errorf("a folder: %v", err)
	}
}
