package sametime

import (
	"regexp"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

var backends = &confdoc.Rule{
	ID: "ST-09", Check: "config.transport", Title: "MongoDB and LDAP are reached by TLS with verified certificates",
	Doc:    "Chats are kept in MongoDB, and names and passwords are asked of LDAP. Neither is encrypted by default. A connection that accepts any certificate is encrypted to whoever answers.",
	Detect: "Addresses that begin with mongodb: or ldap:, their options, LDAP ports and switches in the files given. Where the LDAP server is only configured in stconfig.nsf nothing is known.",
	Level:  audit.Must, Severity: audit.High, Confidence: "documented",
	Text: "MongoDB: add tls=true&tlsCAFile=/path/ca.pem to the address and take tlsAllowInvalidCertificates, tlsAllowInvalidHostnames and tlsInsecure out of it. LDAP: ldaps:// and port 636, with STI__Config__STLDAP_TLS_TRUST_STORE_FILE, ..._TYPE=p12 and ..._PASSWORD for the certificate of the LDAP server. Then restart the community server.",
	Judge: func(c *confdoc.Case) (results []confdoc.Result) {
		any := false
		texts := sourceOf(c).all()
		for i := range texts {
			if len(results) >= maxResults {
				break
			}
			t := &texts[i]
			problem, swaps, ours := t.backend()
			any = any || ours
			switch {
			case !ours || problem == "" && !t.open:
			case t.open:
				results = append(results, confdoc.Undecided(t.place(), "made of a variable, so that how it is reached is not known: "+clip(t.name)))
			default:
				results = append(results, confdoc.Violated(t.place(), problem+": "+clip(t.name)).With(t.swap(swaps)...))
			}
		}
		if !any {
			return moot(c, "no address of a database or directory is written here")
		}
		return results
	},
}

// swap is a piece of a value and what goes into its place; an empty piece
// stands for the end of the value.
type swap struct{ old, new string }

// swap writes pieces of the value anew.
func (t *text) swap(swaps []swap) (edits []conftree.Edit) {
	if t.start < 0 {
		return nil
	}
	raw := t.file.Text[t.start:t.end]
	for _, s := range swaps {
		at := len(raw)
		if s.old != "" {
			at = strings.Index(raw, s.old)
		} else if t.quoted {
			at--
		}
		if at < 0 {
			return nil
		}
		edits = append(edits, t.file.Replace(t.start+at, t.start+at+len(s.old), s.new))
	}
	return edits
}

var (
	ldapPort   = regexp.MustCompile(`(?i)ldap.*port$`)
	ldapSwitch = regexp.MustCompile(`(?i)ldap.*(ssl|tls)[._]?(enabled)?$`)
	mongoTLS   = regexp.MustCompile(`(?i)mongo.*(ssl|tls)[._]?(enabled)?$`)
)

// backend says what is wrong with the way a database or directory is reached;
// ours is false if the value is not about that.
func (t *text) backend() (problem string, swaps []swap, ours bool) {
	value := strings.TrimSpace(t.value)
	lower := strings.ToLower(value)
	if name := strings.ToLower(t.name); !strings.Contains(name, "ldap") && !strings.Contains(name, "mongo") && !strings.Contains(lower, "://") {
		return "", nil, false
	}
	switch {
	case strings.HasPrefix(lower, "mongodb://"), strings.HasPrefix(lower, "mongodb+srv://"):
		problem, swaps = mongo(value)
		return problem, swaps, true
	case strings.HasPrefix(lower, "ldap://"):
		swaps = []swap{{value[:len("ldap://")], "ldaps://"}}
		if strings.Contains(value, ":389") {
			swaps = append(swaps, swap{":389", ":636"})
		}
		return "the directory is reached without TLS", swaps, true
	case strings.HasPrefix(lower, "ldaps://"):
		return "", nil, true
	case ldapPort.MatchString(t.name) && (value == "389" || value == "636"):
		if value == "389" {
			return "389 is the port without TLS", []swap{{"389", "636"}}, true
		}
		return "", nil, true
	case strings.HasSuffix(t.name, "LDAP_SSL_ONLY_FOR_PASSWORDS"):
		if value == "1" {
			return "only passwords are encrypted, nothing else", []swap{{"1", "0"}}, true
		}
		return "", nil, true
	case ldapSwitch.MatchString(t.name), mongoTLS.MatchString(t.name):
		switch lower {
		case "0":
			return "TLS is switched off", []swap{{value, "1"}}, true
		case "false", "no", "off":
			return "TLS is switched off", []swap{{value, "true"}}, true
		case "1", "true", "yes", "on":
			return "", nil, true
		}
	}
	return "", nil, false
}

// mongo reads the options of an address, whose names are of any case.
func mongo(url string) (problem string, swaps []swap) {
	scheme, rest, _ := strings.Cut(url, "://")
	_, query, asked := strings.Cut(rest, "?")
	on := strings.EqualFold(scheme, "mongodb+srv")
	var problems []string
	for _, option := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(option, "=")
		yes := strings.EqualFold(value, "true")
		switch strings.ToLower(name) {
		case "tls", "ssl":
			if on = yes; !yes {
				swaps = append(swaps, swap{option, name + "=true"})
				problems = append(problems, "TLS is switched off")
			}
		case "tlsallowinvalidcertificates", "sslallowinvalidcertificates", "tlsinsecure":
			if yes {
				swaps = append(swaps, swap{option, name + "=false"})
				problems = append(problems, "any certificate is accepted")
			}
		case "tlsallowinvalidhostnames", "sslallowinvalidhostnames":
			if yes {
				swaps = append(swaps, swap{option, name + "=false"})
				problems = append(problems, "a certificate of any name is accepted")
			}
		}
	}
	if !on && len(problems) == 0 {
		problems = append(problems, "the database is reached without TLS")
		switch {
		case query != "":
			swaps = append(swaps, swap{"", "&tls=true"})
		case asked:
			swaps = append(swaps, swap{"", "tls=true"})
		case strings.Contains(rest, "/"):
			swaps = append(swaps, swap{"", "?tls=true"})
		default:
			swaps = append(swaps, swap{"", "/?tls=true"})
		}
	}
	return strings.Join(problems, ", "), swaps
}
