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
				Hint: "name a PEM file whose first certificate is the gateway's own, or state its purposes: {eku: [serverAuth, clientAuth]}", Err: err}
		}
		if err := p.SetOutgoing(t, c, checks.All); err != nil {
			return err
		}
	}
	return nil
}

// outgoingCertificate returns the facts about the first certificate of a file.
// Of a key that stands in it too nothing is kept.
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
		return &gateway.Certificate{Subject: c.Subject, EKU: c.EKU, EKUPresent: c.EKUPresent}, nil
	}
	return nil, errors.New("no certificate in PEM form")
}
