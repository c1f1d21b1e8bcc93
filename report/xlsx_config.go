package report

import (
	"fmt"
	"slices"

	"tlsaudit/audit"
)

var configurationColumns = []column{
	{"Subject", 56, leads}, {"Worst verdict", 14, verdict}, {"Allows", 26, text}, {"What was found", 60, text}, {"File", 30, text}, {"Listener", 26, text}, {"Role", 9, short},
	{"Product", 12, short}, {"SHA-256", 66, short}, {"Format", 16, short}, {"Version", 14, short}, {"TLS", 13, short}, {"Plain text", 13, short}, {"Effective settings", 60, text}, {"Not decided", 40, text}, {"Patch", 44, text},
}

// addDeclared lists a configuration file or listener with what is wrong with it.
func (b *book) addDeclared(record *audit.Record) error {
	if !isConfiguration(record) || len(record.Evidence.Declared) != 1 {
		return nil
	}
	d := &record.Evidence.Declared[0]
	worst, _ := worstOf(record.Findings)
	var found, settings, patch lines
	for i := range record.Findings {
		f := &record.Findings[i]
		if f.Verdict == audit.Pass || f.Verdict == audit.NotApplicable {
			continue
		}
		if len(found) < maxFound {
			found = append(found, verdictText(f)+" "+f.Rule+": "+f.Message)
		}
		if f.Remedy != nil && f.Remedy.Diff != "" && len(patch) < 60 {
			if more := split(f.Remedy.Diff); !contains(patch, more) {
				patch = append(patch, more...)
			}
		}
	}
	for _, s := range d.Settings {
		if len(settings) == maxFound {
			settings = append(settings, fmt.Sprintf("and %d more", len(d.Settings)-maxFound))
			break
		}
		setting := fmt.Sprintf("%s %s (%s)", s.Key, s.Value, s.Place)
		if s.Note != "" {
			setting += ": " + s.Note
		}
		settings = append(settings, setting)
	}
	version := d.ProductVersion
	if d.Assumed && version != "" {
		version += " (assumed)"
	}
	allows, tls, plain, role := "", "", "", ""
	if d.Listener != "" {
		allows, tls, plain, role = versionWords(d), d.TLS.String(), d.Plain.String(), string(d.Role)
	}
	if err := b.configuration.add(b.toFindings(record), worst, allows, found, d.File, d.Listener, role, d.Product, b.hashOf(d.File), d.Format, version, tls, plain, settings, lines(d.Gaps), patch); err != nil {
		return err
	}
	home := b.configuration.here()
	b.homes.add(record.Evidence.Subject, home)
	return b.addDeclaredEvidence(record.Evidence.Subject, d, home)
}

// addDeclaredEvidence lists what the lines of a file come to, version by version.
func (b *book) addDeclaredEvidence(subject string, d *audit.Declared, home spot) error {
	for i := range d.Versions {
		f := &d.Versions[i]
		if f.Answer == audit.NotAsked {
			continue
		}
		where := lines(present(f.Evidence))
		if f.Place != nil {
			where = append(where, f.Place.String())
		}
		if err := b.evidence.add(b.evidence.leading(subject), f.Version.String()+", declared", f.Answer.String(), where, versionFacts(f), nil, nil, nil, nil, nil); err != nil {
			return err
		}
		b.evidence.here().link("A", home)
	}
	return nil
}

// hashOf is the hash of a file among the sources, empty where it is not known.
func (b *book) hashOf(file string) string {
	for _, s := range b.report.Sources {
		if s.File == file {
			return s.SHA256
		}
	}
	return ""
}

// contains reports whether some lines are already part of others.
func contains(all, some lines) bool {
	return len(some) > 0 && slices.Contains(all, some[len(some)-1]) && slices.Contains(all, some[0])
}
