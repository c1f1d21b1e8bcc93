package report

import (
	"bufio"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"tlsaudit/audit"
)

// OSCAL is the assessment-results model of NIST's Open Security Controls
// Assessment Language 1.1.3: an inventory item for each subject, an observation
// and a finding for each judgement, and a risk, with what remedies it, for each
// that fails, warns or is waived.
//
// A finding knows two states. What is undecided is not satisfied, for the reason
// "other" and with a remark that says so; what is waived too, and its risk is an
// approved deviation. Rules that do not apply are left out. All identifiers are
// made of the run and the finding, so that the same report has the same ones.
var OSCAL = Format{Name: "oscal", Ext: ".oscal.json", Type: "application/json", Title: "OSCAL assessment results", Write: writeOSCAL}

const oscalVersion = "1.1.3"

// oscalSpace is the namespace of our own properties: that of our UUIDs, since
// names in the DNS change hands.
const oscalSpace = "urn:uuid:d2ef114f-faae-5e9e-9be7-7c171feab4c3"

func writeOSCAL(w io.Writer, r *audit.Report, _ Options) error {
	book, err := readRules(r)
	if err != nil {
		return err
	}
	o := &oscalWriter{report: r, book: book, run: runUUID(r, "oscal"), time: oscalTime(r.Now, r.Generated), jsonWriter: jsonWriter{w: bufio.NewWriter(w)}}
	o.tool = nameUUID("oscal", "tool", o.run)
	plan := nameUUID("oscal", "plan", o.run)
	o.text("{\"assessment-results\": {\n")
	o.member("uuid", o.run, ",\n")
	o.member("metadata", o.metadata(), ",\n")
	o.member("import-ap", oscalImport{"#" + plan, "there is no assessment plan; the resource names what was asked"}, ",\n")
	o.text("  \"results\": [{\n")
	o.member("uuid", nameUUID("oscal", "result", o.run), ",\n")
	o.member("title", "Results of "+o.toolName(), ",\n")
	o.member("description", o.description(), ",\n")
	o.member("start", o.time, ",\n")
	o.member("props", o.properties(), ",\n")
	o.definitions()
	o.member("reviewed-controls", o.reviewed(), "")
	o.findings("observations", o.decided, func(f *audit.Finding) any { return o.observation(f) })
	o.findings("risks", o.risky, func(f *audit.Finding) any { return o.risk(f) })
	o.findings("findings", o.decided, func(f *audit.Finding) any { return o.finding(f) })
	if remarks := o.remarks(); remarks != "" {
		o.text(",\n")
		o.member("remarks", remarks, "")
	}
	o.text("\n  }],\n")
	o.member("back-matter", o.backMatter(plan), "\n")
	return o.end("}}\n")
}

type oscalWriter struct {
	jsonWriter
	report *audit.Report
	book   *ruleBook
	// run and tool are UUIDs, time the moment all is told to be of: when a rule
	// was judged.
	run, tool, time string
}

type oscalImport struct {
	Href    string `json:"href"`
	Remarks string `json:"remarks"`
}

type oscalMetadata struct {
	Title    string       `json:"title"`
	Modified string       `json:"last-modified"`
	Version  string       `json:"version"`
	OSCAL    string       `json:"oscal-version"`
	Parties  []oscalParty `json:"parties,omitempty"`
}

type oscalParty struct {
	UUID string `json:"uuid"`
	Type string `json:"type"`
	Name string `json:"name"`
}

type oscalProperty struct {
	Name  string `json:"name"`
	Space string `json:"ns,omitempty"`
	Value string `json:"value"`
}

// oscalTime is the time of judgement, or, where a report has none, the epoch: a
// document must have a time, and years before 1900 are none.
func oscalTime(times ...time.Time) string {
	for _, t := range times {
		if !t.IsZero() {
			return t.UTC().Format(time.RFC3339)
		}
	}
	return "1970-01-01T00:00:00Z"
}

func (o *oscalWriter) toolName() string {
	return oscalText(o.report.Tool.Name + " " + o.report.Tool.Version)
}

func (o *oscalWriter) metadata() oscalMetadata {
	made := oscalTime(o.report.Generated, o.report.Now)
	m := oscalMetadata{Title: "TLS compliance assessment", Modified: made, Version: made, OSCAL: oscalVersion}
	if origin := o.report.Origin; origin != nil && origin.Operator != "" {
		m.Parties = []oscalParty{{nameUUID("oscal", "party", origin.Operator), "organization", oscalText(origin.Operator)}}
	}
	return m
}

// description sums up, what is missing first.
func (o *oscalWriter) description() string {
	r := o.report
	var list []int
	for _, v := range allVerdicts {
		list = append(list, o.book.count(v))
	}
	text := "Findings: " + counts(list) + ". Score: " + r.Summary.Score.String() + "."
	if o.book.subjects == 0 {
		text = "Nothing was judged."
	}
	if !r.Complete {
		text = "The audit is incomplete: " + whyIncomplete(r) + ". " + text
	}
	return text
}

