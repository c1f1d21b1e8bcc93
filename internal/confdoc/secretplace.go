package confdoc

import (
	"regexp"
	"slices"
	"strings"
)

// Parts of the patterns below: a word or a string, a value up to the end of a
// word or of a string, and a name that may stand in quotes.
const (
	aWord  = `(?:"[^"\n]*"|'[^'\n]*'|[^\s"']+)`
	aValue = `("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|(?:\\.|[^\s;"'(){}\\])(?:\\.|[^\s;"'\\])*)`
	aMatch = `("[^"\n]*"|[^\s"'{}()-][^\s]*)` // no option
	aName  = `["']?\$?([\w.-]{1,200})["']?`
)

// place is where a secret stands in a line of some syntax, whatever it looks
// like. With two groups the first is a name that says whether the second is a
// secret.
type place struct {
	hints   []string
	pattern *regexp.Regexp
	// header is set if the name is that of a field of HTTP.
	header bool
}

var secretPlaces = []place{
	// variables of httpd, nginx and HAProxy
	{[]string{"define", "setenv", "_param"}, regexp.MustCompile(`(?i)(?:^|[\s{;#])(?:define|(?:pre)?setenv|(?:fastcgi|uwsgi|scgi)_param)\s+` + aName + `[ \t]+` + aValue), false},
	{[]string{"map"}, regexp.MustCompile(`(?:^|[\s{;])map\s+` + aWord + `\s+` + aName + `\s*\{([^{}]*)`), false},
	// fields of HTTP that are set, or compared with what is wanted
	{[]string{"header"}, regexp.MustCompile(`(?i)(?:^|[\s{;#])(?:request)?header\s+(?:(?:always|onsuccess|early)\s+)?(?:set|setifempty|add|append|merge)\s+` + aName + `\s+` + aValue), true},
	{[]string{"header", "hdr"}, regexp.MustCompile(`(?i)(?:^|[\s{;#])(?:(?:proxy_set|grpc_set|add|auth_http)_header|(?:set|add)-header|hdr)\s+` + aName + `\s+` + aValue), true},
	{[]string{"hdr(", "hdr_"}, regexp.MustCompile(`(?i)hdr(?:_\w+)?\(([\w-]{1,200})(?:,[^)]*)?\)(?:[ \t]+-m[ \t]+\w+|[ \t]+-[ifnu])*[ \t]+` + aMatch), true},
	{[]string{"http_auth_bearer"}, regexp.MustCompile(`http_auth_bearer(?:\([^)]*\))?(?:[ \t]+-m[ \t]+\w+|[ \t]+-[ifnu])*[ \t]+` + aMatch), false},
	{[]string{"-var("}, regexp.MustCompile(`(?i)set-var(?:-fmt)?\(([\w.]{1,200})\)[ \t]+(?:str\()?([^\s()]+)`), false},
	{[]string{"setenvif"}, regexp.MustCompile(`(?i)setenvif(?:nocase)?[ \t]+` + aName + `[ \t]+` + aValue), true},
	{[]string{"%{http:"}, regexp.MustCompile(`(?i)%\{http:([\w-]{1,200})\}["']?\s*(?:==|!?=~?|!~|-eq|-ne)?\s*` + aValue), true},
	{[]string{"$http_", "$arg_", "$cookie_"}, regexp.MustCompile(`(?i)\$(?:http|arg|cookie)_(\w{1,200})["']?\s*(?:!?=|!?~\*?)\s*` + aValue), true},
	// directives that take a secret behind something else
	{[]string{"authbasicfake"}, regexp.MustCompile(`(?i)\bauthbasicfake[ \t]+` + aWord + `[ \t]+` + aValue), false},
	{[]string{"mdexternalaccountbinding"}, regexp.MustCompile(`(?i)\bmdexternalaccountbinding[ \t]+` + aWord + `[ \t]+` + aValue), false},
	{[]string{"secure_link_md5"}, regexp.MustCompile(`\bsecure_link_md5\s+` + aValue), false},
	{[]string{"stats"}, regexp.MustCompile(`(?i)\bstats[ \t]+auth[ \t]+[^\s:"']+:` + aValue), false},
	{[]string{"createuser"}, regexp.MustCompile(`(?im)^[ \t#]*createuser[ \t]+` + aWord + `[ \t]+([^\n]+)`), false},
	{[]string{"sink"}, regexp.MustCompile(`(?im)^[ \t#]*(?:trap2?|inform)sink[ \t]+\S+[ \t]+` + aValue), false},
	{[]string{"eq", "match"}, regexp.MustCompile(`\b(?:eqi?|crypteq|match)\s*\{\s*\$\{?(?:auth)?[123]\}?\s*\}\s*\{([^{}$]+)\}`), false},
	{[]string{"auth"}, regexp.MustCompile(`(?i)\bbasic[_-]?auth["']?[ \t]*[:=][ \t]*["']?[^\s:"']+:([^\s"']+)`), false},
	{[]string{"//"}, regexp.MustCompile(`(?:^|[\s"'=])//[^\s"'<>@/:]*:([^\s"'<>@/]+)@`), false},
	{[]string{"from-literal"}, regexp.MustCompile(`--from-literal[=\s]\s*"(?:[^"=\n]*=)?([^"\n]*)"`), false},
	{[]string{"from-literal"}, regexp.MustCompile(`--from-literal[=\s]\s*'(?:[^'=\n]*=)?([^'\n]*)'`), false},
	{[]string{"from-literal"}, regexp.MustCompile(`--from-literal[=\s]\s*([^\s=:"']+)(?:\s|$)`), false},
	// elements that give a name and elements beside or inside that give a value
	{[]string{"</"}, regexp.MustCompile(`(?i)<(?:[\w:.-]*name|key)>\s*([\w.-]{1,200})\s*</[^<>]*>\s*<[\w:.-]*(?:value|string)[^<>]*>([^<]*)`), false},
	{[]string{"</"}, regexp.MustCompile(`(?i)<[\w:.-]+\s(?:[^<>]*\s)?(?:name|key)\s*=\s*["']([\w./-]{1,200})["'](?:[^<>]*[^<>/])?>\s*(?:<[\w:.-]*value[^<>]*>)?([^<]+)`), false},
	// options of commands, as lists of YAML and JSON
	{[]string{`"-`, `'-`}, regexp.MustCompile(`["']--?([\w.-]{1,200})["']\s*,\s*["']([^"'\n-][^"'\n]*)`), false},
	{[]string{"- -", `- "-`, `- '-`}, regexp.MustCompile(`(?m)^[ \t]*-[ \t]+["']?--?([\w.-]{1,200})["']?[ \t]*\r?\n[ \t]*-[ \t]+["']?([^\s"'-][^\n]*)`), false},
	{[]string{"? "}, regexp.MustCompile(`(?m)^[ \t-]*\?[ \t]+` + aName + `[ \t]*\r?\n[ \t]*:[ \t]+([^\n]+)`), false},
}

