package sametime

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// Ingress is the ConfigMap that lets an ingress pass connections on as they
// are: what they speak is decided by the multiplexer behind it.
var Ingress = &confdoc.Format{
	Name: "ingress", Aliases: []string{"tcp-services"}, Title: "HCL Sametime ingress (tcp-services ConfigMap)", Product: "sametime",
	Names: []string{"ingress*.y*ml", "tcp-services*.y*ml"},
	Sniff: func(f *conftree.File) int {
		if matches(f, ingressKind, 1) == 0 || matches(f, ingressPort, 1) == 0 {
			return 0
		}
		return 80
	},
	Read:  readIngress,
	Apply: "kubectl apply -f FILE", Verify: verifyServer, Rollback: "kubectl apply -f the saved file.",
}

var (
	ingressKind = regexp.MustCompile(`(?m)^[\x{FEFF} \t]*(kind[ \t]*:[ \t]*["']?ConfigMap|tcp[ \t]*:)`)
	ingressPort = regexp.MustCompile(`(?m)^[ \t]*["']?(1533|1516)["']?[ \t]*:`)
)

func readIngress(_ *confdoc.Reader, f *conftree.File) *confdoc.Document {
	d := &confdoc.Document{Files: []*conftree.File{f}}
	if f.Encoding.UTF16() {
		damaged(d, f)
		return d
	}
	docs := readYAML(d, f, confdoc.Unclear)
	if d.Broken() != nil {
		return d
	}
	for _, y := range docs {
		kind, _, _ := scalar(get(y.root, "kind").value)
		if kind == "ConfigMap" {
			passOn(d, y, get(y.root, "data").value)
			continue
		}
		passOn(d, y, get(y.root, "tcp").value)
		for _, chart := range []string{"ingress-nginx", "nginx-ingress"} {
			passOn(d, y, get(get(y.root, chart).value, "tcp").value)
		}
	}
	if len(d.Listeners) == 0 {
		d.Open(f.Place(0), "no port of Sametime is passed on here")
	}
	return d
}

// passOn declares the ports that lead to Sametime.
func passOn(d *confdoc.Document, y document, n yamlNode) {
	for _, it := range items(n) {
		target, _, ok := scalar(it.value)
		public, err := strconv.ParseUint(it.key.Value, 10, 16)
		if !ok || err != nil || public != 1533 && public != 1516 && !strings.Contains(target, "mux") || len(d.Listeners) >= maxResults {
			continue
		}
		place := y.place(it.key)
		l := &confdoc.Listener{}
		l.Listener, l.Role, l.Product = "tcp "+it.key.Value, audit.RoleServer, "sametime"
		if public == 1533 || strings.Contains(target, "mux") {
			l.Protocol = "sametime"
		}
		l.Binds = []string{fmt.Sprintf(":%d", public)}
		l.TLS, l.Plain = audit.Undetermined, audit.Undetermined
		l.Place = &place
		l.Settings = []audit.Setting{confdoc.NewSetting(it.key.Value, target, place)}
		l.Gaps = []string{"connections are passed on as they are to " + clip(confdoc.RedactText(target)) + ": what is answered is said by its own files, or by a probe"}
		d.Listeners = append(d.Listeners, l)
	}
}
