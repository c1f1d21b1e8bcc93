package scanner

import (
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"tlsaudit/audit"
)

var xmppClient = Protocol{
	Protocol:  audit.Protocol{Name: "xmpp-client", Ports: []uint16{5222}, Title: "XMPP for clients with STARTTLS (RFC 6120)"},
	Negotiate: negotiateXMPP("jabber:client"),
	PerHost:   2,
	Rate:      5,
	Budget:    2 * time.Minute,
}

var xmppServer = Protocol{
	Protocol:  audit.Protocol{Name: "xmpp-server", Ports: []uint16{5269}, Title: "XMPP between servers with STARTTLS (RFC 6120)"},
	Negotiate: negotiateXMPP("jabber:server"),
	PerHost:   2,
	Rate:      5,
	Budget:    2 * time.Minute,
}

var xmpps = Protocol{
	Protocol: audit.Protocol{Name: "xmpps", Ports: []uint16{5223, 5270}, Title: "XMPP over implicit TLS (XEP-0368)"},
	PerHost:  2,
	Rate:     5,
	Budget:   2 * time.Minute,
}

// The namespaces of RFC 6120.
const (
	xmppStreams = "http://etherx.jabber.org/streams"
	xmppTLS     = "urn:ietf:params:xml:ns:xmpp-tls"
)

// Bounds on what a stream may say before TLS.
const (
	maxXMLBytes  = 32 << 10
	maxXMLDepth  = 16
	maxXMLTokens = 1000
)

// negotiateXMPP opens a stream of the given content namespace, reads the
// features and asks for TLS (RFC 6120 section 5.4).
func negotiateXMPP(content string) func(context.Context, *dialogue) error {
	return func(ctx context.Context, d *dialogue) error {
		if err := d.wait(ctx, true); err != nil {
			return err
		}
		var to bytes.Buffer
		_ = xml.EscapeText(&to, []byte(d.peer)) // a buffer takes all
		header := fmt.Sprintf("<?xml version='1.0'?><stream:stream to='%s' version='1.0' xml:lang='en' xmlns='%s' xmlns:stream='%s'>", to.String(), content, xmppStreams)
		if _, err := io.WriteString(d.conn, header); err != nil {
			return d.fault("stream", err)
		}
		x := newXMPPStream(d.in)
		if err := x.open(); err != nil {
			return d.fault("stream", err)
		}
		features, err := x.element()
		if err != nil {
			return d.fault("stream features", err)
		}
		switch {
		case features.name == xml.Name{Space: xmppStreams, Local: "error"}:
			return xmppError(features)
		case features.name != xml.Name{Space: xmppStreams, Local: "features"}:
			return &upgradeError{upgradeForeign, "stream features: sent " + strconv.QuoteToASCII(clipped(features.name.Local)) + " in their place"}
		}
		d.heard.Capabilities = features.list()
		return d.startXMPP(ctx, x, features)
	}
}

// startXMPP asks for TLS if the features have it.
func (d *dialogue) startXMPP(ctx context.Context, x *xmppStream, features xmppElement) error {
	if !features.has("starttls") {
		d.heard.Offered = audit.Refused
		return &upgradeError{upgradeRefused, "starttls is not among the stream features"}
	}
	d.heard.Offered = audit.Accepted
	if err := d.wait(ctx, false); err != nil {
		return err
	}
	if _, err := io.WriteString(d.conn, "<starttls xmlns='"+xmppTLS+"'/>"); err != nil {
		return d.fault("starttls", err)
	}
	reply, err := x.element()
	if err != nil {
		return d.fault("starttls", err)
	}
	d.heard.Reply = clipped(reply.name.Local)
	switch reply.name {
	case xml.Name{Space: xmppTLS, Local: "proceed"}:
		d.heard.Accepted = audit.Accepted
		return nil
	case xml.Name{Space: xmppTLS, Local: "failure"}:
		d.heard.Accepted = audit.Refused
		return &upgradeError{upgradeRefused, "starttls was answered with failure"}
	case xml.Name{Space: xmppStreams, Local: "error"}:
		d.heard.Accepted = audit.Undetermined
		return xmppError(reply)
	}
	d.heard.Accepted = audit.Undetermined
	return &upgradeError{upgradeForeign, "starttls was answered with " + strconv.QuoteToASCII(d.heard.Reply)}
}