// variable matches a value that is only taken from somewhere else.
var variable = regexp.MustCompile(`^["']?(\$\{?[a-z][a-z0-9_]*\}?|%\{[^}\s]*\}[a-z]|%\[[^\]\s]*\])["']?$`)

// credentialFields are fields of HTTP whose names do not say that they are secret.
var credentialFields = []string{"authorization", "proxy-authorization", "cookie", "x-auth", "authkey"}

// places finds secrets by where they stand, in a text of which lower is the
// lower case.
func (s *scan) places(lower string) {
	for _, p := range secretPlaces {
		if !containsAny(lower, p.hints) {
			continue
		}
		for _, at := range p.pattern.FindAllStringSubmatchIndex(s.text, -1) {
			n := len(at)
			from, to := at[n-2], at[n-1]
			value := strings.TrimSpace(s.text[from:to])
			if n > 4 && !s.names(s.text[at[2]:at[3]], value, p.header) || variable.MatchString(value) || reference.MatchString(strings.Trim(value, `"'`)) {
				continue
			}
			if value != "" && value != `""` && value != "''" {
				s.found = append(s.found, span{from, to})
			}
		}
	}
	if strings.Contains(lower, "data:") {
		s.objects()
	}
}

// names reports whether a name makes a value a secret.
func (s *scan) names(name, value string, header bool) bool {
	if !header {
		return secret(name, value)
	}
	return classify(name) != harmless || slices.Contains(credentialFields, strings.ToLower(name))
}

var (
	secretKind = regexp.MustCompile(`(?m)^kind:[ \t]*["']?Secret["']?[ \t]*\r?$`)
	secretData = regexp.MustCompile(`^(stringData|data):\s*$`)
	dataField  = regexp.MustCompile(`^\s+["']?[\w./-]+["']?:[ \t]+`)
)

// objects takes all values of the Secrets of Kubernetes there are in a text.
func (s *scan) objects() {
	if !secretKind.MatchString(s.text) {
		return
	}
	of := map[int]bool{} // the documents that are Secrets
	for pass := range 2 {
		doc := 0
		inside, depth := false, 0
		for _, l := range s.lines {
			line := s.text[l.start:l.end]
			switch {
			case strings.HasPrefix(line, "---"):
				doc++
				inside = false
			case pass == 0:
				of[doc] = of[doc] || secretKind.MatchString(line)
			case !of[doc] || strings.TrimSpace(line) == "":
			case indent(line, "") == 0:
				inside, depth = secretData.MatchString(line), 0
			case inside:
				if depth == 0 {
					depth = indent(line, "")
				}
				from := l.start
				if at := dataField.FindStringIndex(line); at != nil && indent(line, "") <= depth {
					from += at[1]
				} else if indent(line, "") <= depth {
					continue
				}
				s.found = append(s.found, span{from, l.end})
			}
		}
	}
}
