package liberty

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
	"tlsaudit/internal/conftree"
)

// writer makes up a server of several files and keeps what was written last, in
// the order in which files take effect: that is all the documentation says
// about merging.
type writer struct {
	*rand.Rand
	texts map[string]string
	last  map[string]string // by id and attribute: what counts
	vars  map[string]string
	files int
}

var (
	someProtocols = []string{"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3", "SSL_TLSv2", "SSL", "TLSv1.2, TLSv1.3", "TLSv1.1,TLSv1.2"}
	someCiphers   = []string{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 TLS_RSA_WITH_AES_128_CBC_SHA", "SSL_RSA_WITH_3DES_EDE_CBC_SHA"}
	ids           = []string{defaultSSL, "other"}
	oldestAllowed = map[string]audit.Version{
		"TLSv1": audit.TLSv10, "TLSv1.1": audit.TLSv11, "TLSv1.2": audit.TLSv12, "TLSv1.3": audit.TLSv13, "SSL_TLSv2": audit.TLSv10, "SSL": audit.TLSv10,
		"TLSv1.2, TLSv1.3": audit.TLSv12, "TLSv1.1,TLSv1.2": audit.TLSv11,
	}
)

func pick[T any](w *writer, list []T) T { return list[w.IntN(len(list))] }

// body writes some elements, and includes down to a depth.
func (w *writer) body(folder string, depth int) string {
	var b strings.Builder
	for range w.IntN(4) {
		switch n := w.IntN(10); {
		case n < 5:
			w.ssl(&b)
		case n < 6:
			fmt.Fprintf(&b, "  <!-- <ssl id=\"%s\" sslProtocol=\"SSL\"/> -->\n", defaultSSL)
		case n < 7:
			id := pick(w, ids)
			w.last["sslRef"] = id
			fmt.Fprintf(&b, "  <sslDefault sslRef=\"%s\"/>\n", id)
		case depth > 0:
			w.files++
			name := fmt.Sprintf("part%d.xml", w.files)
			location, path := name, folder+"/"+name
			if w.IntN(3) == 0 || strings.Contains(folder, "configDropins") { // where each file is a dropin
				location, path = "more/"+name, folder+"/more/"+name
			} else if w.IntN(3) == 0 {
				location, path = "${server.config.dir}/"+name, "s/"+name
			}
			fmt.Fprintf(&b, "  <include location=\"%s\" optional=\"%v\"/>\n", location, w.IntN(2) == 0)
			w.texts[path] = "<server>\n" + w.body(path[:strings.LastIndexByte(path, '/')], depth-1) + "</server>\n"
		default:
			fmt.Fprintf(&b, "  <include location=\"missing%d.xml\" optional=\"true\"/>\n", w.files)
			w.texts[folder+"/README"] = "the folder is given as a whole"
		}
	}
	return b.String()
}

// ssl writes one element with some of its attributes.
func (w *writer) ssl(b *strings.Builder) {
	id := pick(w, ids)
	fmt.Fprintf(b, "  <ssl id=\"%s\"", id)
	if w.IntN(4) > 0 {
		value := pick(w, someProtocols)
		w.last[id+" sslProtocol"] = value
		if w.IntN(4) == 0 {
			name := fmt.Sprintf("v%d", len(w.vars))
			w.vars[name] = value
			value = "${" + name + "}"
		}
		fmt.Fprintf(b, " sslProtocol='%s'", value)
	}
	if w.IntN(2) == 0 {
		value := pick(w, someCiphers)
		w.last[id+" enabledCiphers"] = value
		fmt.Fprintf(b, "\n      enabledCiphers=\"%s\"", value)
	}
	b.WriteString("/>\n")
}

// TestRandom reads servers made up at random, holds what counts against what
// was written last, and applies every change.
func TestRandom(t *testing.T) {
	weakOnes, mended := 0, 0
	for seed := range uint64(400) {
		w := &writer{Rand: rand.New(rand.NewPCG(seed, 1)), texts: map[string]string{}, last: map[string]string{}, vars: map[string]string{}}
		w.last["sslRef"] = defaultSSL
		for _, name := range []string{"A.xml", "b.xml"} {
			if w.IntN(3) == 0 {
				w.texts["s/configDropins/defaults/"+name] = "<server>\n" + w.body("s/configDropins/defaults", 1) + "</server>\n"
			}
		}
		main := w.body("s", 3)
		for _, name := range []string{"A.xml", "b.xml"} {
			if w.IntN(3) == 0 {
				w.texts["s/configDropins/overrides/"+name] = "<server>\n" + w.body("s/configDropins/overrides", 1) + "</server>\n"
			}
		}
		properties := ""
		for _, name := range slices.Sorted(maps.Keys(w.vars)) {
			value := w.vars[name]
			if len(name)%2 == 0 && w.IntN(2) == 0 {
				properties += name + "=" + value + "\n"
			} else {
				main += fmt.Sprintf("  <variable name=\"%s\" value=\"%s\"/>\n", name, value)
			}
		}
		w.texts["s/bootstrap.properties"] = properties
		w.texts["s/server.xml"] = "<server>\n  " + feature12 + "\n  " + endpoint1 + "\n" + main + "</server>\n"
		r := &confdoc.Reader{Tree: conftree.FromTexts(w.texts), Versions: map[string]string{"java": "1.8.0_202"}}
		d := conftest.Read(t, Format, r, "s/server.xml")
		conftest.CheckDocument(t, d)
		id := w.last["sslRef"]
		l := d.Listeners[0]
		protocol, set := w.last[id+" sslProtocol"]
		_, defined := w.last[id+" sslProtocol"]
		_, listed := w.last[id+" enabledCiphers"]
		if !defined && !listed && id != defaultSSL && len(l.Gaps) > 0 {
			continue // a reference to nothing, or to an element without attributes
		}
		oldest := audit.TLSv10 // the default of an old Java
		if set {
			oldest = oldestAllowed[protocol]
		}
		for _, v := range audit.Versions[2:] {
			answer := l.Version(v).Answer
			if on := answer == audit.Accepted || answer == audit.Latent; (v == oldest) != on && v <= oldest {
				t.Fatalf("seed %d: %s is %v, the oldest of %q is %s\n%v", seed, v, answer, protocol, oldest, w.texts)
			}
		}
		verdict := conftest.Verdicts(d)
		weak := oldest < audit.TLSv12
		if (verdict["LIB-01"] == audit.Fail) != weak {
			t.Fatalf("seed %d: LIB-01 is %v for %q\n%v", seed, verdict["LIB-01"], protocol, w.texts)
		}
		ciphers := w.last[id+" enabledCiphers"]
		if (verdict["LIB-02"] == audit.Fail) != (strings.Contains(ciphers, "TLS_RSA_") || strings.Contains(ciphers, "3DES")) {
			t.Fatalf("seed %d: LIB-02 is %v for %q\n%v", seed, verdict["LIB-02"], ciphers, w.texts)
		}
		if len(conftest.Bad(d)) == 0 {
			continue
		}
		weakOnes++
		if after, _ := conftest.Mend(t, Format, r, "s/server.xml"); len(conftest.Bad(after)) == 0 {
			mended++
		}
	}
	if weakOnes < 200 || mended != weakOnes {
		t.Errorf("%d of %d weak servers were mended, at least 200 are wanted, all of them", mended, weakOnes)
	}
}
