package gateway

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

var exchangeJSON = &Format{
	Name: "exchange", Title: "Exchange send connectors or Exchange Online outbound connectors, ConvertTo-Json", Product: "Microsoft Exchange", UTF16: true,
	Detect: func(_, text string) bool {
		return strings.IndexAny(strings.TrimSpace(text), "[{") == 0 && (strings.Contains(text, `"RequireTLS"`) || strings.Contains(text, `"TlsSettings"`) || strings.Contains(text, `"AddressSpaces"`))
	},
	read: readExchange,
}

type exchangeRow struct {
	row         Row
	depth, cost int
}

// readExchange reads connectors. Exchange takes the connector with the most
// specific address space, and among equals the one with the lowest cost, so
// that a connector becomes one row for each address space.
func readExchange(s *source) (*Table, error) {
	root, err := s.parseJSON()
	if err != nil {
		return nil, err
	}
	list := []*jsonNode{root}
	if _, ok := root.value.(*jsonObject); !ok {
		if list, err = root.list(); err != nil {
			return nil, err
		}
	}
	t := &Table{}
	var rows []exchangeRow
	for _, n := range list {
		own, err := s.connector(n)
		if err != nil {
			return nil, err
		}
		for _, r := range own {
			if err := s.count(t, n.at, 1); err != nil {
				return nil, err
			}
			t.Rows, rows = append(t.Rows, Row{}), append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b exchangeRow) int {
		return cmp.Or(-cmp.Compare(a.depth, b.depth), cmp.Compare(a.cost, b.cost))
	})
	for i := range rows {
		rows[i].row.Priority = i + 1
		t.Rows[i] = rows[i].row
	}
	return t, nil
}

// connector reads one connector of either product. Its many other properties
// are not looked at.
func (s *source) connector(n *jsonNode) ([]exchangeRow, error) {
	o, err := n.object()
	if err != nil {
		return nil, err
	}
	c := &connector{s: s, n: n, o: o}
	r := Row{Direction: Outbound, Place: s.place(n.at)}
	name := c.text("Identity", "Name")
	if c.err != nil {
		return nil, c.err
	}
	if r.Name, err = s.rowName(n.at, name); err != nil {
		return nil, err
	}
	c.level(&r)
	if enabled := c.truth("Enabled"); enabled != nil {
		r.Disabled = !*enabled
	}
	spaces, key := o.values["AddressSpaces"], "AddressSpaces"
	if spaces.absent() {
		spaces, key = o.values["RecipientDomains"], "RecipientDomains"
	}
	c.limits(&r)
	c.via(&r)
	if c.err != nil {
		return nil, c.err
	}
	var items []*jsonNode
	switch _, stated := o.values[key]; {
	case !spaces.absent():
		if items, err = spaces.list(); err != nil {
			return nil, err
		}
	case !stated && r.Undecided == "":
		return nil, n.fault("export the connectors with ConvertTo-Json -Depth 3", "neither AddressSpaces nor RecipientDomains")
	}
	var rows []exchangeRow
	if len(items) == 0 { // the row is kept, so that it is not lost without a word
		rows = append(rows, exchangeRow{row: r, depth: -2, cost: 1})
	}
	for _, item := range items {
		one, ok, err := c.space(r, item, key)
		if err != nil {
			return nil, err
		}
		if ok {
			rows = append(rows, one)
		}
	}
	for i := range rows {
		if len(rows) > 1 {
			rows[i].row.Name += fmt.Sprintf(" (%s)", rows[i].row.Match.String())
			if runes := []rune(rows[i].row.Name); len(runes) > maxName {
				rows[i].row.Name = string(runes[:maxName])
			}
		}
	}
	return rows, c.err
}

// connector reads properties and keeps the first fault.
type connector struct {
	s   *source
	n   *jsonNode
	o   *jsonObject
	err error
}

func (c *connector) text(keys ...string) string {
	for _, key := range keys {
		if n := c.o.values[key]; !n.absent() {
			text, err := n.text()
			if err != nil && c.err == nil {
				c.err = err
			}
			return text
		}
	}
	return ""
}

func (c *connector) truth(key string) *bool {
	n := c.o.values[key]
	if n.absent() {
		return nil
	}
	b, err := n.truth()
	if err != nil && c.err == nil {
		c.err = err
	}
	return &b
}

