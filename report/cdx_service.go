package report

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tlsaudit/audit"
)

// cdxSource is what becomes a service: an endpoint, or a listener that a file
// declares.
type cdxSource struct {
	ref, subject string
	posture      *audit.Posture
	observed     *audit.Observation // nil for a listener
	declared     *audit.Declared    // nil for an endpoint
	findings     []audit.Finding
}

// cdxServices are the services of a record.
func cdxServices(record *audit.Record) (list []cdxSource) {
	e := &record.Evidence
	if e.Endpoint() {
		o := observed(record)
		return []cdxSource{{ref: "service/" + nameUUID("cdx", e.Subject), subject: e.Subject, posture: &o.Posture, observed: o, findings: record.Findings}}
	}
	for i := range e.Declared {
		d := &e.Declared[i]
		list = append(list, cdxSource{ref: "service/" + nameUUID("cdx", e.Subject, strconv.Itoa(i)), subject: e.Subject, posture: &d.Posture, declared: d, findings: record.Findings})
	}
	return list
}

type cdxService struct {
	Ref        string        `json:"bom-ref"`
	Group      string        `json:"group,omitempty"`
	Name       string        `json:"name"`
	Endpoints  []string      `json:"endpoints,omitempty"`
	Properties []cdxProperty `json:"properties"`
}

func (c *cdxWriter) service(s cdxSource) cdxService {
	v := cdxService{Ref: s.ref, Name: Clean(s.subject)}
	if v.Name == "" {
		v.Name = "unknown subject"
	}
	tell := func(name, value string) {
		if value != "" {
			v.Properties = append(v.Properties, cdxProperty{"tlsaudit:" + name, Clean(value)})
		}
	}
	switch {
	case s.observed != nil:
		o := s.observed
		v.Group = Clean(o.Target.System)
		if cdxEndpoint(s.subject) {
			v.Endpoints = []string{s.subject}
		}
		tell("known-from", "observed")
		tell("reach", string(o.Reach))
		tell("reach-reason", o.Reason)
		tell("owner", o.Target.Owner)
		tell("environment", o.Target.Environment)
		tell("product", o.Target.Product)
	case s.declared != nil:
		d := s.declared
		tell("known-from", "declared")
		tell("file", d.File)
		tell("listener", d.Listener)
		tell("role", string(d.Role))
		tell("product", strings.TrimSpace(d.Product+" "+d.ProductVersion))
		tell("tls", d.TLS.String())
		for _, gap := range d.Gaps {
			tell("gap", gap)
		}
	}
	for _, answer := range []audit.Answer{audit.Refused, audit.Latent, audit.Undetermined, audit.NotAsked} {
		tell("versions-"+answer.String(), versionsWith(s.posture, answer))
	}
	for i := range s.posture.Versions {
		if f := &s.posture.Versions[i]; f.Answer == audit.Accepted && f.SuitesAnswer != audit.Accepted {
			tell("suites-may-be-missing", f.Version.String())
		}
	}
	if s.posture.ChainsAnswer == audit.Undetermined {
		tell("certificates-may-be-missing", strings.TrimSpace("not all were read; "+s.posture.ChainsEvidence))
	}
	var numbers [len(allVerdicts)]int
	for i := range s.findings {
		numbers[rank(s.findings[i].Verdict)]++
	}
	tell("findings", counts(numbers[:]))
	return v
}

// versionsWith lists the versions of which a posture says this.
func versionsWith(p *audit.Posture, answer audit.Answer) string {
	var list []string
	for _, v := range audit.Versions {
		if p.Version(v).Answer == answer {
			list = append(list, v.String())
		}
	}
	return strings.Join(list, " ")
}

// cdxEndpoint reports whether a subject is a plain URL.
func cdxEndpoint(subject string) bool {
	u, err := url.Parse(subject)
	return err == nil && u.Host != "" && len(subject) < 2000 && strings.Trim(subject, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?=&%+[]") == ""
}

type cdxDependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn,omitempty"`
	Provides  []string `json:"provides,omitempty"`
}

// assets writes the components a service is about that are not there yet.
func (c *cdxWriter) assets(s cdxSource) {
	for i := range s.posture.Chains {
		for k := range s.posture.Chains[i].Certificates {
			c.certificate(&s.posture.Chains[i].Certificates[k])
		}
	}
	for i := range s.posture.Versions {
		if f := &s.posture.Versions[i]; f.Answer == audit.Accepted {
			c.protocol(cdxProtocolOf(s.posture, f))
		}
	}
}

// dependencies writes what a service provides and depends on, and what its
// protocols do, if that was not written for another.
func (c *cdxWriter) dependencies(s cdxSource) {
	d := cdxDependency{Ref: s.ref}
	var protocols []cdxProtocol
	for i := range s.posture.Versions {
		if f := &s.posture.Versions[i]; f.Answer == audit.Accepted {
			p := cdxProtocolOf(s.posture, f)
			protocols, d.Provides = append(protocols, p), append(d.Provides, p.ref)
		}
	}
	for i := range s.posture.Chains {
		if list := s.posture.Chains[i].Certificates; len(list) > 0 {
			if ref := cdxCertificateRef(&list[0]); !slices.Contains(d.DependsOn, ref) {
				d.DependsOn = append(d.DependsOn, ref)
			}
		}
	}
	d.Provides, d.DependsOn = c.written(d.Provides), c.written(d.DependsOn)
	c.element(d)
	for _, p := range protocols {
		if done, there := c.seen[p.ref]; there && !done {
			c.seen[p.ref] = true
			c.element(cdxDependency{Ref: p.ref, DependsOn: c.written(p.refs())})
		}
	}
}
