package inventory

import (
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

func collect(t *testing.T, seq iter.Seq2[audit.Target, error]) []audit.Target {
	t.Helper()
	var list []audit.Target
	for target, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, target)
	}
	return list
}

func firstError(seq iter.Seq2[audit.Target, error]) (err error) {
	for _, e := range seq {
		if err != nil {
			return errors.New("the sequence goes on after an error")
		}
		err = e
	}
	return err
}

func checkError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", want)
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if input := (*audit.InputError)(nil); !errors.As(err, &input) {
		t.Errorf("%T is no *audit.InputError", err)
	}
}

func TestReadYAML(t *testing.T) {
	got, err := ReadYAML("inv/hosts.yaml", []byte(`systems:
- name: mail gateway
  owner: messaging
  environment: production
  product: postfix
  labels: {zone: dmz, tier: '1'}
  endpoints:
  - smtp://mx1.example.com?label.tier=2
  - {protocol: smtp, host: mx2.example.com, port: 587, ip: 192.0.2.2, sni: mx.example.com, direction: inbound, product: exim}
  config_files: [mx1/main.cf, /etc/main.cf]
- name: www
  endpoints:
  - host: www.example.com
`), protocols)
	if err != nil {
		t.Fatal(err)
	}
	place := func(line, col int) audit.Place { return audit.Place{File: "inv/hosts.yaml", Line: line, Col: col} }
	at := func(line, col int) *audit.Place { p := place(line, col); return &p }
	labels := map[string]string{"zone": "dmz", "tier": "1"}
	want := &Inventory{Systems: []System{
		{Name: "mail gateway", Owner: "messaging", Environment: "production", Product: "postfix", Labels: labels, Place: place(2, 3), Targets: []audit.Target{
			{Protocol: "smtp", Host: "mx1.example.com", Port: 25, Labels: map[string]string{"zone": "dmz", "tier": "2"}, System: "mail gateway", Owner: "messaging", Environment: "production", Product: "postfix", Place: at(8, 5)},
			{Protocol: "smtp", Host: "mx2.example.com", Port: 587, IP: netip.MustParseAddr("192.0.2.2"), SNI: "mx.example.com", Direction: "inbound", Labels: labels, System: "mail gateway", Owner: "messaging", Environment: "production", Product: "exim", Place: at(9, 5)},
		}, ConfigFiles: []ConfigFile{{Path: "inv/mx1/main.cf", Place: place(10, 18), AsPlace: place(10, 18)}, {Path: "/etc/main.cf", Place: place(10, 31), AsPlace: place(10, 31)}}, Versions: map[string]string{}},
		{Name: "www", Versions: map[string]string{}, Place: place(11, 3), Targets: []audit.Target{{Protocol: "https", Host: "www.example.com", Port: 443, System: "www", Place: at(13, 5)}}},
	}}
	if diff := cmp.Diff(want, got, comparers); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadYAMLErrors(t *testing.T) {
	const head = "systems:\n- name: a\n  endpoints:\n"
	tests := []struct{ name, in, want string }{
		{"unknown key", "systems:\n- name: a\n  endpoint: [x]\n", "i.yaml:3:3: systems[0]: unknown key \"endpoint\"; known keys: name, owner, environment, product, labels, endpoints, config_files, versions\nhint: did you mean \"endpoints\"?"},
		{"bad port", head + "  - {host: a.test, port: 70000}\n", "i.yaml:4:26: systems[0].endpoints[0].port: \"70000\" is not a port\nhint: a port is a number from 1 to 65535"},
		{"port as text", head + "  - {host: a.test, port: '443'}\n", "i.yaml:4:26: systems[0].endpoints[0].port: a whole number is wanted, not the text \"443\"\nhint: write digits only, without quotes, such as 443"},
		{"bad target", head + "  - https://a.test:99999\n", "i.yaml:4:5: systems[0].endpoints[0]: target \"https://a.test:99999\": \"99999\" is not a port\nhint: a port is a number from 1 to 65535"},
		{"duplicate", head + "  - https://a.test\n  - {host: A.test}\n", "i.yaml:5:5: https://a.test:443 is listed a second time; the first is at i.yaml:4:5\nhint: remove one of the two; two views of one endpoint differ in sni= or ip="},
		{"duplicate system", head + "  - https://a.test\n- name: a\n  endpoints: [b.test]\n", "i.yaml:5:9: systems[1].name: the system \"a\" stands here a second time; the first is at i.yaml:2:9\nhint: join the two systems, or name them apart"},
		{"second document", head + "  - https://a.test\n---\nsystems: []\n", "i.yaml:5:1: a second YAML document begins here; only one is read\nhint: remove the \"---\" and join the documents, or keep each in a file of its own"},
		{"no systems", "systems: []\n", "i.yaml:1:10: systems: must not be empty\nhint: give it a value"},
		{"no host", head + "  - {port: 443}\n", "i.yaml:4:5: systems[0].endpoints[0]: the key \"host\" is missing\nhint: add it"},
		{"empty direction", head + "  - {host: a.test, direction: ''}\n", "i.yaml:4:31: systems[0].endpoints[0].direction: must not be empty\nhint: give it a value, or leave the key out"},
		{"empty product", "systems:\n- name: a\n  product: ''\n  endpoints: [a.test]\n", "i.yaml:3:12: systems[0].product: must not be empty\nhint: give it a value, or leave the key out"},
		{"nothing in it", "systems:\n- name: a\n", "i.yaml:2:3: the system has neither endpoints nor config_files\nhint: add one, or remove the system"},
		{"bad product", "systems:\n- name: a\n  product: apache\n  endpoints: [a.test]\n", "i.yaml:3:12: systems[0].product: \"apache\" is not a product: one of httpd, ihs, nginx, postfix, exim, haproxy, websphere, sametime, domino, generic"},
		{"label not text", "systems:\n- name: a\n  labels: {tier: 1}\n  endpoints: [a.test]\n", "i.yaml:3:18: systems[0].labels.tier: text is wanted, not the number \"1\"\nhint: put it in quotes: \"1\""},
		{"tls without port", head + "  - {host: a.test, protocol: tls}\n", "i.yaml:4:5: systems[0].endpoints[0]: the port is missing; protocol tls has none of its own\nhint: write tls://host:port"},
		{"whole target as host", head + "  - {host: 'https://a.test'}\n", "i.yaml:4:12: systems[0].endpoints[0].host: \"https://a.test\" is a whole target, not a host\nhint: write the protocol, host and port separately"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadYAML("i.yaml", []byte(tt.in), protocols)
			checkError(t, err, tt.want)
		})
	}
}

