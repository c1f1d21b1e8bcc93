package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/internal/history"
)

// recorded runs the program beside a history, in this process.
type recorded struct {
	*testing.T
	dir, database, ca string
	good              *fixtures.Server
	target            string
}

func newRecorded(t *testing.T) *recorded {
	t.Helper()
	authority := fixtures.NewAuthority(time.Now())
	server, err := fixtures.Listen(t.Context(), fixtures.TLS(fixtures.Hardened(authority.Server(fixtures.P256, "www.example.com"))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	dir := t.TempDir()
	r := &recorded{T: t, dir: dir, database: filepath.Join(dir, "audits.db"), ca: filepath.Join(dir, "ca.pem"), good: server,
		target: "https://www.example.com:" + server.Addr().String()[len("127.0.0.1:"):] + "?ip=127.0.0.1"}
	if err := os.WriteFile(r.ca, authority.RootPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

// run is one command line with the history in its environment.
func (r *recorded) run(args ...string) (code int, stdout, stderr string) {
	r.Helper()
	var out, err bytes.Buffer
	environment := map[string]string{databaseVariable: r.database}
	a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &err, getenv: func(name string) string { return environment[name] }, now: time.Now, hostname: os.Hostname}
	code = a.run(args)
	return code, out.String(), err.String()
}

func (r *recorded) runs() []history.Run {
	r.Helper()
	s, err := history.Open(r.Context(), r.database)
	if err != nil {
		r.Fatal(err)
	}
	defer s.Close()
	runs, _, err := s.Runs(r.Context(), history.Page{Limit: 100})
	if err != nil {
		r.Fatal(err)
	}
	return runs
}

// TestInterruptKept: a run that is interrupted is kept as far as it got, and says
// that it was; the next takes what it had seen.
func TestInterruptKept(t *testing.T) {
	r := newRecorded(t)
	accepted := make(chan struct{}, 64)
	tarpit := "https://tarpit.example.com:" + stall(t, accepted) + "?ip=127.0.0.1"
	cmd := exec.Command("tlsaudit", "audit", "-q", "--concurrency", "1", "--depth", "quick", "--ca", r.ca, "--db", r.database, r.target, tarpit)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-accepted // the second target: the first was seen to its end
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Fatalf("ended with %v", err)
	}
	runs := r.runs()
	if len(runs) != 1 || runs[0].State != history.Incomplete || !runs[0].Reported() || runs[0].Whole || !strings.Contains(runs[0].Why, "stopped by interrupt") || runs[0].ExitCode != exitInterrupted {
		t.Fatalf("kept: %+v", runs)
	}
	before := r.good.Accepted()
	file := filepath.Join(r.dir, "whole.json")
	code, _, stderr := r.run("audit", "-q", "--depth", "quick", "--ca", r.ca, "-o", file, r.target)
	if code != exitCompliant || !strings.Contains(stderr, "was broken off: what it saw of 1 endpoint is taken") || r.good.Accepted() != before {
		t.Errorf("the next ended in %d, with %d connections more: %s", code, r.good.Accepted()-before, stderr)
	}
	var whole audit.Report
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &whole)
	}
	if err != nil || len(whole.Notices) != 1 || !strings.HasPrefix(whole.Notices[0], "1 of 1 endpoint were not probed: their evidence is of the run "+runs[0].ID+", which was broken off, seen from ") {
		t.Errorf("the report says %q (%v)", whole.Notices, err)
	}

	// What came to its end is not resumed; and nothing is if that is not wanted.
	before = r.good.Accepted()
	if code, _, stderr := r.run("audit", "-q", "--depth", "quick", "--ca", r.ca, r.target); code != exitCompliant || stderr != "" || r.good.Accepted() == before {
		t.Errorf("behind a whole run: %d, %d connections: %s", code, r.good.Accepted()-before, stderr)
	}
}

