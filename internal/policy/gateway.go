package policy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/gateway"
	"tlsaudit/internal/strictyaml"
)

// gatewayDoc is what a policy says about the gateway beside the rows.
type gatewayDoc struct {
	Place       audit.Place     `yaml:",place"`
	Deployment  *deployment     `yaml:"deployment"`
	CollectedAt strictyaml.Node `yaml:"collected_at"`
	TrustedCA   *bool           `yaml:"trusted_ca_for_outgoing_imported"`
	Strict      *bool           `yaml:"strict_outbound_message_authenticity_checks"`
	MinStrength *strength       `yaml:"min_strength"`
	Sensitive   strictyaml.Node `yaml:"sensitive"`
	Outgoing    strictyaml.Node `yaml:"outgoing_certificate"`
	Import      []importDoc     `yaml:"import"`
}

// importDoc is one file to take rows from.
type importDoc struct {
	File strictyaml.Node `yaml:"file,required"`
	As   strictyaml.Node `yaml:"as"`
}

type deployment string

func (d *deployment) UnmarshalText(b []byte) error {
	*d = deployment(strings.ToLower(string(b)))
	return strictyaml.Choose(string(*d), gateway.Deployments)
}

const (
	maxSensitive = 1000
	maxImports   = 20
	maxImport    = 1 << 20 // bytes, as much as package gateway reads
)

// readGateway joins the rows written under connections with those imported, and
// the facts beside them. It returns no table if there is none; imported is all
// that was read. Names of files are relative to the folder of the policy.
func (r reader) readGateway(id string, doc *gatewayDoc, rows []gateway.Row, at audit.Place) (_ *gateway.Table, imported []byte, _ error) {
	if doc == nil && len(rows) == 0 {
		return nil, nil, nil
	}
	t := &gateway.Table{Policy: id, Place: at, Rows: rows}
	if len(rows) > 0 {
		t.Product = gateway.Forcepoint
	}
	if doc == nil {
		t.Sort()
		return t, imported, nil
	}
	t.Place = doc.Place
	if len(rows)+len(doc.Import) == 0 {
		return nil, nil, &audit.InputError{Place: doc.Place, Cause: "gateway: facts about a table without rows", Hint: "add connections, or import: [{file: enforced-tls.json}]"}
	}
	if err := doc.facts(r, t); err != nil {
		return nil, nil, err
	}
	if len(doc.Import) > maxImports {
		return nil, nil, doc.Import[maxImports].File.Fault("join the files", "more than %d imports", maxImports)
	}
	for i := range doc.Import {
		data, err := doc.Import[i].read(r, t)
		if err != nil {
			return nil, nil, err
		}
		imported = append(imported, data...)
	}
	t.Sort()
	return t, imported, nil
}

func (doc *gatewayDoc) facts(r reader, t *gateway.Table) error {
	if doc.Deployment != nil {
		t.Deployment = gateway.Deployment(*doc.Deployment)
	}
	t.TrustedCA, t.StrictAuthenticity = doc.TrustedCA, doc.Strict
	if doc.MinStrength != nil {
		t.Wants.MinBits = map[strength]int{"medium": 128, "high": 129}[*doc.MinStrength]
	}
	if !doc.CollectedAt.IsZero() {
		text := fmt.Sprint(doc.CollectedAt.Any())
		at, err := gateway.ParseTime(text)
		if err != nil {
			return doc.CollectedAt.Fault("write 2026-11-20 or 2026-11-20T09:00:00Z", "%q is not a time", text)
		}
		t.CollectedAt = at
	}
	if !doc.Sensitive.IsZero() {
		list, err := readDomains(doc.Sensitive)
		if err != nil {
			return err
		}
		if len(list) > maxSensitive {
			return doc.Sensitive.Fault("name the domains above them", "more than %d sensitive domains", maxSensitive)
		}
		for _, d := range list {
			if !slices.Contains(t.Wants.Sensitive, d) {
				t.Wants.Sensitive = append(t.Wants.Sensitive, d)
			}
		}
	}
	return doc.outgoing(r, t)
}

// outgoing reads what is known of the certificate the gateway presents: a file,
// which is read by the caller, or its purposes.
func (doc *gatewayDoc) outgoing(r reader, t *gateway.Table) error {
	n := doc.Outgoing
	if n.IsZero() {
		return nil
	}
	t.OutgoingAt = n.Place()
	if n.IsText() {
		name, _ := n.Text()
		var err error
		t.OutgoingFile, err = r.beside(n, name)
		return err
	}
	var stated struct {
		EKU strictyaml.Node `yaml:"eku,required"`
	}
	if err := n.Decode(&stated); err != nil {
		return err
	}
	items, err := stated.EKU.Items()
	if err != nil {
		return err
	}
	t.Outgoing = &gateway.Certificate{EKUPresent: true, EKU: []string{}}
	for _, item := range items {
		name, err := item.Text()
		if err != nil {
			return err
		}
		if !ekuName(name) {
			return item.Fault("write serverAuth, clientAuth, or an OID such as 1.3.6.1.5.5.7.3.2", "%q is not a purpose of keys", name)
		}
		t.Outgoing.EKU = append(t.Outgoing.EKU, name)
	}
	return nil
}

func ekuName(s string) bool {
	return slices.Contains([]string{"serverAuth", "clientAuth", "emailProtection", "codeSigning", "timeStamping", "OCSPSigning", "any", "anyExtendedKeyUsage"}, s) ||
		strings.Contains(s, ".") && strings.Trim(s, "0123456789.") == ""
}

// beside makes a name relative to the folder of the policy.
func (r reader) beside(n strictyaml.Node, name string) (string, error) {
	switch {
	case r.dir == "":
		return "", n.Fault("write the policy to a file", "no file can be named here: %q", name)
	case filepath.IsAbs(name):
		return name, nil
	}
	return filepath.Join(r.dir, name), nil
}

func (doc *importDoc) read(r reader, t *gateway.Table) ([]byte, error) {
	name, err := doc.File.Text()
	if err != nil {
		return nil, err
	}
	as := ""
	if !doc.As.IsZero() {
		if as, err = doc.As.Text(); err != nil {
			return nil, err
		}
		var unknown *strictyaml.ChoiceError
		if errors.As(strictyaml.Choose(as, gateway.FormatNames()), &unknown) {
			return nil, doc.As.Fault(unknown.Hint(), "%v", unknown)
		}
	}
	path, err := r.beside(doc.File, name)
	if err != nil {
		return nil, err
	}
	data, err := readRegular(path)
	if err != nil {
		return nil, doc.File.Fault("name a file, relative to the folder of the policy", "cannot read %q: %s", path, strictyaml.Reason(err))
	}
	table, err := gateway.Read(as, path, data)
	if err != nil {
		return nil, err
	}
	if fault := t.Merge(table); fault != nil {
		return nil, doc.File.Fault(fault.Hint, "%s: %s", path, fault.Cause)
	}
	return data, nil
}

// readRegular reads no more of a file than a table may have, and nothing that
// is no file: a pipe would keep it waiting.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	return strictyaml.ReadFile(path, maxImport)
}