func TestReadCSV(t *testing.T) {
	want := []audit.Target{
		{Protocol: "smtp", Host: "mx.example.com", Port: 25, Owner: "a, b; \"c\"", Labels: map[string]string{"env": "prod", "Zone": "dmz"}, Place: &audit.Place{File: "i.csv", Line: 2, Col: 1}},
		{Protocol: "https", Host: "www.example.com", Port: 443, Place: &audit.Place{File: "i.csv", Line: 4, Col: 1}},
	}
	for name, in := range map[string]string{
		"plain":     "host,port,owner,labels,label.Zone\nmx.example.com,25,\"a, b; \"\"c\"\"\",env=prod,dmz\n\nwww.example.com\n",
		"excel":     "\uFEFFHost;Port;Owner;Labels;label.Zone\r\nmx.example.com;25;\"a, b; \"\"c\"\"\";env=prod;dmz\r\n;;;;\r\nwww.example.com;;;;\r\n",
		"no final":  "host,port,owner,labels,label.Zone\nmx.example.com,25,\"a, b; \"\"c\"\"\",env=prod|,dmz\n\nwww.example.com,443",
		"protocols": "protocol,host,port,owner,labels,label.Zone\nsmtp, mx.example.com ,25,\"a, b; \"\"c\"\"\",env=prod,dmz\n\nhttps,www.example.com,443,,,",
	} {
		got := collect(t, unique(readCSV("i.csv", strings.NewReader(in), protocols)))
		if diff := cmp.Diff(want, got, comparers); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestReadCSVErrors(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"bad port", "host,port\na.test,443\nb.test,0\n", "i.csv:3:8: \"0\" is not a port\nhint: a port is a number from 1 to 65535"},
		{"unknown column", "host,prot\n", "i.csv:1:6: unknown column \"prot\"; known columns: host, port, protocol, labels, sni, ip, direction, product, system, owner, environment, label.NAME\nhint: did you mean \"port\"?"},
		{"no header", "www.example.com,443\n", "i.csv:1:1: unknown column \"www.example.com\"; known columns: host, port, protocol, labels, sni, ip, direction, product, system, owner, environment, label.NAME\nhint: the first line names the columns, such as host,port,protocol"},
		{"no host column", "port,protocol\n", "i.csv:1:1: the column \"host\" is missing\nhint: the first line names the columns, such as host,port,protocol"},
		{"column twice", "host,port,Host\n", "i.csv:1:11: the column \"host\" stands here a second time\nhint: keep one of the two"},
		{"host missing", "port,host\n443,\n", "i.csv:2:5: the host is missing\nhint: write a DNS name or an address"},
		{"short row", "port,host\n443\n", "i.csv:2:1: the host is missing\nhint: every row names one"},
		{"too many fields", "host,port\na.test,443,https\n", "i.csv:2:12: 3 fields, but the header names 2 columns\nhint: put text that holds the separator in quotes"},
		{"open quote", "host,owner\na.test,\"x\nb.test,y\n", "i.csv:2:8: this quote is not closed on the same line\nhint: close it, or write a quote inside quotes twice: \"\""},
		{"text behind quote", "host,owner\n\"a\".test,x\n", "i.csv:2:4: text behind a closing quote\nhint: a \",\" must follow, or the end of the line"},
		{"duplicate", "host,port\na.test,443\nA.test.,\n", "i.csv:3:1: https://a.test:443 is listed a second time; the first is at i.csv:2:1\nhint: remove one of the two; two views of one endpoint differ in sni= or ip="},
		{"bad label", "host,labels\na.test,env\n", "i.csv:2:8: \"env\" is not a label\nhint: write name=value, several joined by |"},
		{"control character", "host,owner\na.test,ü\x07\n", "i.csv:2:9: control character U+0007\nhint: remove it"},
		{"not UTF-8", "host,owner\na.test,\xfc\n", "i.csv:2:8: byte 0xFC is not UTF-8 text\nhint: save the file as UTF-8 (Excel: CSV UTF-8)"},
		{"long line", "host\n" + strings.Repeat("a", 70000), "i.csv:2:1: the line is longer than 65536 bytes\nhint: is this a text file?"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkError(t, firstError(unique(readCSV("i.csv", strings.NewReader(tt.in), protocols))), tt.want)
		})
	}
}

