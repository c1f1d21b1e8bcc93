package archtest

import (
	"slices"
	"strconv"
	"strings"
)

// Imports is the architecture: what each package may import besides the
// standard library. An entry without a dot in its first element is a package
// of this module; the others are modules or packages of other people, and
// cover what lies below them.
var Imports = map[string][]string{
	// floor 0: nouns and registries
	"audit":                 {},
	"internal/near":         {},
	"internal/glob":         {},
	"internal/hypertext":    {},
	"internal/tlsreg":       {"audit"},
	"internal/cipherstring": {"audit", "internal/tlsreg"},
	"internal/grade":        {"audit", "internal/tlsreg"},

	// floor 1: one concern each, ignorant of one another
	"scanner/wire":                 {"audit", "internal/tlsreg", "golang.org/x/crypto/chacha20poly1305"},
	"scanner":                      {"audit", "internal/tlsreg", "internal/pki", "scanner/wire", "github.com/zmap/zcrypto", "golang.org/x/crypto/ocsp", "golang.org/x/sync", "golang.org/x/time"},
	"internal/dnsq":                {"audit", "github.com/miekg/dns", "golang.org/x/sync"},
	"internal/dnsq/dnstest":        {"github.com/miekg/dns"}, // for tests
	"internal/maildomain":          {"audit", "internal/dnsq", "internal/pki", "golang.org/x/sync"},
	"internal/pki":                 {"audit", "internal/tlsreg", "github.com/zmap/zcrypto"},
	"checks":                       {"audit", "internal/near", "internal/tlsreg", "internal/pki"},
	"report":                       {"audit", "internal/grade", "internal/hypertext", "internal/near", "internal/tlsreg", "internal/jsonstream", "github.com/xuri/excelize/v2", "github.com/olekukonko/tablewriter", "golang.org/x/term"},
	"internal/strictyaml":          {"audit", "internal/near", "go.yaml.in/yaml/v3"},
	"internal/jsonstream":          {"audit", "internal/near"},
	"internal/waiver":              {"audit", "internal/glob", "internal/strictyaml"},
	"internal/baseline":            {"audit", "internal/jsonstream"},
	"internal/policy":              {"audit", "internal/glob", "internal/tlsreg", "internal/strictyaml", "internal/gateway"},
	"internal/gateway":             {"audit", "internal/cipherstring", "internal/strictyaml", "internal/tlsreg"},
	"internal/inventory":           {"audit", "internal/strictyaml"},
	"internal/remedy":              {"audit", "internal/tlsreg"},
	"internal/compare":             {"audit"},
	"internal/attest":              {"audit"},
	"internal/history":             {"audit", "github.com/jackc/pgx/v5", "github.com/klauspost/compress/zstd", "modernc.org/sqlite"},
	"internal/history/historytest": {"audit", "internal/history"}, // for tests

	// configuration files: access to them, syntaxes several formats share, what a
	// document is, one package per family of formats, and the list of all
	"internal/conftree":             {"audit", "golang.org/x/text"},
	"internal/javaprops":            {"audit", "internal/conftree"},
	"internal/strictxml":            {"audit", "internal/conftree"},
	"internal/confdoc":              {"audit", "internal/cipherstring", "internal/conftree", "internal/tlsreg"},
	"internal/confdoc/conftest":     {"audit", "fixtures", "internal/confdoc", "internal/conftree"}, // for tests
	"internal/conffile/httpd":       confFormat(),
	"internal/conffile/nginx":       confFormat("internal/near"),
	"internal/conffile/haproxy":     confFormat("internal/near"),
	"internal/conffile/postfix":     confFormat(),
	"internal/conffile/exim":        confFormat(),
	"internal/conffile/websphere":   confFormat("internal/javaprops", "internal/strictxml"),
	"internal/conffile/java":        confFormat("internal/javaprops"),
	"internal/conffile/liberty":     confFormat("internal/javaprops", "internal/strictxml"),
	"internal/conffile/connections": confFormat("internal/strictxml"),
	"internal/conffile/sametime":    confFormat("internal/javaprops", "internal/strictxml", "go.yaml.in/yaml/v3"),
	"internal/conffile/domino":      confFormat(),
	"internal/conffile": {
		"audit", "internal/confdoc", "internal/conftree", "internal/gateway",
		"internal/conffile/connections", "internal/conffile/domino", "internal/conffile/exim", "internal/conffile/haproxy", "internal/conffile/httpd", "internal/conffile/java",
		"internal/conffile/liberty", "internal/conffile/nginx", "internal/conffile/postfix", "internal/conffile/sametime", "internal/conffile/websphere",
	},
	"fixtures":    {"audit", "internal/tlsreg", "golang.org/x/crypto/ocsp"},
	"docs/schema": {},

	// floor 2: the spine, which knows nouns and its own interfaces only
	"internal/engine": {"audit", "golang.org/x/sync"},
	// what runs for years looks at a history by interfaces of its own
	"internal/access":    {"audit", "internal/history", "github.com/coreos/go-oidc/v3", "golang.org/x/oauth2", "golang.org/x/time"},
	"internal/schedule":  {"audit", "internal/glob", "internal/history", "internal/strictyaml"},
	"internal/metrics":   {"audit", "internal/history", "github.com/prometheus/client_golang/prometheus"},
	"internal/dashboard": {"audit", "internal/history", "internal/hypertext"},
	// notify reads a section of YAML and cleans text as every output does
	"internal/notify":            {"audit", "internal/history", "internal/strictyaml", "report", "github.com/wneessen/go-mail"},
	"internal/notify/notifytest": {"fixtures"}, // for tests

	// floor 3: wires everything; nobody imports it
	"cmd/tlsaudit": {
		"audit", "checks", "docs/schema", "fixtures", "report", "scanner", "internal/access", "internal/attest", "internal/baseline", "internal/cipherstring", "internal/compare", "internal/confdoc", "internal/conffile", "internal/conftree", "internal/dashboard", "internal/dnsq", "internal/engine", "internal/gateway", "internal/glob", "internal/history", "internal/inventory", "internal/maildomain", "internal/metrics", "internal/near", "internal/notify", "internal/pki", "internal/policy", "internal/remedy", "internal/schedule", "internal/strictyaml", "internal/tlsreg", "internal/waiver",
		"github.com/spf13/cobra", "github.com/spf13/pflag", "golang.org/x/term",
	},

	// beside the house: tests of the whole
	"internal/archtest": {},
	"interop":           {"audit", "fixtures", "scanner", "scanner/wire", "internal/dnsq", "internal/maildomain", "internal/pki", "internal/tlsreg"},
}

