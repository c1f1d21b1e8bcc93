package httpd

import (
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// facts shows the answers of a document's first listener, from SSLv3 on: "+" on,
// "-" off, "?" not to be told.
func facts(t *testing.T, format *confdoc.Format, v variant) string {
	t.Helper()
	r, f := v.open(t)
	d := read(format, r, f)
	if len(d.Listeners) == 0 {
		return "none"
	}
	out := ""
	for _, version := range audit.Versions[1:] {
		out += map[audit.Answer]string{audit.Accepted: "+", audit.Latent: "+", audit.Refused: "-"}[d.Listeners[0].Version(version).Answer] + "?"
	}
	return strings.ReplaceAll(strings.ReplaceAll(out, "+?", "+"), "-?", "-")
}

// TestOpenParts: what nobody can decide leaves open what it may change, and no
// more. Versions from SSLv3 to TLS 1.3.
func TestOpenParts(t *testing.T) {
	ifVersion := func(lines string) string { return "<IfVersion >= 2.4>\n" + lines + "\n</IfVersion>\n" }
	const weak = "SSLProtocol all"
	for name, c := range map[string]struct{ text, want string }{
		"branch behind":           {at443(strict + ifVersion(weak)), "?????"},
		"branch before":           {at443(ifVersion(weak) + strict), "---++"},
		"file":                    {at443(strict + "<IfFile /etc/x>\n" + weak + "\n</IfFile>"), "?????"},
		"module":                  {at443(strict + "<IfModule mod_odd.c>\n" + weak + "\n</IfModule>"), "?????"},
		"branch without versions": {at443(strict + ifVersion("SSLHonorCipherOrder on")), "---++"},
		"commands before":         {at443(ifVersion("SSLOpenSSLConfCmd MinProtocol TLSv1") + strict), "???++"},
		"include behind":          {at443(strict + "Include gone.conf"), "?????"},
		"include before":          {at443("Include gone.conf\n" + strict), "???++"},
		"include outside":         {at443(strict + "Include /opt/other/x.conf"), "?????"},
		"include of a variable":   {at443(strict + "Include ${X}/x.conf"), "?????"},
		"macro":                   {at443(strict + "Use Unknown"), "?????"},
		"global branch, own line": {ifVersion(weak) + at443(strict), "---++"},
		"global branch behind":    {strict + ifVersion(weak) + at443(""), "?????"},
		"global branch, a host":   {strict + ifVersion(at443(weak)) + at443(""), "---++"},
		"global include, own":     {"Include gone.conf\n" + at443(strict), "???++"},
		"global include behind":   {strict + "Include gone.conf\n" + at443(""), "?????"},
		"default":                 {at443("<IfFile /etc/x>\n" + weak + "\n</IfFile>"), "?????"},
		"policy":                  {at443(strict + "SSLPolicy modern"), "?????"},
		"engine":                  {"<VirtualHost *:443>\nSSLCertificateFile c.pem\n" + strict + ifVersion("SSLEngine on") + "</VirtualHost>\n", "---++"},
		"no engine":               {"<VirtualHost *:443>\nSSLCertificateFile c.pem\n" + strict + "</VirtualHost>\n", "-----"},
		"version known":           {at443(strict + "<IfVersion < 2.2>\n" + weak + "\n</IfVersion>"), "---++"},
	} {
		v := variant{text: c.text}
		if name == "version known" {
			v.versions = map[string]string{"httpd": "2.4.71"}
		}
		if got := facts(t, Apache, v); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		r, f := v.open(t)
		if found := judge(read(Apache, r, f)); strings.Contains(c.want, "?") && strings.Contains(strings.Join(verdicts(found, audit.Pass), " "), "HTTPD-01") {
			t.Errorf("%s: HTTPD-01 passes", name)
		}
	}
}

// TestOtherModule: the line that loads one TLS module says that the other is not
// there, so that its sections are closed.
func TestOtherModule(t *testing.T) {
	load := "LoadModule ssl_module modules/mod_ssl.so\n"
	for name, c := range map[string]struct {
		format     *confdoc.Format
		text, want string
	}{
		"ihs":            {IHS, ibm(full + "<IfModule mod_ssl.c>\nSSLProtocol all\n</IfModule>\n<IfModule ssl_module>\nSSLProtocolDisable TLSv12\n</IfModule>"), "---+?"},
		"ihs, negated":   {IHS, ibm("<IfModule !mod_ssl.c>\n" + full + "</IfModule>"), "---+?"},
		"ihs, below":     {IHS, strings.TrimPrefix(ibm(full+"<IfModule mod_ssl.c>\nSSLProtocol all\n</IfModule>"), "LoadModule ibm_ssl_module modules/mod_ibm_ssl.so\n") + "LoadModule ibm_ssl_module modules/mod_ibm_ssl.so\n", "---+?"},
		"apache":         {Apache, load + at443(strict+"<IfModule mod_ibm_ssl.c>\nSSLProtocol all\n</IfModule>"), "---++"},
		"apache, not so": {Apache, at443(strict + "<IfModule mod_ibm_ssl.c>\nSSLProtocol all\n</IfModule>"), "?????"},
	} {
		v := variant{text: c.text}
		if got := facts(t, c.format, v); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		r, f := v.open(t)
		d := read(c.format, r, f)
		if open := len(d.Gaps)+len(d.Listeners[0].Gaps) > 0; open != (name == "apache, not so") {
			t.Errorf("%s: %v %v", name, d.Gaps, d.Listeners[0].Gaps)
		}
	}
}
