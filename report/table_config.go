package report

import (
	"strings"

	"tlsaudit/audit"
)

// configuration prints the findings about configuration files and what they
// declare.
func (t *terminal) configuration(r *audit.Report) error {
	if r.Summary.Files == 0 {
		return nil
	}
	t.section("CONFIGURATION FILES")
	limit := t.limit
	err := each(r.Records.WorstFirst(), func(record *audit.Record) error {
		if isConfiguration(record) {
			return t.subject(record)
		}
		return nil
	})
	t.folded("file or listener", "files and listeners")
	t.limit = limit
	return err
}

func isConfiguration(record *audit.Record) bool {
	return strings.HasPrefix(record.Evidence.Subject, audit.ConfigSubject)
}

// declared says what a listener is, in one line.
func declared(d *audit.Declared) string {
	parts := []string{d.Format}
	if d.ProductVersion != "" {
		version := d.Product + " " + d.ProductVersion
		if d.Assumed {
			version += " (assumed)"
		}
		parts = append(parts, version)
	}
	if d.Listener == "" {
		return clean(strings.Join(parts, ", "), 300)
	}
	parts = append(parts, string(d.Role))
	if d.Place != nil {
		parts = append(parts, d.Place.String())
	}
	return clean(strings.Join(parts, ", ")+": "+versionWords(d), 600)
}

// versionWords says which versions a file declares: "TLSv1.2 TLSv1.3", with
// those that are not simply allowed in brackets.
func versionWords(d *audit.Declared) string {
	if d.TLS == audit.Refused {
		return "no TLS"
	}
	var words []string
	for _, v := range d.Versions {
		switch v.Answer {
		case audit.Accepted:
			words = append(words, v.Version.String())
		case audit.Latent:
			words = append(words, v.Version.String()+" (latent)")
		case audit.Undetermined, audit.NotAsked:
			if v.Version >= audit.TLSv10 {
				words = append(words, v.Version.String()+" (not known)")
			}
		}
	}
	if len(words) == 0 {
		return "no version"
	}
	return strings.Join(words, " ")
}

// where is the place of a finding about a file: it is what a reader opens next.
func where(f *audit.Finding) string {
	if f.Place == nil || !strings.HasPrefix(f.Subject, audit.ConfigSubject) || f.Verdict == audit.Pass || f.Verdict == audit.NotApplicable {
		return ""
	}
	return clean(f.Place.String(), 300)
}
