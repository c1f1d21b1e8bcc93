package httpd

import (
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// Apache is Apache HTTP Server with mod_ssl.
var Apache = format(&confdoc.Format{
	Name: "httpd", Aliases: []string{"apache", "apache2", "mod_ssl"}, Title: "Apache HTTP Server (mod_ssl)", Product: "httpd",
	Names: []string{"httpd.conf*", "apache2.conf*", "ssl.conf*", "httpd-ssl.conf*", "default-ssl.conf*", "ssl.*", "*-ssl.conf", "ports.conf", "000-default.conf", "*.conf"},
	Apply: "apachectl -t && apachectl graceful", Verify: "apachectl -t -D DUMP_CONFIG, then scan every server name",
	Rollback: "put the file back from its backup, then apachectl -t && apachectl graceful",
	Sniff:    sniffApache, Rules: apacheRules, Establish: establishApache,
}, apacheDialect, (*parser).declareApache)

// IHS is IBM HTTP Server with mod_ibm_ssl.
var IHS = format(&confdoc.Format{
	Name: "ihs", Aliases: []string{"ibm-http-server", "mod_ibm_ssl"}, Title: "IBM HTTP Server (mod_ibm_ssl)", Product: "ihs",
	Names: []string{"httpd.conf*", "httpd.*", "admin.conf", "*.conf"},
	Apply: "bin/apachectl -t && bin/apachectl graceful; if the change does not show, bin/apachectl stop and start", Verify: "bin/apachectl -t -DDUMP_SSL_CONFIG, then scan every address",
	Rollback: "put the file back from its backup, then bin/apachectl -t && bin/apachectl graceful",
	Sniff:    sniffIHS, Rules: ihsRules, Establish: establishIHS,
}, ihsDialect, (*parser).declareIHS)

// format gives a format its reader, which has to know it.
func format(f *confdoc.Format, d *dialect, declare func(*parser)) *confdoc.Format {
	f.Read = func(r *confdoc.Reader, main *conftree.File) *confdoc.Document { return readAs(f, d, r, main, declare) }
	return f
}
