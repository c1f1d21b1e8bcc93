package main

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// TestInventoryNamed: the list of targets has one name from wherever the command is
// called, and none where part of it is not in a file.
func TestInventoryNamed(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	at := func(names ...string) string {
		for i, name := range names {
			names[i] = filepath.Join(dir, name)
		}
		return strings.Join(names, "\n")
	}
	nightly := auditFlags{started: startedBy{trigger: "schedule", schedule: "nightly"}}
	for name, tt := range map[string]struct {
		f                *auditFlags
		endpoints, files []string
		want             string
	}{
		"inventory":            {&auditFlags{inventories: []string{"sub/../b.yaml", "a.csv"}}, []string{"https://a.example.com"}, nil, at("a.csv", "b.yaml")},
		"as an argument":       {&auditFlags{inventories: []string{"a.csv"}}, []string{"./a.csv"}, nil, at("a.csv")},
		"configuration":        {&auditFlags{}, nil, []string{"conf/"}, at("conf")},
		"policies are none":    {&auditFlags{policies: []string{"p.yaml"}}, []string{"a.example.com:443"}, nil, ""},
		"standard input":       {&auditFlags{inventories: []string{"a.csv"}}, []string{"-"}, nil, ""},
		"a schedule's targets": {&nightly, []string{"a.example.com:443"}, nil, "schedule nightly"},
	} {
		if got := tt.f.inventory(tt.endpoints, tt.files); got != tt.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestPickedPart: what is not picked is left out, so that it is not gone; and a run
// that leaves out nothing is none of a part.
func TestPickedPart(t *testing.T) {
	targets := []audit.Target{{Protocol: "https", Host: "a.example.com", Port: 443, System: "shop"}, {Protocol: "https", Host: "b.example.com", Port: 443, System: "mail"}}
	mail := &history.LeftOut{}
	mail.Add(&targets[1])
	for name, tt := range map[string]struct {
		picks     func(*audit.Target) bool
		inventory string
		trigger   string
		count     int
		leaves    *history.LeftOut
		ofAPart   bool
	}{
		"one system":               {func(t *audit.Target) bool { return t.System == "shop" }, "i", "operator", 1, mail, true},
		"all systems":              {func(*audit.Target) bool { return true }, "i", "schedule", 2, nil, false},
		"no pick":                  {nil, "i", "", 2, nil, false},
		"named by hand":            {nil, "", "", 2, nil, true},
		"the targets of a service": {nil, "", "operator", 2, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := &plan{source: source{targets: each(targets), count: len(targets), inventory: tt.inventory}}
			f := auditFlags{hooks: runHooks{picks: tt.picks}, started: startedBy{trigger: tt.trigger}}
			held, err := (&app{now: time.Now}).demandsOf(&f)
			if err != nil {
				t.Fatal(err)
			}
			p.demands = held
			if err := f.hooks.pick(&p.source); err != nil {
				t.Fatal(err)
			}
			run := f.describeRun(p, time.Now())
			if p.source.count != tt.count || !reflect.DeepEqual(run.LeftOut, tt.leaves) || run.Part != tt.ofAPart || run.Inventory != tt.inventory {
				t.Errorf("%d targets, %+v", p.source.count, run)
			}
		})
	}
}

// TestGapIsNoStop: a run that came to its end with a gap in its list of targets is
// not resumed; one that was stopped is, and has a report.
func TestGapIsNoStop(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		r := newRecorded(t)
		s, err := history.Open(t.Context(), r.database)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		w, err := s.Begin(t.Context(), history.Run{Started: time.Now(), Trigger: "cli"})
		if err != nil {
			t.Fatal(err)
		}
		report := &audit.Report{Schema: audit.SchemaV1, Generated: time.Now(), Stopped: true, Incomplete: "the MX records of example.com were not found", Records: judged{}}
		finish := w.Finish
		if stopped {
			finish = w.FinishStopped
		}
		if _, err := finish(t.Context(), report, exitIncomplete); err != nil {
			t.Fatal(err)
		}
		earlier, err := brokenOff(t.Context(), s, &history.Run{}, time.Now())
		if err != nil || (earlier != nil) != stopped {
			t.Errorf("stopped %v: %v, %v", stopped, earlier, err)
		}
		if code, _, stderr := r.run("history", "show", "latest", "-f", "json"); code != exitCompliant {
			t.Errorf("stopped %v: its report: %d, %s", stopped, code, stderr)
		}
	}
}
