package audit

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Target is one endpoint to audit.
type Target struct {
	// Protocol is the name of an entry of scanner.Protocols, such as "smtp".
	Protocol string `json:"protocol"`
	// Host is a DNS name in lower case without a final dot, or an address
	// literal without brackets.
	Host string `json:"host"`
	Port uint16 `json:"port"`
	// IP, when valid, is dialled instead of resolving Host.
	IP netip.Addr `json:"ip,omitzero"`
	// SNI, when set, is sent as the server name and is the name the
	// certificate must carry; otherwise Host is both. An address literal is
	// never sent as SNI (RFC 6066 section 3).
	SNI string `json:"sni,omitempty"`
	// Nodes is how many further addresses of the name are audited, at the first
	// of them, whose observation compares itself with the others.
	Nodes int `json:"nodes,omitempty"`

	// Domains are the mail domains whose MX records led to the endpoint, sorted;
	// empty for one that was named itself.
	Domains []string `json:"domains,omitempty"`

	// Labels are the operator's own marks, for selection and scoping.
	Labels map[string]string `json:"labels,omitempty"`
	// Direction says which of a mail gateway's tables the endpoint falls
	// under: "inbound" (our own listener), "outbound" (a peer), or empty when
	// not stated, in which case both tables apply.
	Direction string `json:"direction,omitempty"`
	// System, Owner, Environment and Product come from the inventory. Product
	// selects the dialect of remedies (one of Products).
	System      string `json:"system,omitempty"`
	Owner       string `json:"owner,omitempty"`
	Environment string `json:"environment,omitempty"`
	Product     string `json:"product,omitempty"`
	// Place is where the target was declared.
	Place *Place `json:"place,omitempty"`
}

// Protocol describes an application protocol a target may name. The scanner
// lists them, with what it needs to speak each; everything else derives from
// this part.
type Protocol struct {
	// Name is the URL scheme of targets, such as "smtp".
	Name string
	// Ports are the well-known ports; the first is the default. A target
	// written "host:port" gets the protocol that lists its port, else "tls".
	Ports []uint16
	// Title is one line for help texts.
	Title string
}

// Products are the values Target.Product may take, besides empty.
var Products = []string{"httpd", "ihs", "nginx", "postfix", "exim", "haproxy", "websphere", "sametime", "domino", "generic"}

// Name returns the name the peer's certificate must carry: SNI when set,
// otherwise Host.
func (t Target) Name() string { return cmp.Or(t.SNI, t.Host) }

// Subject returns the stable identity of the target in reports, waivers and
// history: "protocol://host:port", followed by "?ip=...&sni=..." when given.
// Two targets with the same subject are the same target.
func (t Target) Subject() string {
	s := t.Protocol + "://" + net.JoinHostPort(t.Host, strconv.Itoa(int(t.Port)))
	q := url.Values{}
	if t.IP.IsValid() {
		q.Set("ip", t.IP.String())
	}
	if t.SNI != "" {
		q.Set("sni", t.SNI)
	}
	if len(q) > 0 {
		s += "?" + q.Encode()
	}
	return s
}

// LabelList returns the labels as sorted "key=value" strings.
func (t Target) LabelList() []string {
	list := make([]string, 0, len(t.Labels))
	for k, v := range t.Labels {
		list = append(list, k+"="+v)
	}
	slices.Sort(list)
	return list
}

// Place points at what a fact, rule or target was read from: a file position,
// or for wire facts nothing. Lines and columns count from 1; 0 is unknown.
type Place struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"`
}

// String returns "file:line:col", leaving off what is unknown.
func (p Place) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
		if p.Col > 0 {
			fmt.Fprintf(&b, ":%d", p.Col)
		}
	}
	return b.String()
}
