package pki

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// maxBundle bounds one file of trust anchors, in bytes. The bundles of
// operating systems have a quarter of a megabyte.
const maxBundle = 16 << 20

// Anchors is a set of trust anchors. It is immutable once loaded and may be
// used concurrently. A nil *Anchors is an empty set.
type Anchors struct {
	pool  *x509.CertPool
	names []string
	// system is set when the roots of the operating system are part of pool.
	system bool
	// bySubject holds the encodings by raw subject, to explain refusals.
	bySubject map[string][][]byte
}

// LoadAnchors reads trust anchors from files, each a PEM bundle or one DER
// certificate, and from the operating system when asked to. The set may be
// empty, if nothing is asked for or the system has no roots: trust is then not
// evaluated.
//
// An unreadable file, one without a certificate, or one with a certificate
// that cannot be used is an *audit.InputError.
func LoadAnchors(files []string, system bool) (*Anchors, error) {
	a := &Anchors{pool: x509.NewCertPool(), bySubject: map[string][][]byte{}}
	if system {
		if err := a.addSystem(); err != nil {
			return nil, err
		}
	}
	for _, file := range files {
		data, err := readBounded(file)
		if err != nil {
			return nil, &audit.InputError{
				Place: audit.Place{File: file}, Cause: fmt.Sprintf("the trust anchors cannot be read: %v", reason(err)),
				Hint: "name a PEM file with the certificates of your certificate authority", Err: err,
			}
		}
		if err := a.add(file, data); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// ParseAnchors makes a set from one PEM bundle in memory; name is what reports
// call it.
func ParseAnchors(name string, data []byte) (*Anchors, error) {
	a := &Anchors{pool: x509.NewCertPool(), bySubject: map[string][][]byte{}}
	if err := a.add(name, data); err != nil {
		return nil, err
	}
	return a, nil
}

// String names where the anchors come from, joined by " + "; empty for an
// empty set.
func (a *Anchors) String() string {
	if a.Empty() {
		return ""
	}
	return strings.Join(a.names, " + ")
}

// Empty reports whether there is nothing to trust.
func (a *Anchors) Empty() bool { return a == nil || len(a.names) == 0 }

// add adds the certificates of one file.
func (a *Anchors) add(name string, data []byte) error {
	n, others := 0, []string(nil)
	for _, b := range blocks(name, data) {
		switch {
		case b.damaged:
			return &audit.InputError{Place: b.place, Cause: "this PEM block is damaged", Hint: "copy the file again, or remove the block"}
		case !b.certificate():
			others = append(others, b.kind)
			continue
		}
		if err := a.addDER(b.data, b.place); err != nil {
			return err
		}
		n++
	}
	if n == 0 && others == nil && len(data) > 0 && data[0] == 0x30 {
		n++
		if err := a.addDER(data, audit.Place{File: name}); err != nil {
			return err
		}
	}
	if n == 0 {
		cause := "no certificate in this file"
		if others != nil {
			slices.Sort(others)
			cause += fmt.Sprintf("; it holds %q", slices.Compact(others))
		}
		return &audit.InputError{
			Place: audit.Place{File: name}, Cause: cause,
			Hint: `give a PEM file with "-----BEGIN CERTIFICATE-----" blocks`, Err: errNoCertificate,
		}
	}
	a.names = append(a.names, name)
	return nil
}

var errNoCertificate = errors.New("no certificate")

func (a *Anchors) addDER(der []byte, place audit.Place) error {
	c := read(der)
	if c.std == nil {
		return &audit.InputError{
			Place: place, Cause: fmt.Sprintf("this certificate cannot be a trust anchor: %v", c.refusal),
			Hint: "remove it from the file", Err: c.refusal,
		}
	}
	a.pool.AddCert(c.std)
	a.remember(c.std)
	return nil
}

func (a *Anchors) remember(c *x509.Certificate) {
	a.bySubject[string(c.RawSubject)] = append(a.bySubject[string(c.RawSubject)], c.Raw)
}

func readBounded(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, cmp.Or(err, errors.New("not a regular file"))
	}
	data, err := io.ReadAll(io.LimitReader(f, maxBundle+1))
	if err == nil && len(data) > maxBundle {
		err = fmt.Errorf("more than %d MiB", maxBundle>>20)
	}
	return data, err
}

// reason leaves off the path that os errors repeat.
func reason(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
