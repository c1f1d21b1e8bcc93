package attest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// ChainName is the file of a chain, beside its manifests.
const ChainName = "tlsaudit-chain.ndjson"

// MaxChain is the size of a chain in bytes: two hundred thousand runs.
const MaxChain = 64 << 20

// Link is one line of a chain: one run.
type Link struct {
	// Number counts from 1.
	Number    int       `json:"number"`
	Generated time.Time `json:"generated"`
	Verdict   Verdict   `json:"verdict"`
	// File is the name of the manifest, beside the chain.
	File string `json:"file"`
	// Manifest is the SHA-256 of the manifest.
	Manifest string `json:"manifest"`
	// Previous is the SHA-256 of the line before, without its end; empty in the
	// first.
	Previous string `json:"previous,omitempty"`

	line []byte
}

// encode writes a link as it is stored, without the end of the line.
func (l *Link) encode() ([]byte, error) {
	line, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	return ascii(line), nil
}

// is reports whether a link is that of the manifest with these bytes.
func (l *Link) is(m *Manifest, text []byte) bool {
	return l.Manifest == Digest(text) && l.Number == m.Number && l.Generated.Equal(m.Generated) && l.Verdict == m.Run.Verdict
}

// digest is what the next link has as Previous.
func (l *Link) digest() string { return Digest(l.line) }

// Chain is what the manifests of a folder hang on.
type Chain struct {
	Links []Link
}

// ReadChain reads a chain and holds every line to the one before. A fault names
// the line.
func ReadChain(in io.Reader) (*Chain, error) {
	text, err := bounded(in, MaxChain)
	if err != nil {
		return nil, err
	}
	c := &Chain{}
	for number := 1; len(text) > 0; number++ {
		line, rest, ended := bytes.Cut(text, []byte("\n"))
		if !ended {
			return nil, fmt.Errorf("line %d: it breaks off", number)
		}
		text = rest
		l := Link{line: line}
		if err := decode(line, &l); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if written, err := l.encode(); err != nil || !bytes.Equal(written, line) {
			return nil, fmt.Errorf("line %d: it is not as it was written", number)
		}
		if err := l.follows(c.Last(), number); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		c.Links = append(c.Links, l)
	}
	return c, nil
}

// follows reports what keeps a link from standing behind another one.
func (l *Link) follows(last *Link, number int) error {
	before := ""
	if last != nil {
		before = last.digest()
	}
	switch {
	case l.Number != number:
		return fmt.Errorf("it says to be number %d", l.Number)
	case l.Previous != before && last == nil:
		return fmt.Errorf("it follows a line that is not there: lines before it were cut off")
	case l.Previous != before:
		return fmt.Errorf("it does not follow the line before it: one of the two was changed, or lines between them are missing")
	case !isDigest(l.Manifest) || !ValidName(l.File) || strings.Contains(l.File, "/"):
		return fmt.Errorf("it names no manifest")
	}
	return nil
}

// Last is the newest link; nil if there is none.
func (c *Chain) Last() *Link {
	if c == nil || len(c.Links) == 0 {
		return nil
	}
	return &c.Links[len(c.Links)-1]
}

// Append puts a manifest, of these bytes and this name, behind the last link.
func (c *Chain) Append(m *Manifest, text []byte, file string) error {
	l := Link{Number: m.Number, Generated: m.Generated, Verdict: m.Run.Verdict, File: file, Manifest: Digest(text)}
	last := c.Last()
	if last != nil {
		l.Previous = last.digest()
	}
	if err := l.follows(last, len(c.Links)+1); err != nil {
		return fmt.Errorf("appending to the chain: %w", err)
	}
	line, err := l.encode()
	if err != nil {
		return fmt.Errorf("appending to the chain: %w", err)
	}
	l.line = line
	c.Links = append(c.Links, l)
	return nil
}

// Write writes the chain as it is stored.
func (c *Chain) Write(w io.Writer) error {
	for i := range c.Links {
		if _, err := w.Write(append(bytes.Clone(c.Links[i].line), '\n')); err != nil {
			return err
		}
	}
	return nil
}
