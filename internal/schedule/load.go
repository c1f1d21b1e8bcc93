package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

const (
	// maxFile bounds a file of schedules in bytes.
	maxFile = 1 << 20
	// maxSchedules bounds the schedules of a program.
	maxSchedules = 100
	// maxPatterns bounds the patterns of one kind in a schedule.
	maxPatterns = 1000
	// maxRecheck bounds what is audited once more.
	maxRecheck = 10_000
)

// document is a file of schedules as people write it.
type document struct {
	Schedules []Schedule `yaml:"schedules,required"`
}

// Load reads a YAML file of schedules. The depths are the words that depth: may
// be. Every error is an *audit.InputError with file, line and column.
func Load(file string, depths []string) ([]Schedule, error) {
	data, err := strictyaml.ReadFile(file, maxFile)
	if err != nil {
		return nil, strictyaml.Unreadable(file, "the schedules", "name an existing YAML file with the key schedules:", err)
	}
	return Parse(file, data, depths)
}

// Parse is Load for what has been read; the name of the file is for errors.
func Parse(file string, data []byte, depths []string) ([]Schedule, error) {
	var doc document
	if err := strictyaml.Decode(file, data, maxFile, &doc); err != nil {
		return nil, err
	}
	return doc.Schedules, Check(doc.Schedules, depths)
}

// Check checks what the decoding of a single value cannot, for schedules that
// are part of another document too.
func Check(schedules []Schedule, depths []string) error {
	if len(schedules) > maxSchedules {
		return &audit.InputError{Place: schedules[maxSchedules].Place, Cause: fmt.Sprintf("more than %d schedules", maxSchedules),
			Hint: "let one schedule pick several systems"}
	}
	for i := range schedules {
		s := &schedules[i]
		refuse := func(hint, format string, args ...any) error {
			return &audit.InputError{Place: s.Place, Cause: fmt.Sprintf("schedule "+string(s.Name)+": "+format, args...), Hint: hint}
		}
		if j := slices.IndexFunc(schedules[:i], func(o Schedule) bool { return strings.EqualFold(string(o.Name), string(s.Name)) }); j >= 0 {
			return refuse("give it a name of its own", "the name stands here a second time; the first is at %s", schedules[j].Place)
		}
		if s.Depth != "" {
			if choice := (*strictyaml.ChoiceError)(nil); errors.As(strictyaml.Choose(s.Depth, depths), &choice) {
				return refuse(choice.Hint(), "depth: %v", choice)
			}
		}
		if most := s.RecheckMost(); most < 0 || most > maxRecheck {
			return refuse("write 0 for none", "recheck: %d is not from 0 to %d", most, maxRecheck)
		}
		for _, kind := range []struct {
			key      string
			patterns []string
		}{{"systems", s.Systems}, {"targets", s.Targets}} {
			if len(kind.patterns) > maxPatterns {
				return refuse("use asterisks, or a label", "%s: more than %d patterns", kind.key, maxPatterns)
			}
			if slices.Contains(kind.patterns, "") {
				return refuse("remove it; * stands for everything", "%s: an empty pattern picks nothing", kind.key)
			}
		}
	}
	return nil
}

// FromFlags builds the schedules of the simple case, one expression in one
// zone: --schedule "0 3 * * *" --zone Europe/Berlin. The first has DefaultName
// whatever its expression is, for the name is what the database remembers it by;
// further ones are called schedule-2 and so on.
func FromFlags(expressions []string, zone string) ([]Schedule, error) {
	z, err := ParseZone(zone)
	if err != nil {
		return nil, flagError("--zone", err)
	}
	if len(expressions) > maxSchedules {
		return nil, &audit.InputError{Cause: fmt.Sprintf("--schedule: more than %d", maxSchedules), Hint: "keep them in a file"}
	}
	list := make([]Schedule, len(expressions))
	for i, text := range expressions {
		cron, err := ParseExpression(text)
		if err != nil {
			return nil, flagError("--schedule", err)
		}
		list[i] = Schedule{Name: DefaultName, Cron: cron, Zone: z}
		if i > 0 {
			list[i].Name = Name(fmt.Sprintf("schedule-%d", i+1))
		}
	}
	return list, nil
}

// DefaultName is the name of the schedule that flags give.
const DefaultName Name = "default"

func flagError(flag string, err error) error {
	e := &audit.InputError{Cause: flag + ": " + err.Error(), Err: err}
	if value := (*strictyaml.ValueError)(nil); errors.As(err, &value) {
		e.Hint = value.Hint
	}
	return e
}
