package nginx

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"tlsaudit/internal/confdoc"
)

// listen is one address and port a server listens on.
type listen struct {
	dir *directive
	// key tells addresses apart, bind is how reports write it.
	key, bind, port string
	ssl, quic       bool
	standard        bool // default_server
}

// listenWords are the parameters of listen without a value, listenKeys those
// with one.
var (
	listenWords = []string{"ssl", "quic", "default_server", "default", "http2", "http3", "spdy", "proxy_protocol", "bind", "reuseport", "deferred", "udp", "multipath"}
	listenKeys  = []string{"setfib", "fastopen", "backlog", "rcvbuf", "sndbuf", "accept_filter", "ipv6only", "so_keepalive"}
)

// maxRange bounds the ports of a range.
const maxRange = 2000

// listensOf reads the listen directives of a server.
func (p *parser) listensOf(s *scope) (list []listen) {
	seen := map[string]bool{}
	for _, d := range s.own["listen"] {
		if len(d.args()) == 0 {
			p.refuse(d.file, d.start, `invalid number of arguments in "listen" directive`, "")
			continue
		}
		if p.listens > maxListens {
			return list
		}
		l := listen{dir: d}
		for _, w := range d.args()[1:] {
			name, _, valued := strings.Cut(w.text, "=")
			if !slices.Contains(listenWords, w.text) && !(valued && slices.Contains(listenKeys, name)) {
				p.refuse(d.file, w.start, fmt.Sprintf("invalid parameter %q of listen", confdoc.RedactText(w.text)), "")
			}
			switch w.text {
			case "ssl":
				l.ssl = true
			case "quic":
				l.quic = true
				if since, known := p.r.Since("nginx", "1.25.0"); known && !since {
					p.refuse(d.file, w.start, `invalid parameter "quic" of listen before nginx 1.25.0`, "")
				}
			case "default_server", "default":
				l.standard = true
			}
		}
		for _, at := range p.addresses(d, d.words[1].text, s.module) {
			one := l
			one.key, one.bind, one.port = at[0], at[1], at[2]
			key := fmt.Sprint(one.key, one.quic)
			if p.listens++; p.listens > maxListens {
				p.bound(d, fmt.Sprintf("more than %d addresses: the others are not told", maxListens))
				return list
			}
			if seen[key] {
				p.refuse(d.file, d.start, "a duplicate listen "+confdoc.RedactText(one.bind), "leave one of them")
				continue
			}
			seen[key] = true
			list = append(list, one)
		}
	}
	if len(s.own["listen"]) == 0 {
		switch s.module {
		case "http":
			return []listen{{key: "0.0.0.0:80", bind: ":80", port: "80"}}
		default:
			if p.whole {
				p.refuse(s.block.file, s.block.start, `no "listen" is defined for server`, "")
			}
		}
	}
	return list
}

// addresses returns key, bind and port of every address an argument of listen
// means.
func (p *parser) addresses(d *directive, text, module string) (list [][3]string) {
	if strings.ContainsAny(text, "${}@") && !strings.HasPrefix(text, "unix:") {
		p.open(d.place(), "listen has a placeholder in the place of its address or port")
		return nil
	}
	if strings.HasPrefix(text, "unix:") {
		return [][3]string{{text, text, text}}
	}
	host, port := "", text
	switch {
	case strings.HasPrefix(text, "["):
		end := strings.IndexByte(text, ']')
		if end < 0 {
			p.refuse(d.file, d.start, fmt.Sprintf("invalid host in %q of listen", confdoc.RedactText(text)), "")
			return nil
		}
		host, port = text[:end+1], strings.TrimPrefix(text[end+1:], ":")
	case strings.Contains(text, ":"):
		host, port, _ = strings.Cut(text, ":")
	case !ports(text):
		host, port = text, ""
	}
	if port == "" {
		port = "80"
	}
	if !ports(port) {
		p.refuse(d.file, d.start, fmt.Sprintf("invalid port in %q of listen", confdoc.RedactText(text)), "")
		return nil
	}
	first, last, _ := strings.Cut(port, "-")
	from, _ := strconv.Atoi(first)
	to := from
	if last != "" {
		to, _ = strconv.Atoi(last)
	}
	if from < 1 || to > 65535 || to < from {
		p.refuse(d.file, d.start, fmt.Sprintf("invalid port in %q of listen", confdoc.RedactText(text)), "")
		return nil
	}
	if to-from >= maxRange {
		p.open(d.place(), fmt.Sprintf("listen has more than %d ports: the others are not told", maxRange))
		to = from + maxRange - 1
	}
	key, shown := host, host
	switch host {
	case "", "*", "0.0.0.0":
		key, shown = "0.0.0.0", ""
	case "[::]":
		shown = ""
	default:
		if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
			key, shown = a.String(), host
		}
	}
	for n := from; n <= to; n++ {
		list = append(list, [3]string{fmt.Sprintf("%s:%d", key, n), fmt.Sprintf("%s:%d", shown, n), strconv.Itoa(n)})
	}
	return list
}

// ports reports whether the text is a port or a range of ports.
func ports(s string) bool {
	first, last, ranged := strings.Cut(s, "-")
	return digits(first) && (!ranged || digits(last))
}

func digits(s string) bool {
	return s != "" && len(s) <= 5 && strings.Trim(s, "0123456789") == ""
}
