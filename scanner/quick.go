package scanner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// Depth quick asks for the versions, for what the rules want to know about
// suites and groups, and for the certificates. The hello that showed a version
// is the control probe in front, the full handshake the one behind: what was
// refused counts only if it, or else a hello known to be good, is answered.

// quickAsk is what was asked of an accepted version at depth quick.
type quickAsk struct {
	// suites are those offered; complete says that each was taken or refused,
	// the last of them at negative, and reason why not.
	suites   []uint16
	complete bool
	negative uint64
	reason   string
	// groups files the groups offered; nil if there were none.
	groups func()
}

// exploreQuick asks what depth quick wants to know about an accepted version.
func (e *endpoint) exploreQuick(ctx context.Context, x *version) {
	x.quick = new(quickAsk)
	if e.questions != nil {
		e.askQuickSuites(ctx, x)
	}
	if x.Version < audit.TLSv13 {
		e.askCertificates12(ctx, x)
		return
	}
	if e.questions != nil {
		e.askQuickGroups(ctx, x)
	}
	e.askCertificates13(ctx, x)
}

// askQuickSuites offers the suites in question, in the chunks of the doubt that
// ends an enumeration, and finds all of those that are taken.
func (e *endpoint) askQuickSuites(ctx context.Context, x *version) {
	q := x.quick
	asked := inQuestion(candidatesFor(x.Version), e.questions.Suites(x.Version))
	seen := e.keep(x.reply.Suite, &x.reply)
	el := e.suiteElimination(x)
	el.limited = true // the chunks are all there is to ask
	if slices.Contains(asked, seen.code) {
		el.found = []hit{seen}
	}
	q.complete = len(asked) == 0 || el.run(ctx, asked)
	q.suites, q.negative, q.reason, x.most = asked, el.negative, el.reason, el.most
	x.hits = el.found
	if !slices.Contains(codes(x.hits), seen.code) {
		x.hits = append([]hit{seen}, x.hits...)
	}
	x.SuitesOffered = len(asked)
}

// askQuickGroups offers the groups in question, with the suite that is known to
// be accepted.
func (e *endpoint) askQuickGroups(ctx context.Context, x *version) {
	list := candidates().groups13
	if x.style == styleShares {
		list = sharedGroups
	}
	seen := e.keep(x.reply.Group, &x.reply)
	list = inQuestion(list, e.questions.Groups(x.Version))
	if seen.code != 0 && !slices.Contains(list, seen.code) {
		x.groups = append(x.groups, groupFact(seen.code, x.Version, audit.Accepted))
	}
	if len(list) == 0 {
		return
	}
	x.quick.groups = e.eliminateGroups(ctx, x, list, func(groups []uint16) question {
		return question{
			hello: e.hello13(x.style, []uint16{x.reply.Suite}, groups).AppendTo(nil),
			about: fmt.Sprintf("%s, %d groups in question", x.Version, len(groups)),
		}
	}, []hit{seen})
}

// inQuestion are those of list that are asked about, in the order of list.
func inQuestion(list []uint16, asked []audit.Code) (out []uint16) {
	for _, code := range list {
		if _, is := slices.BinarySearch(asked, audit.Code(code)); is {
			out = append(out, code)
		}
	}
	return out
}

// settleQuick files what was refused, when the full handshake has shown at no
// cost that the peer was still answering.
func (e *endpoint) settleQuick(ctx context.Context, x *version) {
	q := x.quick
	if q == nil || x.Answer != audit.Accepted {
		return
	}
	if q.groups != nil {
		q.groups()
		x.settleQuickGroups(e.isTorn())
	}
	if len(q.suites) == 0 {
		return
	}
	switch {
	case !q.complete:
		q.reason = cmp.Or(q.reason, "the enumeration broke off")
	case e.isTorn():
		q.reason = "the back ends disagree"
	case q.negative > 0 && !e.confirmed(ctx, q.negative):
		q.reason = "the peer did not answer a control probe after it"
	default:
		found := codes(x.hits)
		for _, code := range q.suites {
			if !slices.Contains(found, code) {
				x.SuitesRefused = append(x.SuitesRefused, audit.Code(code))
			}
		}
		slices.Sort(x.SuitesRefused)
		return
	}
	x.SuitesAnswer = audit.Undetermined
	x.missing = cmp.Or(x.missing, x.Version.String()+": a suite not found may present another certificate")
	e.note(fmt.Sprintf("%s: not all suites in question have an answer: %s", x.Version, q.reason))
}

// settleQuickGroups says of a list that was asked for in part that it is not
// the whole: not asked for, if all that was in question was answered.
func (x *version) settleQuickGroups(torn bool) {
	open := false
	for i := range x.groups {
		if torn && x.groups[i].Answer == audit.Refused {
			x.groups[i].Answer = audit.Undetermined
		}
		open = open || !x.groups[i].Answer.Known()
	}
	if x.GroupsAnswer = audit.NotAsked; open {
		x.GroupsAnswer = audit.Undetermined
	}
}

// askCertificates12 shows the certificates of an older version by the kind of
// key, where suites are not enumerated, which shows them all. Kinds that are not
// known yet are asked for together, since most servers have none of them, and
// with the suites that were not refused before.
func (e *endpoint) askCertificates12(ctx context.Context, x *version) {
	left := []string{"RSA", "ECDSA", "DSS"}
	saw := func(r *reply, suite uint16) bool {
		s, _ := tlsreg.SuiteByCode(audit.Code(suite))
		i := slices.Index(left, s.Auth)
		if i >= 0 {
			left = slices.Delete(left, i, i+1)
		}
		x.sawKind(s.Auth, r, s.Auth == "anon")
		return i >= 0
	}
	saw(&x.reply, x.reply.Suite)
	list := slices.DeleteFunc(slices.Clone(candidatesFor(x.Version)), func(code uint16) bool {
		return x.quick.complete && slices.Contains(x.quick.suites, code) && !slices.Contains(codes(x.hits), code)
	})
	for {
		list = slices.DeleteFunc(list, func(code uint16) bool {
			s, _ := tlsreg.SuiteByCode(audit.Code(code))
			return !slices.Contains(left, s.Auth)
		})
		if len(list) == 0 {
			return
		}
		chunk := list[:min(len(list), x.most)]
		q := e.offer(x.Version, x.style, chunk)
		r := e.ask(ctx, q)
		v := e.verdict(ctx, q, &r, x.Version, r.Suite, chunk)
		if v == taken && saw(&r, r.Suite) {
			continue
		}
		x.sawKind(strings.Join(left, " or "), &r, v == none)
		if v != none {
			return
		}
		list = list[len(chunk):]
	}
}
