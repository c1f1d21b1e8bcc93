package exim_test

import (
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
	"tlsaudit/internal/conffile/exim"
	"tlsaudit/internal/conftree"
)

// FuzzRead: no panic, no place outside of the files, and changes that apply.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"", "\n", "#", "a", "A", ".", "begin ", "begin transports\nx:\n driver = smtp\n hosts_avoid_tls = *\n",
		"openssl_options = +no_sslv2 \\\n # c\n -no_sslv3\ntls_advertise_hosts =\nbegin acl\na:\n require encrypted = *\n",
		"AB = x\nAB == yAB\n.ifdef AB\ntls_require_ciphers = AB\n.else\n.endif\n", ".include other.conf\n.include_if_exists /x\n",
		"tls_require_ciphers = NORMAL:-VERS-TLS1.0\n", "tls_advertise_hosts = \"a\\x4\\", "hide tls_privatekey = x\r\n.endif\r\n", "a\x00b\nX=\\",
		".ifdef _HAVE_GNUTLS\ntls_require_ciphers = NORMAL\n.else\nopenssl_options = +all\n.endif\nlocal_interfaces = <; [::1]:26 ; 127.0.0.1.25\n",
		"tls_dhparam = ike2\ntls_tempfail_tryclear\nno_tls_remember_esmtp\ndaemon_smtp_ports = 25 : smtps\n",
	} {
		f.Add(seed, "tls_dhparam = ike1\n")
	}
	f.Fuzz(func(t *testing.T, text, other string) {
		tree := conftree.FromTexts(map[string]string{"exim.conf": text, "other.conf": other})
		for _, versions := range []map[string]string{nil, {"openssl": "3.0"}, {"gnutls": "3.7", "exim": "4.86"}} {
			r := &confdoc.Reader{Tree: tree, Versions: versions}
			main, err := tree.Read("exim.conf")
			if err != nil {
				return
			}
			began := time.Now()
			d := readFile(r, main)
			if took := time.Since(began); took > time.Minute {
				t.Errorf("took %v", took)
			}
			conftest.CheckDocument(t, d)
			conftest.CheckNamed(t, d)
			for _, j := range confdoc.Judge(d, demands) {
				for _, fix := range j.Fixes {
					if _, err := conftree.Apply(fix.Edits); err != nil {
						t.Errorf("a change that cannot be made: %v", err)
					}
				}
				if j.Listener == nil {
					continue
				}
				for _, want := range []audit.Want{{MinVersion: audit.TLSv12}, {Versions: []audit.Version{audit.TLSv13}, Strong: true}, {StartTLS: true, MinDHBits: 3072}} {
					edits, err := exim.Format.Establish(d, j.Listener, want)
					if err == nil {
						_, err = conftree.Apply(edits)
						if err != nil {
							t.Errorf("a change that cannot be made: %v", err)
						}
					}
				}
			}
		}
	})
}
