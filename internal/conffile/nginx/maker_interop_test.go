//go:build interop

package nginx

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// maker writes random configurations.
type maker struct {
	*rand.Rand
	texts map[string]string
	files int
}

func (m *maker) pick(list ...string) string { return list[m.IntN(len(list))] }

func (m *maker) chance(percent int) bool { return m.IntN(100) < percent }

// directive writes one in some way nginx reads alike.
func (m *maker) directive(name string, args ...string) string {
	var b strings.Builder
	b.WriteString(name)
	for _, a := range args {
		b.WriteString(m.pick(" ", " ", "  ", "\t", "\n        ", "\r\n  ", " # a comment; ssl_protocols TLSv1;\n  "))
		switch {
		case m.chance(20):
			a = `"` + a + `"`
		case m.chance(10):
			a = "'" + a + "'"
		}
		b.WriteString(a)
	}
	b.WriteString(m.pick("", "", " ", "\n"))
	b.WriteString(";")
	b.WriteString(m.pick("\n", "\n", " # ssl_protocols SSLv3; }\n", "\r\n", " "))
	return b.String()
}

// placed puts text in place, or into a file that is included there.
func (m *maker) placed(text string) string {
	if !m.chance(25) {
		return text
	}
	m.files++
	name := fmt.Sprintf("snippets/s%d.conf", m.files)
	switch {
	case m.chance(20):
		folder := fmt.Sprintf("conf%d.d", m.files)
		m.texts[folder+"/10-a.conf"], m.texts[folder+"/.hidden.conf"] = text, "ssl_protocols SSLv2;\n"
		return "include " + folder + "/*.conf;\n"
	case m.chance(20):
		m.texts[name] = "include snippets/nested" + fmt.Sprint(m.files) + "[.]con?;\n"
		m.texts[fmt.Sprintf("snippets/nested%d.conf", m.files)] = text
	default:
		m.texts[name] = text
	}
	return "include " + name + ";\n"
}

func (m *maker) protocols() string {
	var words []string
	for _, w := range []string{"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"} {
		if m.chance(55) {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		words = []string{"TLSv1.2"}
	}
	if m.chance(15) {
		words[0] = strings.ToLower(words[0])
	}
	m.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	return m.directive("ssl_protocols", words...)
}

// settings writes some TLS directives for one level.
func (m *maker) settings(percent int) string {
	var list []string
	add := func(s string) { list = append(list, m.placed(s)) }
	if m.chance(percent) {
		add(m.protocols())
		if m.chance(20) {
			add(m.protocols())
		}
	}
	if m.chance(percent) {
		add(m.directive("ssl_ciphers", m.pick("HIGH:!aNULL:!MD5", "ALL:@SECLEVEL=0", "ECDHE+AESGCM", "AES128-SHA:AES256-SHA:ECDHE-RSA-AES128-SHA", "DEFAULT:@SECLEVEL=0", "DEFAULT@SECLEVEL=0",
			"ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256", "HIGH:@SECLEVEL=2", "aRSA+AES:@STRENGTH", "ECDHE:RSA:!SHA384:@SECLEVEL=0", "kRSA:@SECLEVEL=1")))
	}
	if m.chance(percent / 2) {
		add(m.directive("ssl_prefer_server_ciphers", m.pick("on", "off", "ON", "Off")))
	}
	if m.chance(percent / 2) {
		add(m.directive("ssl_session_tickets", m.pick("on", "off")))
	}
	if m.chance(percent / 2) {
		add(m.directive("ssl_ecdh_curve", m.pick("auto", "X25519", "prime256v1:X25519", "secp384r1", "secp521r1:secp384r1")))
	}
	if m.chance(percent / 2) {
		for range 1 + m.IntN(2) {
			kv := [][2]string{
				{"MinProtocol", "TLSv1.2"}, {"MaxProtocol", "TLSv1.2"}, {"MinProtocol", "TLSv1"}, {"Protocol", "-ALL,TLSv1.2,TLSv1.3"}, {"Protocol", "TLSv1"}, {"Protocol", "ALL"}, {"Protocol", "-TLSv1.1"},
				{"CipherString", "ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA:@SECLEVEL=0"}, {"Ciphersuites", "TLS_AES_128_GCM_SHA256"}, {"Options", "ServerPreference"}, {"Options", "-ServerPreference"},
				{"Options", "-SessionTicket"}, {"Groups", "P-256"}, {"Curves", "P-384:X25519"}, {"RecordPadding", "0"},
			}[m.IntN(15)]
			add(m.directive("ssl_conf_command", kv[0], kv[1]))
		}
	}
	m.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return strings.Join(list, "")
}

// trap writes something nginx refuses, often.
func (m *maker) trap() string {
	return m.pick("ssl_ciphers HIGH; ssl_ciphers HIGH;\n", "SSL_protocols TLSv1.2;\n", "ssl_protocols TLSv1.4;\n", "include nosuch.conf;\n", "ssl_session_tickets yes;\n", "ssl_prefer_server_ciphers on on;\n",
		"ssl_protocols {}\n", "include none/*.conf;\n", "ssl_protocols;\n", "ssl_ciphers NOSUCH;\n", "ssl_conf_command MinProtocol;\n", "}\n", "ssl_protocol TLSv1.2;\n", "ssl_protocols \"TLSv1.2\"TLSv1.3;\n",
		"ssl_verify off;\n", "ssl_protocols TLSv1.2 ;;\n", "# "+strings.Repeat("A", 5000)+"\n", "# "+strings.Repeat("A", 3000)+"\n", "ssl_ciphers HIGH\u00a0;\n", "ssl_prefer_server_ciphers \"on;\n")
}

// configuration writes a tree that listens on the ports.
func (m *maker) configuration(dir string, ports []string) {
	m.texts = map[string]string{}
	certificate := m.directive("ssl_certificate", dir+"/c.pem") + m.directive("ssl_certificate_key", dir+"/k.pem")
	outer := m.chance(25) // certificate at the level of http
	var http strings.Builder
	http.WriteString(m.settings(40))
	if outer {
		http.WriteString(certificate)
	}
	trapped := m.chance(15)
	for i, port := range ports {
		servers := 1 + m.IntN(3)
		standard := m.IntN(2 * servers)
		plain := m.chance(5)
		for n := range servers {
			var s strings.Builder
			words := []string{"127.0.0.1:" + port}
			if !plain && (n == 0 || m.chance(70)) {
				words = append(words, "ssl")
			}
			if n == standard {
				words = append(words, "default_server")
			}
			parts := []string{m.directive("listen", words...), m.directive("server_name", fmt.Sprintf("s%d-%d.test", i, n)), m.settings(35)}
			if !outer && (n == 0 || n == standard || m.chance(85)) {
				parts = append(parts, certificate)
			}
			if m.chance(5) {
				parts = append(parts, "ssl_reject_handshake on;\n")
			}
			if trapped && m.chance(40) {
				parts = append(parts, m.trap())
			}
			parts = append(parts, "location / { return 200 \"ssl_protocols SSLv3; } server {\"; }\n")
			m.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
			s.WriteString(m.pick("server {\n", "server{", "server # x\n{\n"))
			for _, p := range parts {
				s.WriteString(p)
			}
			s.WriteString("}\n")
			http.WriteString(m.placed(s.String()))
		}
	}
	if m.chance(20) { // what stands behind counts as well
		http.WriteString(m.directive("ssl_session_timeout", "5m"))
	}
	m.texts["nginx.conf"] = "events { worker_connections 64; }\nhttp {\n" + http.String() + "}\n"
}
