package attest

import (
	"errors"
	"fmt"
	"io/fs"
)

// chain holds the chain to itself, to the manifest, and to every other manifest
// that is still there. Signed says that the key was proven to have signed the
// manifest.
func (c *Claim) chain(m *Manifest, text []byte, signed bool) []Line {
	bad := func(format string, args ...any) []Line {
		return []Line{{Kind: OfChain, What: ChainName, Mismatch: true, Text: fmt.Sprintf(format, args...)}}
	}
	f, err := openRegular(c.Folder, ChainName)
	if errors.Is(err, fs.ErrNotExist) && m.Previous != nil {
		// The manifest itself says that there was a chain.
		return []Line{{Kind: OfChain, What: ChainName, Mismatch: c.Chain, Text: fmt.Sprintf("the manifest follows run %d and the chain is missing", m.Previous.Number)}}
	}
	if errors.Is(err, fs.ErrNotExist) && !c.Chain {
		return []Line{{Kind: OfChain, What: ChainName, Text: "there is none: whether runs before or after this one are missing is not known"}}
	}
	if err != nil {
		return bad("%v", err)
	}
	defer func() { _ = f.Close() }() // it was read only
	chain, err := ReadChain(f)
	if err != nil {
		return bad("%v", err)
	}
	if m.Number > len(chain.Links) {
		return bad("it ends at run %d, and the manifest is of run %d", len(chain.Links), m.Number)
	}
	link := &chain.Links[m.Number-1]
	switch {
	case !link.is(m, text) || link.File != c.File:
		return bad("run %d has another manifest there: this one was changed, or put in the place of another", m.Number)
	case !chain.follows(m):
		return bad("the manifest follows another run %d than the one there", m.Number-1)
	}
	newest := chain.newest()
	if n := newest[c.File]; n > m.Number {
		return bad("run %d wrote a newer manifest of this name: an old one was put in its place", n)
	}
	said := fmt.Sprintf("run %d of %d, no line is missing or changed", m.Number, len(chain.Links))
	if m.Number == len(chain.Links) {
		said = fmt.Sprintf("run %d, the newest; no line is missing or changed", m.Number)
	}
	covered := 0
	if signed {
		covered = m.Number
	}
	others := c.others(chain, newest)
	for _, o := range others {
		if o.signed {
			covered = max(covered, o.link.Number)
		}
	}
	if behind := max(covered, m.Number); c.Key != nil && behind < len(chain.Links) {
		said += fmt.Sprintf("; nothing signed covers the lines behind run %d", behind)
	}
	lines := []Line{{Kind: OfChain, What: ChainName, OK: true, Text: said}}
	for _, o := range others {
		lines = append(lines, o.line(c, chain, covered))
	}
	return lines
}

// follows reports whether the lines before a manifest are those it follows.
func (c *Chain) follows(m *Manifest) bool {
	if m.Previous == nil {
		return true
	}
	before := &c.Links[m.Number-2]
	return m.Previous.Link == before.digest() && m.Previous.Manifest == before.Manifest
}

// other is another manifest of a chain, and what was found out about it.
type other struct {
	link *Link
	// err is what keeps it from being the one there; it is fs.ErrNotExist where
	// there is none.
	err error
	// signed says that the key signed it; unsigned says why that is not proven.
	signed   bool
	unsigned string
}

// others holds the other manifests of the chain to it. Those that were not kept,
// or were replaced by newer ones, are left out, but for the newest: nothing
// stands behind its line.
func (c *Claim) others(chain *Chain, newest map[string]int) (list []other) {
	for i := range chain.Links {
		l := &chain.Links[i]
		if l.File == c.File || newest[l.File] != l.Number {
			continue
		}
		o := c.other(chain, l)
		if !errors.Is(o.err, fs.ErrNotExist) || l == chain.Last() {
			list = append(list, o)
		}
	}
	return list
}

// other holds one manifest to its link, and its signature to the key.
func (c *Claim) other(chain *Chain, l *Link) other {
	o := other{link: l}
	f, err := openRegular(c.Folder, l.File)
	if err != nil {
		o.err = err
		return o
	}
	defer func() { _ = f.Close() }() // it was read only
	m, text, err := ReadManifest(f)
	switch {
	case err != nil:
		o.err = err
	case !l.is(m, text):
		o.err = fmt.Errorf("it is not the manifest of run %d, as the chain has it", l.Number)
	case !chain.follows(m):
		o.err = fmt.Errorf("it follows another run %d than the one in the chain", l.Number-1)
	case c.Key != nil:
		o.signed, o.unsigned, o.err = c.signs(m, text, l.File)
	}
	return o
}

// signs reports whether the key signed another manifest, or why that is not
// proven. The error says that the manifest names the key and the signature does
// not bear it out.
func (c *Claim) signs(m *Manifest, text []byte, file string) (signed bool, unsigned string, err error) {
	id, err := KeyID(c.Key)
	switch {
	case err != nil:
		return false, "", err
	case m.SignedBy == "":
		return false, "it is not signed", nil
	case m.SignedBy != id:
		return false, "it names the key " + short(m.SignedBy), nil
	}
	name := SignatureName(file)
	f, err := openRegular(c.Folder, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, "its signature " + name + " is missing", nil
	}
	if err != nil {
		return false, "", fmt.Errorf("its signature %s: %w", name, err)
	}
	defer func() { _ = f.Close() }() // it was read only
	envelope, statement, err := ReadEnvelope(f)
	if err == nil {
		err = statement.about(m, text, file)
	}
	if err == nil {
		err = envelope.Verify(c.Key)
	}
	if err != nil {
		return false, "", fmt.Errorf("its signature %s: %w", name, err)
	}
	return true, "", nil
}

// line says what was found out about another manifest. With a key it is proven
// only as far as something the key signed covers it: up to the line of the run
// with the number covered.
func (o *other) line(c *Claim, chain *Chain, covered int) Line {
	l := Line{Kind: OfOther, What: o.link.File, Text: fmt.Sprintf("the manifest of run %d", o.link.Number)}
	switch {
	case errors.Is(o.err, fs.ErrNotExist):
		l.Text += ", the newest, is not there: nothing proves that line of the chain"
	case o.err != nil:
		l.Mismatch, l.Text = true, o.err.Error()
	case c.Key == nil:
		l.OK = true
	case o.signed:
		l.OK = true
		l.Text += ", signed by this key"
	case o.link.Number < covered:
		l.Text += fmt.Sprintf(", not signed by this key (%s); it is as it was when the key signed run %d", o.unsigned, covered)
	default:
		l.Text += fmt.Sprintf(", not signed by this key (%s), and nothing signed covers it", o.unsigned)
	}
	return l
}

// listed reports whether a chain beside the file names it as a manifest.
func (c *Claim) listed() bool {
	f, err := openRegular(c.Folder, ChainName)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // it was read only
	chain, err := ReadChain(f)
	return err == nil && chain.newest()[c.File] > 0
}

// newest is the number of the last run that wrote a manifest of each name.
func (c *Chain) newest() map[string]int {
	numbers := map[string]int{}
	for i := range c.Links {
		numbers[c.Links[i].File] = c.Links[i].Number
	}
	return numbers
}
