package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/fixtures"
	"tlsaudit/internal/history"
)

// TestKill kills an audit that keeps its run in a history at a few points. The
// same at two hundred points is among the interop tests.
func TestKill(t *testing.T) { newKilled(t, 12).kill(8, 1) }

// killed is a fleet, and a history of audits of it that are killed.
type killed struct {
	*testing.T
	zoo                     *fixtures.Zoo
	database, inventory, ca string
	// whole is how long a run takes, and connections how many it opens.
	whole       time.Duration
	connections int
	complete    int
}

func newKilled(t *testing.T, endpoints int) *killed {
	t.Helper()
	zoo, err := fixtures.Fleet(t.Context(), time.Now(), endpoints)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { zoo.Close() })
	dir := t.TempDir()
	k := &killed{T: t, zoo: zoo, database: filepath.Join(dir, "audits.db"), inventory: filepath.Join(dir, "fleet.txt"), ca: filepath.Join(dir, "ca.pem")}
	var list strings.Builder
	for _, e := range zoo.Endpoints {
		fmt.Fprintln(&list, e.Target.Subject())
	}
	if err := errors.Join(os.WriteFile(k.inventory, []byte(list.String()), 0o600), os.WriteFile(k.ca, zoo.CA, 0o600)); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	k.run()
	k.complete = 1
	k.whole, k.connections = time.Since(begun), k.accepted() // only to choose when to kill
	return k
}

// accepted counts the connections the fleet has seen.
func (k *killed) accepted() (n int) {
	for _, e := range k.zoo.Endpoints {
		n += e.Server.Accepted()
	}
	return n
}

func (k *killed) command() *exec.Cmd {
	return exec.Command("tlsaudit", "audit", "-q", "--exit-zero", "--depth", "quick", "--concurrency", "3", "--ca", k.ca, "-i", k.inventory, "--db", k.database)
}

// run lets an audit come to its end and returns what it said.
func (k *killed) run() string {
	k.Helper()
	cmd := k.command()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		k.Fatalf("the audit ended with %v: %s", err, &stderr)
	}
	return stderr.String()
}

// kill ends audits with SIGKILL at random points, and looks at the history after
// each.
func (k *killed) kill(points int, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0))
	left := map[string]int{} // what runs that were killed had done
	for n := range points {
		if n > 0 && n%25 == 0 {
			k.Logf("%d points: %v", n, left)
		}
		k.shoot(random)
		latest, staged := k.look()
		switch {
		case latest.State == history.Complete:
			left["was done, or had not begun"]++
		case len(staged) == 0:
			left["had seen nothing"]++
		default:
			left["had seen a part"]++
		}
		if random.IntN(3) > 0 { // else the next one is killed as well
			k.finish(latest, staged)
		}
	}
	k.finish(k.look())
	k.Logf("seed %d, a whole run takes %s, killed at %d points: %v; %d runs are complete", seed, k.whole.Round(time.Millisecond), points, left, k.complete)
}

