package schedule

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tlsaudit/audit"
)

var testDepths = []string{"quick", "standard", "deep"}

func TestParse(t *testing.T) {
	grace, none := Duration(30*time.Minute), 0
	got, err := Parse("schedules.yaml", []byte(`# when what is audited
schedules:
- name: quick
  cron: "@hourly"
  depth: quick
  systems: ["mail*", chat]
  labels: {zone: dmz}
  recheck: 0
- name: weekly
  cron: 0 3 * * sun
  zone: Europe/Berlin
  jitter: 15m
  grace: 30m
  at_start: true
  targets: ["https://*"]
`), testDepths)
	if err != nil {
		t.Fatal(err)
	}
	want := []Schedule{
		{Place: audit.Place{File: "schedules.yaml", Line: 3, Col: 3}, Name: "quick", Cron: mustCron(t, "@hourly"), Depth: "quick", Recheck: &none,
			Selection: Selection{Systems: []string{"mail*", "chat"}, Labels: map[string]string{"zone": "dmz"}}},
		{Place: audit.Place{File: "schedules.yaml", Line: 9, Col: 3}, Name: "weekly", Cron: mustCron(t, "0 3 * * sun"), Zone: mustZone(t, "Europe/Berlin"), Jitter: Duration(15 * time.Minute),
			Grace: &grace, AtStart: true, Selection: Selection{Targets: []string{"https://*"}}},
	}
	compareZones := cmp.Comparer(func(a, b Zone) bool { return a.String() == b.String() })
	if diff := cmp.Diff(want, got, compareZones, cmp.AllowUnexported(Expression{}), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if got[0].RecheckMost() != 0 || got[1].RecheckMost() != DefaultRecheck || got[0].grace() != DefaultGrace || got[1].grace() != 30*time.Minute {
		t.Error("the values of what is not written are others")
	}
}

// TestParseRefuses: every fault has its place and a hint.
func TestParseRefuses(t *testing.T) {
	many := "schedules:\n" + strings.Repeat("- {name: n, cron: '@daily'}\n", maxSchedules+1)
	for text, want := range map[string]string{
		"":                             "s.yaml:1:1: the document is empty",
		"schedules: []":                "s.yaml:1:12: schedules: must not be empty",
		"schedule: x":                  `s.yaml:1:1: unknown key "schedule"; known keys: schedules`,
		"schedules:\n- name: a":        `s.yaml:2:3: schedules[0]: the key "cron" is missing`,
		"schedules:\n- cron: '@daily'": `the key "name" is missing`,
		"schedules:\n- {name: 'a/b', cron: '@daily'}":                          `s.yaml:2:10: schedules[0].name: "a/b" is not a name`,
		"schedules:\n- {name: a, cron: '61 * * * *'}":                          `s.yaml:2:19: schedules[0].cron: minute: "61"`,
		"schedules:\n- {name: a, cron: * * * * *}":                             "s.yaml:2:",
		"schedules:\n- {name: a, cron: '@daily', zone: Local}":                 "s.yaml:2:35: schedules[0].zone: the zone must be named",
		"schedules:\n- {name: a, cron: '@daily', zone: Europe/Atlantis}":       `there is no time zone "Europe/Atlantis"`,
		"schedules:\n- {name: a, cron: '@daily', zone: ../../etc/passwd}":      `"../../etc/passwd" is not a time zone`,
		"schedules:\n- {name: a, cron: '@daily', zone: /etc/localtime}":        "is not a time zone",
		"schedules:\n- {name: a, cron: '@daily', jitter: 15}":                  `schedules[0].jitter: "15" is not a length of time`,
		"schedules:\n- {name: a, cron: '@daily', jitter: -1m}":                 "is not from 0s to 168h0m0s",
		"schedules:\n- {name: a, cron: '@daily', grace: 1000h}":                "is not from 0s",
		"schedules:\n- {name: a, cron: '@daily', depth: quik}":                 `did you mean "quick"?`,
		"schedules:\n- {name: a, cron: '@daily', recheck: -1}":                 "recheck: -1 is not from 0",
		"schedules:\n- {name: a, cron: '@daily', systems: ['']}":               "an empty pattern picks nothing",
		"schedules:\n- {name: a, cron: '@daily', targets: x}":                  "a list is wanted",
		"schedules:\n- {name: a, cron: '@daily'}\n- {name: A, cron: '@daily'}": "s.yaml:3:3: schedule A: the name stands here a second time; the first is at s.yaml:2:3",
		"schedules:\n- {name: a, cron: '@daily', at_start: 'yes'}":             "true or false is wanted",
		many: "more than 100 schedules",
	} {
		_, err := Parse("s.yaml", []byte(text), testDepths)
		var input *audit.InputError
		if !errors.As(err, &input) || input.Hint == "" || input.Place.Line == 0 || !strings.Contains(err.Error(), want) {
			t.Errorf("%q:\ngot  %v\nwant a place, a hint and %q", text, err, want)
		}
	}
}

func TestLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "schedules.yaml")
	if err := os.WriteFile(file, []byte("schedules: [{name: a, cron: '@daily'}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	if list, err := Load(file, testDepths); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	if err := os.WriteFile(file, []byte(strings.Repeat("#\n", maxFile)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, file + ".none", filepath.Dir(file)} {
		var input *audit.InputError
		if _, err := Load(name, testDepths); !errors.As(err, &input) || input.Hint == "" || input.Place.File != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFromFlags(t *testing.T) {
	list, err := FromFlags([]string{"0 3 * * *", "@hourly"}, "Europe/Berlin")
	if err != nil || len(list) != 2 || list[0].Name != DefaultName || list[1].Name != "schedule-2" || list[1].Zone.String() != "Europe/Berlin" || !list[0].All() {
		t.Errorf("%+v, %v", list, err)
	}
	if err := Check(list, testDepths); err != nil {
		t.Error(err)
	}
	for want, err := range map[string]error{
		"--schedule: a cron expression has five fields, this has 1": second(FromFlags([]string{"daily"}, "UTC")),
		`--zone: there is no time zone "Nowhere"`:                   second(FromFlags([]string{"@daily"}, "Nowhere")),
	} {
		var input *audit.InputError
		if !errors.As(err, &input) || input.Cause != want || input.Hint == "" {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func second(_ []Schedule, err error) error { return err }

func TestSelection(t *testing.T) {
	s := Selection{Systems: []string{"mail*", "chat"}, Targets: []string{"smtp://*", "https://a.example.com:443"}, Labels: map[string]string{"env": "prod*"}}
	labels := map[string]string{"env": "production", "zone": "dmz"}
	for _, test := range []struct {
		system, subject string
		labels          map[string]string
		want            bool
	}{
		{"mail gateway", "smtp://mx.example.com:25", labels, true},
		{"chat", "https://a.example.com:443", labels, true},
		{"chat", "https://b.example.com:443", labels, false},
		{"web", "smtp://mx.example.com:25", labels, false},
		{"chat", "smtp://mx.example.com:25", map[string]string{"env": "test"}, false},
		{"chat", "smtp://mx.example.com:25", nil, false},
	} {
		if got := s.Picks(test.system, test.subject, test.labels); got != test.want {
			t.Errorf("%+v: %t", test, got)
		}
	}
	if !(Selection{}).Picks("", "x", nil) || !(Selection{}).All() || s.All() {
		t.Error("an empty selection leaves something out")
	}
}
