package access

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
)

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

var digest = "sha256:" + strings.Repeat("ab", 32)

// TestParseTokens reads lines as people may leave them.
func TestParseTokens(t *testing.T) {
	other := "sha256:" + strings.Repeat("cd", 32)
	for _, tt := range []struct {
		name, text string
		tokens     int
		fault      string // part of the error; empty for none
	}{
		{"nothing", "", 0, ""},
		{"comments", "# tokens\n\n  \t\n", 0, ""},
		{"two", "a viewer " + digest + "\r\nb operator " + other + " until=2027-01-31", 2, ""},
		{"indented", "\ta\tviewer  " + digest, 1, ""},
		{"another role", "a admin " + digest, 0, "tokens:1: the role of \"a\""},
		{"role of none", "a none " + digest, 0, "the role of"},
		{"name twice", "a viewer " + digest + "\na operator " + other, 0, "tokens:2: the name \"a\" is there twice"},
		{"digest twice", "a viewer " + digest + "\nb operator " + digest, 0, "tokens:2: the token of \"b\""},
		{"a token for its digest", "a viewer tlsaudit_secret", 0, "the digest of \"a\""},
		{"a short digest", "a viewer sha256:ab", 0, "the digest of"},
		{"capitals", "a viewer " + strings.ToUpper(digest), 0, "the digest of"},
		{"a word too many", "a viewer " + digest + " until=2027-01-31 x", 0, "5 words"},
		{"a word too few", "a viewer", 0, "2 words"},
		{"no day", "a viewer " + digest + " 2027-01-31", 0, "the end of \"a\""},
		{"no such day", "a viewer " + digest + " until=2027-02-31", 0, "the end of \"a\""},
		{"a name with a control character", "a\x1b[2J viewer " + digest, 0, "the name is not made of"},
		{"a long name", strings.Repeat("a", 65) + " viewer " + digest, 0, "the name is not made of"},
		{"a large file", strings.Repeat("#\n", MaxTokenFile), 0, "larger than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tokens, err := ParseTokens("tokens", []byte(tt.text))
			if len(tokens) != tt.tokens || (err == nil) != (tt.fault == "") {
				t.Fatalf("%d tokens, %v", len(tokens), err)
			}
			if err == nil {
				return
			}
			var input *audit.InputError
			if !errors.As(err, &input) || input.Hint == "" || !strings.Contains(err.Error(), tt.fault) {
				t.Errorf("%v, want %q", err, tt.fault)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error quotes what may be a token: %v", err)
			}
		})
	}
}

// TestNewToken makes tokens and finds them again.
func TestNewToken(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	secret, line, err := NewToken("nightly", Operator, now)
	if err != nil || strings.Contains(line, secret) || !strings.HasPrefix(secret, tokenMark) || len(secret) != len(tokenMark)+43 {
		t.Fatalf("%q %q %v", secret, line, err)
	}
	again, _, _ := NewToken("nightly", Operator, now)
	if again == secret {
		t.Error("two tokens are the same")
	}
	tokens, err := ParseTokens("f", []byte(line))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		secret string
		at     time.Time
		want   bool
	}{
		{secret, now, true}, {secret, now.AddDate(0, 0, 0).Add(11 * time.Hour), true}, {secret, now.AddDate(0, 0, 1), false},
		{secret + "x", now, false}, {secret[1:], now, false}, {"", now, false}, {again, now, false}, {digest, now, false},
	} {
		found, ok := find(tokens, tt.secret, tt.at)
		if ok != tt.want || ok && (found.Name != "nightly" || found.Role != Operator) {
			t.Errorf("%q at %s: %v", tt.secret, tt.at, ok)
		}
	}
	for _, bad := range []string{"", "a b", "a\nb", "#a", "-a", strings.Repeat("a", 65)} {
		if _, _, err := NewToken(bad, Viewer, time.Time{}); err == nil {
			t.Errorf("%q is a name", bad)
		}
	}
	if _, _, err := NewToken("a", Nobody, time.Time{}); err == nil {
		t.Error("a token may do nothing")
	}
}

