package policy

import (
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/gateway"
	"tlsaudit/internal/strictyaml"
)

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
	return strictyaml.Choose(string(*d), []string{gateway.Outbound, gateway.Inbound})
}

// security is a level as people write it: "Encrypt + CN", "encrypt_cn",
// "verify-cn".
type security string

func (s *security) UnmarshalText(b []byte) error {
	word := strings.NewReplacer(" ", "", "_", "+", "-", "+").Replace(strings.ToLower(string(b)))
	*s = security(word)
	return strictyaml.Choose(word, gateway.Levels)
}

type strength string

func (s *strength) UnmarshalText(b []byte) error {
	*s = strength(strings.ToLower(string(b)))
	return strictyaml.Choose(string(*s), []string{"medium", "high"})
}

// readConnections reads the rows in the order they stand in.
func readConnections(docs []connectionDoc, groups map[string]groupOf) ([]gateway.Row, error) {
	var rows []gateway.Row
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
	return rows, nil
}

func (doc *connectionDoc) read(groups map[string]groupOf) (gateway.Row, error) {
	c := gateway.Row{Direction: string(doc.Direction), Level: gateway.Level(doc.Security), Place: doc.Place, MinBits: 128}
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
