package haproxy

import (
	"path"
	"regexp"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// Format reads configuration files of HAProxy.
var Format = newFormat()

func newFormat() *confdoc.Format {
	f := &confdoc.Format{
		Name: "haproxy", Title: "HAProxy configuration", Product: "haproxy",
		Names: []string{"haproxy.cfg*", "haproxy.*", "haproxy-*.cfg", "*.haproxy.cfg"},
		Sniff: sniff, Rules: rules, Establish: establish,
		Apply:    "haproxy -c -f /etc/haproxy/haproxy.cfg && systemctl reload haproxy",
		Verify:   "openssl s_client -connect HOST:443 -servername NAME -tls1_1 </dev/null   (must end in an alert), with every name of a crt-list",
		Rollback: "Put the saved files back, check with haproxy -c, then reload.",
	}
	f.Read = func(r *confdoc.Reader, main *conftree.File) *confdoc.Document { return read(f, r, main) }
	return f
}

// sniffed is how much of a file is looked at, signs what in it speaks for
// HAProxy.
const sniffed = 64 << 10

var signs = []struct {
	sign  *regexp.Regexp
	score int
}{
	{regexp.MustCompile(`(?m)^[ \t]*(global|defaults)[ \t]*(#.*)?\r?$`), 40},
	{regexp.MustCompile(`(?m)^[ \t]*(frontend|backend|listen|defaults|peers)[ \t]+[\w.:-]+[ \t]*(from[ \t]+\S+)?[ \t]*(#.*)?\r?$`), 40},
	{regexp.MustCompile(`(?m)^[ \t]*(ssl-default-(bind|server)-\w+|ssl-server-verify|default_backend|use_backend|timeout[ \t]+(client|server|connect|check))[ \t]+\S`), 40},
	{regexp.MustCompile(`(?m)^[ \t]*bind[ \t]+[^\s;{}]*:\S*`), 30},
	{regexp.MustCompile(`(?m)^[ \t]*server[ \t]+\S+[ \t]+[^\s;{}]+(:\d+)?([ \t]+[^;{}]*)?$`), 20},
}

// foreign is how files of other products begin: those in XML, or in blocks.
var foreign = regexp.MustCompile(`(?m)^\s*(<[A-Za-z?!]|\w+\s*\{)`)

// byName is what a file without a sign counts that has the very name of the
// product's: it may be damaged beyond recognition, and is not to be passed over.
const byName = 15

func sniff(f *conftree.File) int {
	text := f.Text[:min(len(f.Text), sniffed)]
	if len(f.Text) > sniffed { // a long comment may stand in front
		text = f.Text[:min(len(f.Text), 4*sniffed)]
	}
	score := 0
	for _, s := range signs {
		if s.sign.MatchString(text) {
			score += s.score
		}
	}
	if score < 40 {
		if path.Base(f.Path) == "haproxy.cfg" && !foreign.MatchString(text) {
			return max(score, byName)
		}
		return 0
	}
	return min(score, 95)
}
