package confdoc

import (
	"regexp"
	"slices"
	"strings"
)

// form is how a secret looks wherever it stands. The first group is the secret.
// Of hints one, in lower case, is part of every match, and of needs one
// character, to pass over texts that have none.
type form struct {
	needs   string
	hints   []string
	pattern *regexp.Regexp
	// encoded is set if a word must look encoded to be meant.
	encoded bool
}

var secretForms = []form{
	// as WebSphere and Liberty encode them, also with escaped braces
	{"{&\\%", []string{"xor}", "xor&#", `xor\u`, "xor%"}, regexp.MustCompile(`(?i)((?:\{|&#0*123;|&#x0*7b;|\\u007b|%7b)xor(?:\}|&#0*125;|&#x0*7d;|\\u007d|%7d)(?:\\\r?\n[ \t]*|[^\s"'<>])*)`), false},
	{"{&\\%", []string{"{aes", ";aes", "7baes"}, regexp.MustCompile(`(?i)((?:\{|&#0*123;|&#x0*7b;|\\u007b|%7b)aes(?:-\d+)?(?:\}|&#0*125;|&#x0*7d;|\\u007d|%7d)(?:\\\r?\n[ \t]*|[^\s"'<>])*)`), false},
	{"}", []string{"}"}, regexp.MustCompile(`(?i)(\{(?:hash|fips|custom(?::[\w.-]+)?|os400|plain(?:text)?|clear(?:text)?|rsa|enc|cipher|s?sha(?:\d+)?|s?md5|crypt|pbkdf2[\w-]*|argon2\w*)\}(?:\\\r?\n[ \t]*|[^\s"'<>])*)`), false},
	{"(", []string{"enc("}, regexp.MustCompile(`(?i)\bENC\(([^)\n]+)\)`), false},
	// what is left of it where a reader took the brace for its own
	{"}", []string{"xor}", "aes}"}, regexp.MustCompile(`(?i)\b(?:xor|aes)\}([A-Za-z0-9+/=]{8,})`), false},
	// who logs in, in a URL
	{"@", []string{"://", `:\/\/`}, regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*:(?://|\\/\\/)([^\s"'<>@/]*:[^\s"'<>]*|[^\s"'<>@/]+)@`), false},
	{"@", []string{"jdbc:oracle:"}, regexp.MustCompile(`(?i)jdbc:oracle:\w+:([^\s"'@]+)@`), false},
	// Exim marks what others must not see
	{"=", []string{"hide ", "hide\t"}, regexp.MustCompile(`(?m)^[ \t]*hide[ \t]+\w+[ \t]*=[ \t]*((?:\\\r?\n|.)*)`), false},
	// hashes of passwords
	{"$", []string{"$"}, regexp.MustCompile(`(\$(?:1|2[abxy]?|5|6|7|y|gy|sha1|apr1|argon2\w*|pbkdf2[\w-]*|scrypt)\$[^\s"'<>:]{8,})`), false},
	// tokens that tell what they are
	{".", []string{"eyj"}, regexp.MustCompile(`\b(eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?)`), false},
	{"A", []string{"akia"}, regexp.MustCompile(`\b(AKIA[0-9A-Z]{16})\b`), false},
	{":=", []string{"authorization"}, regexp.MustCompile(`(?i)\bauthorization\b["']?[ \t]*[:=][ \t]*["']?(?:(?:basic|bearer|digest|negotiate)[ \t]+)?([^\s"']{6,})`), false},
	{" \t", []string{"authorization"}, regexp.MustCompile(`(?i)\bauthorization\b["']?[ \t]+(?:\\?["'])?(?:basic|bearer|digest|negotiate|token|apikey)(?:[ \t]|\\[ \t])+([^\n"']+)`), false},
	{`"'`, []string{"basic", "bearer", "negotiate"}, regexp.MustCompile(`(?i)["'](?:basic|bearer|negotiate)[ \t]+([^\n"']+)["']`), false},
	{" \t", []string{"basic"}, regexp.MustCompile(`(?i)\bbasic[ \t]+([A-Za-z0-9+/]{8,}={0,2})(?:$|[\s"'])`), true},
	{" \t", []string{"bearer"}, regexp.MustCompile(`(?i)\bbearer[ \t]+([A-Za-z0-9+/._~-]{8,}={0,2})`), true},
	// commands
	{"=", []string{"from-literal"}, regexp.MustCompile(`--from-literal[=\s]\s*["']?[^\s=]+=("[^"\n]*"|'[^'\n]*'|[^\s"']+)`), false},
	{":", []string{"pass:"}, regexp.MustCompile(`\bpass:([^\s"'<>]+)`), false},
	{":", []string{"-u ", "-u=", "-u\t", "-user"}, regexp.MustCompile(`(?:^|\s)(?:-u|--user|--proxy-user|-U)[=\s]\s*["']?[^\s:"']+:([^\s"']+)`), false},
	// HAProxy and the like
	{":", []string{"auth ", "auth\t"}, regexp.MustCompile(`(?im)(?:^|\s)auth\s+[^\s:"']+:([^\s"']+)\s*$`), false},
	// keys
	{"-", []string{"private key"}, regexp.MustCompile(`(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-[^-])*(?:-----END [A-Z0-9 ]*-----)?)`), false},
	{":", []string{"private-lines:"}, regexp.MustCompile(`(?im)^private-lines:[^\n]*\n((?:[A-Za-z0-9+/=]+\r?\n?)+)`), false},
}

// login matches a line of a table of logins: a host or an address, and who logs
// in there.
var login = regexp.MustCompile(`^[ \t]*(?:\[[^\]\s]+\](?::\w+)?|\.?[\w-]+(?:\.[\w-]+)+(?::\d+)?|[^\s@]+@[^\s@]+)[ \t]+([^\s:/=\[\]{}]+:[^\s]+)[ \t]*$`)

// notLogins are words that stand before a colon without being one's name.
var notLogins = regexp.MustCompile(`(?i)^(smtps?|lmtp|relay|local|virtual|discard|error|retry|uucp|pipe|hash|btree|lmdb|cdb|texthash|regexp|pcre|cidr|ldap|mysql|pgsql|memcache|unix|tcp|inet|https?|file|exec|env|` +
	`[\d.]+|[\w.-]+:\d{1,5})(:|;?$)`)

// encodedLine tells an encoded line from a long word.
func encodedLine(s string) bool {
	return strings.ContainsAny(s, "0123456789=") && strings.ToLower(s) != s && strings.ToUpper(s) != s
}

func containsAny(s string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
}

// forms finds secrets that tell themselves, in a text of which lower is the
// lower case.
func (s *scan) forms(lower string) {
	var present [256]bool
	for i := range len(s.text) {
		present[s.text[i]] = true
	}
	has := func(c rune) bool { return present[c] }
	for _, f := range secretForms {
		if !strings.ContainsFunc(f.needs, has) || !containsAny(lower, f.hints) {
			continue
		}
		for _, at := range f.pattern.FindAllStringSubmatchIndex(s.text, -1) {
			found := s.text[at[2]:at[3]]
			if (!f.encoded || encodedLine(found)) && !reference.MatchString(found) {
				s.found = append(s.found, span{at[2], at[3]})
			}
		}
	}
	for _, l := range s.lines {
		s.tableLine(l)
	}
}

// tableLine takes a line that is nothing but encoded, as those of a key are, or
// that is one of a table of logins.
func (s *scan) tableLine(l span) {
	line := s.text[l.start:l.end]
	body := strings.TrimRight(strings.TrimSpace(line), `\`)
	if len(body) >= 40 && strings.IndexFunc(strings.TrimRight(body, "="), notBase64) < 0 && encodedLine(body) {
		s.found = append(s.found, l)
		return
	}
	blank := strings.LastIndexAny(body, " \t")
	if blank < 0 || strings.IndexByte(body[blank:], ':') < 0 || !strings.ContainsAny(body[:1]+body[:blank], ".@[") {
		return
	}
	if at := login.FindStringSubmatchIndex(line); at != nil && !notLogins.MatchString(line[at[2]:at[3]]) {
		s.found = append(s.found, span{l.start + at[2], l.start + at[3]})
	}
}

func notBase64(r rune) bool {
	return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '+' && r != '/'
}