func TestReadText(t *testing.T) {
	got := collect(t, unique(readText("l.txt", strings.NewReader("# ours\nhttps://a.test  # main\r\n\n  mx.test:25\n"), protocols)))
	want := []audit.Target{
		{Protocol: "https", Host: "a.test", Port: 443, Place: &audit.Place{File: "l.txt", Line: 2, Col: 1}},
		{Protocol: "smtp", Host: "mx.test", Port: 25, Place: &audit.Place{File: "l.txt", Line: 4, Col: 3}},
	}
	if diff := cmp.Diff(want, got, comparers); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	checkError(t, firstError(unique(readText("l.txt", strings.NewReader("a.test\n\n b.test:x\n"), protocols))),
		"l.txt:3:2: target \"b.test:x\": \"x\" is not a port\nhint: a port is a number from 1 to 65535")
}

func TestTargets(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	list := write("list", "b.test\n")
	table := write("t.csv", "host\nc.test\n")
	systems := write("s.yml", "systems:\n- name: s\n  endpoints: [d.test]\n")

	seq := Targets([]string{"a.test", list}, []string{table, systems}, nil, protocols)
	for range 2 { // a sequence can be run through again
		var hosts []string
		for _, target := range collect(t, seq) {
			hosts = append(hosts, target.Host)
		}
		if diff := cmp.Diff([]string{"a.test", "b.test", "c.test", "d.test"}, hosts); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	again := write("again.txt", "\nd.test:443\n")
	checkError(t, firstError(Targets([]string{"a.test", again}, []string{systems}, nil, protocols)),
		systems+":3:15: https://d.test:443 is listed a second time; the first is at "+again+":2:1\nhint: remove one of the two; two views of one endpoint differ in sni= or ip=")
	checkError(t, firstError(Targets([]string{"a.test", "https://a.test"}, nil, nil, protocols)),
		"argument 2: https://a.test:443 is listed a second time; the first is at argument 1\nhint: remove one of the two; two views of one endpoint differ in sni= or ip=")
	missing := filepath.Join(dir, "missing.yaml")
	err := firstError(Targets([]string{missing}, nil, nil, protocols))
	checkError(t, err, missing+": cannot read the inventory: no such file or directory\nhint: name an existing YAML, CSV or text file, or a target such as https://www.example.com")
	if !errors.Is(err, os.ErrNotExist) {
		t.Error("the cause is lost")
	}
	if err := firstError(Targets(nil, []string{dir}, nil, protocols)); err == nil {
		t.Error("a folder is read as an inventory")
	}
}

// A reader may stop early, and a long table must not be held in memory: the
// source here is endless.
func TestStreams(t *testing.T) {
	n := 0
	for target, err := range unique(readCSV("i.csv", &endless{}, protocols)) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 50_000 {
			if target.Host != "h49999.test" {
				t.Errorf("host %d is %s", n, target.Host)
			}
			break
		}
	}
}

