package httpd

import (
	"regexp"

	"tlsaudit/internal/conftree"
)

// Signs of the dialects, at the beginning of a line; comments count for little.
var (
	apacheSigns = regexp.MustCompile(`(?im)^[ \t\x00]*(SSLEngine|SSLProtocol|SSLCipherSuite|SSLCertificate(Key|Chain)?File|SSLHonorCipherOrder|SSLOpenSSLConfCmd|SSLUseStapling|SSLSessionCache|SSLSessionTickets|SSLProxy[a-z]+|SSLVerifyClient)[ \t\x{a0}\\]`)
	ihsSigns    = regexp.MustCompile(`(?im)^[ \t\x00]*(SSLEnable|SSLDisable|SSLProtocol(Dis|En)able|SSLCipherSpec|SSLServerCert|SSLStashFile|SSLFIPSEnable|SSLAttributeSet|SSLAppName|KeyFile|SSLClientAuth|WebSpherePluginConfig)\b`)
	apacheLoads = regexp.MustCompile(`(?im)^[ \t]*LoadModule[ \t]+ssl_module\b|<IfModule[ \t]+!?(mod_ssl\.c|ssl_module)`)
	ihsLoads    = regexp.MustCompile(`(?im)^[ \t]*LoadModule[ \t]+ibm_ssl_module\b|<IfModule[ \t]+!?(mod_ibm_ssl\.c|ibm_ssl_module)`)
	// serverSigns are words of the server itself, which no neighbour has.
	serverSigns = regexp.MustCompile(`(?im)^[ \t]*(<VirtualHost\b|<Directory\b|<IfModule\b|<IfDefine\b|<Location(Match)?\b|LoadModule[ \t]+\w+[ \t]|ServerRoot[ \t]|DocumentRoot[ \t]|IncludeOptional[ \t]|ServerName[ \t]+[^ \t;]+[ \t\r]*$|Listen[ \t]+[\w.:\[\]*]+([ \t]+https?)?[ \t\r]*$|(Include|Define)[ \t]+[^ \t;{]+)`)
	// brace and semicolon are signs of nginx and its like, colons of YAML.
	foreignSigns = regexp.MustCompile(`(?m)^[ \t]*[a-z_]+[^#\n]*[;{][ \t\r]*$|^[ \t]*(<\?xml|\{|---)`)
)

func head(f *conftree.File) string { return f.Text[:min(len(f.Text), 64<<10)] }

func tally(text string) (apache, ihs, server int) {
	count := func(re *regexp.Regexp, limit int) int { return len(re.FindAllStringIndex(text, limit)) }
	apache = count(apacheSigns, 5) + 3*count(apacheLoads, 1)
	ihs = count(ihsSigns, 5) + 5*count(ihsLoads, 1)
	server = count(serverSigns, 5)
	if count(foreignSigns, 1) > 0 && server < 2 {
		return 0, 0, 0
	}
	return apache, ihs, server
}

// sniffApache and sniffIHS decide by the module loaded, then by the words.
func sniffApache(f *conftree.File) int {
	apache, ihs, server := tally(head(f))
	switch {
	case apache > ihs:
		return min(98, 60+8*apache+2*server)
	case apache == 0 && ihs == 0 && server > 0:
		return min(50, 30+5*server)
	case apache > 0 && ihs > 0:
		return 30
	}
	return 0
}

func sniffIHS(f *conftree.File) int {
	apache, ihs, server := tally(head(f))
	switch {
	case ihs > 0 && ihs >= apache:
		return min(99, 62+8*ihs+2*server)
	case ihs > 0:
		return 25
	case apache == 0 && server > 0:
		return min(20, 10+2*server)
	}
	return 0
}