// xmppError sorts a stream error (RFC 6120 section 4.9.3).
func xmppError(e xmppElement) error {
	condition, kind := "without a condition", upgradeRejected
	if len(e.children) > 0 {
		condition = clipped(e.children[0].Local)
	}
	switch condition {
	case "resource-constraint", "internal-server-error", "system-shutdown", "reset", "connection-timeout":
		kind = upgradeTemporary
	}
	return &upgradeError{kind, "stream error " + strconv.QuoteToASCII(condition)}
}

// xmppStream reads a stream element by element, and no byte beyond one.
type xmppStream struct {
	in      *bufio.Reader
	decoder *xml.Decoder
	left    int // bytes that may still be read
	tokens  int
	err     error // of the last read
}

func newXMPPStream(in *bufio.Reader) *xmppStream {
	x := &xmppStream{in: in, left: maxXMLBytes, tokens: maxXMLTokens}
	x.decoder = xml.NewDecoder(x)
	return x
}

var errXMPPBound = &upgradeError{upgradeForeign, fmt.Sprintf("more than %d bytes or %d elements before TLS", maxXMLBytes, maxXMLTokens)}

// ReadByte implements io.ByteReader, which keeps the decoder from reading ahead.
func (x *xmppStream) ReadByte() (byte, error) {
	if x.left--; x.left < 0 {
		return 0, errXMPPBound
	}
	var c byte
	c, x.err = x.in.ReadByte()
	return c, x.err
}

// Read implements io.Reader; the decoder does not call it.
func (x *xmppStream) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	c, err := x.ReadByte()
	if err != nil {
		return 0, err
	}
	b[0] = c
	return 1, nil
}

// token returns the next start or end of an element.
func (x *xmppStream) token() (xml.Token, error) {
	for {
		if x.tokens--; x.tokens < 0 {
			return nil, errXMPPBound
		}
		token, err := x.decoder.Token()
		switch syntax := new(xml.SyntaxError); {
		case x.err != nil:
			return nil, x.err // to the decoder an end is a syntax error
		case errors.As(err, &syntax):
			return nil, &upgradeError{upgradeForeign, "sent what is no XML: " + strconv.QuoteToASCII(clipped(syntax.Msg))}
		case err != nil:
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement, xml.EndElement:
			return token, nil
		case xml.Directive:
			return nil, &upgradeError{upgradeForeign, "sent a document type, which a stream has not"}
		case xml.ProcInst:
			if t.Target != "xml" {
				return nil, &upgradeError{upgradeForeign, "sent a processing instruction, which a stream has not"}
			}
		}
	}
}

// open reads the header of the peer's stream.
func (x *xmppStream) open() error {
	token, err := x.token()
	if err != nil {
		return err
	}
	start, ok := token.(xml.StartElement)
	if !ok || start.Name != (xml.Name{Space: xmppStreams, Local: "stream"}) {
		return &upgradeError{upgradeForeign, "sent no stream header"}
	}
	return nil
}

// xmppElement is one child of a stream, with the names of what is in it.
type xmppElement struct {
	name     xml.Name
	children []xml.Name
	// required: TLS is, as a child of starttls says (section 5.4.1).
	required bool
}

// list names the features, each as it is called and what is said of it here.
func (e *xmppElement) list() (names []string) {
	for _, c := range e.children {
		name := clipped(c.Local)
		if c.Space == xmppTLS && e.required {
			name += " required"
		}
		names = append(names, name)
	}
	return names
}

// has looks for an element of the TLS namespace.
func (e *xmppElement) has(local string) bool {
	for _, c := range e.children {
		if c == (xml.Name{Space: xmppTLS, Local: local}) {
			return true
		}
	}
	return false
}

// element reads the next whole element of the stream.
func (x *xmppStream) element() (e xmppElement, err error) {
	for depth := 0; ; {
		token, err := x.token()
		if err != nil {
			return e, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
			switch {
			case depth > maxXMLDepth:
				return e, &upgradeError{upgradeForeign, fmt.Sprintf("sent elements more than %d deep", maxXMLDepth)}
			case depth == 1:
				e.name = t.Name
			case depth == 2:
				e.children = append(e.children, t.Name)
			case depth == 3 && t.Name == xml.Name{Space: xmppTLS, Local: "required"}:
				e.required = true
			}
		case xml.EndElement:
			if depth == 0 {
				return e, &upgradeError{upgradeRejected, "closed the stream"}
			}
			if depth--; depth == 0 {
				return e, nil
			}
		}
	}
}
