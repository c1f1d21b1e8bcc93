package notify

import (
	"crypto/tls"
	"net/mail"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"tlsaudit/internal/strictyaml"
)

// maxRecipients bounds the recipients of a mail: more are a mailing list.
const maxRecipients = 50

// Mail sends through a mail server.
type Mail struct {
	Server       strictyaml.Node   `yaml:"server,required"`
	Port         strictyaml.Node   `yaml:"port"`
	TLS          mailTLS           `yaml:"tls"`
	From         strictyaml.Node   `yaml:"from,required"`
	To           []strictyaml.Node `yaml:"to,required"`
	Username     strictyaml.Node   `yaml:"username"`
	PasswordFile strictyaml.Node   `yaml:"password_file"`
	PasswordEnv  strictyaml.Node   `yaml:"password_env"`
	Auth         mailAuth          `yaml:"auth"`
	EHLO         strictyaml.Node   `yaml:"ehlo"`
	network
}

// mailTLS is how a connection to a mail server becomes encrypted. There is no
// third way.
type mailTLS string

const (
	mailSTARTTLS mailTLS = "starttls"
	mailImplicit mailTLS = "implicit"
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *mailTLS) UnmarshalText(b []byte) error {
	*t = mailTLS(b)
	return strictyaml.Choose(string(b), []string{string(mailSTARTTLS), string(mailImplicit)})
}

// mailAuth is how a user logs in at a mail server.
type mailAuth string

const (
	mailPlain mailAuth = "plain"
	mailLogin mailAuth = "login"
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *mailAuth) UnmarshalText(b []byte) error {
	*a = mailAuth(b)
	return strictyaml.Choose(string(b), []string{string(mailPlain), string(mailLogin)})
}

var (
	hostName = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)
	mailbox  = regexp.MustCompile("^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@" + strings.TrimPrefix(hostName.String(), "^"))
)

// mail makes the channel.
func (o *opener) mail(m *Mail) (*mailer, error) {
	c := &mailer{lines: o.config.Lines, retry: o.retry(), now: o.parts.Now, implicit: m.TLS == mailImplicit, login: m.Auth == mailLogin}
	var err error
	if c.host, err = readHost(m.Server); err != nil {
		return nil, err
	}
	c.port = 587
	if c.implicit {
		c.port = 465
	}
	if !m.Port.IsZero() {
		if err := m.Port.Decode(&c.port); err != nil {
			return nil, err
		}
		if c.port < 1 || c.port > 65535 {
			return nil, m.Port.Fault("587 and 25 are usual with STARTTLS, 465 with implicit TLS", "%d is not a port", c.port)
		}
	}
	if c.from, err = readAddress(m.From); err != nil {
		return nil, err
	}
	if len(m.To) > maxRecipients {
		return nil, m.To[maxRecipients].Fault("write to a mailing list", "more than %d recipients", maxRecipients)
	}
	for _, node := range m.To {
		to, err := readAddress(node)
		if err != nil {
			return nil, err
		}
		c.to = append(c.to, to)
	}
	if err := o.login(m, c); err != nil {
		return nil, err
	}
	_, c.ehlo, _ = strings.Cut(c.from.Address, "@")
	if !m.EHLO.IsZero() {
		if c.ehlo, err = readHost(m.EHLO); err != nil {
			return nil, err
		}
	}
	g, anchors, err := o.network(&m.network)
	if err != nil {
		return nil, err
	}
	c.guard, c.tls = g, &tls.Config{ServerName: c.host, MinVersion: tls.VersionTLS12, RootCAs: anchors}
	return c, nil
}

// login reads user name and password: both or neither.
func (o *opener) login(m *Mail, c *mailer) (err error) {
	if c.password, err = o.secret(m.PasswordFile, m.PasswordEnv); err != nil {
		return err
	}
	if m.Username.IsZero() {
		if c.password.set() {
			return m.Server.Fault("add username:, or remove the password", "there is a password for nobody")
		}
		if m.Auth != "" {
			return m.Server.Fault("add username: and password_file:, or remove auth:", "nobody to log in as")
		}
		return nil
	}
	if c.user, err = m.Username.Text(); err != nil {
		return err
	}
	if c.user == "" || len(c.user) > 320 || strings.ContainsFunc(c.user, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return m.Username.Fault("write the name the mail server knows", "this is not a user name")
	}
	if !c.password.set() {
		return m.Username.Fault("add password_file: or password_env:", "the user has no password")
	}
	return nil
}

func readHost(n strictyaml.Node) (string, error) {
	text, err := n.Text()
	if err != nil {
		return "", err
	}
	if _, err := netip.ParseAddr(text); err == nil && !strings.Contains(text, "%") {
		return text, nil
	}
	if len(text) > 253 || !hostName.MatchString(text) {
		return "", n.Fault("write a name such as mail.example.com; the port has a key of its own", "%s is not the name of a host", strconv.Quote(word(text)))
	}
	return text, nil
}

// readAddress reads "name@example.com" or "Name <name@example.com>".
func readAddress(n strictyaml.Node) (*mail.Address, error) {
	text, err := n.Text()
	if err != nil {
		return nil, err
	}
	a, err := mail.ParseAddress(text)
	if err != nil || !mailbox.MatchString(a.Address) || len(a.Address) > 254 || a.Name != header(a.Name) {
		return nil, n.Fault("write name@example.com or \"Name <name@example.com>\"", "%s is not the address of a mailbox", strconv.Quote(word(text)))
	}
	return a, nil
}
