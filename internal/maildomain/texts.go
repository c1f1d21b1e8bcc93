package maildomain

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"tlsaudit/audit"
)

const (
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits  = "0123456789"
)

// commas separate addresses (RFC 8460 section 3: *WSP "," *WSP).
var commas = regexp.MustCompile(`[ \t]*,[ \t]*`)

// texts are the TXT records at a name that begin with a version, and why there is
// not exactly one of them, though there are some.
func (l *Looker) texts(ctx context.Context, name, version string) (look audit.Lookup, records []string, fault string) {
	look, all, clipped := l.opt.Resolver.TXT(ctx, name)
	count := 0
	for _, text := range all {
		if !begins(text, version) {
			continue
		}
		if count++; count <= maxTexts {
			records = append(records, text[:min(len(text), maxText)])
		}
	}
	switch {
	case count > 1:
		fault = fmt.Sprintf("%d records begin with %s, and only one may", count, version)
	case count == 1 && !clipped && len(records[0]) == maxText:
		fault = fmt.Sprintf("the record is longer than %d bytes", maxText)
	case clipped:
		look.Outcome, look.Reason = audit.LookupFailed, "there are more TXT records than are read, and others may begin with "+version
	case count == 0 && len(all) > 0:
		fault = "no TXT record there begins with " + version
	}
	return look, records, fault
}

// begins reports whether a record is of a version: "v=STSv1" and a semicolon, or
// nothing, behind it.
func begins(text, version string) bool {
	rest, ok := strings.CutPrefix(text, version)
	rest = strings.TrimLeft(rest, " \t")
	return ok && (rest == "" || rest[0] == ';')
}

// fields are the name=value pairs of a record behind its version, separated by
// semicolons (RFC 8461 section 3.1, RFC 8460 section 3). A pair without a name or
// a value is a fault.
func fields(text, version string) (pairs [][2]string, fault string) {
	rest := strings.TrimLeft(strings.TrimPrefix(text, version), " \t")
	parts := strings.Split(strings.TrimPrefix(rest, ";"), ";")
	for i, part := range parts {
		part = strings.Trim(part, " \t")
		if part == "" && i == len(parts)-1 {
			break // a final semicolon
		}
		name, value, ok := strings.Cut(part, "=")
		if name == "rua" { // space may stand around its commas
			value = commas.ReplaceAllString(value, ",")
		}
		if !ok || name == "" || value == "" || len(name) > 32 || strings.Trim(name, letters+digits+"_-.") != "" || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' || r == '=' && name == "id" }) {
			return pairs, fmt.Sprintf("%s is no name=value", quote(part))
		}
		pairs = append(pairs, [2]string{name, value})
	}
	return pairs, ""
}

// stsID reads the record of MTA-STS (RFC 8461 section 3.1).
func stsID(text string) (id, fault string) {
	pairs, fault := fields(text, "v=STSv1")
	if fault != "" {
		return "", fault
	}
	for _, p := range pairs {
		switch {
		case p[0] != "id":
		case id != "":
			return "", "id stands in it twice"
		case len(p[1]) > 32 || strings.Trim(p[1], letters+digits) != "":
			return "", "the id is not 1 to 32 letters and digits: " + quote(p[1])
		default:
			id = p[1]
		}
	}
	if id == "" {
		return "", "the id is missing"
	}
	return id, ""
}

// reporting looks up what a domain publishes for TLS reporting.
func (l *Looker) reporting(ctx context.Context, domain string) *audit.TLSRPT {
	r := &audit.TLSRPT{}
	r.Record, r.Records, r.Fault = l.texts(ctx, "_smtp._tls."+domain, "v=TLSRPTv1")
	if len(r.Records) == 1 && r.Fault == "" {
		r.RUA, r.Fault = reportAddresses(r.Records[0])
	}
	return r
}

// reportAddresses reads the record of TLS reporting (RFC 8460 section 3).
func reportAddresses(text string) (list []string, fault string) {
	pairs, fault := fields(text, "v=TLSRPTv1")
	if fault != "" {
		return nil, fault
	}
	for _, p := range pairs {
		if p[0] != "rua" {
			continue
		}
		if list != nil {
			return nil, "rua stands in it twice"
		}
		for address := range strings.SplitSeq(p[1], ",") {
			u, err := url.Parse(address)
			switch {
			case err == nil && u.Scheme == "mailto" && strings.Contains(u.Opaque, "@"):
			case err == nil && u.Scheme == "https" && u.Host != "":
			default:
				return nil, "rua names " + quote(address) + ", which is neither mailto: nor https:"
			}
			list = append(list, address)
		}
	}
	if list == nil {
		return nil, "rua is missing: nobody gets reports"
	}
	return list, ""
}
