package notify

import (
	"bytes"
	"fmt"
	htmltemplate "html/template"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// message makes a mail. The same digest gives the same bytes: boundary and
// Message-ID follow from the id.
func (m *mailer) message(words message, d *Digest, id string) (*gomail.Msg, error) {
	html, err := words.html()
	if err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(m.from.Address, "@")
	msg := gomail.NewMsg(gomail.WithBoundary("tlsaudit-"+id), gomail.WithNoDefaultUserAgent())
	if err := msg.From(m.from.String()); err != nil {
		return nil, fmt.Errorf("the sender: %w", err)
	}
	if err := msg.To(addresses(m.to)...); err != nil {
		return nil, fmt.Errorf("the recipients: %w", err)
	}
	msg.Subject(header(words.Title))
	msg.SetDateWithValue(d.At.UTC().Truncate(time.Second))
	msg.SetMessageIDWithValue(id + "@" + domain)
	// Vacation programs and ticket systems answer no mail that says this (RFC 3834).
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetBodyString(gomail.TypeTextPlain, words.text())
	msg.AddAlternativeString(gomail.TypeTextHTML, html)
	return msg, nil
}

func addresses(list []*mail.Address) []string {
	var all []string
	for _, a := range list {
		all = append(all, a.String())
	}
	return all
}

// text is the plain form of a message.
func (m message) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", m.Title)
	for _, f := range m.Facts {
		fmt.Fprintln(&b, f)
	}
	for _, s := range m.Sections {
		fmt.Fprintf(&b, "\n%s\n", s.Title)
		for _, line := range s.Lines {
			fmt.Fprintf(&b, "  * %s\n", line)
		}
		if s.More != "" {
			fmt.Fprintf(&b, "  %s\n", s.More)
		}
	}
	if m.Link != "" {
		fmt.Fprintf(&b, "\nDashboard: %s\n", m.Link)
	}
	fmt.Fprint(&b, "\n-- \nsent by tlsaudit; nobody reads replies\n")
	return b.String()
}

// page is the HTML form: no style of others' making, nothing to be fetched, and
// one link, to the dashboard.
const page = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>{{.Title}}</title></head>
<body>
<h1>{{.Title}}</h1>
{{- range .Facts}}
<p>{{.}}</p>
{{- end}}
{{- range .Sections}}
<h2>{{.Title}}</h2>
<ul>
{{- range .Lines}}
<li>{{.}}</li>
{{- end}}
{{- if .More}}
<li>{{.More}}</li>
{{- end}}
</ul>
{{- end}}
{{- if .Link}}
<p><a href="{{.Link}}">Open the dashboard</a></p>
{{- end}}
</body>
</html>
`

func (m message) html() (string, error) {
	t, err := htmltemplate.New("mail").Parse(page)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, m); err != nil {
		return "", fmt.Errorf("writing the mail: %w", err)
	}
	return b.String(), nil
}
