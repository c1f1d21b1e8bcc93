package report

import (
	"bufio"
	"bytes"
	"fmt"

	"tlsaudit/audit"
)

// unnamedSystem stands for the system of endpoints whose inventory names none.
const unnamedSystem = "(no system)"

// systems prints endpoints by system: as they come worst first, the system of
// the worst endpoint comes first. What was printed of each is held until the
// last endpoint was seen; Options.Limit bounds it.
type systems struct {
	t     *terminal
	out   *bufio.Writer
	order []*system
	index map[string]*system
}

// system is one of them.
type system struct {
	name      string
	text      bytes.Buffer
	endpoints int
	tally     [len(allVerdicts)]int
}

func (t *terminal) systems() *systems {
	return &systems{t: t, out: t.Writer, index: map[string]*system{}}
}

// add prints one endpoint into its system.
func (s *systems) add(record *audit.Record) error {
	name := observed(record).Target.System
	one := s.index[name]
	if one == nil {
		one = &system{name: name}
		s.index[name] = one
		s.order = append(s.order, one)
	}
	one.endpoints++
	for i := range record.Findings {
		one.tally[rank(record.Findings[i].Verdict)]++
	}
	s.t.Writer = bufio.NewWriter(&one.text)
	err := s.t.subject(record)
	_ = s.t.Flush() // to memory
	s.t.Writer = s.out
	return err
}

// print writes the systems. Where the inventory names none, there is nothing to
// head.
func (s *systems) print() {
	headed := len(s.order) > 1 || len(s.order) == 1 && s.order[0].name != ""
	for _, one := range s.order {
		if one.text.Len() == 0 {
			continue
		}
		if headed {
			name := unnamedSystem
			if one.name != "" {
				name = clean(one.name, 100)
			}
			_, _ = fmt.Fprintln(s.t)
			for _, l := range wrap("SYSTEM "+name, s.t.width) {
				_, _ = fmt.Fprintln(s.t, s.t.paint(bold+";"+cyan, l))
			}
			s.t.line("  ", plural(one.endpoints, "endpoint", "endpoints")+": "+counts(one.tally[:]))
		}
		_, _ = s.out.Write(one.text.Bytes())
	}
}