// TestNoResume: what a run that was broken off saw is not taken if it is not
// wanted, was asked less, or is of another policy.
func TestNoResume(t *testing.T) {
	for name, more := range map[string][]string{
		"not wanted":     {"--no-resume"},
		"another depth":  {"--depth", "standard"},
		"another policy": {"-p", "mozilla-intermediate-5.7"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorded(t)
			s, err := history.Open(t.Context(), r.database)
			if err != nil {
				t.Fatal(err)
			}
			r.brokenOff(s, time.Now())
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			before := r.good.Accepted()
			code, _, stderr := r.run(append([]string{"audit", "-q", "--exit-zero", "--depth", "quick", "--ca", r.ca, r.target}, more...)...)
			if code != exitCompliant || strings.Contains(stderr, "is taken") || r.good.Accepted() == before {
				t.Errorf("ended in %d, with %d connections: %s", code, r.good.Accepted()-before, stderr)
			}
		})
	}
}

// TestResumeAge: evidence is taken that is not older than a night, and none of the
// future.
func TestResumeAge(t *testing.T) {
	for age, want := range map[time.Duration]bool{time.Hour: true, resumeWithin - time.Hour: true, resumeWithin + time.Hour: false, -time.Hour: false} {
		t.Run(age.String(), func(t *testing.T) {
			r := newRecorded(t)
			s, err := history.Open(t.Context(), r.database)
			if err != nil {
				t.Fatal(err)
			}
			r.brokenOff(s, time.Now().Add(-age))
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			code, _, stderr := r.run("audit", "-q", "--exit-zero", "--depth", "quick", "--ca", r.ca, r.target)
			if taken := strings.Contains(stderr, "is taken"); code != exitCompliant || taken != want {
				t.Errorf("ended in %d, taken: %v: %s", code, taken, stderr)
			}
		})
	}
}

// brokenOff leaves a run behind that saw the endpoint at a time, and was given up.
func (r *recorded) brokenOff(s *history.Store, at time.Time) {
	r.Helper()
	file := filepath.Join(r.dir, "seen.json")
	if err := exec.Command("tlsaudit", "audit", "-q", "--exit-zero", "--depth", "quick", "--ca", r.ca, "-o", file, r.target).Run(); err != nil {
		r.Fatal(err)
	}
	earlier, err := readStored([]string{file})
	if err != nil {
		r.Fatal(err)
	}
	a := &app{now: func() time.Time { return at }}
	f := auditFlags{depth: "quick"}
	held, err := a.demandsOf(&f)
	if err != nil {
		r.Fatal(err)
	}
	w, err := s.Begin(r.Context(), f.describeRun(&plan{demands: held}, at))
	if err != nil {
		r.Fatal(err)
	}
	for seen, err := range earlier.sequence {
		if err != nil {
			r.Fatal(err)
		}
		seen.Observed.Started, seen.Observed.Finished = at, at
		if err := w.Observe(r.Context(), seen.Observed); err != nil {
			r.Fatal(err)
		}
	}
	if err := w.Abandon(r.Context(), "for the test"); err != nil {
		r.Fatal(err)
	}
}

// TestDatabaseFails takes the tables away while an audit runs: the report is
// written all the same, standard error says what happened, and the exit code is
// that of an error.
func TestDatabaseFails(t *testing.T) {
	r := newRecorded(t)
	accepted := make(chan struct{}, 64)
	tarpit := "https://tarpit.example.com:" + stall(t, accepted) + "?ip=127.0.0.1"
	file := filepath.Join(r.dir, "report.json")
	var stderr bytes.Buffer
	cmd := exec.Command("tlsaudit", "audit", "-q", "--timeout", "3s", "--depth", "quick", "--ca", r.ca, "--db", r.database, "-o", file, r.target, tarpit)
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-accepted
	db, err := sql.Open("sqlite", r.database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range []string{"staging", "result", "run"} {
		if _, err := db.Exec("PRAGMA foreign_keys=0; DROP TABLE " + table); err != nil {
			t.Fatal(err)
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitInternal {
		t.Errorf("ended with %v, want exit code %d", err, exitInternal)
	}
	if said := stderr.String(); !strings.Contains(said, "the run is not kept in the history "+r.database) || !strings.Contains(said, "the reports were written all the same") {
		t.Errorf("said: %s", said)
	}
	var whole audit.Report
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &whole)
	}
	if err != nil || whole.Summary.Subjects != 2 || whole.Stopped {
		t.Errorf("the report is of %d endpoints, stopped: %v (%v)", whole.Summary.Subjects, whole.Stopped, err)
	}
}

// TestBusy: while one run is written, a second audit and an import end with a code
// of their own, before anything is probed or imported; reading goes on.
func TestBusy(t *testing.T) {
	r := newRecorded(t)
	s, err := history.Open(t.Context(), r.database)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Acquire(t.Context(), runLease, "another machine", time.Hour); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"audit", "-q", "--ca", r.ca, r.target}, {"history", "prune", "--keep-runs", "1"}} {
		if code, _, stderr := r.run(args...); code != exitBusy || !strings.Contains(stderr, "another run is being written into "+r.database) || !strings.Contains(stderr, "another machine") {
			t.Errorf("%v: %d: %s", args, code, stderr)
		}
	}
	if n := r.good.Accepted(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
	if code, _, stderr := r.run("history", "runs", "-f", "json"); code != exitCompliant {
		t.Errorf("reading: %d: %s", code, stderr)
	}
	if err := s.Release(t.Context(), runLease, "another machine"); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := r.run("audit", "-q", "--depth", "quick", "--ca", r.ca, r.target); code != exitCompliant {
		t.Errorf("behind it: %d: %s", code, stderr)
	}
}