type endless struct {
	n    int
	rest string
}

func (e *endless) Read(p []byte) (int, error) {
	if e.rest == "" {
		if e.n == 0 {
			e.rest = "host\n"
		}
		e.rest += fmt.Sprintf("h%d.test\n", e.n)
		e.n++
	}
	k := copy(p, e.rest)
	e.rest = e.rest[k:]
	return k, nil
}

func FuzzReadCSV(f *testing.F) {
	f.Add("host,port\na.test,443\n")
	f.Add("\uFEFFhost;label.x\r\n\"a.test\";\"y\"\"z\"\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		checkTargets(t, unique(readCSV("f.csv", strings.NewReader(s), protocols)))
	})
}

func FuzzReadYAML(f *testing.F) {
	f.Add("systems:\n- name: a\n  endpoints:\n  - https://a.test\n  - {host: b.test, port: 25}\n")
	f.Fuzz(func(t *testing.T, s string) {
		inventory, err := ReadYAML("f.yaml", []byte(s), protocols)
		if err != nil {
			if input := (*audit.InputError)(nil); !errors.As(err, &input) {
				t.Errorf("%T is no *audit.InputError: %v", err, err)
			}
			return
		}
		checkTargets(t, inventory.Targets())
	})
}

// checkTargets holds what is promised about every sequence.
func checkTargets(t *testing.T, seq iter.Seq2[audit.Target, error]) {
	for target, err := range seq {
		if err != nil {
			if input := (*audit.InputError)(nil); !errors.As(err, &input) || input.Place.Line == 0 {
				t.Errorf("%T has no place: %v", err, err)
			}
			return
		}
		if target.Port == 0 || target.Host == "" || target.Protocol == "" || target.Place == nil {
			t.Errorf("incomplete target %+v", target)
		}
	}
}

// TestPiped: what can be read only once is there again on the second run, which
// is the one that scans.
func TestPiped(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := w.WriteString("b.test\n"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	pipe := fmt.Sprintf("/dev/fd/%d", r.Fd())
	seq := Targets([]string{"-", "a.test"}, []string{pipe}, strings.NewReader("c.test:25\n"), protocols)
	first, second := collect(t, seq), collect(t, seq)
	if len(first) != 3 {
		t.Fatalf("%d targets, want 3", len(first))
	}
	if diff := cmp.Diff(first, second, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("the second run differs (-first +second):\n%s", diff)
	}
}
