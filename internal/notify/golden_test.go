package notify

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/net/html"

	"tlsaudit/audit"
	"tlsaudit/docs/schema"
	"tlsaudit/internal/history"
)

var update = flag.Bool("update", false, "write the golden files anew")

// hostileDigest has something in every list, and hostile text wherever a peer or
// a file has a say.
func hostileDigest(t *testing.T) *Digest {
	t.Helper()
	run, before := failing(sampleRun("01RUN2", today)), sampleRun("01RUN1", today.AddDate(0, 0, -1))
	run.Policy, run.Why = "policy "+nasty, nasty
	h := &fakeHistory{
		runs: []history.Run{run, before},
		changes: map[string][]history.Change{"01RUN2": {
			finding(history.ChangeNew, "https://www.example.com:443", "BASE-RC4", "RC4 is accepted: "+nasty, audit.Critical, audit.Fail),
			finding(history.ChangeRegressed, "smtp://mx.example.com:25", "BASE-IDENTITY", "the certificate is for "+nasty, audit.High, audit.Fail),
			finding(history.ChangeFixed, "https://old.example.com:443", "BASE-SSL3", "SSLv3 is refused", audit.High, audit.Pass),
			{Kind: history.ChangeUnreachable, At: today, Subject: "https://" + nasty, Text: "not reached since 2026-11-20: " + nasty},
			{Kind: history.ChangeCertificate, At: today, Subject: "https://www.example.com:443", Text: nasty},
		}},
		certificates: []history.Certificate{
			{SHA256: strings.Repeat("ab", 32), Subject: "CN=" + nasty, Issuer: "CN=" + nasty, Serial: "01", NotAfter: today.AddDate(0, 0, -2), Leaf: true, Subjects: 1, Sample: "https://gone.example.com:443"},
			{SHA256: strings.Repeat("cd", 32), Subject: "CN=www.example.com", Issuer: "CN=Example CA", Serial: "02", NotAfter: today.AddDate(0, 0, 6), Leaf: true, Subjects: 3, Sample: "https://www.example.com:443"},
		},
	}
	for i := range 9 {
		h.changes["01RUN2"] = append(h.changes["01RUN2"], finding(history.ChangeNew, fmt.Sprintf("https://h%d.example.com:443", i), "BASE-TLS10", "TLS 1.0 is accepted", audit.Medium, audit.Warn))
	}
	n := notifierFor(h, nil, AllClearNever)
	n.parts.Outlook, n.config.Dashboard = fakeOutlook{}, "https://tlsaudit.example.com/?a=1&b=2"
	d, err := n.digest(t.Context(), &h.runs[0])
	if err != nil {
		t.Fatal(err)
	}
	d.Notices = append(d.Notices, nasty)
	if send, _ := d.decide(AllClearNever, n.config.Changes); !send || d.Kind != KindDigest {
		t.Fatalf("kind %q, sent %v", d.Kind, send)
	}
	return d
}

const sampleID = "00112233445566778899aabbccddeeff"

func sampleMailer() *mailer {
	return &mailer{host: "mail.example.com", lines: 10, from: &mail.Address{Name: "tlsaudit", Address: "tlsaudit@example.com"},
		to: []*mail.Address{{Address: "a@example.com"}, {Name: "Ü", Address: "b@example.com"}}}
}

