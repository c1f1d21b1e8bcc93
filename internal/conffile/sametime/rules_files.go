package sametime

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

var underscores = &confdoc.Rule{
	ID: "ST-05", Check: "config.options", Title: "variables are named with double underscores",
	Doc:    "A variable sets a parameter of sametime.ini only if it is named STI, two underscores, the section, two underscores, the parameter. A page of the documentation prints single ones: such a line looks right and, as far as is known, does nothing.",
	Detect: "Names that begin with STI_ and have not that form. What they would set is counted as not set.",
	Level:  audit.Must, Severity: audit.High, Confidence: "inferred",
	Text: "Write two underscores around the section: STI__Config__ST_TLS_KEY_STORE_FILE; then docker compose up -d",
	Judge: func(c *confdoc.Case) (results []confdoc.Result) {
		named := false
		for _, p := range sourceOf(c).params {
			renamed := map[string]bool{}
			for i := len(p.entries) - 1; i >= 0 && len(results) < maxResults; i-- {
				e := &p.entries[i]
				named = named || e.form != formINI && strings.HasPrefix(e.key, "STI_")
				if !e.misnamed {
					continue
				}
				right := variable(e.section, e.name)
				r := confdoc.Violated(e.place(), fmt.Sprintf("%s sets nothing: the name needs double underscores, %s", clip(e.key), clip(right)))
				r.Text = "Write " + clip(right) + " instead of " + clip(e.key) + "; then docker compose up -d (Helm: helm upgrade, then scale the pods to 0 and back)"
				r.Edits = e.rename(right, renamed[right] || p.get(e.section, e.name).set(), c.Min)
				renamed[right] = true
				results = append(results, r)
			}
		}
		slices.Reverse(results)
		if !named {
			return moot(c, "no variable of Sametime is set here")
		}
		return results
	},
}

// rename writes the right name. The line goes instead if its right name is there
// already, or if it would weaken the port now that it counts: so far it set
// nothing.
func (e *entry) rename(right string, twice bool, lowest audit.Version) []conftree.Edit {
	first, last := e.file.LineAt(e.keyStart), e.file.LineAt(max(e.end, e.keyEnd))
	switch {
	case e.keyEnd <= e.keyStart:
		return nil
	case !twice && !e.weakens(lowest):
		return []conftree.Edit{e.file.Replace(e.keyStart, e.keyEnd, quotedLike(e.file.Text[e.keyStart:e.keyEnd], right))}
	case first == last && e.alone():
		return []conftree.Edit{e.file.DeleteLines(first, first)}
	}
	return nil
}

// weakens reports whether a parameter makes a port less safe than its default,
// or opens it to the legacy protocol.
func (e *entry) weakens(lowest audit.Version) bool {
	switch value := firstOf(e.number, e.value); {
	case strings.HasSuffix(e.name, "_PROTOCOL_VERSION"):
		v, ok := protocol(value)
		return !ok || v < lowest
	case strings.HasSuffix(e.name, "_SECURITY_LEVEL"):
		return value == "0"
	case e.name == mux.plain, e.name == community.plain:
		return value != "0"
	}
	return false
}

// alone reports whether nothing else stands on the entry's line.
func (e *entry) alone() bool {
	line, at := e.file.Line(e.file.LineAt(e.keyStart))
	lead := strings.Trim(line[:e.keyStart-at], " \t")
	return e.form == formEnv || lead == "" || lead == "-"
}

// quotedLike puts a name into the quotes the old one had.
func quotedLike(old, name string) string {
	if old != "" && (old[0] == '"' || old[0] == '\'') {
		return old[:1] + name + old[:1]
	}
	return name
}

var secrets = &confdoc.Rule{
	ID: "ST-06", Check: "config.secret", Title: "no password is a known one or stands in a file that is passed around",
	Doc:    "The password of a key store guards the private key of the port. The documentation's own examples are known to everybody; a compose file or Helm values are kept in version control and read by many.",
	Detect: "What the documentation and products as delivered use as a password is objected to anywhere. Any other is advised against in compose files, Helm values and client packages; in an environment file or sametime.ini it is what the product asks for, and the mode of the file counts, which is not looked at.",
	Level:  audit.Must, Severity: audit.Medium, Confidence: "documented",
	Text: "Make the key store anew with one nobody knows: openssl pkcs12 -export -in server.crt -inkey server.key -name mux -out keystore.p12. Keep it in mux.env with mode 600 (chmod 600 mux.env), in a stash file, or in the cluster: kubectl create secret generic mux-secret --from-file=./keystore.p12 --from-file=./KeyStorePassword",
	Judge: func(c *confdoc.Case) (results []confdoc.Result) {
		inFile := 0
		for _, t := range sourceOf(c).all() {
			if len(results) >= maxResults {
				break
			}
			inURL := strings.Contains(t.value, "@") && urlPassword.MatchString(t.value)
			if t.value == "" || t.open || !holdsPassword(t.name) && !inURL {
				continue
			}
			switch {
			case !inURL && known(t.value):
				results = append(results, confdoc.Violated(t.place(), "everybody knows what is written for "+clip(t.name)))
			case t.shared && inURL:
				results = append(results, confdoc.Advice(t.place(), "an address with a user's password in it: "+clip(t.name)))
			case t.shared:
				results = append(results, confdoc.Advice(t.place(), "written in clear: "+clip(t.name)))
			default:
				inFile++
				results = append(results, confdoc.Result{Kind: audit.Met, Place: t.place(), Message: "keep the mode of this file at 600, it holds " + clip(t.name)})
			}
		}
		if len(results) == 0 {
			return moot(c, "no password is written here")
		}
		return results
	},
}

// holdsPassword reports whether a name is that of a password, and not of the
// switch that lets clients keep one.
func holdsPassword(name string) bool {
	lower := strings.ToLower(name[max(0, len(name)-20):])
	return (strings.HasSuffix(lower, "password") || strings.HasSuffix(lower, "passwd") || strings.HasSuffix(lower, "passphrase")) &&
		!strings.HasSuffix(lower, "savepassword") && !strings.HasSuffix(lower, "save_password")
}

var urlPassword = regexp.MustCompile(`(?i)^[a-z][a-z0-9+.-]*://[^/@\s:]*:[^/@\s]+@`)

// known reports whether a password is one of the documentation's examples or
// delivered with products.
func known(value string) bool {
	switch strings.ToLower(strings.Trim(strings.ReplaceAll(value, `\`, ""), `"'<>`)) {
	case "changeit", "changeme", "password", "passw0rd", "p@ssw0rd", "samet1me", "sametime", "keystorepass", "truststorepass", "ldaptruststorepass",
		"keystore_password", "keystorepassword", "truststore_password", "truststorepassword", "secret", "webas", "123456", "12345678", "default", "admin":
		return true
	}
	return false
}
