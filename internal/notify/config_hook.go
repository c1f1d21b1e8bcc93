package notify

import (
	"crypto/x509"
	"net/netip"
	"net/url"

	"tlsaudit/internal/strictyaml"
)

// minKey is the least number of bytes of a key that signs: shorter ones can be
// guessed by whoever sees a signature.
const minKey = 16

// network is what all channels may say about connections.
type network struct {
	CAFile         strictyaml.Node   `yaml:"ca_file"`
	AllowAddresses []strictyaml.Node `yaml:"allow_addresses"`
}

// Webhook sends JSON to a program of the operator's.
type Webhook struct {
	URL        strictyaml.Node `yaml:"url"`
	URLFile    strictyaml.Node `yaml:"url_file"`
	URLEnv     strictyaml.Node `yaml:"url_env"`
	SecretFile strictyaml.Node `yaml:"secret_file"`
	SecretEnv  strictyaml.Node `yaml:"secret_env"`
	Proxy      strictyaml.Node `yaml:"proxy"`
	network
	node strictyaml.Node
}

// Chat sends to Slack or Teams, by an address that is a secret.
type Chat struct {
	URLFile strictyaml.Node `yaml:"url_file"`
	URLEnv  strictyaml.Node `yaml:"url_env"`
	Proxy   strictyaml.Node `yaml:"proxy"`
	network
	node strictyaml.Node
}

// UnmarshalNode implements strictyaml.Unmarshaler: it keeps the place of the
// whole, for what is missing in it.
func (w *Webhook) UnmarshalNode(n strictyaml.Node) error {
	type plainly Webhook
	if err := n.Decode((*plainly)(w)); err != nil {
		return err
	}
	w.node = n
	return nil
}

// UnmarshalNode implements strictyaml.Unmarshaler.
func (c *Chat) UnmarshalNode(n strictyaml.Node) error {
	type plainly Chat
	if err := n.Decode((*plainly)(c)); err != nil {
		return err
	}
	c.node = n
	return nil
}

// webhook makes the channel.
func (o *opener) webhook(w *Webhook) (*hook, error) {
	to, err := o.secret(w.URLFile, w.URLEnv)
	if err != nil {
		return nil, err
	}
	at := w.URLFile
	switch {
	case !w.URL.IsZero() && to.set():
		return nil, w.URL.Fault("keep one of the two", "the address stands here and in a file or the environment")
	case !w.URL.IsZero():
		text, err := w.URL.Text()
		if err != nil {
			return nil, err
		}
		to, at = newSecret(text), w.URL
	case !to.set():
		return nil, w.node.Fault("add url: https://..., or url_file: or url_env: if it is a secret", "no address to send to")
	}
	key, err := o.secret(w.SecretFile, w.SecretEnv)
	if err != nil {
		return nil, err
	}
	if len(key.reveal()) < minKey {
		return nil, w.node.Fault("add secret_file: or secret_env: with at least 16 random characters; the receiver checks the signature with it",
			"no key to sign with, or one shorter than %d bytes", minKey)
	}
	return o.hook(to, at, w.node, w.Proxy, &w.network, func(h *hook) { h.key, h.write, h.repeatable = key, webhookBody, true })
}

// chat makes a channel of Slack or Teams.
func (o *opener) chat(c *Chat, write func(*Digest, string, int) ([]byte, error)) (*hook, error) {
	to, err := o.secret(c.URLFile, c.URLEnv)
	if err != nil {
		return nil, err
	}
	if !to.set() {
		return nil, c.node.Fault("add url_file: or url_env: who knows the address can write into the channel, so it is kept like a password", "no address to send to")
	}
	return o.hook(to, c.URLFile, c.node, c.Proxy, &c.network, func(h *hook) { h.write = write })
}

func (o *opener) hook(to secret, at, whole, proxy strictyaml.Node, n *network, finish func(*hook)) (*hook, error) {
	if at.IsZero() {
		at = whole
	}
	u, err := url.Parse(to.reveal())
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return nil, at.Fault("it begins with https:// and has no user name in it; the receiver's certificate is verified (ca_file: adds an authority)", "the address cannot be sent to")
	}
	through, err := readProxy(proxy)
	if err != nil {
		return nil, err
	}
	g, anchors, err := o.network(n)
	if err != nil {
		return nil, err
	}
	h := &hook{client: newClient(g, anchors, through), to: to, lines: o.config.Lines, retry: o.retry(), now: o.parts.Now}
	finish(h)
	return h, nil
}

// readProxy reads the proxy requests go through. The environment is not asked:
// what is sent where must be seen in the configuration.
func readProxy(n strictyaml.Node) (*url.URL, error) {
	if n.IsZero() {
		return nil, nil
	}
	text, err := n.Text()
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Path != "" && u.Path != "/" {
		return nil, n.Fault("write it as http://outbound.example.com:3128", "this is not a proxy")
	}
	return u, nil
}

// network reads the authorities a receiver may be certified by, and the
// addresses it may have although none is expected there.
func (o *opener) network(n *network) (guard, *x509.CertPool, error) {
	var g guard
	for _, node := range n.AllowAddresses {
		text, err := node.Text()
		if err != nil {
			return g, nil, err
		}
		p, err := netip.ParsePrefix(text)
		if a, bad := netip.ParseAddr(text); err != nil && bad == nil && a.Zone() == "" {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return g, nil, node.Fault("write 169.254.7.7 or 169.254.7.0/24", "this is neither an address nor a network")
		}
		g.allowed = append(g.allowed, p.Masked())
	}
	if n.CAFile.IsZero() {
		return g, nil, nil // the authorities of the system
	}
	name, err := n.CAFile.Text()
	if err != nil {
		return g, nil, err
	}
	data, err := strictyaml.ReadWhole(inFolder(o.config.dir, name), maxAuthorities)
	if err != nil {
		return g, nil, unread(n.CAFile, "name a PEM file with the certificates of the authorities meant, and nothing else", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(data) {
		return g, nil, n.CAFile.Fault("name a PEM file with certificates of authorities", "there is no certificate in the file")
	}
	return g, pool, nil
}