// level reads what a connector demands. The authentication level counts only
// where TLS is required.
func (c *connector) level(r *Row) {
	required := c.truth("RequireTLS")
	key := "TlsAuthLevel"
	if _, online := c.o.values["TlsSettings"]; online {
		key = "TlsSettings"
	}
	n := c.o.values[key]
	level := c.text(key)
	if c.err != nil && !n.absent() {
		if _, number := jsonScalar(n, true); number {
			c.err = n.fault("export the connectors with ConvertTo-Json -EnumsAsStrings", "the level is a number, whose meaning is not sure")
		}
		return
	}
	levels := map[string]Level{"": Encrypt, "encryptiononly": Encrypt, "certificatevalidation": Verify, "domainvalidation": VerifyCN}
	if level != "" {
		if err := n.s.choose(n.at, key, level, []string{"EncryptionOnly", "CertificateValidation", "DomainValidation"}); err != nil {
			c.err = err
			return
		}
	}
	r.Level = levels[strings.ToLower(level)]
	switch ignore := c.truth("IgnoreSTARTTLS"); {
	case ignore != nil && *ignore:
		r.Level, r.Note = None, "IgnoreSTARTTLS is set: TLS is never used"
	case key == "TlsSettings" && level == "", key == "TlsAuthLevel" && (required == nil || !*required):
		r.Level = Opportunistic
	}
	if key == "TlsAuthLevel" && required == nil && r.Level != None {
		r.Undecided = "RequireTLS is not in the file"
	}
	if domain := c.text("TlsDomain"); domain != "" && r.Level == VerifyCN {
		r.Names = []string{strings.ToLower(clip(domain))}
	}
}

// limits reads what keeps a connector from taking all mail to its domains, or
// makes it take more than them. What that is does not stand in the file.
func (c *connector) limits(r *Row) {
	for _, limit := range []struct{ key, why string }{
		{"IsTransportRuleScoped", "the connector takes only mail that a transport rule sends to it (IsTransportRuleScoped)"},
		{"IsScopedConnector", "the connector is for servers of its own Active Directory site only (IsScopedConnector)"},
		{"AllAcceptedDomains", "the connector is for all accepted domains too, which are not in the file (AllAcceptedDomains)"},
	} {
		if set := c.truth(limit.key); set != nil && *set {
			r.Match.Partial = true
			if r.Undecided == "" {
				r.Undecided = limit.why
			}
		}
	}
}

// via reads the smart hosts, which then are the peers.
func (c *connector) via(r *Row) {
	if dns := c.truth("DNSRoutingEnabled"); dns != nil && *dns {
		return
	}
	if mx := c.truth("UseMXRecord"); mx != nil && *mx {
		return
	}
	hosts := c.o.values["SmartHosts"]
	if hosts.absent() {
		return
	}
	texts, err := exchangeTexts(hosts)
	if err != nil {
		c.err = cmp.Or(c.err, err)
		return
	}
	for _, t := range texts {
		host := strings.ToLower(strings.Trim(strings.TrimSpace(t.text), "[]"))
		if host == "" { // no smart host, as an empty list
			continue
		}
		if _, err := netip.ParseAddr(host); err != nil {
			if host, err = c.s.domain(t.at, host); err != nil {
				c.err = cmp.Or(c.err, err)
				return
			}
		}
		r.Match.Via = append(r.Match.Via, host)
	}
	if err := c.s.count(&Table{}, hosts.at, len(texts)); err != nil {
		c.err = cmp.Or(c.err, err)
	}
}

// exchangeTexts reads a list of texts, or one text with commas.
func exchangeTexts(n *jsonNode) ([]cellText, error) {
	if text, ok := n.value.(string); ok {
		var list []cellText
		for piece := range strings.SplitSeq(text, ",") {
			list = append(list, cellText{piece, n.at})
		}
		return list, nil
	}
	return jsonTexts(n)
}

// space reads one address space, "SMTP:example.com;1" or "example.com". It is
// false for one of another kind than mail.
func (c *connector) space(r Row, item *jsonNode, key string) (exchangeRow, bool, error) {
	e := exchangeRow{row: r, cost: 1}
	text, err := item.text()
	if err != nil {
		return e, false, item.fault("export the connectors with "+key+" as text, such as SMTP:example.com;1", "text is wanted")
	}
	text = strings.TrimSpace(text)
	if kind, rest, found := strings.Cut(text, ":"); found {
		if !strings.EqualFold(kind, "SMTP") {
			return e, false, nil
		}
		text = rest
	}
	text, cost, found := strings.Cut(text, ";")
	if found {
		if e.cost, err = strconv.Atoi(cost); err != nil || e.cost < 1 || e.cost > 100 {
			return e, false, item.fault("a number from 1 to 100", "%s is not a cost", quote(cost))
		}
	}
	if text == "*" || text == "--" {
		e.row.Match.Any, e.depth = true, -1
		return e, true, nil
	}
	d, err := c.s.domain(item.at, text)
	if err != nil {
		return e, false, err
	}
	e.row.Match.Domains = []string{d}
	e.depth = strings.Count(d, ".")
	if !strings.HasPrefix(d, "*") {
		e.depth += 1000
	}
	// without a name of its own the recipient's domain is compared
	if e.row.Level == VerifyCN && len(e.row.Names) == 0 {
		e.row.Names = []string{strings.TrimPrefix(d, "*.")}
	}
	return e, true, nil
}