// shoot begins an audit and kills it: one in four at any time of its life, the
// others while it scans, and shortly behind.
func (k *killed) shoot(random *rand.Rand) {
	k.Helper()
	cmd := k.command()
	before := k.accepted()
	if err := cmd.Start(); err != nil {
		k.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // "signal: killed", or it was faster
	}()
	wait := time.Duration(random.Int64N(int64(k.whole) * 11 / 10))
	if random.IntN(4) > 0 {
		wait = time.Duration(random.Int64N(int64(100 * time.Millisecond)))
		for enough := before + random.IntN(k.connections); k.accepted() < enough; {
			select {
			case <-ended:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}
	time.Sleep(wait)
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		k.Fatal(err)
	}
	<-ended
}

// look holds the history to what must be true of it at any time, and returns its
// latest run with the subjects it kept, if it did not come to its end.
func (k *killed) look() (latest history.Run, staged map[string]bool) {
	k.Helper()
	ctx := k.Context()
	if out, err := exec.Command("tlsaudit", "history", "verify", "--db", k.database).CombinedOutput(); err != nil {
		k.Fatalf("history verify: %v\n%s", err, out)
	}
	s := k.open(ctx)
	defer s.Close()
	runs, _, err := s.Runs(ctx, history.Page{Limit: 10_000})
	if err != nil {
		k.Fatal(err)
	}
	state, complete := map[string]history.RunState{}, 0
	for _, r := range runs {
		if _, twice := state[r.ID]; twice {
			k.Fatalf("the run %s is there twice", r.ID)
		}
		if state[r.ID] = r.State; r.State == history.Complete {
			if complete++; r.Summary.Subjects != len(k.zoo.Endpoints) {
				k.Fatalf("the run %s is half: %d endpoints", r.ID, r.Summary.Subjects)
			}
		}
	}
	if complete < k.complete || complete > k.complete+1 {
		k.Fatalf("%d runs are complete, and before it were %d", complete, k.complete)
	}
	k.complete = complete
	if latest = runs[0]; latest.State == history.Complete {
		k.countRecords(s, latest.ID)
		return latest, nil
	}
	k.showsNothing(s, latest.ID, state)
	staged = map[string]bool{}
	for seen, err := range s.Evidence(ctx, latest.ID) {
		if err != nil {
			k.Fatal(err)
		}
		if subject := seen.Observed.Target.Subject(); staged[subject] {
			k.Fatalf("%s was seen twice by the run %s", subject, latest.ID)
		} else {
			staged[subject] = true
		}
	}
	return latest, staged
}

func (k *killed) open(ctx context.Context) *history.Store {
	k.Helper()
	s, err := history.Open(ctx, k.database)
	if err != nil {
		k.Fatal(err)
	}
	return s
}

// countRecords requires the report of a run to have every endpoint once.
func (k *killed) countRecords(s *history.Store, run string) {
	k.Helper()
	r, err := s.Report(k.Context(), run)
	if err != nil {
		k.Fatal(err)
	}
	seen := map[string]bool{}
	for record, err := range r.Records.BySubject() {
		if err != nil {
			k.Fatal(err)
		}
		seen[record.Evidence.Subject] = true
	}
	if len(seen) != len(k.zoo.Endpoints) || r.Stopped {
		k.Fatalf("the run %s has records of %d endpoints; stopped: %v", run, len(seen), r.Stopped)
	}
}

// showsNothing requires that nothing but the list of runs and its evidence knows of
// a run that did not come to its end.
func (k *killed) showsNothing(s *history.Store, run string, state map[string]history.RunState) {
	k.Helper()
	ctx := k.Context()
	if r, err := s.Report(ctx, run); err == nil {
		k.Fatalf("the run %s, which was killed, has a report of %d endpoints", run, r.Summary.Subjects)
	}
	if list, _, err := s.Subjects(ctx, history.SubjectQuery{Run: run, Page: history.Page{Limit: 100}}); len(list) > 0 {
		k.Fatalf("the run %s, which was killed, shows %d results (%v)", run, len(list), err)
	}
	list, _, err := s.Subjects(ctx, history.SubjectQuery{Page: history.Page{Limit: 1000}})
	if err != nil {
		k.Fatal(err)
	}
	for _, subject := range list {
		if state[subject.LastRun] != history.Complete {
			k.Fatalf("the latest result of %s is of the run %s, which is %s", subject.Subject, subject.LastRun, state[subject.LastRun])
		}
	}
}

// finish audits to the end behind a run that was killed: it is marked, what it had
// seen is taken, and the result is whole.
func (k *killed) finish(latest history.Run, staged map[string]bool) {
	k.Helper()
	before := map[string]int{}
	for _, e := range k.zoo.Endpoints {
		before[e.Target.Subject()] = e.Server.Accepted()
	}
	said := k.run()
	probed := map[string]bool{}
	for _, e := range k.zoo.Endpoints {
		probed[e.Target.Subject()] = e.Server.Accepted() > before[e.Target.Subject()]
	}
	broken := latest.State != history.Complete
	if marked := strings.Contains(said, "the run "+latest.ID+" of ") && strings.Contains(said, "it is marked incomplete"); marked != (latest.State == history.Running) {
		k.Errorf("the run %s was %s; the next said: %s", latest.ID, latest.State, said)
	}
	for subject, again := range probed {
		if again == staged[subject] {
			k.Errorf("%s: seen by the run that was killed: %v; probed by the next: %v", subject, staged[subject], again)
		}
	}
	if taken := strings.Contains(said, "is taken, and not probed again"); taken != (broken && len(staged) > 0) {
		k.Errorf("the run that was killed had seen %d endpoints; the next said: %s", len(staged), said)
	}
	next, _ := k.look()
	if next.State != history.Complete || next.ID == latest.ID || !next.Whole && next.Summary.Judged != len(k.zoo.Endpoints) {
		k.Fatalf("the next run is %s with %d of %d endpoints judged", next.State, next.Summary.Judged, len(k.zoo.Endpoints))
	}
	s := k.open(k.Context())
	defer s.Close()
	if r, err := s.Run(k.Context(), latest.ID); err != nil || broken && r.State != history.Incomplete {
		k.Fatalf("the run that was killed is %+v (%v)", r, err)
	}
}
