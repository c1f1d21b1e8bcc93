package report

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// governed finds the peers each row of the gateway's table speaks about. A rule
// that a row makes has an id that ends in its direction, its priority and what is
// demanded, such as FP-08.outbound.10.chain, and a control that ends in its name.
type governed map[[2]string]*peersOf

type peersOf struct {
	total int
	last  string
	named []string
}

func (g governed) add(record *audit.Record) {
	for i := range record.Findings {
		f := &record.Findings[i]
		slash := strings.IndexByte(f.Control, '/')
		if slash < 0 {
			continue
		}
		parts := strings.SplitN(f.Rule, ".", 4)
		if len(parts) < 4 || parts[1] != "outbound" && parts[1] != "inbound" {
			continue
		}
		key := [2]string{parts[1] + "." + parts[2], f.Control[slash+1:]}
		p := g[key]
		if p == nil {
			if len(g) == maxUses {
				return
			}
			p = &peersOf{}
			g[key] = p
		}
		if p.total > 0 && p.last == f.Subject {
			continue
		}
		p.last = f.Subject
		p.total++
		if len(p.named) < maxNamedUsers {
			p.named = append(p.named, f.Subject)
		}
	}
}

// of returns how many peers a row has, and names some.
func (g governed) of(record *audit.Record) (int, lines) {
	c := record.Evidence.Connection
	p := g[[2]string{fmt.Sprintf("%s.%d", c.Direction, c.Priority), c.Name}]
	if p == nil {
		return 0, nil
	}
	return p.total, named(p.named, p.total)
}
