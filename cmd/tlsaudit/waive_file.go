package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
	"tlsaudit/internal/waiver"
)

// maxWaiverFile bounds the file that is appended to, in bytes.
const maxWaiverFile = 4 << 20

// noWaiversYet is how an empty list is written, at most with a remark behind.
var noWaiversYet = regexp.MustCompile(`(?m)^waivers:[ \t]*\[[ \t]*\][ \t]*(#.*)?\r?$`)

// appendWaivers adds one waiver per finding to the file and returns their ids,
// and those of waivers that stand there for the same findings and have expired.
// Comments and order of what stands there stay. The new text is read back by
// the strict reader before it replaces the old: a waiver file that does not
// load would stop every audit.
func appendWaivers(f *waiveFlags, findings []waivable, now time.Time) (ids, expired []string, err error) {
	old, err := strictyaml.ReadFile(f.out, maxWaiverFile)
	if errors.Is(err, fs.ErrNotExist) {
		old, err = []byte("waivers: []\n"), nil
	}
	if err != nil {
		return nil, nil, cannotRead(f.out, err)
	}
	taken, known, indent, err := readStanding(f.out, old)
	if err != nil {
		return nil, nil, err
	}
	for i := range findings {
		known.Rules = append(known.Rules, audit.Rule{Profile: findings[i].Profile, ID: findings[i].Rule, Check: findings[i].Check})
		known.Profiles = append(known.Profiles, findings[i].Profile)
	}
	set, err := loadWaivers(f.out, old, now, known)
	if err != nil {
		return nil, nil, err
	}
	standing := set.Session(now)
	var added strings.Builder
	number := 0
	for i := range findings {
		switch ref := covers(standing, &findings[i]); {
		case ref == nil:
		case !ref.Expired:
			continue // a report from before the waiver was written
		case !slices.Contains(expired, ref.ID):
			expired = append(expired, ref.ID)
		}
		id := ""
		for id == "" || taken[id] {
			number++
			id = fmt.Sprintf("W-%s-%03d", now.Format("20060102"), number)
		}
		taken[id] = true
		ids = append(ids, id)
		added.WriteString(f.stanza(id, indent, &findings[i], now))
	}
	if len(ids) == 0 {
		return nil, nil, nil
	}
	text := joinWaivers(old, added.String())
	if _, err := loadWaivers(f.out, text, now, known); err != nil {
		if fault := (*audit.InputError)(nil); errors.As(err, &fault) {
			fault.Cause = "the file was left as it is, for with the new waivers it would not load: " + fault.Cause
		}
		return nil, nil, err
	}
	if err := writeWhole(f.out, text); err != nil {
		return nil, nil, cannotWrite(f.out, err)
	}
	return ids, expired, nil
}

// covers returns the waiver that an audit would put to the finding, expired or
// not; nil if none speaks about it. One that is tied to a certificate is not
// counted on: the report does not say which was presented.
func covers(standing *waiver.Session, one *waivable) *audit.WaiverRef {
	findings := []audit.Finding{{Profile: one.Profile, Rule: one.Rule, Check: one.Check, Subject: one.Subject, Fingerprint: one.Fingerprint, Verdict: audit.Fail}}
	standing.Apply(one.Subject, nil, findings)
	return findings[0].Waiver
}

// readStanding reads the ids that are taken, what the entries name, and how far
// the list is indented.
func readStanding(file string, text []byte) (ids map[string]bool, known *waiver.Known, indent string, err error) {
	root, err := strictyaml.Parse(file, text, maxWaiverFile)
	if err != nil {
		return nil, nil, "", err
	}
	list := root.Get("waivers")
	if list.IsZero() {
		return nil, nil, "", root.Fault("name a waiver file with --out; tlsaudit init writes one to begin with", "this is no waiver file: it has no key waivers")
	}
	items, err := list.Items()
	if err != nil {
		return nil, nil, "", err
	}
	loaded, err := builtinPolicies()
	if err != nil {
		return nil, nil, "", err
	}
	k := knownTo(loaded...)
	known = &k
	ids = map[string]bool{}
	for _, item := range items {
		word := func(key string) string {
			text, _ := item.Get(key).Any().(string)
			return text
		}
		ids[word("id")] = true
		// What stands there names the rules of policies that are not at hand
		// here; only the new entries are to be proven.
		known.Rules = append(known.Rules, audit.Rule{Profile: word("profile"), ID: word("rule"), Check: word("check")})
		known.Profiles = append(known.Profiles, word("profile"))
		if col := item.Place().Col; col > 2 {
			indent = strings.Repeat(" ", col-3)
		}
	}
	return ids, known, indent, nil
}

// stanza writes one waiver.
func (f *waiveFlags) stanza(id, indent string, one *waivable, now time.Time) string {
	var b strings.Builder
	lead := "- "
	for _, field := range [][2]string{
		{"id", id}, {"profile", one.Profile}, {"rule", one.Rule}, {"target", one.Subject}, {"reason", f.reason}, {"owner", f.owner},
		{"approved_by", f.approvedBy}, {"ticket", f.ticket}, {"created", now.Format(time.DateOnly)}, {"expires", f.expires},
	} {
		if field[1] == "" {
			continue
		}
		fmt.Fprintf(&b, "%s%s%s: %s\n", indent, lead, field[0], yamlText(field[1]))
		lead = "  "
	}
	return b.String()
}

var plainYAML = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._/-]*$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

// yamlText writes text as YAML reads it back: JSON strings are YAML.
func yamlText(s string) string {
	if plainYAML.MatchString(s) && !strings.Contains("|true|false|null|yes|no|on|off|", "|"+strings.ToLower(s)+"|") {
		return s
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// joinWaivers puts the new entries behind those that stand there.
func joinWaivers(old []byte, added string) []byte {
	if at := noWaiversYet.FindIndex(old); at != nil {
		return bytes.Join([][]byte{old[:at[0]], []byte("waivers:\n" + strings.TrimSuffix(added, "\n")), old[at[1]:]}, nil)
	}
	if !bytes.HasSuffix(old, []byte("\n")) {
		old = append(old, '\n')
	}
	return append(old, added...)
}

// loadWaivers loads the text as an audit would. Its faults are told as those of
// the file the text belongs to.
func loadWaivers(name string, text []byte, now time.Time, known *waiver.Known) (*waiver.Set, error) {
	dir, err := os.MkdirTemp("", "tlsaudit")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the system empties its folder some day
	file := filepath.Join(dir, "waivers.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, err
	}
	set, err := waiver.Load([]string{file}, now, *known)
	if fault := (*audit.InputError)(nil); errors.As(err, &fault) {
		fault.Place.File, fault.Cause = name, strings.ReplaceAll(fault.Cause, file, name)
	}
	return set, err
}
