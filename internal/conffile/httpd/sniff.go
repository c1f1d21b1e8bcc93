package httpd

import (
	"strings"

	"tlsaudit/internal/conftree"
)

// signs counts lines that tell what a file is.
type signs struct{ apache, ihs, server, includes, foreign int }

// limits of a look: bytes of the file, and of lines that are no comments.
const (
	lookAt   = 256 << 10
	lookKept = 64 << 10
)

// serverWords are words of the server itself.
var serverWords = set(`<VirtualHost <Directory <DirectoryMatch <Location <LocationMatch <IfModule <IfDefine <IfVersion <Files <Proxy
	LoadModule ServerRoot DocumentRoot ServerName ServerAlias ServerAdmin Include IncludeOptional Define Listen DirectoryIndex CustomLog ErrorLog
	ProxyPass Require RewriteEngine NameVirtualHost`)

// look goes through the lines that are no comments.
func look(f *conftree.File) (s signs) {
	text := f.Text[:min(len(f.Text), lookAt)]
	kept := 0
	for len(text) > 0 && kept < lookKept {
		line := text
		if i := strings.IndexAny(text, "\r\n"); i >= 0 {
			line, text = text[:i], text[i+1:]
		} else {
			text = ""
		}
		line = strings.Trim(line, blanks+"\x00")
		if line == "" || line[0] == '#' {
			continue
		}
		kept += len(line)
		s.count(line)
	}
	return s
}

func (s *signs) count(line string) {
	first, rest := line, ""
	if i := strings.IndexAny(line, blanks+"\\\x00\u00a0"); i >= 0 {
		first, rest = line[:i], strings.ToLower(strings.Trim(line[i:], blanks+`"`))
	}
	name := strings.ToLower(strings.TrimSuffix(first, ">"))
	switch last := line[len(line)-1]; {
	case last == ';', last == '{', last == '}', strings.HasPrefix(line, "<?"), strings.HasPrefix(line, "<!"):
		s.foreign++
		return
	}
	_, ssl := apacheDialect.own[name]
	_, ibm := ihsDialect.own[name]
	ssl, ibm = ssl || apacheDialect.more[name], ibm || ihsDialect.more[name] || forI[name] || name == "webspherepluginconfig"
	switch {
	case ssl && !ibm:
		s.apache++
	case ibm && !ssl:
		s.ihs++
	case serverWords[name]:
		s.server++
		if strings.HasPrefix(name, "include") {
			s.includes++ // which other programs have as well
		}
		own := strings.HasPrefix(rest, "ibm_ssl_module") || strings.Contains(rest, "mod_ibm_ssl")
		switch {
		case name != "loadmodule" && name != "<ifmodule":
		case own:
			s.ihs += 5
		case strings.HasPrefix(rest, "ssl_module") || strings.Contains(rest, "mod_ssl.c"):
			s.apache += 3
		}
	case !plausible(strings.Trim(first, "</>")):
		s.foreign++
	}
}

// sniffApache and sniffIHS decide by the module loaded, then by the words.
func sniffApache(f *conftree.File) int {
	s := look(f)
	switch {
	case s.foreign > s.apache+s.ihs+s.server:
		return 0
	case s.apache > s.ihs:
		return min(98, 60+8*s.apache+2*min(s.server, 5))
	case s.apache > 0:
		return 30
	case s.ihs == 0 && s.server > s.includes:
		return min(50, 30+5*s.server)
	case s.ihs == 0 && s.server > 0:
		return 10
	}
	return 0
}

func sniffIHS(f *conftree.File) int {
	s := look(f)
	switch {
	case s.foreign > s.apache+s.ihs+s.server:
		return 0
	case s.ihs > 0 && s.ihs >= s.apache:
		return min(99, 62+8*s.ihs+2*min(s.server, 5))
	case s.ihs > 0:
		return 25
	case s.apache == 0 && s.server > s.includes:
		return min(20, 10+2*s.server)
	case s.apache == 0 && s.server > 0:
		return 5
	}
	return 0
}
