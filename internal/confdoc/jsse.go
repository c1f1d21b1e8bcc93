package confdoc

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tlsaudit/audit"
)

// JavaProtocol is what a protocol value of JSSE, such as that of sslProtocol in
// Liberty or of HCL Connections, enables by itself.
type JavaProtocol struct {
	// Enabled has an answer for every version. What Java is known to take away
	// again is latent.
	Enabled map[audit.Version]Fact
	// Configured are the versions the value stands for, oldest first.
	Configured []audit.Version
	// List is set for several values, separated by commas.
	List bool
	// Unknown are the values nobody knows, or, in a list, those that may not
	// stand in one. All versions are undetermined then.
	Unknown []string
}

// javaValues is what each value stands for in IBM's SDK 8; open lists versions
// of which it depends on the level of the SDK.
var javaValues = map[string]struct {
	on, open []audit.Version
	note     string
}{
	"SSLv3":     {on: []audit.Version{audit.SSLv3}, note: "a patched SDK enables nothing"},
	"SSL":       {on: versions(audit.TLSv10, audit.TLSv12), open: []audit.Version{audit.SSLv3, audit.TLSv13}},
	"SSL_TLS":   {on: []audit.Version{audit.TLSv10}},
	"SSL_TLSv2": {on: versions(audit.TLSv10, audit.TLSv12), open: []audit.Version{audit.TLSv13}},
	"TLS":       {on: []audit.Version{audit.TLSv10}, open: versions(audit.TLSv11, audit.TLSv13), note: "assumed: the level of the SDK is not known"},
	"TLSv1":     {on: []audit.Version{audit.TLSv10}},
	"TLSv1.1":   {on: []audit.Version{audit.TLSv11}},
	"TLSv1.2":   {on: []audit.Version{audit.TLSv12}},
	"TLSv1.3":   {on: []audit.Version{audit.TLSv13}},
}

func versions(first, last audit.Version) []audit.Version {
	return slices.DeleteFunc(slices.Clone(audit.Versions), func(v audit.Version) bool { return v < first || v > last })
}

// ReadJavaProtocol reads a value or a list of values, case and all. Key is the
// name of the setting for the evidence, java the version of Java or "".
func ReadJavaProtocol(key string, value Written, java string) JavaProtocol {
	var words []string
	for word := range strings.SplitSeq(value.Text, ",") {
		if word = JavaTrim(word); word != "" {
			words = append(words, word)
		}
	}
	p := JavaProtocol{Enabled: map[audit.Version]Fact{}, List: len(words) > 1}
	evidence := key + " " + oneValue(value.Text)
	on, open := map[audit.Version]bool{}, map[audit.Version]bool{}
	for _, word := range words {
		meaning, known := javaValues[word]
		if !known || p.List && !strings.HasPrefix(word, "TLSv") {
			p.Unknown = append(p.Unknown, oneValue(word))
		}
		for _, v := range meaning.on {
			on[v] = true
		}
		for _, v := range meaning.open {
			open[v] = true
		}
		if meaning.note != "" {
			evidence += " (" + meaning.note + ")"
		}
	}
	for _, v := range audit.Versions {
		fact := Fact{Answer: audit.Refused, Evidence: evidence, Place: value.Place}
		switch {
		case len(p.Unknown) > 0 || len(words) == 0:
			fact.Answer, fact.Evidence = audit.Undetermined, evidence+": not a value Java knows here"
		case open[v]:
			fact.Answer, fact.Evidence = audit.Undetermined, evidence+": depends on the level of Java"
		case on[v]:
			p.Configured = append(p.Configured, v)
			fact.Answer = audit.Accepted
			if gone, known := JavaLeavesOut(java, v); known && gone {
				fact.Answer, fact.Evidence = audit.Latent, evidence+"; Java "+java+" leaves it out by its own jdk.tls.disabledAlgorithms"
			}
		}
		p.Enabled[v] = fact
	}
	return p
}

// oneValue makes a value of a file fit for a line.
func oneValue(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > 60 {
		s = string(runes[:60]) + "..."
	}
	return RedactText(s)
}

var javaUpdate = regexp.MustCompile(`^(?:1\.)?([78])(?:\.0)?(?:_|u|\.0_)(\d+)`)

// JavaLeavesOut reports whether a version of Java leaves a protocol version out
// by the list jdk.tls.disabledAlgorithms it comes with; known is false if that
// cannot be told. Updates of April 2021 added TLS 1.0 and 1.1, those of IBM's
// SDK followed in 8.0 SR6 FP30, 7.1 SR4 FP85 and 7.0 SR10 FP85.
func JavaLeavesOut(java string, v audit.Version) (out, known bool) {
	java = strings.TrimSpace(java)
	if java == "" || v == audit.SSLv2 {
		return false, false
	}
	if v >= audit.TLSv12 {
		return false, true
	}
	if m := javaUpdate.FindStringSubmatch(java); m != nil {
		update, err := strconv.Atoi(m[2])
		if err != nil {
			return false, false
		}
		switch {
		case v == audit.SSLv3:
			return true, update >= 80
		case m[1] == "8":
			return update >= 291, true
		}
		return update >= 301, true
	}
	major, _, _ := strings.Cut(java, ".")
	n, err := strconv.Atoi(major)
	switch {
	case err != nil || n < 7:
		return false, false
	case v == audit.SSLv3:
		return true, n > 8
	case n == 7:
		return strings.HasPrefix(java, "7.1") && CompareVersions(java, "7.1.4.85") >= 0 || CompareVersions(java, "7.1") < 0 && CompareVersions(java, "7.0.10.85") >= 0, true
	case n == 8 && CompareVersions(java, "8.0.100") >= 0: // "8.0.412" is update 412
		return CompareVersions(java, "8.0.291") >= 0, true
	case n == 8 && strings.Count(java, ".") < 3:
		return false, false
	case n == 8:
		return CompareVersions(java, "8.0.6.30") >= 0, true
	case n == 11:
		return CompareVersions(java, "11.0.11") >= 0, true
	}
	return n >= 16, true
}
