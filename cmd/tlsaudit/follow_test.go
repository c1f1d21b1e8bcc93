package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// printedCommand is a command as messages print it: on a line of its own,
// indented.
var printedCommand = regexp.MustCompile(`(?m)^  (tlsaudit .*)$`)

// follow does what the last command said to type next:
//
//	follow CODE PATTERN [PLACEHOLDER=VALUE]...
//
// Exactly one command among those the last one printed may match the pattern,
// and it must end with the exit code. It is run as it was printed; a placeholder
// that stands in it is replaced. If the last command printed none that matches,
// the one before counts, and so on: a person scrolls back. So a script that only
// follows knows nothing the program did not say.
func follow(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: follow CODE PATTERN [PLACEHOLDER=VALUE]...")
	}
	words := printed(ts, args[1], args[2:])
	wantCode(ts, false, append(args[:1:1], words...))
}

// scrollback is the file in which a script keeps what was printed on the way,
// newest last, each part behind a line feed page.
const scrollback = "scrollback"

// remember keeps what the last command printed.
func remember(ts *testscript.TestScript) {
	old, err := os.ReadFile(ts.MkAbs(scrollback))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		ts.Check(err)
	}
	ts.Check(os.WriteFile(ts.MkAbs(scrollback), []byte(string(old)+"\f"+ts.ReadFile("stderr")+"\n"+ts.ReadFile("stdout")), 0o600))
}

// printed finds the one command that matches and splits it into words.
func printed(ts *testscript.TestScript, pattern string, replace []string) []string {
	remember(ts)
	var found []string
	for _, text := range slices.Backward(strings.Split(ts.ReadFile(scrollback), "\f")) {
		for _, m := range printedCommand.FindAllStringSubmatch(text, -1) {
			if regexp.MustCompile(pattern).MatchString(m[1]) && !slices.Contains(found, m[1]) {
				found = append(found, m[1])
			}
		}
		if len(found) > 0 {
			break
		}
	}
	if len(found) != 1 {
		ts.Fatalf("%d commands printed match %q: %q", len(found), pattern, found)
	}
	line := found[0]
	for _, r := range replace {
		name, value, _ := strings.Cut(r, "=")
		if !strings.Contains(line, name) {
			ts.Fatalf("no %s in %q", name, line)
		}
		line = strings.ReplaceAll(line, name, value)
	}
	ts.Logf("following: %s", line)
	return shellWords(ts, line)
}

// shellWords splits a line as a POSIX shell does, as far as the program's own
// messages need it: words, single and double quotes.
func shellWords(ts *testscript.TestScript, line string) []string {
	var words []string
	var word strings.Builder
	inWord, quote := false, rune(0)
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == ' ':
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		case strings.ContainsRune("$`\\;&|<>(){}*?~#!", r):
			ts.Fatalf("%q means something to a shell: %s", r, line)
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		ts.Fatalf("quote not closed: %s", line)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words
}

// secondTerminal follows like follow, but lets the command run until the script
// ends, as a person does in a second terminal, and waits until it has said what
// to type next. Its messages become those of the last command.
func secondTerminal(ts *testscript.TestScript, _ bool, args []string) {
	words := printed(ts, args[0], args[1:])
	c := exec.Command(words[0], words[1:]...)
	c.Dir = ts.MkAbs(".")
	c.Env = []string{"PATH=" + ts.Getenv("PATH"), "HOME=" + ts.Getenv("HOME"), "TMPDIR=" + ts.Getenv("TMPDIR")}
	var out lockedBuffer
	c.Stdout, c.Stderr = &out, &out
	ts.Check(c.Start())
	ts.Defer(func() {
		_ = c.Process.Signal(os.Interrupt)
		_ = c.Wait() // how it ends is for serve.txtar
	})
	for range 600 {
		if printedCommand.MatchString(out.String()) && strings.HasSuffix(out.String(), "\n") {
			ts.Check(os.WriteFile(ts.MkAbs("second-terminal"), []byte(out.String()), 0o600))
			ts.Check(ts.Exec("cat", "second-terminal"))
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("the command in the second terminal does not say what to type next: %s", out.String())
}

// lockedBuffer is a buffer two goroutines may use.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
