//go:build interop

package haproxy

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// maker writes random configurations.
type maker struct {
	*rand.Rand
	texts map[string]string
	dir   string
}

func (m *maker) pick(list ...string) string { return list[m.IntN(len(list))] }

func (m *maker) chance(percent int) bool { return m.IntN(100) < percent }

// word writes one in some way HAProxy reads alike.
func (m *maker) word(s string) string {
	switch {
	case m.chance(8):
		return `"` + s + `"`
	case m.chance(8):
		return "'" + s + "'"
	case m.chance(4) && len(s) > 2:
		return s[:1] + `"` + s[1:] + `"`
	case s == "TLSv1.1" && m.chance(50):
		return m.pick(`"${LOW}"`, `"$LOW"`, `"TLSv${ONE}"`)
	}
	return s
}

func (m *maker) words(list ...string) string {
	for i := range list {
		list[i] = m.word(list[i])
	}
	return strings.Join(list, m.pick(" ", "  ", "\t"))
}

var (
	someVersions = []string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}
	someFlags    = []string{"no-sslv3", "no-tlsv10", "no-tlsv11", "no-tlsv12", "no-tlsv13", "force-tlsv10", "force-tlsv11", "force-tlsv12", "force-tlsv13"}
	someCiphers  = []string{
		"HIGH:!aNULL:!MD5", "ALL:@SECLEVEL=0", "ECDHE+AESGCM", "AES128-SHA:AES256-SHA:ECDHE-RSA-AES128-SHA", "DEFAULT:@SECLEVEL=0", "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256",
		"HIGH:@SECLEVEL=2", "ECDHE:RSA:!SHA384:@SECLEVEL=0", "kRSA:@SECLEVEL=1",
	}
	someCurves = []string{"X25519", "P-256:X25519", "P-384", "P-521:P-384"}
)

// versions writes some words about versions.
func (m *maker) versions() (list []string) {
	for range m.IntN(3) {
		switch m.IntN(4) {
		case 0, 1:
			list = append(list, m.words("ssl-min-ver", someVersions[m.IntN(4)]))
		case 2:
			list = append(list, m.words("ssl-max-ver", someVersions[1+m.IntN(3)]))
		default:
			list = append(list, m.word(someFlags[m.IntN(len(someFlags))]))
		}
	}
	return list
}

// bindWords writes the words of a bind line; certificate is crt or crt-list.
func (m *maker) bindWords(certificate string) string {
	list := append(m.versions(), "ssl", certificate)
	if m.chance(35) {
		list = append(list, m.words("ciphers", m.pick(someCiphers...)))
	}
	if m.chance(15) {
		list = append(list, m.words("ciphersuites", "TLS_AES_128_GCM_SHA256"))
	}
	if m.chance(20) {
		list = append(list, m.words(m.pick("curves", "ecdhe"), m.pick(someCurves...)))
	}
	if m.chance(20) {
		list = append(list, "prefer-client-ciphers")
	}
	if m.chance(25) {
		list = append(list, "no-tls-tickets")
	}
	if m.chance(20) {
		list = append(list, m.words("alpn", "h2,http/1.1"))
	}
	m.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return strings.Join(list, " ") + m.pick("", "", " ", " # ssl-min-ver TLSv1.0", "\r")
}

// list writes a crt-list.
func (m *maker) list(n int) string {
	var b strings.Builder
	for i := range 1 + m.IntN(4) {
		b.WriteString(m.pick("", "# comment [ssl-min-ver TLSv1.0]\n", "\n"))
		b.WriteString(m.dir + "/both.pem")
		if m.chance(60) {
			var words []string
			if m.chance(60) {
				words = append(words, "ssl-min-ver "+someVersions[m.IntN(3)])
			}
			if m.chance(30) {
				words = append(words, "ssl-max-ver "+someVersions[2+m.IntN(2)])
			}
			if m.chance(40) {
				words = append(words, "ciphers "+m.pick(someCiphers...))
			}
			if m.chance(20) {
				words = append(words, "curves "+m.pick(someCurves...))
			}
			if m.chance(20) {
				words = append(words, "alpn h2")
			}
			if len(words) > 0 {
				b.WriteString(m.pick(" [", " [ ", "\t[") + strings.Join(words, " ") + m.pick("]", " ]"))
			}
		}
		fmt.Fprintf(&b, " n%d-%d.test", n, i)
		if m.chance(20) {
			fmt.Fprintf(&b, " *.w%d-%d.test !x.w%d-%d.test", n, i, n, i)
		}
		b.WriteString(m.pick("\n", "\n", "\r\n", " \n"))
	}
	return b.String()
}

