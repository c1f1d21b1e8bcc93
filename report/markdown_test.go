package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	marktext "github.com/yuin/goldmark/text"

	"tlsaudit/audit"
)

func TestMarkdownGolden(t *testing.T) {
	golden(t, "report.md", write(t, Markdown, diffedReport(), Options{}))
}

// markdownDocument is what a reader of GitHub Flavored Markdown makes of a
// document.
type markdownDocument struct {
	active   []string // links, pictures and HTML
	outline  []string // the kinds of blocks below the document, in order
	headings []string
	tables   map[string][][]string // by heading: rows of cells, with the header
	code     []string              // blocks of code
	bare     string                // text outside of code
}

func parseMarkdown(t *testing.T, source []byte) *markdownDocument {
	t.Helper()
	d := &markdownDocument{tables: map[string][][]string{}}
	var bare strings.Builder
	root := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList)).Parser().Parse(marktext.NewReader(source))
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		d.outline = append(d.outline, n.Kind().String())
	}
	err := ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link, *ast.AutoLink, *ast.Image, *ast.RawHTML, *ast.HTMLBlock, *east.FootnoteLink, *east.Strikethrough, *east.TaskCheckBox, *ast.ThematicBreak:
			d.active = append(d.active, n.Kind().String())
		case *ast.Heading:
			d.headings = append(d.headings, shownText(n, source))
		case *east.Table:
			var rows [][]string
			for row := n.FirstChild(); row != nil; row = row.NextSibling() {
				var cells []string
				for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
					cells = append(cells, shownText(cell, source))
				}
				rows = append(rows, cells)
			}
			d.tables[d.headings[len(d.headings)-1]] = rows
		case *ast.FencedCodeBlock:
			d.code = append(d.code, string(n.Lines().Value(source)))
		case *ast.CodeBlock:
			d.active = append(d.active, "an indented block")
		case *ast.Text:
			if n.Parent().Kind() != ast.KindCodeSpan {
				bare.WriteString(entities.Replace(string(n.Value(source))) + "\x00")
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	d.bare = bare.String()
	return d
}

// shownText is what a reader sees of a node: code and text, entities resolved.
func shownText(n ast.Node, source []byte) string {
	var b bytes.Buffer
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			value := t.Value(source)
			if n.Kind() == ast.KindCodeSpan {
				b.Write(value)
			} else {
				b.WriteString(entities.Replace(string(value)))
			}
		} else {
			b.WriteString(shownText(c, source))
		}
	}
	return b.String()
}

var entities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&#92;", `\`, "&#96;", "`", "&#42;", "*", "&#95;", "_", "&#91;", "[", "&#93;", "]",
	"&#124;", "|", "&#126;", "~", "&#36;", "$", "&#33;", "!", "&#94;", "^", "&#123;", "{", "&#125;", "}")

func TestMarkdownIsInert(t *testing.T) {
	texts := map[string]string{
		"links": "[a](http://evil.example.com) <http://evil.example.com> http://evil.example.com www.evil.example.com ftp://evil.example.com me@evil.example.com mailto:me@evil.example.com [a]: http://evil.example.com",
		"media": "![a](http://evil.example.com/x.png) <img src=x> &lt;b&gt; <!-- x --> [^1] :shipit: $x$ $`x`$ ~~x~~ **b** __b__ # h",
		"table": `| a | b \| c \\| d` + "`|`", "people": "@everyone @@team a@b.example.com @org/team #1 org/repo#1 !1 ~label %m &1",
		"ticks": "``` `` ` \\` ~~~", "fences": "\n```\n\n# h\n\n[a](http://evil.example.com)\n\n````\n<b>\n",
		"space": "  x  ",
	}
	for name, s := range hostileTexts {
		texts[name] = s
	}
	calm := parseMarkdown(t, write(t, Markdown, poisonedReport("x"), Options{}))
	for name, s := range texts {
		d := parseMarkdown(t, write(t, Markdown, poisonedReport(s), Options{}))
		if len(d.active) > 0 {
			t.Errorf("%s: the document has %v", name, d.active)
		}
		for _, sign := range []string{"@", "#", "://", "www."} {
			if strings.Contains(d.bare, sign) {
				t.Errorf("%s: %s outside of code, of which sites make links", name, sign)
			}
		}
		if len(s) <= maxText && !slices.Equal(d.outline, calm.outline) {
			t.Errorf("%s: the blocks are %v, want %v", name, d.outline, calm.outline)
		}
		for heading, rows := range d.tables {
			for _, row := range rows {
				if len(row) != len(rows[0]) || len(row) != len(calm.tables[heading][0]) {
					t.Errorf("%s: a row of %q has %d cells, the header %d", name, heading, len(row), len(rows[0]))
				}
			}
			if len(s) <= maxText && len(rows) != len(calm.tables[heading]) {
				t.Errorf("%s: %q has %d rows, want %d", name, heading, len(rows), len(calm.tables[heading]))
			}
		}
	}
}

// TestMarkdownTextIsRead: what is shown is the text, cleaned.
func TestMarkdownTextIsRead(t *testing.T) {
	for name, s := range map[string]string{"hostile": hostileText, "mixed": "a@b #1 `x` |y| \\| 10:20:30 https://www.example.com/?a=1&b=2 *b* _c_ <d> [e] ~f $g !h", "marks": "@@## :// `` ::a:: &amp; www.www.a", "plain": "TLSv1.0 is accepted"} {
		for kind, made := range map[string]string{"text": markdownText(s, 4000), "code": markdownCode(s, 4000)} {
			source := []byte("# h\n\n| a |\n| --- |\n| x " + made + " |\n")
			got := parseMarkdown(t, source).tables["h"]
			if want := "x " + Clean(s); len(got) != 2 || len(got[1]) != 1 || got[1][0] != want {
				t.Errorf("%s as %s: %s\nshows %q\nwant  %q", name, kind, made, got, want)
			}
		}
	}
}

