package notify

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/internal/strictyaml"
)

const (
	// maxChannels bounds the channels.
	maxChannels = 20
	// usualLines is how many lines a list has unless lines: says otherwise, up to
	// mostLines.
	usualLines = 10
	mostLines  = 100
	// mostDays is the widest horizon: no certificate of interest lives longer.
	mostDays = 3660
)

// AllClear says when it is told that nothing happened.
type AllClear string

// When it is told that nothing happened: after every run, when everything is
// well again after it was not, or never.
const (
	AllClearAlways     AllClear = "always"
	AllClearOnRecovery AllClear = "on-recovery"
	AllClearNever      AllClear = "never"
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *AllClear) UnmarshalText(b []byte) error {
	*a = AllClear(b)
	return strictyaml.Choose(string(b), []string{string(AllClearAlways), string(AllClearOnRecovery), string(AllClearNever)})
}

// Config is the section notify: of a configuration, checked, with its secrets
// not read yet.
type Config struct {
	// Lines is how many lines each list of a message has.
	Lines int
	// AllClear is for channels that do not say it themselves.
	AllClear AllClear
	// Horizons are numbers of days, the widest first.
	Horizons []int
	// Changes are the kinds of change that are reason enough for a message. All of
	// them are told in a message that is sent.
	Changes []history.ChangeKind
	// Dashboard is the operator's address for people to look at; may be empty.
	Dashboard string
	Channels  []Channel
	// dir is what files named in it are relative to.
	dir string
}

// Channel is one receiver. Exactly one of Webhook, Slack, Teams and Mail is set.
type Channel struct {
	Place    audit.Place `yaml:",place"`
	Name     string      `yaml:"name,required"`
	AllClear AllClear    `yaml:"all_clear"`
	Webhook  *Webhook    `yaml:"webhook"`
	Slack    *Chat       `yaml:"slack"`
	Teams    *Chat       `yaml:"teams"`
	Mail     *Mail       `yaml:"mail"`
}

type configDoc struct {
	Lines     strictyaml.Node   `yaml:"lines"`
	AllClear  AllClear          `yaml:"all_clear"`
	Horizons  strictyaml.Node   `yaml:"horizons"`
	Changes   []strictyaml.Node `yaml:"changes"`
	Dashboard strictyaml.Node   `yaml:"dashboard"`
	Channels  []strictyaml.Node `yaml:"channels,required"`
}

// Section reads the section from a file that has others as well. Files it names
// are relative to dir.
func Section(n strictyaml.Node, dir string) (*Config, error) {
	if n.IsZero() {
		return nil, n.Fault("add it; docs/notifications.md shows one", "the section notify: is missing")
	}
	var doc configDoc
	if err := n.Decode(&doc); err != nil {
		return nil, err
	}
	c := &Config{Lines: usualLines, AllClear: cmp.Or(doc.AllClear, AllClearOnRecovery), Horizons: []int{90, 60, 30, 14, 7}, dir: dir}
	for _, o := range groupOrder {
		c.Changes = append(c.Changes, o.kind)
	}
	if err := doc.read(c); err != nil {
		return nil, err
	}
	if len(doc.Channels) > maxChannels {
		return nil, doc.Channels[maxChannels].Fault("let one receiver pass messages on", "more than %d channels", maxChannels)
	}
	for _, node := range doc.Channels {
		if err := c.addChannel(node); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (d *configDoc) read(c *Config) (err error) {
	if !d.Lines.IsZero() {
		if err := d.Lines.Decode(&c.Lines); err != nil {
			return err
		}
		if c.Lines < 1 || c.Lines > mostLines {
			return d.Lines.Fault("what is left out is counted, and is on the dashboard", "%d is not between 1 and %d", c.Lines, mostLines)
		}
	}
	if !d.Horizons.IsZero() {
		if err := d.Horizons.Decode(&c.Horizons); err != nil {
			return err
		}
		for _, days := range c.Horizons {
			if days < 1 || days > mostDays {
				return d.Horizons.Fault("write numbers of days such as [90, 60, 30, 14, 7]; [] looks at no dates", "%d is not between 1 and %d", days, mostDays)
			}
		}
		slices.Sort(c.Horizons)
		c.Horizons = slices.Compact(c.Horizons)
		slices.Reverse(c.Horizons)
	}
	if d.Changes != nil {
		if c.Changes, err = readKinds(d.Changes); err != nil {
			return err
		}
	}
	if !d.Dashboard.IsZero() {
		c.Dashboard, err = readDashboard(d.Dashboard)
	}
	return err
}

func readKinds(nodes []strictyaml.Node) ([]history.ChangeKind, error) {
	var known []string
	for _, o := range groupOrder {
		known = append(known, string(o.kind))
	}
	kinds := []history.ChangeKind{}
	for _, n := range nodes {
		text, err := n.Text()
		if err != nil {
			return nil, err
		}
		if !slices.Contains(known, text) {
			choice := &strictyaml.ChoiceError{Value: text, Allowed: known}
			return nil, n.Fault(choice.Hint(), "%v", choice)
		}
		kinds = append(kinds, history.ChangeKind(text))
	}
	return kinds, nil
}

// readDashboard reads the one address that becomes a link.
func readDashboard(n strictyaml.Node) (string, error) {
	text, err := n.Text()
	if err != nil {
		return "", err
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || len(text) > 500 ||
		strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("<>|\"'`\\", r) }) {
		return "", n.Fault("write it as people open it, such as https://tlsaudit.example.com/", "this is not the address of a web page")
	}
	return u.String(), nil
}

var channelName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func (c *Config) addChannel(n strictyaml.Node) error {
	var ch Channel
	if err := n.Decode(&ch); err != nil {
		return err
	}
	if !channelName.MatchString(ch.Name) {
		return n.Get("name").Fault("letters, digits, dot, dash and underscore, 64 at most", "this is not a name for a channel")
	}
	if slices.ContainsFunc(c.Channels, func(o Channel) bool { return o.Name == ch.Name }) {
		return n.Get("name").Fault("what was sent is remembered by channel: give each a name of its own", "a second channel is called %q", ch.Name)
	}
	ways := 0
	for _, is := range []bool{ch.Webhook != nil, ch.Slack != nil, ch.Teams != nil, ch.Mail != nil} {
		if is {
			ways++
		}
	}
	if ways != 1 {
		return &audit.InputError{Place: ch.Place, Cause: "channel " + ch.Name + " must have exactly one of webhook, slack, teams and mail", Hint: "write one channel for each way"}
	}
	ch.AllClear = cmp.Or(ch.AllClear, c.AllClear)
	c.Channels = append(c.Channels, ch)
	return nil
}