// trap writes a line HAProxy refuses, often.
func (m *maker) trap(port string) string {
	crt := " ssl crt " + m.dir + "/both.pem "
	return m.pick(
		"bind 127.0.0.1:"+port+crt+"ssl-min-ver TLSv1", "bind 127.0.0.1:"+port+crt+"ssl-min-ver", "bind 127.0.0.1:"+port+crt+"ssl-mn-ver TLSv1.2", "bind 127.0.0.1:"+port+crt+"no-tlsv12 no-tlsv13",
		"bind 127.0.0.1:"+port+" ssl", "bind", "bind 127.0.0.1:"+port+crt+"ssl-min-ver TLSv1.3 ssl-max-ver TLSv1.2", "bind 127.0.0.1:"+port+crt+"ciphers NOSUCH", "bind 127.0.0.1:"+port+crt+"\\",
		"bind 127.0.0.1:"+port+" ssl crt \""+m.dir+"/both.pem", "bind 127.0.0.1:"+port+crt+"ssl-min-ver \"${NOPE_FOR_SURE}\"", "bind 127.0.0.1:"+port+" ssl crt-list nosuch.txt", ".endif", ".if 1", ".else",
		"BIND 127.0.0.1:"+port, "bind 127.0.0.1:"+port+crt+"\u00a0ssl-min-ver TLSv1.2", "bind 127.0.0.1:"+port+crt+"SSL-MIN-VER TLSv1.2", ".alert stop", ".if 0\n .alert stop\n.endif",
		".if streq(a,b) || version_before(1.0)\n nonsense\n.else\n.endif", "bind 127.0.0.1:"+port+crt+"# \x00",
	)
}

// configuration writes a file that listens on the ports.
func (m *maker) configuration(ports []string) {
	m.texts = map[string]string{}
	var b strings.Builder
	global := func() {
		b.WriteString("global\n    setenv LOW TLSv1.1\n    setenv ONE 1.1\n")
		for range m.IntN(3) {
			if list := append(m.versions(), m.pick("no-tls-tickets", "no-sslv3", "prefer-client-ciphers")); m.chance(80) {
				b.WriteString("    ssl-default-bind-options " + strings.Join(list, " ") + m.pick("\n", "\r\n", " # x\n"))
			}
		}
		if m.chance(40) {
			b.WriteString("\tssl-default-bind-ciphers " + m.words(m.pick(someCiphers...)) + "\n")
		}
		if m.chance(20) {
			b.WriteString("ssl-default-bind-ciphersuites TLS_CHACHA20_POLY1305_SHA256\n")
		}
		if m.chance(20) {
			b.WriteString("    ssl-default-bind-curves " + m.pick(someCurves...) + "\n")
		}
	}
	if m.chance(15) {
		b.WriteString("# " + strings.Repeat("A", 70000) + "\n")
	}
	global()
	b.WriteString("defaults\n    mode http\n    timeout client 2s\n    timeout server 2s\n    timeout connect 2s\n")
	trapped := m.chance(12)
	again := m.IntN(4 * len(ports))
	for i, port := range ports {
		if i == again {
			global()
		}
		fmt.Fprintf(&b, "frontend f%d%s\n", i, m.pick("", " # x"))
		branch := m.IntN(6)
		switch branch {
		case 0:
			b.WriteString(m.pick(".if streq(a,a)\n", ".if version_atleast(2.4) && !0\n", ".if defined(LOW)\n", ".if 0\n    bind :1 ssl\n.elif 1\n", ".if (0 || 1) && (1)\n"))
		case 1:
			b.WriteString(".if strneq(a,a)\n    bind 127.0.0.1:1 ssl ssl-min-ver TLSv1.0\n.else\n")
		}
		address := m.pick("127.0.0.1:", "ipv4@127.0.0.1:") + port
		switch {
		case m.chance(6):
			b.WriteString("    bind " + address + " crt " + m.dir + "/both.pem\n")
		case m.chance(40):
			name := fmt.Sprintf("list%d.txt", i)
			m.texts[name] = m.list(i)
			words := m.words("crt-list", name)
			if m.chance(20) {
				words = "crt " + m.dir + "/both.pem " + words
			}
			b.WriteString("    bind " + address + " " + m.bindWords(words) + "\n")
		default:
			b.WriteString("    bind " + address + " " + m.bindWords(m.words("crt", m.dir+"/both.pem")) + "\n")
		}
		if branch < 2 {
			b.WriteString(".endif\n")
		}
		if trapped && i == len(ports)-1 {
			b.WriteString("    " + m.trap(freeTrapPort) + "\n")
		}
	}
	b.WriteString("backend b\n    server s 127.0.0.1:9\n")
	m.texts["haproxy.cfg"] = b.String()
}

const freeTrapPort = "47999"
