package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tlsaudit/audit"
)

func TestHTMLGolden(t *testing.T) {
	golden(t, "report.html", write(t, HTML, pageReport(), Options{}))
}

// TestHTMLIsTheSame writes shuffled records twenty times.
func TestHTMLIsTheSame(t *testing.T) {
	first := write(t, HTML, pageReport(), Options{})
	shuffle := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		r := pageReport()
		z := r.Records.(zoo)
		shuffle.Shuffle(len(z), func(i, k int) { z[i], z[k] = z[k], z[i] })
		if !bytes.Equal(first, write(t, HTML, r, Options{})) {
			t.Fatal("the bytes differ")
		}
	}
}

// parsed is a page as a browser reads it.
type parsed struct{ *html.Node }

func parsePage(t *testing.T, page []byte) parsed {
	t.Helper()
	n, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return parsed{n}
}

// all returns the elements of a name, and every element for "".
func (p parsed) all(name string) (list []parsed) {
	for n := range p.Descendants() {
		if n.Type == html.ElementNode && (name == "" || n.Data == name) {
			list = append(list, parsed{n})
		}
	}
	return list
}

func (p parsed) attr(name string) string {
	for _, a := range p.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func (p parsed) text() string {
	var b strings.Builder
	for n := range p.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return b.String()
}

// by returns the elements of a name with an attribute of that value.
func (p parsed) by(name, key, value string) []parsed {
	return slices.DeleteFunc(p.all(name), func(e parsed) bool { return e.attr(key) != value })
}

// TestHTMLIsInert reads the page back: what peers and files say became text and
// nothing else.
func TestHTMLIsInert(t *testing.T) {
	page := write(t, HTML, pageReport(), Options{})
	if i := bytes.IndexFunc(page, harmful); i >= 0 {
		t.Errorf("harmful character in %q", page[max(0, i-40):i+10])
	}
	root := parsePage(t, page)
	known := map[string]bool{}
	for _, name := range strings.Fields("html head meta title style script body a header div p h1 h2 h3 b dl dt dd table caption thead tbody tr th td code small nav ul ol li main section svg circle rect text i span form label input select option button details summary pre footer") {
		known[name] = true
	}
	attributes := map[string]bool{}
	for _, name := range strings.Fields("lang charset http-equiv content name class href id tabindex role aria-label aria-labelledby aria-hidden scope colspan hidden type autocomplete spellcheck value rel viewBox preserveAspectRatio x y width height cx cy r pathLength text-anchor stroke-dasharray stroke-dashoffset") {
		attributes[name] = true
	}
	for _, e := range root.all("") {
		if !known[e.Data] {
			t.Errorf("the page has an element %s", e.Data)
		}
		for _, a := range e.Attr {
			if !attributes[a.Key] && !strings.HasPrefix(a.Key, "data-") {
				t.Errorf("%s has an attribute %s", e.Data, a.Key)
			}
			if strings.Contains(a.Val, "alert(1)") {
				t.Errorf("hostile text in %s %s: %q", e.Data, a.Key, a.Val)
			}
		}
	}
	if n := len(root.all("script")); n != 1 {
		t.Errorf("%d scripts", n)
	}
	if got := strings.Count(root.text(), Clean(hostileText)); got < 40 {
		t.Errorf("the hostile text can be read %d times", got)
	}
	for _, a := range root.all("a") {
		if href := a.attr("href"); !strings.HasPrefix(href, "#") && href != "https://www.rfc-editor.org/rfc/rfc9325" {
			t.Errorf("a link leads to %q", href)
		}
	}
}

// TestHTMLPolicy holds the page to its own policy: nothing runs but what the
// hashes are of.
func TestHTMLPolicy(t *testing.T) {
	root := parsePage(t, write(t, HTML, pageReport(), Options{}))
	meta := root.by("meta", "http-equiv", "Content-Security-Policy")
	if len(meta) != 1 {
		t.Fatalf("%d policies", len(meta))
	}
	hash := func(name string) string {
		sum := sha256.Sum256([]byte(root.all(name)[0].text()))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	want := "default-src 'none'; style-src " + hash("style") + "; script-src " + hash("script") + "; base-uri 'none'; form-action 'none'"
	if got := meta[0].attr("content"); got != want {
		t.Errorf("the policy is %s, want %s", got, want)
	}
}

// TestHTMLReferences: every link within the page leads somewhere, no id is there
// twice.
func TestHTMLReferences(t *testing.T) {
	root := parsePage(t, write(t, HTML, pageReport(), Options{}))
	ids := map[string]int{}
	for _, e := range root.all("") {
		if id := e.attr("id"); id != "" {
			ids[id]++
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%d elements are %s", n, id)
		}
	}
	links := 0
	for _, a := range root.all("a") {
		if id, ok := strings.CutPrefix(a.attr("href"), "#"); ok {
			links++
			if ids[id] == 0 {
				t.Errorf("%q leads to %s, which is not there", a.text(), id)
			}
		}
	}
	if links < 40 {
		t.Errorf("%d links", links)
	}
	for _, e := range root.all("") {
		if id := e.attr("aria-labelledby"); id != "" && ids[id] == 0 {
			t.Errorf("%s is named by %s, which is not there", e.Data, id)
		}
	}
}

// TestHTMLHoldsEverything counts findings in the page and compares them with
// those of the report: as entries, by verdict, and each with its text.
func TestHTMLHoldsEverything(t *testing.T) {
	r := pageReport()
	root := parsePage(t, write(t, HTML, r, Options{}))
	want, got := map[string]int{}, map[string]int{}
	for record := range r.Records.BySubject() {
		inside := root.by("div", "id", anchorOf(record.Evidence.Subject))
		if len(inside) != 1 {
			t.Fatalf("%s is there %d times", record.Evidence.Subject, len(inside))
		}
		text := inside[0].text()
		for i := range record.Findings {
			f := &record.Findings[i]
			want[f.Verdict.String()]++
			if !strings.Contains(text, Clean(f.Message)) || !strings.Contains(text, Clean(f.Rule)) {
				t.Errorf("%s says nothing of %s: %s", f.Subject, f.Rule, f.Message)
			}
			if f.Remedy != nil {
				for _, line := range CleanLines(f.Remedy.Text + "\n" + f.Remedy.Diff) {
					if !strings.Contains(text, line) {
						t.Errorf("%s: the remedy lacks %q", f.Rule, line)
					}
				}
			}
		}
	}
	for _, li := range root.all("li") {
		if v := li.attr("data-v"); v != "" {
			rules := 1
			if named := append(li.all("a"), li.all("i")...); len(named) == 1 && !strings.Contains(named[0].text(), Clean(hostileText)) {
				rules += strings.Count(named[0].text(), ", ")
			}
			got[allVerdicts[v[0]-'0'].String()] += rules
		}
	}
	delete(want, "pass")
	delete(want, "not-applicable")
	if !maps.Equal(want, got) {
		t.Errorf("the page has %v, the report %v", got, want)
	}
	for _, r := range r.Rules {
		if !strings.Contains(root.text(), r.Title) {
			t.Errorf("%s is not explained", r.Rule)
		}
	}
}

func TestHTMLSaysHowComplete(t *testing.T) {
	for _, tt := range []struct {
		complete bool
		want     string
		times    int
	}{{false, "Incomplete: stopped after 8 endpoints", 2}, {true, "Complete. Every endpoint", 2}} {
		r := pageReport()
		r.Complete = tt.complete
		r.Notices = []string{"a notice about " + hostileText}
		text := parsePage(t, write(t, HTML, r, Options{})).text()
		if got := strings.Count(text, tt.want); got != tt.times {
			t.Errorf("complete %v: %q is said %d times", tt.complete, tt.want, got)
		}
		if !strings.Contains(text, "Note: a notice about =cmd") {
			t.Error("the notice is not told")
		}
	}
}

// TestHTMLCharts: the parts of each bar fill it, and none that is there is lost.
func TestHTMLCharts(t *testing.T) {
	for _, numbers := range [][]int{{1}, {0, 0}, {999_999, 1, 0, 1}, {1, 1, 1}, {3, 0, 0, 0, 200_000, 7}} {
		parts := make([]share, len(numbers))
		total := 0
		for i, n := range numbers {
			parts[i].N = n
			total += n
		}
		x := 0
		for i, s := range shares(parts) {
			if s.X != x || (s.N > 0) != (s.Width > 0) {
				t.Errorf("%v: part %d is %+v, want it at %d", numbers, i, s, x)
			}
			if s.N == total && total > 0 != (s.Percent == "100 %") {
				t.Errorf("%v: %+v", numbers, s)
			}
			x += s.Width
		}
		if total > 0 && x != 1000 {
			t.Errorf("%v: the parts are %d wide", numbers, x)
		}
	}
}

// TestHTMLScore: the formula on the page is that of audit.Score.
func TestHTMLScore(t *testing.T) {
	text := parsePage(t, write(t, HTML, pageReport(), Options{})).text()
	for _, want := range []string{"critical 20, high 14, medium 8, low 4, info 2", "66 over 270 is 24.4"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not told", want)
		}
	}
	empty := parsePage(t, write(t, HTML, &audit.Report{Schema: audit.SchemaV1, Records: zoo{}}, Options{})).text()
	if !strings.Contains(empty, "No rule was asked.") || !strings.Contains(empty, "Incomplete:") {
		t.Error("a report of nothing looks like one of something")
	}
}

func TestHTMLWhatIf(t *testing.T) {
	root := parsePage(t, write(t, HTML, pageReport(), Options{WhatIf: true}))
	var sections []string
	for _, s := range root.all("section") {
		sections = append(sections, s.attr("id"))
	}
	if got := strings.Join(sections, " "); got != "gateway impact peers method" {
		t.Errorf("the page has %s", got)
	}
	answers := map[string]int{}
	for _, cell := range root.by("section", "id", "peers")[0].all("span") {
		answers[cell.text()]++
	}
	if want := map[string]int{"ok": 8, "no": 6, "unknown": 2}; !maps.Equal(answers, want) {
		t.Errorf("two peers answer %v, want %v", answers, want)
	}
}

// BenchmarkHTML writes 1,000 endpoints with 50 findings each.
func BenchmarkHTML(b *testing.B) {
	r := fleetReport()
	for b.Loop() {
		w := &counter{}
		if err := HTML.Write(w, r, Options{}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(w.n)/(1<<20), "file-MiB")
	}
}
