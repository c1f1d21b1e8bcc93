package attest

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"tlsaudit/audit"
)

// TestForgedBefore: a signed run on top of a chain that was made anew does not
// bear out the lines put before it.
func TestForgedBefore(t *testing.T) {
	tree, key := folder(t)
	m := NewManifest(reportOf(audit.Pass), 0, []Artefact{NewMeter().Artefact("empty", "json")})
	text, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	second, signed, err := ReadManifest(bytes.NewReader(tree["second.json"].Data))
	if err != nil {
		t.Fatal(err)
	}
	chain := &Chain{}
	var b bytes.Buffer
	for _, err := range []error{chain.Append(m, text, "first.json"), chain.Append(second, signed, "second.json"), chain.Write(&b)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	tree["empty"], tree["first.json"], tree[ChainName] = &fstest.MapFile{}, &fstest.MapFile{Data: text}, &fstest.MapFile{Data: b.Bytes()}
	delete(tree, "first.intoto.json")
	_, lines, err := (&Claim{Folder: tree, File: "first.json", Key: key}).Verify()
	if err != nil {
		t.Fatal(err)
	}
	last := lines[len(lines)-1]
	if last.What != "second.json" || !last.Mismatch || last.Text != "it follows another run 1 than the one in the chain" {
		t.Errorf("%+v", last)
	}
	for _, l := range lines {
		if l.Kind == OfChain && !strings.Contains(l.Text, "nothing signed covers the lines behind run 1") {
			t.Errorf("%+v", l)
		}
	}
}

// TestOtherSignatures: another manifest is proven by a signature of the key that
// is there and fits, and by nothing else.
func TestOtherSignatures(t *testing.T) {
	tree, key := folder(t)
	whole := tree["second.intoto.json"]
	line := func() Line {
		_, lines, err := (&Claim{Folder: tree, File: "first.json", Key: key}).Verify()
		if err != nil {
			t.Fatal(err)
		}
		return lines[len(lines)-1]
	}
	if l := line(); !l.OK || l.Text != "the manifest of run 2, signed by this key" {
		t.Errorf("signed: %+v", l)
	}
	delete(tree, "second.intoto.json")
	if l := line(); l.OK || l.Mismatch || !strings.Contains(l.Text, "not signed by this key (its signature second.intoto.json is missing), and nothing signed covers it") {
		t.Errorf("the signature is missing: %+v", l)
	}
	for name, text := range map[string][]byte{"of another manifest": tree["first.intoto.json"].Data, "damaged": whole.Data[1:]} {
		tree["second.intoto.json"] = &fstest.MapFile{Data: text}
		if l := line(); !l.Mismatch || !strings.HasPrefix(l.Text, "its signature second.intoto.json: ") {
			t.Errorf("%s: %+v", name, l)
		}
	}
}
