package remedy

import (
	"slices"
	"strings"

	"tlsaudit/audit"
)

// dialect is what is particular to one product.
type dialect struct {
	product string
	// lines renders everything wanted but the certificate; what the product
	// cannot be told is left out.
	lines func(w *wanted) []line
	// client does so for the connections the product opens itself; nil if the
	// same settings govern both. Standards ask no more of clients than versions.
	client func(w *wanted) []line
	// certificate says where the certificate goes.
	certificate string
	apply       string
	verify      string
	// inferred marks a product whose vendor confirms none of this.
	inferred bool
}

// line is one configuration line, command or instruction.
type line struct {
	text string
	// inferred marks what the vendor does not document in this form.
	inferred bool
}

// dialects lists all products, generic last.
var dialects = []*dialect{httpd, ihs, nginx, postfix, exim, haproxy, websphere, sametime, domino, generic}

// Products returns the names of the products a remedy can be written for.
func Products() []string {
	names := make([]string, len(dialects))
	for i, d := range dialects {
		names[i] = d.product
	}
	return names
}

// For says how to establish a posture with a product. An empty or unknown
// product gets the generic text, and so does a posture the product's dialect
// has no word for. The result is never nil.
func For(product string, want audit.Want) *audit.Remedy {
	i := slices.IndexFunc(dialects, func(d *dialect) bool { return d.product == product })
	if i < 0 {
		return generic.render(&wanted{want})
	}
	if r := dialects[i].render(&wanted{want}); r.Text != "" {
		return r
	}
	return generic.render(&wanted{want})
}

// render joins the lines and marks what is inferred.
func (d *dialect) render(w *wanted) *audit.Remedy {
	r := &audit.Remedy{Product: d.product, Apply: d.apply, Verify: d.verify, Confidence: "documented"}
	write := d.lines
	if w.Client && d.client != nil {
		write = d.client
	}
	lines := write(w)
	if w.Certificate != "" {
		lines = append(lines, line{text: "Install " + w.Certificate + ". " + d.certificate})
	}
	if w.Other != "" {
		lines = append(lines, line{text: w.Other})
	}
	var texts []string
	for i, l := range lines {
		l.inferred = l.inferred || d.inferred
		lines[i] = l
		if l.inferred && (i == 0 || !lines[i-1].inferred) {
			texts = append(texts, "# inferred, confirm with the vendor's documentation:")
			r.Confidence = "inferred"
		}
		texts = append(texts, l.text)
	}
	r.Text = strings.TrimSpace(strings.Join(texts, "\n"))
	return r
}

// documented and inferred make lines; remark makes a comment, on a line of its
// own: behind a directive, httpd and Exim would read it as a value.
func documented(text string) line { return line{text: text} }
func remark(text string) line     { return line{text: "# " + text} }
func inferred(text string) line   { return line{text: text, inferred: true} }
