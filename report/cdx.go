package report

import (
	"bufio"
	"io"
	"iter"
	"time"

	"tlsaudit/audit"
)

// CycloneDX is a cryptography bill of materials, CycloneDX 1.7 (ECMA-424): each
// endpoint, and each listener a configuration file declares, is a service that
// provides protocols and depends on certificates; protocols, certificates and
// algorithms are components, each distinct one once.
//
// Only what was seen to be accepted is an asset. What is latent, what could not
// be determined and what was never asked is said in the properties of the
// service, since a bill that leaves something out looks like one of which there
// is nothing.
//
// Of all that grows with the fleet, memory holds the identity of each asset; see
// cdxAssets for the bound.
var CycloneDX = Format{Name: "cyclonedx", Ext: ".cdx.json", Type: "application/vnd.cyclonedx+json", Title: "CycloneDX 1.7 cryptography bill of materials", Write: writeCycloneDX}

// cdxAssets is how many distinct assets a document has at most. What is beyond
// is counted in the properties of the document.
const cdxAssets = 500_000

// cdxEstate is the reference of what the bill is of.
const cdxEstate = "estate"

func writeCycloneDX(w io.Writer, r *audit.Report, _ Options) error { return cdxWithin(w, r, cdxAssets) }

func cdxWithin(w io.Writer, r *audit.Report, limit int) error {
	c := &cdxWriter{report: r, limit: limit, seen: map[string]bool{}, jsonWriter: jsonWriter{w: bufio.NewWriter(w)}}
	c.text("{\n")
	c.member("$schema", "http://cyclonedx.org/schema/bom-1.7.schema.json", ",\n")
	c.member("bomFormat", "CycloneDX", ",\n")
	c.member("specVersion", "1.7", ",\n")
	c.member("serialNumber", "urn:uuid:"+runUUID(r, "cyclonedx"), ",\n")
	c.member("version", 1, ",\n")
	c.member("metadata", c.metadata(), ",\n")
	c.list("components", c.records(), func(record *audit.Record) {
		for _, s := range cdxServices(record) {
			c.assets(s)
		}
	})
	c.text(",\n")
	c.list("services", c.records(), func(record *audit.Record) {
		for _, s := range cdxServices(record) {
			c.element(c.service(s))
		}
	})
	c.text(",\n")
	c.list("dependencies", c.records(), func(record *audit.Record) {
		for _, s := range cdxServices(record) {
			c.dependencies(s)
		}
	})
	c.text(",\n")
	c.member("compositions", []cdxComposition{c.composition()}, "")
	if c.omitted > 0 {
		c.text(",\n")
		c.member("properties", []cdxProperty{{"tlsaudit:assets-left-out", plural(c.omitted, "asset", "assets")}}, "")
	}
	return c.end("\n}\n")
}

type cdxWriter struct {
	jsonWriter
	report *audit.Report
	limit  int
	// seen has the reference of each asset that was written, and whether its
	// dependencies were too.
	seen    map[string]bool
	omitted int // mentions of assets that were one too many
}

// records leaves out what has no posture: the rows of a gateway's table.
func (c *cdxWriter) records() iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		for record, err := range c.report.Records.BySubject() {
			if err == nil && record.Evidence.Connection != nil {
				continue
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

type cdxProperty struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type cdxMetadata struct {
	Time       string         `json:"timestamp,omitempty"`
	Lifecycles []cdxLifecycle `json:"lifecycles"`
	Tools      cdxTools       `json:"tools"`
	Component  cdxComponent   `json:"component"`
	Properties []cdxProperty  `json:"properties"`
}

type cdxLifecycle struct {
	Phase string `json:"phase"`
}

type cdxTools struct {
	Components []cdxComponent `json:"components"`
}

type cdxComponent struct {
	Type       string        `json:"type"`
	Ref        string        `json:"bom-ref,omitempty"`
	Name       string        `json:"name"`
	Version    string        `json:"version,omitempty"`
	Crypto     *cdxCrypto    `json:"cryptoProperties,omitempty"`
	Properties []cdxProperty `json:"properties,omitempty"`
}

func (c *cdxWriter) metadata() cdxMetadata {
	r := c.report
	name := Clean(r.Tool.Name)
	if name == "" {
		name = "tlsaudit"
	}
	m := cdxMetadata{Lifecycles: []cdxLifecycle{{"operations"}}, Tools: cdxTools{[]cdxComponent{{Type: "application", Name: name, Version: Clean(r.Tool.Version)}}},
		Component: cdxComponent{Type: "platform", Ref: cdxEstate, Name: "TLS endpoints"}}
	if !r.Generated.IsZero() {
		m.Time = r.Generated.UTC().Format(time.RFC3339)
	}
	tell := func(name, value string) {
		if value != "" {
			m.Properties = append(m.Properties, cdxProperty{"tlsaudit:" + name, Clean(value)})
		}
	}
	if r.Complete {
		tell("complete", "yes")
	} else {
		tell("complete", "no")
		tell("incomplete", "the audit is incomplete: "+whyIncomplete(r))
	}
	tell("score", r.Summary.Score.String())
	if r.Origin != nil {
		tell("scanned-from", r.Origin.Host)
		tell("operator", r.Origin.Operator)
	}
	for _, p := range r.Policies {
		tell("policy", ocsfStandard(&p))
	}
	for _, f := range r.Sources {
		tell("source", f.File+" sha256:"+f.SHA256)
	}
	for _, notice := range r.Notices {
		tell("notice", notice)
	}
	if r.Changes != nil {
		for _, kind := range audit.ChangeKinds {
			if n := r.Changes.Counts[kind]; n > 0 {
				tell("changes-"+string(kind), plural(n, "change", "changes"))
			}
		}
	}
	return m
}

type cdxComposition struct {
	Aggregate  string   `json:"aggregate"`
	Assemblies []string `json:"assemblies"`
}

// composition says whether the bill has all there is.
func (c *cdxWriter) composition() cdxComposition {
	if !c.report.Complete || c.omitted > 0 {
		return cdxComposition{"incomplete", []string{cdxEstate}}
	}
	return cdxComposition{"complete", []string{cdxEstate}}
}

// asset writes a component unless it is there, and reports whether it is.
func (c *cdxWriter) asset(ref string, component func() cdxComponent) bool {
	if _, there := c.seen[ref]; there {
		return true
	}
	if len(c.seen) >= c.limit {
		c.omitted++
		return false
	}
	c.seen[ref] = false
	made := component()
	made.Type, made.Ref = "cryptographic-asset", ref
	c.element(made)
	return true
}

// written leaves of references those to assets that were written.
func (c *cdxWriter) written(refs []string) (list []string) {
	for _, ref := range refs {
		if _, there := c.seen[ref]; there {
			list = append(list, ref)
		}
	}
	return list
}
