package history

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"tlsaudit/audit"
)

// facts is what stays of the evidence about a subject from one scan to the next:
// what a scan takes and when it was made is apart, and the certificates are
// contents of their own, because many subjects present the same.
type facts struct {
	Subject    string             `json:"subject"`
	Observed   *audit.Observation `json:"observed"`
	Connection *audit.Connection  `json:"connection,omitempty"`
}

// judged is what was found of a subject.
type judged struct {
	Findings []audit.Finding `json:"findings"`
	WhatIf   *audit.WhatIf   `json:"what_if,omitempty"`
}

// parts is a record taken apart.
type parts struct {
	facts, findings, declared []byte
	// certificates are those the facts name in place of holding them.
	certificates [][]byte
	varying      []byte
}

// split takes the evidence of a record apart. The record is left as it is.
func split(e *audit.Evidence) (*parts, error) {
	p := &parts{}
	f := facts{Subject: e.Subject, Connection: e.Connection}
	if e.Observed != nil {
		o := *e.Observed
		p.varying = takeVarying(&o)
		if err := p.takeCertificates(&o); err != nil {
			return nil, fmt.Errorf("encoding the certificates of %s: %w", e.Subject, err)
		}
		f.Observed = &o
	}
	var err error
	if p.facts, err = json.Marshal(f); err != nil {
		return nil, fmt.Errorf("encoding what was seen of %s: %w", e.Subject, err)
	}
	if e.Declared != nil {
		if p.declared, err = json.Marshal(e.Declared); err != nil {
			return nil, fmt.Errorf("encoding what is declared about %s: %w", e.Subject, err)
		}
	}
	return p, nil
}

// chains are all chains of an observation, wherever they are.
func chains(o *audit.Observation) (all []*audit.Chain) {
	for i := range o.Chains {
		all = append(all, &o.Chains[i])
	}
	if d := o.MailDomain; d != nil && d.MTASTS != nil && d.MTASTS.Fetch != nil && d.MTASTS.Fetch.Chain != nil {
		all = append(all, d.MTASTS.Fetch.Chain)
	}
	return all
}

// ownChains gives an observation, which is a copy, chains of its own to change.
func ownChains(o *audit.Observation) {
	o.Chains = slices.Clone(o.Chains)
	if d := o.MailDomain; d != nil && d.MTASTS != nil && d.MTASTS.Fetch != nil && d.MTASTS.Fetch.Chain != nil {
		domain, sts, fetch, chain := *d, *d.MTASTS, *d.MTASTS.Fetch, *d.MTASTS.Fetch.Chain
		fetch.Chain, sts.Fetch, domain.MTASTS, o.MailDomain = &chain, &fetch, &sts, &domain
	}
}

// takeCertificates puts the digest of each certificate's content in its place.
func (p *parts) takeCertificates(o *audit.Observation) error {
	for _, chain := range chains(o) {
		if chain.Certificates == nil {
			continue
		}
		named := make([]audit.Certificate, len(chain.Certificates))
		for i := range chain.Certificates {
			content, err := json.Marshal(&chain.Certificates[i])
			if err != nil {
				return err
			}
			hash := hashOf(content)
			named[i].SHA256 = hex.EncodeToString(hash[:])
			p.certificates = append(p.certificates, content)
		}
		chain.Certificates = named
	}
	return nil
}

// join undoes split. The certificates are looked up by the digest of their
// content.
func join(ctx context.Context, content, declared, varying []byte, certificate func(context.Context, digest) ([]byte, error)) (*audit.Evidence, error) {
	var f facts
	if err := json.Unmarshal(content, &f); err != nil {
		return nil, fmt.Errorf("decoding what was seen: %w", err)
	}
	e := &audit.Evidence{Subject: f.Subject, Observed: f.Observed, Connection: f.Connection}
	if len(declared) > 0 {
		if err := json.Unmarshal(declared, &e.Declared); err != nil {
			return nil, fmt.Errorf("decoding what is declared about %s: %w", e.Subject, err)
		}
	}
	if e.Observed == nil {
		return e, nil
	}
	for _, chain := range chains(e.Observed) {
		for i := range chain.Certificates {
			var hash digest
			if n, err := hex.Decode(hash[:], []byte(chain.Certificates[i].SHA256)); err != nil || n != len(hash) {
				return nil, &DamageError{What: "a certificate of " + e.Subject + " is not named"}
			}
			content, err := certificate(ctx, hash)
			if err != nil {
				return nil, err
			}
			chain.Certificates[i] = audit.Certificate{}
			if err := json.Unmarshal(content, &chain.Certificates[i]); err != nil {
				return nil, fmt.Errorf("decoding a certificate of %s: %w", e.Subject, err)
			}
		}
	}
	return e, giveVarying(e.Observed, varying)
}
