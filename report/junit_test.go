package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
)

func TestJUnitGolden(t *testing.T) {
	golden(t, "report.junit.xml", write(t, JUnit, diffedReport(), Options{}))
}

// junitNode is an element of a document read back.
type junitNode struct {
	name       string
	attributes map[string]string
	text       string
	children   []*junitNode
}

func (n *junitNode) child(name string) *junitNode {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

func parseJUnit(t *testing.T, document []byte) *junitNode {
	t.Helper()
	root := &junitNode{}
	open := []*junitNode{root}
	for d := xml.NewDecoder(bytes.NewReader(document)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		top := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			n := &junitNode{name: token.Name.Local, attributes: map[string]string{}}
			for _, a := range token.Attr {
				n.attributes[a.Name.Local] = a.Value
			}
			top.children = append(top.children, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.text += string(token)
		case xml.Comment, xml.Directive:
			t.Errorf("unexpected %T", token)
		}
	}
	return root.children[0]
}

// junitElements is what consumers take: the children of each element in their
// order, the attributes it must have and those it may have.
var junitElements = map[string]struct{ children, must, may []string }{
	"testsuites": {[]string{"testsuite"}, []string{"name", "tests", "failures", "errors", "skipped"}, nil},
	"testsuite":  {[]string{"properties", "testcase"}, []string{"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}, nil},
	"properties": {[]string{"property"}, nil, nil},
	"property":   {nil, []string{"name", "value"}, nil},
	"testcase":   {[]string{"skipped", "error", "failure", "system-out"}, []string{"classname", "name", "time"}, []string{"file", "line"}},
	"skipped":    {nil, []string{"message"}, nil},
	"error":      {nil, []string{"message", "type"}, nil},
	"failure":    {nil, []string{"message", "type"}, nil},
	"system-out": {nil, nil, nil},
}

// lintJUnit says what Ant, Jenkins or GitLab would not take.
func lintJUnit(n *junitNode) (faults []string) {
	say := func(text string) { faults = append(faults, n.name+": "+text) }
	rule, ok := junitElements[n.name]
	if !ok {
		say("unknown element")
	}
	for _, name := range rule.must {
		if _, ok := n.attributes[name]; !ok {
			say("no attribute " + name)
		}
	}
	for name, value := range n.attributes {
		if !slices.Contains(rule.must, name) && !slices.Contains(rule.may, name) {
			say("unknown attribute " + name)
		}
		switch name {
		case "tests", "failures", "errors", "skipped", "line":
			if _, err := strconv.Atoi(value); err != nil && n.name != "skipped" {
				say(name + " is " + value)
			}
		case "time":
			if seconds, err := strconv.ParseFloat(value, 64); err != nil || seconds < 0 {
				say(name + " is " + value)
			}
		case "timestamp":
			if _, err := time.Parse("2006-01-02T15:04:05", value); err != nil {
				say(name + " is " + value)
			}
		case "name", "classname":
			if value == "" {
				say("no " + name)
			}
		case "file":
			if strings.HasPrefix(value, "/") || strings.Contains(value, `\`) {
				say("file is " + value)
			}
		}
	}
	last, outcomes, names := 0, 0, map[string]bool{}
	for _, c := range n.children {
		at := slices.Index(rule.children, c.name)
		if at < last {
			say(c.name + " stands in the wrong place")
		}
		last = at
		if n.name == "testcase" && c.name != "system-out" {
			outcomes++
		}
		if n.name == "testsuites" && names[c.attributes["name"]] {
			say("two suites are called " + c.attributes["name"])
		}
		names[c.attributes["name"]] = true
		faults = append(faults, lintJUnit(c)...)
	}
	if outcomes > 1 {
		say("a case has several outcomes")
	}
	if len(n.children) > 0 && strings.TrimSpace(n.text) != "" {
		say("text between elements")
	}
	if n.name == "testsuite" || n.name == "testsuites" {
		for name, want := range countJUnit(n) {
			if n.attributes[name] != strconv.Itoa(want) {
				say(name + " is " + n.attributes[name] + ", there are " + strconv.Itoa(want))
			}
		}
	}
	return faults
}

func countJUnit(n *junitNode) map[string]int {
	counts := map[string]int{"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
	if n.name == "testcase" {
		counts["tests"] = 1
	}
	for _, c := range n.children {
		if name := map[string]string{"failure": "failures", "error": "errors", "skipped": "skipped"}[c.name]; name != "" {
			counts[name]++
		}
		for name, n := range countJUnit(c) {
			counts[name] += n
		}
	}
	return counts
}

func TestJUnitIsTaken(t *testing.T) {
	reports := map[string]*audit.Report{"zoo": zooReport(), "full": fullReport(), "diffed": diffedReport(), "empty": {Complete: true, Tool: audit.Tool{Name: "tlsaudit"}, Records: zoo{}}}
	for name, text := range hostileTexts {
		reports[name] = poisonedReport(text)
	}
	for name, r := range reports {
		root := parseJUnit(t, write(t, JUnit, r, Options{}))
		if faults := lintJUnit(root); len(faults) > 0 {
			t.Errorf("%s: %d faults: %.300s", name, len(faults), faults[0])
		}
		keys := map[string]bool{}
		for _, suite := range root.children {
			for _, c := range suite.children {
				if c.name != "testcase" {
					continue
				}
				key := c.attributes["classname"] + "\x00" + c.attributes["name"]
				if keys[key] {
					t.Errorf("%s: two cases are %.100q: GitLab shows one", name, key)
				}
				keys[key] = true
			}
		}
	}
	broken := bytes.Replace(write(t, JUnit, zooReport(), Options{}), []byte("<failure "), []byte("<skipped "), 1)
	broken = bytes.Replace(broken, []byte("</failure>"), []byte("</skipped>"), 1)
	if len(lintJUnit(parseJUnit(t, broken))) == 0 {
		t.Error("the linter sees nothing")
	}
}

func TestJUnitSays(t *testing.T) {
	root := parseJUnit(t, write(t, JUnit, diffedReport(), Options{}))
	outcome := func(subject, rule string) *junitNode {
		for _, suite := range root.children {
			for _, c := range suite.children {
				if suite.attributes["name"] == subject && strings.HasPrefix(c.attributes["name"], rule+": Rule "+rule+" holds (") {
					return c
				}
			}
		}
		t.Fatalf("no case of %s about %s", rule, subject)
		return nil
	}
	fail := outcome("https://legacy.example.com:443", "ssl3")
	if f := fail.child("failure"); f == nil || !strings.Contains(f.attributes["message"], "SSLv3 is accepted") || !strings.Contains(f.text, httpdRemedy.Text+"\n") ||
		fail.attributes["classname"] != "mozilla-intermediate-6.0" || fail.attributes["file"] != "inventory.yaml" || fail.attributes["line"] != "7" {
		t.Errorf("a failure is %+v in %v", f, fail.attributes)
	}
	if e := outcome("https://dead.example.net:443", "tls1").child("error"); e == nil || !strings.Contains(e.attributes["message"], "connection refused") {
		t.Errorf("unknown is %+v", e)
	}
	warn := outcome("https://legacy.example.com:443", "order")
	if len(warn.children) != 1 || !strings.Contains(warn.child("system-out").text, "WARN medium: the client decides") {
		t.Errorf("a warning is %+v", warn.children)
	}
	waived := outcome("sametime://chat.example.com:1533", "sametime-tls-only")
	if s := waived.child("skipped"); s == nil || s.attributes["message"] != "waived (fail) by old-clients until 2026-12-31: old clients are replaced in January" || !strings.Contains(waived.child("system-out").text, "WAIVED (fail) high: legacy Virtual Places") {
		t.Errorf("waived is %+v", waived.children)
	}
	if s := outcome("https://www.example.com:443", "starttls").child("skipped"); s == nil || s.attributes["message"] != "not applicable: applies to smtp" {
		t.Errorf("not applicable is %+v", s)
	}
	if pass := outcome("https://www.example.com:443", "ssl3"); len(pass.children) != 1 || pass.child("system-out").text != "SSLv3 is refused" {
		t.Errorf("a pass is %+v", pass.children)
	}
	run := root.children[0]
	if e := run.child("testcase").child("error"); e == nil || !strings.Contains(e.attributes["message"], "INCOMPLETE: stopped after 8") {
		t.Errorf("the run is %+v", run)
	}
	properties := map[string]string{}
	for _, p := range run.child("properties").children {
		properties[p.attributes["name"]] = p.attributes["value"]
	}
	if properties["tool"] != "tlsaudit 1.0.0" || !strings.HasPrefix(properties["policy gateway"], "2026-10 sha256 9a9a") || properties["operator"] != "TLS audit team" {
		t.Errorf("the properties are %v", properties)
	}
	complete := diffedReport()
	complete.Complete = true
	if c := parseJUnit(t, write(t, JUnit, complete, Options{})).children[0].child("testcase"); c.child("error") != nil {
		t.Error("a complete report is an error")
	}
}
