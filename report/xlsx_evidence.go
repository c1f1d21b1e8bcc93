package report

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

var evidenceColumns = []column{
	{"Endpoint", 46, leads}, {"Asked about", 34, text}, {"Answer", 13, answer}, {"Exchange", 56, text}, {"What was learnt", 56, text},
	{"Scan began (UTC)", 17, date}, {"Scan ended (UTC)", 17, date}, {"Connections", 13, number}, {"Depth", 10, short}, {"Address", 22, text},
}

// addEvidence lists what an endpoint was asked, and what answered: the ground
// every verdict about it stands on.
func (b *book) addEvidence(record *audit.Record, home spot) error {
	o := observed(record)
	first := true
	say := func(about string, answer string, exchange, learnt any) error {
		err := b.evidence.add(b.evidence.leading(record.Evidence.Subject), about, answer, exchange, learnt, o.Started, o.Finished, optional(o.Connections), o.Depth, address(o))
		if err != nil {
			return err
		}
		at := b.evidence.here()
		at.link("A", home)
		if first {
			home.link(b.endpoints.letters[len(b.endpoints.columns)-1], at)
		}
		first = false
		return nil
	}
	reach := o.Reason
	if o.Interrupted {
		reach = strings.TrimPrefix(reach+"; the run ended before the scan did", "; ")
	}
	if err := say("reach", string(o.Reach), reach, nil); err != nil {
		return err
	}
	for i := range o.Versions {
		f := &o.Versions[i]
		if err := say(f.Version.String(), f.Answer.String(), f.Evidence, versionFacts(f)); err != nil {
			return err
		}
	}
	for _, g := range groupFacts(&o.Posture) {
		if err := say("groups, "+g.Version.String(), g.Answer.String(), nil, lines{strings.Join(g.Names, ", ")}); err != nil {
			return err
		}
	}
	for _, s := range schemeFacts(&o.Posture) {
		if err := say("signature schemes, "+s.Version.String(), audit.Accepted.String(), nil, lines{strings.Join(s.Names, ", "), "list complete: " + holds(s.Answer)}); err != nil {
			return err
		}
	}
	for _, f := range o.Features {
		if f.Answer == audit.NotAsked {
			continue
		}
		if err := say(string(f.Name)+", "+f.Version.String(), f.Answer.String(), f.Evidence, f.Value); err != nil {
			return err
		}
	}
	return b.addDialogues(o, say)
}

// addDialogues tells what happened around the hellos.
func (b *book) addDialogues(o *audit.Observation, say func(about, answer string, exchange, learnt any) error) error {
	if s := o.StartTLS; s != nil {
		if err := say("STARTTLS announced", s.Offered.String(), lines(present(s.Banner)), lines(s.Capabilities)); err != nil {
			return err
		}
		if err := say("STARTTLS taken", s.Accepted.String(), lines(present(s.Reply, s.Reason)), nil); err != nil {
			return err
		}
		if s.Injection != audit.NotAsked {
			if err := say("plain text behind STARTTLS", s.Injection.String(), s.Injected, nil); err != nil {
				return err
			}
		}
	}
	if s := o.Sametime; s != nil {
		if err := say("Sametime dialects", string(s.Verdict), lines(present(s.Answered, s.Reason)), fmt.Sprintf("Virtual Places %s, TLS %s", s.Legacy, s.TLS)); err != nil {
			return err
		}
	}
	if h := o.Handshake; h != nil {
		learnt := ""
		if h.Completed == audit.Accepted {
			learnt = strings.Join(present(h.Version.String(), h.Suite, h.Group), ", ")
		}
		if err := say("full handshake", h.Completed.String(), h.Reason, learnt); err != nil {
			return err
		}
		var authorities any
		if o.ClientAuth != nil && len(o.ClientAuth.Authorities) > 0 {
			authorities = lines(o.ClientAuth.Authorities)
		}
		if err := say("client certificate asked", holds(h.ClientCertificate), nil, authorities); err != nil {
			return err
		}
	}
	if o.ChainsAnswer != audit.NotAsked || o.ChainsEvidence != "" {
		return say("all certificate chains read", o.ChainsAnswer.String(), o.ChainsEvidence, plural(len(o.Chains), "chain", "chains"))
	}
	return nil
}

// versionFacts says what was learnt about a version beside its answer.
func versionFacts(f *audit.VersionFact) lines {
	var list lines
	if f.SuitesAnswer != audit.NotAsked {
		n := plural(len(f.Suites), "suite", "suites")
		if f.SuitesOffered > 0 {
			n += fmt.Sprintf(" of %d offered", f.SuitesOffered)
		}
		list = append(list, n+", list complete: "+holds(f.SuitesAnswer))
	} else if f.SuitesOffered > 0 {
		list = append(list, fmt.Sprintf("asked about %s: %d refused; accepted as far as asked: %d", plural(f.SuitesOffered, "suite", "suites"), len(f.SuitesRefused), len(f.Suites)))
	}
	if f.Preference != "" {
		list = append(list, strings.TrimSuffix(fmt.Sprintf("order decided by: %s (%s)", f.Preference, f.PreferenceEvidence), " ()"))
	}
	if f.SuitesUnordered {
		list = append(list, "the server's order was not asked for")
	}
	return append(list, present(groupOrder(f))...)
}

// present leaves out what is empty.
func present(list ...string) []string {
	var there []string
	for _, s := range list {
		if s != "" {
			there = append(there, s)
		}
	}
	return there
}
