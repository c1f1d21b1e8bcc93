package main

import (
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/gateway"
	"tlsaudit/internal/pki"
	"tlsaudit/internal/policy"
)

// maxOutgoing bounds the file of a gateway's own certificate.
const maxOutgoing = 1 << 20

// readOutgoing reads the certificates that gateways present to their peers, so
// that the policy's rules about them (FP-09) can be decided.
func readOutgoing(p *policy.Policy) error {
	for _, t := range p.Tables {
		if t.OutgoingFile == "" {
			continue
		}
		c, err := outgoingCertificate(t.OutgoingFile)
		if err != nil {
			return &audit.InputError{Place: t.OutgoingAt, Cause: fmt.Sprintf("gateway.outgoing_certificate: %s: %v", t.OutgoingFile, err),
				Hint: "name a PEM file with the gateway's own certificate, or state its purposes: {eku: [serverAuth, clientAuth]}", Err: err}
		}
		if err := p.SetOutgoing(t, c, checks.All); err != nil {
			return err
		}
	}
	return nil
}

// outgoingCertificate returns the facts about the gateway's own certificate in a
// file: the only one, or the first that is none of an authority, since a bundle
// may hold those before it. Of a key that stands in it too nothing is kept.
func outgoingCertificate(name string) (*gateway.Certificate, error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(name)
	}
	if err != nil {
		if p := (*fs.PathError)(nil); errors.As(err, &p) {
			err = p.Err
		}
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxOutgoing+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxOutgoing {
		return nil, fmt.Errorf("larger than %d bytes", maxOutgoing)
	}
	var own *gateway.Certificate
	count := 0
	for len(data) > 0 {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		if data = rest; block.Type != "CERTIFICATE" {
			continue
		}
		c := pki.Parse(block.Bytes)
		if c.Error != "" {
			return nil, errors.New("the certificate cannot be read: " + c.Error)
		}
		if count++; count > 1 && c.IsCA {
			continue
		}
		own = &gateway.Certificate{Subject: c.Subject, EKU: c.EKU, EKUPresent: c.EKUPresent}
		if !c.IsCA {
			return own, nil
		}
	}
	switch {
	case own == nil:
		return nil, errors.New("no certificate in PEM form")
	case count > 1:
		return nil, fmt.Errorf("%d certificates, all of authorities: none is the gateway's own", count)
	}
	return own, nil
}