// TestImports is what test files of every package may import on top of what
// the package itself may.
var TestImports = []string{
	"audit", "fixtures", "internal/confdoc/conftest", "internal/dnsq/dnstest", "internal/history/historytest", "internal/notify/notifytest", "github.com/miekg/dns",
	"github.com/google/go-cmp", "github.com/rogpeppe/go-internal/testscript", "github.com/santhosh-tekuri/jsonschema/v6",
	"golang.org/x/net/html",
}

// TestsOf is what the tests of one package may import beside that.
var TestsOf = map[string][]string{
	"checks": {"internal/engine"}, // the documented examples are judged by the real engine
	// stored evidence is read, judged and kept by the real parts
	"internal/engine": {"checks", "report", "scanner", "internal/baseline", "internal/pki", "internal/policy", "internal/remedy", "internal/waiver"},
	// what is written is read back by those who read it in earnest
	"report":           {"github.com/yuin/goldmark", "github.com/prometheus/common/expfmt", "github.com/prometheus/common/model"},
	"internal/metrics": {"internal/history/historytest", "github.com/prometheus/common/expfmt", "github.com/prometheus/common/model"},
	// slots are those of the library everybody uses, where the two have the same rules
	"internal/schedule": {"github.com/robfig/cron/v3"},
	// what is sent is received by real servers and read back
	"internal/notify": {"docs/schema"},
	// text is cleaned, and histories are filled, by the real parts
	"internal/dashboard": {"report", "internal/history/historytest"},
	// tokens are signed as an issuer signs them
	"internal/access": {"github.com/go-jose/go-jose/v4"},
	// the ready pipelines are linted
	"cmd/tlsaudit": {"github.com/rhysd/actionlint", "go.yaml.in/yaml/v3"},
	// postures are judged by every built-in profile
	"internal/policy": {"checks", "internal/engine"},
	// what depth quick asks follows from rules
	"interop": {"checks", "internal/engine"},
}

// confFormat is what a package of formats may import: no other one.
func confFormat(more ...string) []string {
	return append([]string{"audit", "internal/cipherstring", "internal/confdoc", "internal/conftree", "internal/tlsreg"}, more...)
}

// CheckImports reports imports that allowed does not grant, packages that
// allowed does not know, and entries of allowed without a package.
func CheckImports(files []*File, allowed, testsOf map[string][]string, tests []string) (violations []string) {
	byPackage, names := packages(files)
	for _, name := range names {
		grants, known := allowed[name]
		if !known {
			violations = append(violations, name+": the package is not in the import map")
			continue
		}
		for _, f := range byPackage[name] {
			violations = append(violations, checkFileImports(f, name, grants, slices.Concat(tests, testsOf[name]))...)
		}
	}
	for name := range allowed {
		if byPackage[name] == nil {
			violations = append(violations, name+": in the import map, but there is no such package")
		}
	}
	slices.Sort(violations)
	return violations
}

func checkFileImports(f *File, self string, grants, tests []string) (violations []string) {
	for _, spec := range f.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			violations = append(violations, f.at(spec, "unreadable import %s", spec.Path.Value))
			continue
		}
		own, isOwn := strings.CutPrefix(target, Module+"/")
		switch {
		case standard(target):
		case isOwn && granted(own, grants, false):
		case !isOwn && granted(target, grants, true):
		case f.Test() && (own == self || granted(own, tests, false) || granted(target, tests, true)):
		default:
			violations = append(violations, f.at(spec, "%s may not import %s", self, target))
		}
	}
	return violations
}

// standard reports whether an import path is of the standard library: its
// first element has no dot, and it is not this module.
func standard(target string) bool {
	first, _, _ := strings.Cut(target, "/")
	return !strings.Contains(first, ".") && first != Module
}

func granted(target string, grants []string, below bool) bool {
	return slices.ContainsFunc(grants, func(grant string) bool {
		return target == grant || below && strings.HasPrefix(target, grant+"/")
	})
}
