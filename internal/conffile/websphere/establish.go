package websphere

import (
	"errors"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// establish returns the edits for a listener that is an SSL configuration.
func establish(_ *confdoc.Document, l *confdoc.Listener, want audit.Want) ([]conftree.Edit, error) {
	c, ok := l.Scope.(*config)
	if !ok || c.add == nil {
		return nil, errors.New("the file has no SSL configuration to change here")
	}
	var edits []conftree.Edit
	text, err := c.protocolFor(want)
	if err != nil {
		return nil, err
	}
	if text != "" {
		edits = append(edits, c.protocolEdits(text)...)
	}
	suites, _ := c.suiteEdits(want)
	edits = append(edits, suites...)
	if len(edits) == 0 {
		return nil, errors.New(nothingSays(want))
	}
	return edits, nil
}

// protocolEdits write a protocol; other values of the same configuration go
// along, lest they win.
func (c *config) protocolEdits(text string) []conftree.Edit {
	edits := c.put(c.protocol, c.keys.protocol, text)
	others := c.earlier
	if c.twin.set() {
		others = append(slices.Clone(others), c.twin)
	}
	for _, v := range others {
		if v.text != text {
			edits = append(edits, v.edit(text))
		}
	}
	return edits
}

// protocolFor is the value that a posture asks for, "" if the value in place
// will do or nothing is asked.
func (c *config) protocolFor(want audit.Want) (string, error) {
	if want.MinVersion == 0 && len(want.Versions) == 0 {
		return "", nil
	}
	wanted := slices.DeleteFunc(slices.Clone(want.Versions), func(v audit.Version) bool { return v < want.MinVersion || v < audit.TLSv10 })
	if len(want.Versions) == 0 {
		kept := slices.DeleteFunc(slices.Clone(c.read.allowed), func(v audit.Version) bool { return v < want.MinVersion })
		switch {
		case c.read.known && c.read.isList() && len(kept) > 0:
			wanted = kept // the list goes on as it is, without what is too old
		case c.read.known && len(kept) == len(c.read.allowed) && len(kept) > 0 && len(c.read.doubts) == 0:
			return "", nil
		default:
			wanted = []audit.Version{max(want.MinVersion, audit.TLSv10)}
		}
	}
	if len(wanted) == 0 {
		return "", errors.New("WebSphere has no protocol for the versions wanted")
	}
	if len(wanted) > 1 && !c.lists && !c.read.isList() {
		// A list stops older levels from speaking TLS at all. The oldest version
		// that is wanted is the one every peer and every level has.
		wanted = []audit.Version{slices.Min(wanted)}
		if slices.Equal(wanted, c.read.allowed) {
			return "", errors.New("several versions take a list of protocols, which needs WebSphere 8.5.5.21 or 9.0.5.6: name the version of WebSphere in the inventory")
		}
	}
	text := protocolText(wanted)
	if c.protocol.set() && sameList(c.protocol.text, text) {
		return "", nil
	}
	return text, nil
}

// protocolText writes versions, oldest first.
func protocolText(versions []audit.Version) string {
	names := make([]string, 0, len(versions))
	for _, v := range merge(nil, versions) {
		names = append(names, nameOf(v))
	}
	return strings.Join(names, ",")
}

func sameList(a, b string) bool {
	x, y := strings.Split(a, ","), strings.Split(b, ",")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// nothingSays names what an SSL configuration has no setting for.
func nothingSays(want audit.Want) string {
	switch {
	case want.Certificate != "":
		return "certificates are in the key stores, not in this file"
	case len(want.Groups) > 0 || want.MinDHBits > 0:
		return "groups and the size of DH keys are set in java.security and by jdk.tls.namedGroups, not in this file"
	case want.ServerOrder != nil:
		return "an SSL configuration has no setting for who chooses the suite"
	}
	return "no setting of an SSL configuration brings this about"
}
