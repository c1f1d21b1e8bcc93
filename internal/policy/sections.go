package policy

import (
	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
	"tlsaudit/internal/tlsreg"
)

// The sections of a profile that are shorter to write than rules. Each expands
// to rules with ids of their own, see expand.

type protocolsDoc struct {
	// Allowed documents the standard; what is not allowed is forbidden by name.
	Allowed     []protocolDoc `yaml:"allowed"`
	Required    []protocolDoc `yaml:"required"`
	RequiredAny []protocolDoc `yaml:"required_any"`
	Recommended []protocolDoc `yaml:"recommended"`
	Discouraged []protocolDoc `yaml:"discouraged"`
	Forbidden   []protocolDoc `yaml:"forbidden"`
}

type protocolDoc struct {
	Place   audit.Place `yaml:",place"`
	Name    version     `yaml:"name,required"`
	Control string      `yaml:"control"`
	From    date        `yaml:"from"`
	Until   date        `yaml:"until"`
	Note    string      `yaml:"note"`
}

type suitesDoc struct {
	Place            audit.Place     `yaml:",place"`
	Mode             suiteMode       `yaml:"mode,required"`
	Control          string          `yaml:"control"`
	Allow            []suiteDoc      `yaml:"allow"`
	TransitionOnly   []suiteDoc      `yaml:"transition_only"`
	Deny             []denyDoc       `yaml:"deny"`
	ServerPreference *bool           `yaml:"server_preference"`
	PSKAppendix      string          `yaml:"psk_appendix"`
	Preference       []string        `yaml:"preference"`
	Note             strictyaml.Node `yaml:"note"`
}

type suiteMode string

func (m *suiteMode) UnmarshalText(b []byte) error {
	*m = suiteMode(b)
	return strictyaml.Choose(string(b), []string{"allowlist", "denylist"})
}

// suiteDoc is a suite by number and name, which must agree.
type suiteDoc struct{ name string }

type entryDoc struct {
	ID      string `yaml:"id,required"`
	Name    string `yaml:"name,required"`
	Control string `yaml:"control"`
	Note    string `yaml:"note"`
}

func (s *suiteDoc) UnmarshalNode(n strictyaml.Node) error {
	return readEntry(n, &s.name, "cipher suite", func(id string) (string, bool) {
		suite, ok := tlsreg.SuiteByName(id)
		return suite.Name, ok
	})
}

type denyDoc struct {
	Place   audit.Place     `yaml:",place"`
	When    strictyaml.Node `yaml:"when,required"`
	Level   level           `yaml:"level,required"`
	Control string          `yaml:"control"`
	From    date            `yaml:"from"`
	Until   date            `yaml:"until"`
	Note    string          `yaml:"note"`
}

type groupsDoc struct {
	Place       audit.Place `yaml:",place"`
	Control     string      `yaml:"control"`
	Allow       []groupDoc  `yaml:"allow"`
	RequiredAny []groupDoc  `yaml:"required_any"`
	Note        string      `yaml:"note"`
}

// groupDoc is a key-exchange group by number and name, which must agree.
type groupDoc struct{ name string }

func (g *groupDoc) UnmarshalNode(n strictyaml.Node) error {
	return readEntry(n, &g.name, "key-exchange group", func(id string) (string, bool) {
		group, ok := tlsreg.GroupByName(id)
		return group.Name, ok
	})
}

// readEntry reads {id, name}, or the name alone in any vendor's spelling.
func readEntry(n strictyaml.Node, name *string, kind string, lookup func(string) (string, bool)) error {
	if n.IsText() {
		text, _ := n.Text()
		found, ok := lookup(text)
		if !ok {
			return n.Fault("write the IANA or OpenSSL name, or the number", "%q is not a %s", text, kind)
		}
		*name = found
		return nil
	}
	var e entryDoc
	if err := n.Decode(&e); err != nil {
		return err
	}
	if _, err := tlsreg.ParseCode(e.ID); err != nil {
		return n.Get("id").Fault("write the two bytes as in 0xC0,0x2F", "%v", err)
	}
	found, ok := lookup(e.ID)
	if !ok {
		return n.Get("id").Fault("see the IANA registry", "%s is not a %s", e.ID, kind)
	}
	if found != e.Name {
		return n.Get("name").Fault("number and name must agree", "%s is %s, not %q", e.ID, found, e.Name)
	}
	*name = found
	return nil
}

type keysDoc struct {
	Place             audit.Place `yaml:",place"`
	Control           string      `yaml:"control"`
	Types             []string    `yaml:"types"`
	RSAMin            int         `yaml:"rsa_min"`
	RSABits           int         `yaml:"rsa_bits"`
	ECDSAMin          int         `yaml:"ecdsa_min"`
	ECDSACurves       []groupDoc  `yaml:"ecdsa_curves"`
	ECDSACurvesShould []groupDoc  `yaml:"ecdsa_curves_should"`
	DSAMin            int         `yaml:"dsa_min"`
	DHMin             int         `yaml:"dh_min"`
	DHBits            int         `yaml:"dh_bits"`
	ECDHBits          int         `yaml:"ecdh_bits"`
	StrengthMin       int         `yaml:"security_strength_min"`
}

type certSigalgsDoc struct {
	Place   audit.Place `yaml:",place"`
	Control string      `yaml:"control"`
	Allow   []string    `yaml:"allow,required"`
}

type certHashDoc struct {
	Place     audit.Place `yaml:",place"`
	Control   string      `yaml:"control"`
	Forbidden []string    `yaml:"forbidden,required"`
	// Min documents the weakest hash that is left.
	Min string `yaml:"min"`
}
