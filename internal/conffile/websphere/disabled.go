package websphere

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/tlsreg"
)

// wantedDisabled is the list the vendors' documents recommend.
const wantedDisabled = "SSLv3, TLSv1, TLSv1.1, RC4, DES, 3DES_EDE_CBC, MD5withRSA, DH keySize < 2048, EC keySize < 224, anon, NULL"

// disabledAlgorithms is WAS-04.
var disabledAlgorithms = &confdoc.Rule{
	ID: "WAS-04", Check: "config.protocol", Title: "the cell's list of disabled algorithms has the old versions", Of: confdoc.OfDocument,
	Doc:    "The custom property com.ibm.websphere.tls.disabledAlgorithms replaces jdk.tls.disabledAlgorithms of Java for every server of the cell. With \"none\", which scripts of vendors set, nothing of Java's protection is left.",
	Detect: "The properties of the root element. \"none\", an empty list and one without TLSv1 or TLSv1.1 are failures, a list without SSLv3, RC4, 3DES, NULL or anon is a warning. Without the property the rule does not apply: java.security decides. Several that differ are unknown.",
	Level:  audit.Must, Severity: audit.High, Confidence: "documented",
	Refs:  []string{"IBM support node 6845572", "PI54960"},
	Text:  "Console: Security > Global security > Custom properties: com.ibm.websphere.tls.disabledAlgorithms = " + wantedDisabled,
	Apply: "Restart the servers after the nodes are synchronised; CWPKI0051I in SystemOut.log tells the list in force.",
	Judge: judgeDisabled,
}

func judgeDisabled(c *confdoc.Case) (results []confdoc.Result) {
	s, ok := c.Doc.Syntax.(*security)
	if !ok {
		return nil
	}
	for _, v := range s.misspelt {
		results = append(results, confdoc.Advice(v.place(), fmt.Sprintf("the property %s differs in case from %s and is not in force", shorten(v.key), disabledKey)))
	}
	if len(s.disabled) == 0 {
		if results != nil {
			return results
		}
		return confdoc.Moot("the property is not set; the list in java.security decides")
	}
	for _, v := range s.disabled {
		results = append(results, judgeList(v)...)
	}
	if len(s.disabled) > 1 && slices.ContainsFunc(s.disabled, func(v value) bool { return v.text != s.disabled[0].text }) {
		results = append(results, confdoc.Undecided(s.disabled[1].place(), "the property stands twice with different values; which one counts is not known"))
	}
	return results
}

// brokenCipher is what a list takes away by an entry, told by a suite of it.
type brokenCipher struct{ entry, suite string }

var brokenCiphers = []brokenCipher{
	{"RC4", "TLS_ECDHE_RSA_WITH_RC4_128_SHA"}, {"3DES_EDE_CBC", "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"},
	{"anon", "TLS_ECDH_anon_WITH_AES_128_CBC_SHA"}, {"NULL", "TLS_ECDHE_RSA_WITH_NULL_SHA"},
}

func (b brokenCipher) permitted(list cipherstring.Disabled) bool {
	s, ok := tlsreg.SuiteByName(b.suite)
	return ok && list.Permits(s)
}

func judgeList(v value) []confdoc.Result {
	text := confdoc.JavaTrim(v.text)
	list := cipherstring.ParseDisabled(text)
	var missing, lacking []string
	for _, old := range []audit.Version{audit.TLSv10, audit.TLSv11} {
		if list.PermitsVersion(old) {
			missing = append(missing, nameOf(old))
		}
	}
	if list.PermitsVersion(audit.SSLv3) {
		lacking = append(lacking, "SSLv3")
	}
	for _, one := range brokenCiphers {
		if one.permitted(list) {
			lacking = append(lacking, one.entry)
		}
	}
	var result confdoc.Result
	switch {
	case text == "":
		result = confdoc.Violated(v.place(), disabledKey+" is empty: a list in the place of Java's that names nothing")
	case strings.EqualFold(text, "none"):
		result = confdoc.Violated(v.place(), disabledKey+" is none: nothing of Java's protection is left")
	case len(missing) > 0:
		result = confdoc.Violated(v.place(), disabledKey+" lacks "+strings.Join(missing, ", "))
	case len(lacking) > 0:
		result = confdoc.Advice(v.place(), disabledKey+" lacks "+strings.Join(lacking, ", "))
	default:
		return nil
	}
	mended := mendedList(text, audit.TLSv12)
	result.Text = "Console: Security > Global security > Custom properties: " + disabledKey + " = " + mended
	return []confdoc.Result{result.Quoting(v.setting()).With(v.edit(mended))}
}

// mendedList is the recommended list, with what a list has besides.
func mendedList(text string, lowest audit.Version) string {
	wanted := wantedDisabled
	if lowest > audit.TLSv12 {
		wanted = strings.Replace(wanted, "TLSv1.1,", "TLSv1.1, TLSv1.2,", 1)
	}
	if strings.EqualFold(text, "none") {
		return wanted
	}
	var entries []string
	subject := func(entry string) string {
		first, _, _ := strings.Cut(confdoc.JavaTrim(entry), " ")
		return strings.ToLower(first)
	}
	for entry := range strings.SplitSeq(text, ",") {
		if entry = confdoc.JavaTrim(entry); entry != "" && subject(entry) != "none" {
			entries = append(entries, entry)
		}
	}
	have := func(entry string) bool {
		return slices.ContainsFunc(entries, func(e string) bool { return subject(e) == subject(entry) })
	}
	var added []string
	for entry := range strings.SplitSeq(wanted, ", ") {
		if !have(entry) {
			added = append(added, entry)
		}
	}
	return strings.Join(append(added, entries...), ", ")
}
