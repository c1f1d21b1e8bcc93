package exim

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// port is something the daemon listens on.
type port struct {
	// number is as written, a number or the name of a service; empty if it
	// cannot be told.
	number  string
	binds   []string
	wrapped bool
}

func (p port) name() string {
	if p.number == "" {
		return "smtp"
	}
	return p.protocol() + "/" + p.number
}

func (p port) protocol() string {
	if p.wrapped {
		return "smtps"
	}
	return "smtp"
}

var services = map[string]string{"smtp": "25", "mail": "25", "submission": "587", "smtps": "465", "ssmtp": "465", "submissions": "465", "urd": "465"}

// portNumber turns the name of a service into its number.
func portNumber(s string) string {
	if n, ok := services[strings.ToLower(s)]; ok {
		return n
	}
	return s
}

// maxPorts bounds the listeners of one file.
const maxPorts = 100

// ports are those the daemon listens on.
func (c *reading) ports() []port {
	var wrapped []string
	if o := c.config.main["tls_on_connect_ports"]; o != nil && c.sure(o) {
		for _, item := range list(o.value) {
			wrapped = append(wrapped, portNumber(item))
		}
	}
	numbers := []string{"25"}
	o := c.config.main["daemon_smtp_ports"]
	switch {
	case o != nil && !c.sure(o):
		numbers = []string{""}
	case o != nil && len(list(o.value)) > 0:
		numbers = nil
		for _, item := range list(o.value) {
			if item != "" && len(numbers) < maxPorts && !slices.Contains(numbers, portNumber(item)) {
				numbers = append(numbers, portNumber(item))
			}
		}
	case o == nil && c.missing != nil:
		numbers = []string{""}
	}
	addresses, known := c.interfaces()
	var ports []port
	add := func(number, address string) {
		i := slices.IndexFunc(ports, func(p port) bool { return p.number == number })
		if i < 0 {
			if len(ports) >= maxPorts {
				return
			}
			i = len(ports)
			ports = append(ports, port{number: number, wrapped: slices.Contains(wrapped, number)})
		}
		if _, err := strconv.ParseUint(number, 10, 16); err == nil && known {
			ports[i].binds = append(ports[i].binds, address+":"+number)
		}
	}
	for _, a := range addresses {
		if a.port != "" {
			add(a.port, a.address)
			continue
		}
		for _, n := range numbers {
			add(n, a.address)
		}
	}
	for i := range ports {
		if len(ports[i].binds) > 1 && slices.Contains(ports[i].binds, ":"+ports[i].number) {
			ports[i].binds = []string{":" + ports[i].number}
		}
	}
	return ports
}

type address struct{ address, port string }

// interfaces reads local_interfaces: addresses, with a port of their own or
// without.
func (c *reading) interfaces() (found []address, known bool) {
	o := c.config.main["local_interfaces"]
	if o == nil || !c.sure(o) {
		return []address{{}}, o == nil && c.missing == nil
	}
	for _, item := range list(o.value) {
		if a, ok := parseInterface(item); ok && len(found) < maxPorts {
			found = append(found, a)
		}
	}
	if len(found) == 0 {
		return []address{{}}, false
	}
	return found, true
}

// parseInterface reads "192.0.2.1", "192.0.2.1.26", "[192.0.2.1]:26" or the
// same with IPv6.
func parseInterface(item string) (a address, ok bool) {
	host, number := item, ""
	if rest, found := strings.CutPrefix(item, "["); found {
		host, number, ok = strings.Cut(rest, "]")
		number = strings.TrimPrefix(number, ":")
		if !ok {
			return a, false
		}
	} else if i := strings.LastIndexByte(item, '.'); i > 0 {
		if _, err := netip.ParseAddr(item); err != nil {
			host, number = item[:i], item[i+1:]
		}
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return a, false
	}
	if !ip.IsUnspecified() {
		a.address = strings.TrimSuffix(net.JoinHostPort(ip.String(), ""), ":")
	}
	a.port = number
	return a, true
}
