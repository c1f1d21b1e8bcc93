package nginx

import (
	"path"
	"regexp"
	"strings"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// Format reads configuration files of nginx.
var Format = newFormat()

func newFormat() *confdoc.Format {
	f := &confdoc.Format{
		Name: "nginx", Title: "nginx configuration", Product: "nginx",
		Names: []string{"nginx.conf*", "*.nginx", "*.nginx.conf"},
		Sniff: sniff, Rules: rules, Establish: establish,
		Apply:    "nginx -t && nginx -s reload",
		Verify:   "nginx -T | grep -n ssl_protocols; openssl s_client -connect HOST:443 -servername NAME -tls1_1 </dev/null   (must end in an alert)",
		Rollback: "Put the saved files back, then nginx -t && nginx -s reload.",
	}
	f.Read = func(r *confdoc.Reader, main *conftree.File) *confdoc.Document { return read(f, r, main) }
	return f
}

// sniffed is how much of a file is looked at, signs what in it speaks for
// nginx.
const sniffed = 64 << 10

var (
	foreign = regexp.MustCompile(`(?m)^\s*(<[A-Za-z?!]|(global|defaults|frontend|backend)\s*$|backend\s+\S+\s*$|frontend\s+\S+\s*$)`)
	signs   = []struct {
		sign  *regexp.Regexp
		score int
	}{
		{regexp.MustCompile(`(?m)(^|[;{}])\s*(http|events|stream|mail)\s*\{`), 50},
		{regexp.MustCompile(`(?m)(^|[;{}])\s*server\s*\{`), 40},
		{regexp.MustCompile(`(?m)(^|[;{}])\s*location\s+[^;{}]+\{`), 30},
		{regexp.MustCompile(`(?m)(^|[;{}])\s*listen\s+[^;{}]+;`), 30},
		{regexp.MustCompile(`(?m)(^|[;{}])\s*ssl_(protocols|ciphers|certificate|certificate_key|prefer_server_ciphers|session_cache|session_tickets|conf_command|dhparam|ecdh_curve)\s+[^;{}]+;`), 60},
		{regexp.MustCompile(`(?m)(^|[;{}])\s*(server_name|proxy_pass|proxy_ssl_\w+|worker_processes|upstream\s+\S+\s*\{|proxy_set_header)[^;{}]*[;{]?`), 20},
	}
)

// byName is what a file without a sign counts that has the very name of the
// product's: it may be damaged beyond recognition, and is not to be passed over.
const byName = 15

func sniff(f *conftree.File) int {
	text := f.Text[:min(len(f.Text), sniffed)]
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			b.WriteString(line)
		}
	}
	text = b.String()
	if foreign.MatchString(text) {
		return 0
	}
	score := 0
	for _, s := range signs {
		if s.sign.MatchString(text) {
			score += s.score
		}
	}
	if score == 0 && path.Base(f.Path) == "nginx.conf" {
		return byName
	}
	return min(score, 95)
}