// TestDatabaseSecrets: the user and the password of a DSN are in no message.
func TestDatabaseSecrets(t *testing.T) {
	const dsn = "postgres://auditor:s3cr%2Ft@127.0.0.1:1/audits?sslmode=disable&password=hunter2"
	r := newRecorded(t)
	r.database = dsn
	for _, args := range [][]string{
		{"history", "runs"}, {"history", "verify", "--db", dsn}, {"audit", "--db", dsn, r.target}, {"audit", "--db=" + dsn, "--from-run", "latest"},
	} {
		code, stdout, stderr := r.run(args...)
		if code == exitCompliant || strings.Contains(stdout+stderr, "s3cr") || strings.Contains(stdout+stderr, "hunter2") || strings.Contains(stdout+stderr, "auditor") {
			t.Errorf("%v: %d: %s%s", args, code, stdout, stderr)
		}
	}
	again := strings.Join((&app{args: []string{"audit", "--db", dsn, "--db=" + dsn, "x.example.com"}}).again(), " ")
	if strings.Contains(again, "s3cr") || strings.Contains(again, "hunter2") || !strings.Contains(again, "postgres://127.0.0.1:1/audits") {
		t.Errorf("again: %s", again)
	}
}

// TestHistoryHostileText: what certificates and names carry acts upon nothing,
// however the history is shown.
func TestHistoryHostileText(t *testing.T) {
	r := newRecorded(t)
	authority := fixtures.NewAuthority(time.Now())
	var targets []string
	for _, text := range fixtures.HostileText {
		leaf := authority.Issue(fixtures.Leaf{CommonName: text, DNS: []string{"www.example.com"}, SelfSigned: true})
		server, err := fixtures.Listen(t.Context(), fixtures.TLS(fixtures.Hardened(leaf.Present())))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { server.Close() })
		targets = append(targets, "https://www.example.com:"+server.Addr().String()[len("127.0.0.1:"):]+"?ip=127.0.0.1")
	}
	if code, _, stderr := r.run(append([]string{"audit", "-q", "--depth", "quick"}, targets...)...); code != exitFindings {
		t.Fatalf("%d: %s", code, stderr)
	}
	for _, args := range [][]string{
		{"runs"}, {"subjects"}, {"findings"}, {"certificates"}, {"timeline", targets[0]}, {"show", "latest"}, {"verify"},
		{"runs", "-f", "json"}, {"subjects", "-f", "json"}, {"findings", "-f", "json"}, {"certificates", "-f", "json"},
	} {
		code, stdout, stderr := r.run(append([]string{"history"}, args...)...)
		if bad := strings.IndexFunc(stdout+stderr, harmful); code != exitCompliant || bad >= 0 {
			t.Errorf("%v: %d, acts at byte %d: %s", args, code, bad, stderr)
		}
		if args[len(args)-1] == "json" && !json.Valid([]byte(stdout)) {
			t.Errorf("%v: not JSON", args)
		}
	}
}
