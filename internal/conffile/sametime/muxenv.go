package sametime

import (
	"path"
	"regexp"
	"strings"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// MuxEnv is the environment of a container: mux.env, custom.env.
var MuxEnv = &confdoc.Format{
	Name: "mux-env", Aliases: []string{"sametime-env"}, Title: "HCL Sametime container environment (mux.env)", Product: "sametime",
	Names: []string{"mux*.env*", "mux.env*"},
	Sniff: func(f *conftree.File) int {
		if matches(f, helmKeys, 1)+matches(f, composeServices, 1) > 0 {
			return 0 // YAML with the lines of the documentation in it
		}
		return matches(f, envKeys, 80)
	},
	Read: func(_ *confdoc.Reader, f *conftree.File) *confdoc.Document {
		d := &confdoc.Document{Files: []*conftree.File{f}}
		p := &params{home: f, form: formEnv}
		readEnv(d, f, 0, p)
		d.Syntax = &source{params: []*params{p}}
		var always *service
		if strings.HasPrefix(strings.ToLower(path.Base(f.Path)), "mux") {
			always = &mux
		}
		listeners(d, p, f, always)
		return d
	},
	Rules: rulesOfServers, Establish: establish,
	Apply: "docker compose up -d", Verify: verifyServer, Rollback: rollbackServer,
}

var envKeys = regexp.MustCompile(`(?m)^[\x{FEFF}# \t]*(export[ \t]+)?STI_+[A-Za-z0-9]+_+[A-Za-z0-9_]+[\x{A0} \t]*=`)