func (o *oscalWriter) properties() []oscalProperty {
	complete := "no"
	if o.report.Complete {
		complete = "yes"
	}
	list := []oscalProperty{oscalProp("complete", complete), oscalProp("score", o.report.Summary.Score.String())}
	if origin := o.report.Origin; origin != nil && origin.Host != "" {
		list = append(list, oscalProp("scanned-from", origin.Host))
	}
	if c := o.report.Changes; c != nil {
		list = append(list, oscalProp("compared-with", c.Before.File))
		for _, kind := range audit.ChangeKinds {
			if n := c.Counts[kind]; n > 0 {
				list = append(list, oscalProp("changes-"+string(kind), plural(n, "change", "changes")))
			}
		}
	}
	return list
}

// remarks are what a reader has to know beside the findings.
func (o *oscalWriter) remarks() string {
	var lines []string
	add := func(text string) {
		if len(lines) < maxNotices {
			lines = append(lines, text)
		} else if len(lines) == maxNotices {
			lines = append(lines, "… and more, see the JSON report")
		}
	}
	for _, notice := range o.report.Notices {
		add(Clean(notice))
	}
	for _, u := range o.report.Unautomated {
		why := ": a person has to decide it: "
		if u.Disabled {
			why = ": switched off by the policy: "
		}
		add(Clean(u.Profile+"/"+u.Rule) + why + Clean(u.Reason))
	}
	for _, c := range o.report.Conflicts {
		add("conflict: " + Clean(c.Text))
	}
	for i := range lines {
		lines[i] = oscalMarkup(lines[i])
	}
	return strings.TrimSpace(strings.Join(lines, "\n\n"))
}

func oscalProp(name, value string) oscalProperty {
	return oscalProperty{name, oscalSpace, oscalText(value)}
}

// oscalText is text of one line that begins and ends with a visible character,
// as the type "string" asks.
func oscalText(text string) string {
	if text = strings.TrimSpace(Clean(text)); text == "" {
		return "unknown"
	}
	return text
}

// oscalMarkup takes the meaning off what has one in the Markdown of OSCAL: also
// "{{ … }}", which inserts parameters, and the marks of what is raised or lowered.
func oscalMarkup(text string) string { return oscalMarks.Replace(text) }

var oscalMarks = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "{", `\{`, "}", `\}`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "~", `\~`, "^", `\^`)

// oscalToken makes an identifier of text: letters, digits, dots, hyphens and low
// lines, which stand for spaces too, the first no digit. What loses more by it is
// told apart by a piece of its name-based UUID.
func oscalToken(text string) string {
	lost := len(text) > 200
	token := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune("._-", r):
			return r
		case r == ' ':
			return '_'
		}
		lost = true
		return '_'
	}, clipRunes(text, 200))
	if token == "" || !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", rune(token[0])) {
		token = "_" + token
	}
	if lost {
		token += "." + nameUUID("oscal", "token", text)[:8]
	}
	return token
}

type oscalResource struct {
	UUID        string          `json:"uuid"`
	Title       string          `json:"title"`
	Description string          `json:"description,omitempty"`
	Props       []oscalProperty `json:"props,omitempty"`
	Links       []oscalLink     `json:"rlinks,omitempty"`
}

type oscalLink struct {
	Href   string      `json:"href"`
	Hashes []oscalHash `json:"hashes,omitempty"`
}

type oscalHash struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"value"`
}

// backMatter names what was asked: the files of the run, then each policy.
func (o *oscalWriter) backMatter(plan string) map[string][]oscalResource {
	asked := oscalResource{UUID: plan, Title: "Inventory and policies of the audit", Description: "What was asked of which subjects. The policies are resources of their own."}
	for _, f := range slices.Concat(o.report.Sources, o.report.WaiverFiles) {
		asked.Links = append(asked.Links, oscalLink{sarifURI(f.File), oscalHashes(f.SHA256)})
	}
	list := []oscalResource{asked}
	for i, p := range o.report.Policies {
		r := oscalResource{UUID: nameUUID("oscal", "policy", o.run, p.ID, strconv.Itoa(i)), Title: oscalText(p.ID), Description: Clean(p.Title), Props: []oscalProperty{oscalProp("policy", p.ID)}}
		for name, value := range map[string]string{"version": p.Version, "sha256": p.SHA256, "confidence": p.Confidence} {
			if value != "" {
				r.Props = append(r.Props, oscalProp(name, value))
			}
		}
		slices.SortFunc(r.Props, func(a, b oscalProperty) int { return strings.Compare(a.Name, b.Name) })
		list = append(list, r)
	}
	return map[string][]oscalResource{"resources": list}
}

// oscalHashes is nil for what is no SHA-256.
func oscalHashes(sha256 string) []oscalHash {
	if len(sha256) != 64 || strings.Trim(sha256, "0123456789abcdef") != "" {
		return nil
	}
	return []oscalHash{{"SHA-256", sha256}}
}
