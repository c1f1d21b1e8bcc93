package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// The directions of the gateway table, as audit.Target.Direction writes them.
const (
	Outbound = "outbound"
	Inbound  = "inbound"
)

// Connection is one row of a mail gateway's table of enforced connections.
type Connection struct {
	Name string
	// Priority orders the rows of one direction: the lowest that matches wins.
	Priority  int
	Direction string
	// Encrypt is demanded by every row. Chain and Name are demanded on top of it,
	// independently of each other: a trusted chain, and a certificate that names
	// the host. Encrypt+CN is not a stage between Encrypt and Verify.
	Chain, CN bool
	// MinBits is the least strength of the bulk cipher: 128, or more than 128.
	MinBits int
	Match   Match
	Place   audit.Place
}

// Security returns the level as the gateway names it.
func (c Connection) Security() string {
	s := "encrypt"
	if c.Chain {
		s = "verify"
	}
	if c.CN {
		s += "+cn"
	}
	return s
}

// Strength returns "medium" or "high".
func (c Connection) Strength() string {
	if c.MinBits > 128 {
		return "high"
	}
	return "medium"
}

// String describes the row on one line.
func (c Connection) String() string {
	return fmt.Sprintf("%s %d %q: %s, %s, for %s", c.Direction, c.Priority, c.Name, c.Security(), c.Strength(), c.Match)
}

type connectionDoc struct {
	Place     audit.Place     `yaml:",place"`
	Name      strictyaml.Node `yaml:"name,required"`
	Priority  strictyaml.Node `yaml:"priority,required"`
	Direction direction       `yaml:"direction,required"`
	Security  security        `yaml:"security,required"`
	Strength  strength        `yaml:"strength,required"`
	Match     strictyaml.Node `yaml:"match,required"`
}

type direction string

func (d *direction) UnmarshalText(b []byte) error {
	*d = direction(strings.ToLower(string(b)))
	return strictyaml.Choose(string(*d), []string{Outbound, Inbound})
}

// security is a level as people write it: "Encrypt + CN", "encrypt_cn",
// "verify-cn".
type security string

func (s *security) UnmarshalText(b []byte) error {
	word := strings.NewReplacer(" ", "", "_", "+", "-", "+").Replace(strings.ToLower(string(b)))
	*s = security(word)
	return strictyaml.Choose(word, []string{"encrypt", "encrypt+cn", "verify", "verify+cn"})
}

type strength string

func (s *strength) UnmarshalText(b []byte) error {
	*s = strength(strings.ToLower(string(b)))
	return strictyaml.Choose(string(*s), []string{"medium", "high"})
}

// readConnections reads the rows, sorted: outbound before inbound, each by
// priority.
func readConnections(docs []connectionDoc, groups map[string]groupOf) ([]Connection, error) {
	var rows []Connection
	for i := range docs {
		c, err := docs[i].read(groups)
		if err != nil {
			return nil, err
		}
		for _, other := range rows {
			if other.Direction != c.Direction {
				continue
			}
			if other.Priority == c.Priority {
				return nil, docs[i].Priority.Fault("give every row of a direction a priority of its own; the lowest that matches wins",
					"%s priority %d belongs to the row %q at %s already", c.Direction, c.Priority, other.Name, other.Place)
			}
			if other.Name == c.Name {
				return nil, docs[i].Name.Fault("findings name the row; give it a name of its own", "the %s row %q stands here a second time; the first is at %s", c.Direction, c.Name, other.Place)
			}
		}
		rows = append(rows, c)
	}
	slices.SortFunc(rows, func(a, b Connection) int {
		return cmp.Or(-cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.Priority, b.Priority))
	})
	return rows, nil
}

func (doc *connectionDoc) read(groups map[string]groupOf) (Connection, error) {
	c := Connection{Direction: string(doc.Direction), Place: doc.Place, MinBits: 128,
		Chain: strings.HasPrefix(string(doc.Security), "verify"), CN: strings.HasSuffix(string(doc.Security), "+cn")}
	if doc.Strength == "high" {
		c.MinBits = 129
	}
	var err error
	if c.Name, err = doc.Name.Text(); err != nil {
		return c, err
	}
	if c.Name == "" || len(c.Name) > 100 {
		return c, doc.Name.Fault("1 to 100 characters", "%q is not a name for a row", c.Name)
	}
	if err := doc.Priority.Decode(&c.Priority); err != nil {
		return c, err
	}
	if c.Priority < 1 || c.Priority > 1_000_000 {
		return c, doc.Priority.Fault("a number from 1 to 1000000; the lowest comes first", "%d is not a priority", c.Priority)
	}
	c.Match, err = readMatch(doc.Match, groups)
	return c, err
}
