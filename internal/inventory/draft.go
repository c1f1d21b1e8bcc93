package inventory

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tlsaudit/audit"
)

// settings are what may be said about a target besides protocol, host, port
// and labels. The same names serve behind "?", as CSV columns and YAML keys.
var settings = []string{"sni", "ip", "direction", "product", "system", "owner", "environment"}

// directions are the values of Target.Direction, besides empty.
var directions = []string{"inbound", "outbound"}

// draft is a target being put together, from whatever source.
type draft struct {
	audit.Target
	protocols []audit.Protocol
}

// set checks and stores one value; its errors are *fault and do not name the
// place. An empty value means "not given" for everything but the host.
func (d *draft) set(name, value string) (err error) {
	if value == "" && name != "host" {
		return nil
	}
	switch name {
	case "protocol":
		return d.setProtocol(value)
	case "host":
		d.Host, err = parseHost(value)
	case "port":
		d.Port, err = parsePort(value)
	case "sni":
		d.SNI, err = parseSNI(value)
	case "ip":
		d.IP, err = parseIP(value)
	case "direction":
		d.Direction, err = oneOf("direction", strings.ToLower(value), directions)
	case "product":
		d.Product, err = oneOf("product", strings.ToLower(value), audit.Products)
	case "system":
		d.System, err = parseNote(value)
	case "owner":
		d.Owner, err = parseNote(value)
	case "environment":
		d.Environment, err = parseNote(value)
	default:
		return d.setLabel(strings.TrimPrefix(name, "label."), value)
	}
	return err
}

func (d *draft) setProtocol(value string) error {
	names := make([]string, len(d.protocols))
	for i, p := range d.protocols {
		names[i] = p.Name
	}
	name, err := oneOf("protocol", strings.ToLower(value), names)
	d.Protocol = name
	return err
}

func (d *draft) setLabel(key, value string) error {
	if key == "" || len(key) > 63 || strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") != "" {
		return &fault{fmt.Sprintf("%q is not a label name", clip(key)), "letters, digits, dot, dash and underscore, 63 at most"}
	}
	value, err := parseNote(value)
	if err != nil {
		return err
	}
	if _, ok := d.Labels[key]; ok {
		return &fault{fmt.Sprintf("label %s is set twice", key), "keep one of the two"}
	}
	if d.Labels == nil {
		d.Labels = map[string]string{}
	}
	d.Labels[key] = value
	return nil
}

// finish derives the protocol from the port, or the port from the protocol.
func (d *draft) finish() error {
	if d.Protocol == "" {
		d.Protocol = "https"
		if d.Port != 0 {
			d.Protocol = "tls"
		}
		for _, p := range d.protocols {
			if d.Port != 0 && slices.Contains(p.Ports, d.Port) {
				d.Protocol = p.Name
				break
			}
		}
	}
	if d.Protocol == audit.ProtocolMX {
		if _, err := netip.ParseAddr(d.Host); err == nil || d.IP.IsValid() || d.SNI != "" {
			return &fault{"a mail domain is a name, without address and sni", "write mx:example.com, or the mail server itself: smtp://192.0.2.25"}
		}
	}
	if d.Port != 0 {
		return nil
	}
	for _, p := range d.protocols {
		if p.Name == d.Protocol && len(p.Ports) > 0 {
			d.Port = p.Ports[0]
			return nil
		}
	}
	return &fault{fmt.Sprintf("the port is missing; protocol %s has none of its own", d.Protocol), "write " + d.Protocol + "://host:port"}
}

func oneOf(what, value string, allowed []string) (string, error) {
	if slices.Contains(allowed, value) {
		return value, nil
	}
	hint := didYouMean(value, allowed)
	if what == "protocol" && value == "http" {
		hint = "plain http has no TLS to audit; write https://"
	}
	return "", &fault{fmt.Sprintf("%q is not a %s: one of %s", clip(value), what, strings.Join(allowed, ", ")), hint}
}

func parsePort(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 || s[0] == '+' {
		return 0, &fault{fmt.Sprintf("%q is not a port", clip(s)), "a port is a number from 1 to 65535"}
	}
	return uint16(n), nil
}

func parseIP(s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, &fault{fmt.Sprintf("ip: %q is not an IP address", clip(s)), "write it without brackets, port or zone, such as 192.0.2.25"}
	}
	return a.Unmap(), nil
}

func parseSNI(s string) (string, error) {
	if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return "", &fault{fmt.Sprintf("sni: %q is an address", clip(s)), "a server name is a DNS name (RFC 6066 section 3); leave sni off"}
	}
	host, err := parseHost(s)
	if err != nil {
		f := faultOf(err)
		return "", &fault{"sni: " + f.cause, f.hint}
	}
	return host, nil
}

// parseNote checks free text, which ends up in every report.
func parseNote(s string) (string, error) {
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) > 256 {
		return "", &fault{fmt.Sprintf("%q is too long", clip(s)), "256 characters at most"}
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return "", &fault{fmt.Sprintf("character %U is not allowed", r), "remove it"}
		}
	}
	return s, nil
}
