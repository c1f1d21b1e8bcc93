//go:build interop

package postfix

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// postconf runs the program on a folder; ok is false if it refuses it.
func postconf(t *testing.T, dir string, args ...string) (out, errs string, ok bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "postconf", append([]string{"-c", dir}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || ctx.Err() != nil) {
		t.Fatalf("postconf: %v", err)
	}
	for line := range strings.Lines(stderr.String()) {
		if !strings.Contains(line, "overriding earlier entry") && !strings.Contains(line, "unused parameter") && !strings.Contains(line, "undefined parameter") {
			errs += line
		}
	}
	return stdout.String(), errs, err == nil
}

// installed is the version of Postfix here.
func installed(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "postconf", "-dh", "mail_version").Output()
	if err != nil {
		t.Fatalf("postconf: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// put writes files into a folder.
func put(t *testing.T, dir string, files ...string) {
	t.Helper()
	for i := 0; i+1 < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// open reads the configuration of a folder as the product would from disk.
func open(t *testing.T, dir, file string, versions map[string]string) *confdoc.Document {
	t.Helper()
	tree, err := conftree.OpenDir(dir, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := tree.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	d := Format.Read(&confdoc.Reader{Tree: tree, Versions: versions}, f)
	d.Format = Format
	return d
}

// one is a value with its blanks made equal: postconf folds them, and writes
// what is no ASCII as a question mark.
func one(s string) string { return strings.Join(strings.Fields(s), " ") }

// tally counts what was compared.
type tally struct{ refused, values, options atomic.Int64 }

// TestPostconf compares random configurations with what postconf says: values
// expanded, services, and options of services, and whether it takes the files.
func TestPostconf(t *testing.T) {
	const configurations = 320
	version := installed(t)
	var sum tally
	seeds := make(chan uint64)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for seed := range seeds {
				compare(t, seed, version, &sum)
			}
		})
	}
	for seed := range uint64(configurations) {
		seeds <- seed
	}
	close(seeds)
	workers.Wait()
	refused, values, options := sum.refused.Load(), sum.values.Load(), sum.options.Load()
	if refused > configurations/2 || values < 20000 || options < 500 {
		t.Errorf("only %d values and %d options of %d configurations compared, %d refused", values, options, configurations, refused)
	}
	t.Logf("Postfix %s: %d configurations, %d refused by both, %d values and %d options of services equal", version, configurations, refused, values, options)
}

func compare(t *testing.T, seed uint64, version string, sum *tally) {
	g := newGenerator(seed)
	dir := t.TempDir()
	main, master := g.mail(), g.services()
	put(t, dir, "main.cf", main, "master.cf", master)
	d := open(t, dir, "main.cf", map[string]string{"postfix": version})
	c := d.Syntax.(*config)
	out, errs, ok := postconf(t, dir, append([]string{"-x"}, tlsNames...)...)
	if !ok {
		sum.refused.Add(1)
		if !c.refuses() {
			t.Errorf("seed %d: postconf refuses it and the reader does not\n%s\n%s", seed, errs, main)
		}
		return
	}
	if b := d.Broken(); b != nil && b.Kind == confdoc.NotLoaded && !strings.Contains(b.Message, "compatibility_level") {
		t.Errorf("seed %d: the reader refuses it and postconf does not: %s\n%s", seed, b.Message, main)
		return
	}
	for line := range strings.Lines(out) {
		name, want, _ := strings.Cut(strings.TrimRight(line, "\n"), "=")
		v := c.everywhere().value(strings.TrimSpace(name))
		if v.open || v.name == "config_directory" {
			continue
		}
		sum.values.Add(1)
		if one(v.text) != one(want) || v.err != nil {
			t.Errorf("seed %d: %s is %q (%v), postconf says %q\n%s", seed, name, v.text, v.err, want, main)
		}
	}
	sum.options.Add(int64(compareServices(t, seed, dir, c, master)))
}

// refuses reports whether some value that postconf was asked for makes it stop.
func (c *config) refuses() bool {
	if b := c.doc.Broken(); b != nil && b.Kind == confdoc.NotLoaded {
		return true
	}
	for _, name := range tlsNames {
		if c.everywhere().value(name).err != nil {
			return true
		}
	}
	for _, s := range c.services { // postconf expands their options as well
		for name := range s.overrides {
			if (&scope{c, s}).value(name).err != nil {
				return true
			}
		}
	}
	return false
}

func compareServices(t *testing.T, seed uint64, dir string, c *config, master string) (options int) {
	t.Helper()
	out, errs, ok := postconf(t, dir, "-M")
	if !ok {
		t.Errorf("seed %d: postconf -M: %s", seed, errs)
		return 0
	}
	want := map[string]bool{}
	for line := range strings.Lines(out) {
		w := strings.Fields(line)
		want[w[0]+"/"+w[1]+" "+w[7]] = true
	}
	for _, s := range c.services {
		if !want[s.id()+" "+s.command] {
			t.Errorf("seed %d: the service %s %s is none of postconf -M\n%s", seed, s.id(), s.command, master)
		}
		delete(want, s.id()+" "+s.command)
	}
	for id := range want {
		t.Errorf("seed %d: the service %s of postconf -M is missing\n%s", seed, id, master)
	}
	out, _, ok = postconf(t, dir, "-P")
	if !ok {
		return 0
	}
	said := map[string]string{}
	for line := range strings.Lines(out) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\n"), " =")
		said[name] = one(value)
	}
	mine := map[string]string{}
	for _, s := range c.services {
		for name, d := range s.overrides {
			mine[s.id()+"/"+name] = one(d.value)
		}
	}
	options = len(mine)
	for name, value := range said {
		if got, ok := mine[name]; !ok || got != value {
			t.Errorf("seed %d: %s is %q, postconf -P says %q\n%s", seed, name, got, value, master)
		}
		delete(mine, name)
	}
	for name, value := range mine {
		if d := fmt.Sprintf("%s = %s", name, value); !strings.Contains(d, "syslog_name") {
			t.Errorf("seed %d: %s is not in postconf -P\n%s", seed, d, master)
		}
	}
	return options
}

// TestDefaults compares the defaults with those of the installed version.
func TestDefaults(t *testing.T) {
	version := installed(t)
	dir := t.TempDir()
	put(t, dir, "main.cf", "", "master.cf", "")
	d := open(t, dir, "main.cf", map[string]string{"postfix": version})
	c := d.Syntax.(*config)
	out, errs, ok := postconf(t, dir, append([]string{"-d"}, tlsNames...)...)
	if !ok || errs != "" {
		t.Fatalf("postconf -d: %s", errs)
	}
	for line := range strings.Lines(out) {
		name, want, _ := strings.Cut(strings.TrimRight(line, "\n"), "=")
		name = strings.TrimSpace(name)
		if got, _ := c.standard(name); one(got) != one(want) && name != "config_directory" {
			t.Errorf("%s: %q, postconf -d says %q", name, got, want)
		}
	}
	for _, v := range []audit.Version{audit.TLSv10} {
		if !readProtocols(c.everywhere().value("smtpd_tls_protocols").text, true).allows(v) {
			t.Errorf("the default does not allow %s", v)
		}
	}
}