func TestGolden(t *testing.T) {
	d := hostileDigest(t)
	for name, write := range map[string]func() ([]byte, error){
		"webhook.json": func() ([]byte, error) { return webhookBody(d, sampleID, 10) },
		"slack.json":   func() ([]byte, error) { return slackBody(d, sampleID, 10) },
		"teams.json":   func() ([]byte, error) { return teamsBody(d, sampleID, 10) },
		"mail.eml":     func() ([]byte, error) { return sampleMailer().compose(d, sampleID) },
		"mail.txt":     func() ([]byte, error) { return []byte(d.words().text()), nil },
		"mail.html": func() ([]byte, error) {
			text, err := d.words().html()
			return []byte(text), err
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := write()
			if err != nil {
				t.Fatal(err)
			}
			again, _ := write()
			if !bytes.Equal(got, again) {
				t.Error("the same digest is not written the same twice")
			}
			if name != "webhook.json" { // is data, exact on purpose
				harmless(t, name, got)
			}
			if strings.HasSuffix(name, ".json") {
				var b bytes.Buffer
				if err := json.Indent(&b, got, "", "  "); err != nil {
					t.Fatal(err)
				}
				got = append(b.Bytes(), '\n')
			}
			file := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// harmless checks what must be true whatever the golden files say.
func harmless(t *testing.T, name string, body []byte) {
	t.Helper()
	for _, bad := range []string{"\u202e", "\x1b", "https://evil", "//evil.test>", `"url":"https://evil`} {
		if strings.Contains(string(body), bad) {
			t.Errorf("%s has %q", name, bad)
		}
	}
	if name == "slack.json" || name == "teams.json" {
		if strings.Contains(string(body), "@") || strings.Contains(string(body), `\u003c`) {
			t.Errorf("%s has what begins a mention", name)
		}
	}
}

// TestWebhookSchema: what is sent is what the schema in docs says.
func TestWebhookSchema(t *testing.T) {
	text, err := schema.Files.ReadFile("notification-v1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("notification.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("notification.json")
	if err != nil {
		t.Fatal(err)
	}
	run := sampleRun("01RUN1", today)
	for _, d := range []*Digest{
		hostileDigest(t),
		{Kind: KindTest, At: today},
		{Kind: KindMissed, At: today, Missed: &Missed{Schedule: "nightly", Slot: today, Why: "the lease was held", Last: &run}},
	} {
		body, err := webhookBody(d, sampleID, 10)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(value); err != nil {
			t.Errorf("%s: %v", d.Kind, err)
		}
	}
}

// TestMailReads: the mail is what a mail program takes for two alternatives, its
// headers are ours, and the HTML has one link and nothing to run or fetch.
func TestMailReads(t *testing.T) {
	d := hostileDigest(t)
	raw, err := sampleMailer().compose(d, sampleID)
	if err != nil {
		t.Fatal(err)
	}
	text, page := readMail(t, raw, map[string]string{
		"Message-Id": "<" + sampleID + "@example.com>", "Auto-Submitted": "auto-generated", "From": `"tlsaudit" <tlsaudit@example.com>`,
		"Date": "Sun, 22 Nov 2026 03:30:00 +0000", "Subject": d.words().Title, "Bcc": "", "Cc": "",
	})
	if want := d.words().text(); text != want {
		t.Errorf("plain text: %s", cmp.Diff(want, text))
	}
	checkPage(t, page, d.Dashboard)
}

// readMail parses a mail with two alternatives and checks its headers.
func readMail(t *testing.T, raw []byte, headers map[string]string) (text, page string) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range headers {
		got, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get(name))
		if err != nil || got != want {
			t.Errorf("%s: %q, want %q (%v)", name, got, want, err)
		}
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s, %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, want := range []struct {
		kind string
		into *string
	}{{"text/plain", &text}, {"text/html", &page}} {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(p.Header.Get("Content-Type"), want.kind) || p.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			t.Errorf("a part is %v, want %s", p.Header, want.kind)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		*want.into = strings.ReplaceAll(string(body), "\r\n", "\n")
	}
	if _, err := parts.NextRawPart(); err != io.EOF {
		t.Errorf("a third part, or %v", err)
	}
	return text, page
}

func checkPage(t *testing.T, page, dashboard string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var links []string
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if !strings.Contains(" html head meta title body h1 h2 p ul li a ", " "+n.Data+" ") {
			t.Errorf("an element %s", n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "href":
				links = append(links, a.Val)
			case n.Data != "html" && n.Data != "meta":
				t.Errorf("an attribute %s of %s", a.Key, n.Data)
			}
		}
	}
	if diff := cmp.Diff([]string{dashboard}, links); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
}

// TestSizes: however much there is, what is sent is bounded and counts the rest.
func TestSizes(t *testing.T) {
	d := hostileDigest(t)
	long := strings.Repeat("ü", 5000)
	var all List[history.Change]
	for i := range mostLines {
		all.Items = append(all.Items, finding(history.ChangeNew, fmt.Sprintf("https://%s%d.example.com:443", long, i), "R", long, audit.High, audit.Fail))
	}
	all.Total = 100000
	d.Groups = nil
	for _, o := range groupOrder {
		d.Groups = append(d.Groups, Group{o.kind, all})
	}
	server := (&smtpServer{}).start(t)
	for name, tt := range map[string]struct {
		most  int
		write func(*Digest, string, int) ([]byte, error)
	}{"mail that is sent": {maxMail, func(d *Digest, id string, lines int) ([]byte, error) {
		way := mailTo(t, server, "").channels[0].way.(*mailer)
		way.lines = lines
		if err := way.send(t.Context(), d, id); err != nil {
			return nil, err
		}
		return []byte(server.mails[0]), nil
	}}, "webhook": {maxPayload, webhookBody}, "slack": {maxSlack, slackBody}, "teams": {maxTeams, teamsBody}, "mail": {maxMail, func(d *Digest, id string, lines int) ([]byte, error) {
		m := sampleMailer()
		m.lines = lines
		return m.compose(d, id)
	}}} {
		body, err := tt.write(d, sampleID, mostLines)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(body) > tt.most {
			t.Errorf("%s: %d bytes, more than %d", name, len(body), tt.most)
		}
		if !strings.Contains(string(body), "100000") {
			t.Errorf("%s does not say how many there are", name)
		}
	}
}

func TestMore(t *testing.T) {
	for _, tt := range []struct {
		c     counts
		shown int
		want  string
	}{
		{counts{Total: 3}, 3, ""}, {counts{Total: 322}, 10, "and 312 more"}, {counts{Total: 322, AtLeast: true}, 10, "and 312 more at least"}, {counts{Total: 3, AtLeast: true}, 3, "and more"},
	} {
		if got := tt.c.more(tt.shown); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.c, got, tt.want)
		}
	}
}
