package confdoc

import (
	"regexp"
	"strconv"
	"strings"
)

// form is how a secret looks wherever it stands. The last group is the secret;
// hint is a part of every match in lower case, to pass over texts without one.
type form struct {
	hint    string
	pattern *regexp.Regexp
}

var secretForms = []form{
	// as WebSphere and Liberty encode them, also with escaped braces
	{"xor", regexp.MustCompile(`(?i)((?:\{|&#0*123;|&#x0*7b;|\\u007b|%7b)xor(?:\}|&#0*125;|&#x0*7d;|\\u007d|%7d)(?:\\\r?\n[ \t]*|[^\s"'<>])*)`)},
	{"aes", regexp.MustCompile(`(?i)((?:\{|&#0*123;|&#x0*7b;|\\u007b|%7b)aes(?:-\d+)?(?:\}|&#0*125;|&#x0*7d;|\\u007d|%7d)(?:\\\r?\n[ \t]*|[^\s"'<>])*)`)},
	{"}", regexp.MustCompile(`(?i)(\{(?:hash|fips|custom|s?sha(?:\d+)?|s?md5|crypt|pbkdf2[\w-]*|argon2\w*)\}(?:\\\r?\n[ \t]*|[^\s"'<>])*)`)},
	{"enc(", regexp.MustCompile(`(?i)\bENC\(([^)\n]+)\)`)},
	// who logs in, in a URL
	{"@", regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*:(?://|\\/\\/)([^\s"'<>@/]*:[^\s"'<>]*|[^\s"'<>@/]+)@`)},
	{"jdbc:oracle:", regexp.MustCompile(`(?i)jdbc:oracle:\w+:([^\s"'@]+)@`)},
	// Exim marks what others must not see
	{"hide", regexp.MustCompile(`(?m)^[ \t]*hide[ \t]+\w+[ \t]*=[ \t]*((?:\\\r?\n|.)*)`)},
	// hashes of passwords
	{"$", regexp.MustCompile(`(\$(?:1|2[abxy]?|5|6|7|y|gy|sha1|apr1|argon2\w*|pbkdf2[\w-]*|scrypt)\$[^\s"'<>:]{8,})`)},
	// tokens that tell what they are
	{"eyj", regexp.MustCompile(`\b(eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?)`)},
	{"akia", regexp.MustCompile(`\b(AKIA[0-9A-Z]{16})\b`)},
	{"authorization", regexp.MustCompile(`(?i)\bauthorization\b["']?[ \t]*[:=][ \t]*["']?(?:(?:basic|bearer|digest|negotiate)[ \t]+)?([^\s"']{6,})`)},
	{"basic", regexp.MustCompile(`(?i)\bbasic[ \t]+([A-Za-z0-9+/]{8,}={0,2})(?:$|[\s"'])`)},
	{"bearer", regexp.MustCompile(`(?i)\bbearer[ \t]+([A-Za-z0-9+/._~-]{8,}={0,2})`)},
	// commands
	{"from-literal", regexp.MustCompile(`--from-literal[=\s]\s*["']?[^\s=]+=("[^"\n]*"|'[^'\n]*'|[^\s"']+)`)},
	{"pass:", regexp.MustCompile(`\bpass:([^\s"'<>]+)`)},
	{"-u", regexp.MustCompile(`(?:^|\s)(?:-u|--user|--proxy-user|-U)[=\s]\s*["']?[^\s:"']+:([^\s"']+)`)},
	// HAProxy and the like
	{"auth", regexp.MustCompile(`(?im)(?:^|\s)auth\s+[^\s:"']+:([^\s"']+)\s*$`)},
	// tables of logins: a host or an address, and who logs in there
	{":", regexp.MustCompile(`(?m)^[ \t]*(?:\[[^\]\s]+\](?::\w+)?|\.?[\w-]+(?:\.[\w-]+)+(?::\d+)?|[^\s@]+@[^\s@]+)[ \t]+([^\s:/=\[\]{}]+:[^\s]+)[ \t]*\r?$`)},
	// keys
	{"private key", regexp.MustCompile(`(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-[^-])*(?:-----END [A-Z0-9 ]*-----)?)`)},
	{"private-lines:", regexp.MustCompile(`(?im)^private-lines:[^\n]*\n((?:[A-Za-z0-9+/=]+\r?\n?)+)`)},
	{"", regexp.MustCompile(`(?m)^[ \t]*([A-Za-z0-9+/]{40,}={0,2})[ \t]*\\?\r?$`)},
}

// notLogins are words that stand before a colon without being one's name.
var notLogins = regexp.MustCompile(`(?i)^(smtps?|lmtp|relay|local|virtual|discard|error|retry|uucp|pipe|hash|btree|lmdb|cdb|texthash|regexp|pcre|cidr|ldap|mysql|pgsql|memcache|unix|tcp|inet|https?|file|exec|env|` +
	`[\d.]+|[\w.-]+:\d{1,5})(:|;?$)`)

// encodedLine tells an encoded line from a long word.
func encodedLine(s string) bool {
	return strings.ContainsAny(s, "0123456789=") && strings.ToLower(s) != s && strings.ToUpper(s) != s
}

// forms finds secrets that tell themselves.
func (s *scan) forms() {
	lower := strings.ToLower(s.text)
	for _, f := range secretForms {
		if f.hint != "" && !strings.Contains(lower, f.hint) {
			continue
		}
		for _, at := range f.pattern.FindAllStringSubmatchIndex(s.text, -1) {
			start, end := at[2], at[3]
			found := s.text[start:end]
			switch {
			case f.hint == ":" && notLogins.MatchString(found):
			case (f.hint == "" || f.hint == "basic" || f.hint == "bearer") && !encodedLine(found):
			case reference.MatchString(found):
			default:
				s.found = append(s.found, span{start, end})
			}
		}
	}
}

// escaped matches a character of a Java property that is written as a number.
var escaped = regexp.MustCompile(`\\u[0-9a-fA-F]{4}`)

// disguised finds lines of properties in which the name of a secret is written
// in numbers, and takes all behind the name.
func (s *scan) disguised() {
	if !strings.Contains(s.text, `\u`) {
		return
	}
	for _, l := range lineSpans(s.text) {
		line := s.text[l.start:l.end]
		if !strings.Contains(line, `\u`) {
			continue
		}
		plain := escaped.ReplaceAllStringFunc(line, func(e string) string {
			n, err := strconv.ParseUint(e[2:], 16, 16)
			if err != nil {
				return e
			}
			return string(rune(n))
		})
		name := strings.TrimLeft(plain, " \t#!")
		if end := strings.IndexFunc(name, func(r rune) bool { return r > 0x7f || !nameByte(byte(r)) && r != '/' }); end > 0 && classify(name[:end]) >= aboutSecret {
			if i := strings.IndexAny(line, "=: "); i >= 0 {
				s.found = append(s.found, span{l.start + i + 1, l.end})
			}
		}
	}
}