func TestMarkdownSays(t *testing.T) {
	d := parseMarkdown(t, write(t, Markdown, diffedReport(), Options{}))
	if want := []string{"TLS audit: FAIL", "Endpoints by profile", "Worst findings", "Remedies", "Not decided", "Changes", "Waived findings", "Waivers", "Rules this program does not decide", "Profiles that contradict each other", "About this report"}; !slices.Equal(d.headings, want) {
		t.Errorf("the headings are %q", d.headings)
	}
	worst := d.tables["Worst findings"]
	if got := strings.Join(worst[1], "|"); got != "FAIL (new)|critical|https://legacy.example.com:443|SSLv3 is accepted; the oldest version allowed is TLSv1.2 (the profile states this rule with medium confidence)|mozilla-intermediate-6.0/ssl3|inventory.yaml:7:9" {
		t.Errorf("the worst finding is %s", got)
	}
	if got := d.tables["Not decided"][1][0] + d.tables["Waived findings"][1][0] + d.tables["Waivers"][1][1] + d.tables["Changes"][1][3]; got != "gateway:edge/inbound/20:evilWAIVED (fail)activepass to fail" {
		t.Errorf("unknown, waived or changed: %s", got)
	}
	if !slices.Contains(d.code, httpdRemedy.Text+"\n") {
		t.Errorf("the remedies are %q", d.code)
	}
	all := string(write(t, Markdown, diffedReport(), Options{}))
	for _, want := range []string{"8 endpoints: 7 judged, 1 unknown. Gateway table: 1 of 2 rows judged, 1 unknown. Configuration: 1 file", "- Score: ", "regressed, 2 new", "\n4 changes were left out"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing in %.3000s", want, all)
		}
	}
	one := parseMarkdown(t, write(t, Markdown, diffedReport(), Options{Limit: 1}))
	if rows := one.tables["Worst findings"]; len(rows) != 2 || !strings.Contains(string(write(t, Markdown, diffedReport(), Options{Limit: 1})), fmt.Sprintf("%d more are not shown", len(worst)-2)) {
		t.Errorf("with a limit of 1 there are %d rows", len(rows))
	}
	only := parseMarkdown(t, write(t, Markdown, diffedReport(), Options{Only: []audit.Verdict{audit.Waived}}))
	if len(only.tables["Worst findings"])+len(only.tables["Not decided"]) > 0 || len(only.tables["Waived findings"]) != 2 {
		t.Errorf("only what is waived: %v", only.headings)
	}
}

func TestMarkdownVerdict(t *testing.T) {
	for want, r := range map[string]audit.Report{
		"FAIL":               {Summary: audit.Summary{Fail: 1, Unknown: 1}},
		"INCOMPLETE":         {Summary: audit.Summary{Pass: 9}},
		"UNKNOWN":            {Complete: true, Summary: audit.Summary{UnknownFindings: 1, Warn: 1}},
		"WARN":               {Complete: true, Summary: audit.Summary{Warn: 1, Pass: 1}},
		"WAIVED":             {Complete: true, Summary: audit.Summary{Waived: 1, Pass: 1}},
		"PASS":               {Complete: true, Summary: audit.Summary{Pass: 1}},
		"NOTHING WAS JUDGED": {Complete: true, Summary: audit.Summary{NotApplicable: 1}},
	} {
		r.Records = zoo{}
		if got, _, _ := strings.Cut(string(write(t, Markdown, &r, Options{})), "\n"); got != "# TLS audit: "+want {
			t.Errorf("%s for %s", got, want)
		}
	}
}

// TestMarkdownFits: GitHub drops a summary of more than 1 MiB.
func TestMarkdownFits(t *testing.T) {
	r := diffedReport()
	r.Records = fleet(300)
	for range 3000 {
		r.Waivers = append(r.Waivers, r.Waivers[4])
		r.Policies = append(r.Policies, audit.PolicyRef{ID: strings.Repeat("|", 200), Title: hostileText, SHA256: r.Policies[0].SHA256})
	}
	for i := range r.Unautomated {
		r.Unautomated[i].Reason = strings.Repeat("|@", 300)
	}
	document := write(t, Markdown, r, Options{Limit: -1})
	if len(document) > 1<<20 || len(document) < 900_000 {
		t.Errorf("the document has %d bytes", len(document))
	}
	end := string(document[len(document)-600:])
	if !strings.Contains(end, "**Cut: ") || !strings.HasSuffix(end, "> **INCOMPLETE: stopped after 8 endpoints: interrupted. What is not listed is not thereby in order.**\n") {
		t.Errorf("the document ends %q", end)
	}
}

func FuzzMarkdownText(f *testing.F) {
	f.Add(hostileText)
	f.Add("a`` `b`| \\| |` @x #1 ://www.a.b :x: \\")
	f.Add(" ` ")
	f.Fuzz(func(t *testing.T, s string) {
		for kind, made := range map[string]string{"text": markdownText(s, 4000), "code": markdownCode(s, 4000)} {
			d := parseMarkdown(t, []byte("# h\n\n| a |\n| --- |\n| x "+made+" y |\n"))
			if len(d.active) > 0 || len(d.outline) != 2 {
				t.Errorf("%s of %q: %v in %v", kind, s, d.active, d.outline)
			}
			if got, want := d.tables["h"], "x "+clean(s, 4000)+" y"; len(got) != 2 || len(got[1]) != 1 || got[1][0] != want {
				t.Errorf("%s of %q: %s\nshows %q\nwant  %q", kind, s, made, got, want)
			}
		}
	})
}
