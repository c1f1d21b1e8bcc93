package report

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"tlsaudit/audit"
)

type sarifLocation struct {
	Physical sarifPhysical  `json:"physicalLocation"`
	Logical  []sarifLogical `json:"logicalLocations"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   sarifRegion   `json:"region"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

// sarifRegion counts from 1. A zero is left out.
type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
	EndLine     int `json:"endLine,omitempty"`
	EndColumn   int `json:"endColumn,omitempty"`
}

type sarifLogical struct {
	Name          string `json:"name"`
	Kind          string `json:"kind"`
	QualifiedName string `json:"fullyQualifiedName"`
}

// location is where a reader can see, in a repository, what a finding is about:
// the line that declares the subject, else the line of the policy that states
// the rule, else the first line of the first file that was read.
func (s *sarifWriter) location(f *audit.Finding, rule *ruleEntry) sarifLocation {
	place := audit.Place{File: sarifLonely}
	switch {
	case hasFile(f.Place):
		place = *f.Place
	case hasFile(rule.Place) && !strings.HasPrefix(rule.Place.File, builtinPolicies):
		place = *rule.Place
	case len(s.report.Sources) > 0 && s.report.Sources[0].File != "":
		place = audit.Place{File: s.report.Sources[0].File}
	}
	subject := Clean(f.Subject)
	if subject == "" {
		subject = "unknown subject"
	}
	return sarifLocation{
		Physical: sarifPhysical{Artifact: sarifArtifact{sarifURI(place.File)}, Region: sarifRegion{StartLine: max(place.Line, 1), StartColumn: max(place.Col, 0)}},
		Logical:  []sarifLogical{{Name: subject, Kind: "resource", QualifiedName: subject}},
	}
}

// builtinPolicies is how the names of policies begin that come with the program:
// they are files of no repository.
const builtinPolicies = "builtin/"

func hasFile(p *audit.Place) bool { return p != nil && p.File != "" }

// maxURI is the longest file name that is used as a location.
const maxURI = 1024

// sarifURI makes the name of a file a relative URI reference (RFC 3986 section
// 4.2) as code scanning takes it: no scheme, no leading slash, no step upwards,
// no space, no colon, nothing but ASCII; what cannot be seen becomes a low line.
// What lies outside of the repository
// is named as if it lay in it. A name of which nothing remains gives that of the
// report.
func sarifURI(file string) string {
	name := path.Clean("/" + strings.ReplaceAll(file, `\`, "/")) // rooted: ".." cannot lead out
	name = strings.TrimLeft(name, "/")
	if name == "" || len(name) > maxURI {
		return sarifLonely
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i, r := range name {
		switch size := utf8.RuneLen(r); {
		case r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-._~/+@", r)):
			b.WriteRune(r)
		case size < 0, r == utf8.RuneError, !visible(r):
			b.WriteByte('_')
		default:
			for _, c := range []byte(name[i : i+size]) {
				b.WriteString("%" + hex[c>>4:c>>4+1] + hex[c&15:c&15+1])
			}
		}
	}
	return b.String()
}

type sarifFile struct {
	Location sarifArtifact     `json:"location"`
	Roles    []string          `json:"roles"`
	Hashes   map[string]string `json:"hashes,omitempty"`
}

// sarifArtifacts are the files that were read, with their hashes.
func sarifArtifacts(r *audit.Report) (list []sarifFile) {
	for _, group := range [][]audit.FileRef{r.Sources, r.WaiverFiles} {
		for _, f := range group {
			file := sarifFile{Location: sarifArtifact{sarifURI(f.File)}, Roles: []string{"toolSpecifiedConfiguration"}}
			if f.SHA256 != "" {
				file.Hashes = map[string]string{"sha-256": Clean(f.SHA256)}
			}
			list = append(list, file)
		}
	}
	return list
}