// TestTokenFile: a file that changes is read again, and one that cannot be read
// grants nothing.
func TestTokenFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	c, k := &clock{}, &kept{}
	if _, err := OpenTokens(file, c.now, k.logf); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "hint: make the first token") {
		t.Errorf("no file: %v", err)
	}
	if _, err := OpenTokens(t.TempDir(), c.now, k.logf); err == nil || !strings.Contains(err.Error(), "cannot read the tokens: is a directory") {
		t.Errorf("a folder: %v", err)
	}
	writeFile(t, file, "a viewer "+digest+"\n")
	if err := os.Chmod(file, 0o620); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenTokens(file, c.now, k.logf); err == nil || !strings.Contains(err.Error(), "others may write") {
		t.Errorf("others may write it: %v", err)
	}
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := OpenTokens(file, c.now, k.logf)
	if err != nil || f.Len() != 1 {
		t.Fatal(err)
	}
	one := f.current()[0]
	writeFile(t, file, "a viewer "+digest+"\nb nonsense\n")
	c.move(recheck)
	if f.has(one) || f.Len() != 0 || len(k.told) != 1 {
		t.Errorf("a damaged file grants something, or nobody is told: %v", k.told)
	}
	if f.has(one); len(k.told) != 1 {
		t.Errorf("it is told over and over: %v", k.told)
	}
	writeFile(t, file, "a viewer "+digest+"\n")
	c.move(recheck)
	if !f.has(one) {
		t.Error("a mended file does not count")
	}
	writeFile(t, file, "a operator "+digest+"\n")
	c.move(recheck)
	if f.has(one) {
		t.Error("a token that got another role is still what it was")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	c.move(recheck)
	if f.Len() != 0 {
		t.Error("a file that is gone grants something")
	}
}

// TestTokenFileMended: what its hint says to do is noticed, and so is a mode that
// lets others write it.
func TestTokenFileMended(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	c, k := &clock{}, &kept{}
	writeFile(t, file, "a viewer "+digest+"\n")
	mode := func(m fs.FileMode) {
		t.Helper()
		if err := os.Chmod(file, m); err != nil {
			t.Fatal(err)
		}
		c.move(recheck)
	}
	mode(0o600)
	f, err := OpenTokens(file, c.now, k.logf)
	if err != nil || f.Len() != 1 {
		t.Fatal(err)
	}
	mode(0o664)
	if f.Len() != 0 || len(k.told) != 1 || !strings.Contains(k.told[0], "others may write the file of tokens (mode 0664)") {
		t.Errorf("%d tokens hold of a file that others may write; told: %q", f.Len(), k.told)
	}
	mode(0o600)
	if f.Len() != 1 || len(k.told) != 2 || !strings.Contains(k.told[1], "hold again") {
		t.Errorf("after chmod 600 %d tokens hold; told: %q", f.Len(), k.told)
	}
}

// FuzzParseTokens: whatever a file holds, what is read of it is in order, and no
// secret is repeated in an error.
func FuzzParseTokens(f *testing.F) {
	f.Add([]byte("a viewer " + digest + "\n# x\nb operator " + digest + " until=2027-01-31\n"))
	f.Add([]byte("a viewer tlsaudit_secret\r\n"))
	f.Add([]byte("\x00\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		tokens, err := ParseTokens("tokens", data)
		if err != nil && tokens != nil {
			t.Error("tokens and an error")
		}
		if err != nil && strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' && r != '\n' }) {
			t.Errorf("the error has control characters: %q", err)
		}
		for _, one := range tokens {
			if !one.Role.May(Viewer) || !tokenName.MatchString(one.Name) {
				t.Errorf("%+v", one)
			}
		}
		if len(tokens) > maxTokens {
			t.Errorf("%d tokens", len(tokens))
		}
	})
}
