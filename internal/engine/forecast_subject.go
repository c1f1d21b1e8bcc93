package engine

import (
	"maps"
	"slices"
	"time"

	"tlsaudit/audit"
)

// standing is one rule and what it says about a subject as time goes on.
type standing struct {
	rule *audit.Rule
	// raw is the finding before marks, verdict what it is behind them.
	raw     audit.Finding
	verdict audit.Verdict
	waiver  string
}

// turned is one change of a verdict.
type turned struct {
	at       time.Time
	kind     audit.ForecastKind
	finding  *audit.Finding
	title    string
	from, to audit.Verdict
	waiver   string
}

// foretold is what becomes of one subject.
type foretold struct {
	changes []turned
	// open: not judged in full at the beginning.
	open bool
	// faults counts rules whose moments could not be found out.
	faults int
}

// endpoint tells what becomes of one endpoint.
func (w *foreteller) endpoint(subject string, o *audit.Observation) (told foretold) {
	base := w.at(w.Judge.Now)
	var memo any
	var list []standing
	moments := map[int64][]due{}
	for i := range w.Judge.Rules {
		r := &w.Judge.Rules[i]
		s := standing{rule: r}
		if !w.judge(base, &s, o, subject, &memo) {
			continue
		}
		turns, ok := w.turns(r, o, &memo)
		if !ok {
			told.faults++
		}
		for _, turn := range turns {
			at := turn.At.UnixNano()
			moments[at] = append(moments[at], due{len(list), turn.Policy})
		}
		list = append(list, s)
	}
	all := make([]int, len(list))
	for i := range all {
		all[i] = i
	}
	decided := false
	for i, v := range w.marked(w.Judge.Now, subject, o, list, all) {
		list[i].verdict, list[i].waiver = v.verdict, v.waiver
		told.open = told.open || v.verdict == audit.Unknown
		decided = decided || v.verdict != audit.NotApplicable
	}
	told.open = told.open || !decided
	for _, end := range w.ends {
		moments[end.UnixNano()] = append(moments[end.UnixNano()], due{-1, false})
	}
	for _, nano := range slices.Sorted(maps.Keys(moments)) {
		told.changes = append(told.changes, w.moment(time.Unix(0, nano).UTC(), subject, o, list, moments[nano], &memo)...)
	}
	return told
}

// due is a rule to be judged again at a moment, by its number; -1 stands for a
// turn of the marks.
type due struct {
	rule   int
	policy bool
}

// moment judges again what is due and says what changed.
func (w *foreteller) moment(at time.Time, subject string, o *audit.Observation, list []standing, dues []due, memo *any) (changes []turned) {
	kinds := map[int]audit.ForecastKind{}
	marksTurn := false
	var b *bench
	for _, d := range dues {
		if d.rule < 0 {
			marksTurn = true
			continue
		}
		if _, again := kinds[d.rule]; !again {
			if b == nil {
				b = w.at(at)
			}
			before := list[d.rule].raw.Verdict
			w.judge(b, &list[d.rule], o, subject, memo)
			kinds[d.rule] = ""
			if list[d.rule].raw.Verdict != before {
				kinds[d.rule] = audit.ForecastCertificate
			}
		}
		if d.policy && kinds[d.rule] != "" {
			kinds[d.rule] = audit.ForecastPolicy
		}
	}
	var which []int
	for i := range list {
		_, judged := kinds[i]
		if judged || marksTurn && (list[i].raw.Verdict == audit.Fail || list[i].raw.Verdict == audit.Warn) {
			which = append(which, i)
		}
	}
	for k, now := range w.marked(at, subject, o, list, which) {
		s := &list[which[k]]
		if now.verdict != s.verdict {
			kind := kinds[which[k]]
			if kind == "" {
				kind = audit.ForecastWaiver
			}
			change := turned{at: at, kind: kind, finding: &s.raw, title: w.title(s.rule), from: s.verdict, to: now.verdict}
			if kind == audit.ForecastWaiver {
				change.waiver = s.waiver
			}
			changes = append(changes, change)
		}
		s.verdict, s.waiver = now.verdict, now.waiver
	}
	return changes
}

// judge applies the rule of a standing, as the engine does.
func (w *foreteller) judge(b *bench, s *standing, o *audit.Observation, subject string, memo *any) bool {
	var one judgement
	if !b.apply(&one, s.rule, w.checks[s.rule.Check], o, subject, memo) {
		return false
	}
	s.raw = one.finding
	if o.Interrupted {
		takeBack(&s.raw)
	}
	return true
}

// turns are the moments within the forecast at which a rule may say something
// else about an endpoint. A check that panics is not ok.
func (w *foreteller) turns(r *audit.Rule, o *audit.Observation, memo *any) (list []audit.Turn, ok bool) {
	defer func() { ok = recover() == nil }()
	add := func(turn audit.Turn) {
		if w.within(turn.At) {
			list = append(list, turn)
		}
	}
	add(audit.Turn{At: r.From, Policy: true})
	add(audit.Turn{At: r.Until, Policy: true})
	check := w.checks[r.Check]
	if check == nil || check.Turns == nil || r.Undecided != "" {
		return list, true
	}
	c := &audit.Case{Target: &o.Target, Observation: o, Level: r.Level, Forbids: r.Forbids(), Profile: r.Profile, Control: r.Control,
		Params: r.Params, Now: w.Judge.Now, Memo: memo}
	for _, turn := range check.Turns(c) {
		add(turn)
	}
	return list, true
}

// markedAs is a finding behind the marks.
type markedAs struct {
	verdict audit.Verdict
	waiver  string
}

// marked asks the marks of a moment about some of the findings.
func (w *foreteller) marked(at time.Time, subject string, o *audit.Observation, list []standing, which []int) []markedAs {
	findings := make([]audit.Finding, len(which))
	for k, i := range which {
		findings[k] = list[i].raw
	}
	for _, mark := range w.marking(at) {
		mark(subject, o, findings)
	}
	as := make([]markedAs, len(which))
	for k := range findings {
		as[k].verdict = findings[k].Verdict
		if ref := findings[k].Waiver; ref != nil {
			as[k].waiver = ref.ID
		}
	}
	return as
}

// title is what a rule is called.
func (w *foreteller) title(r *audit.Rule) string {
	if check := w.checks[r.Check]; r.Title == "" && check != nil {
		return check.Title
	}
	return r.Title
}

// rows tells what becomes of what is no endpoint. There is little of it, so that
// all is judged at each of its moments.
func (w *foreteller) rows() {
	if w.Rows == nil {
		return
	}
	moments := slices.Clone(w.ends)
	for _, at := range w.RowTurns {
		if w.within(at) {
			moments = append(moments, at.UTC())
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	moments = slices.CompactFunc(moments, time.Time.Equal)
	before := w.rowsAt(w.Judge.Now)
	w.gathered.rows(len(before))
	for _, at := range moments {
		after := w.rowsAt(at)
		for _, subject := range slices.Sorted(maps.Keys(after)) {
			var told foretold
			for key, now := range after[subject] {
				was, known := before[subject][key]
				if !known || was.verdict == now.verdict {
					continue
				}
				change := turned{at: at, kind: audit.ForecastPolicy, finding: &now.raw, from: was.verdict, to: now.verdict}
				if was.raw.Verdict == now.raw.Verdict {
					change.kind, change.waiver = audit.ForecastWaiver, was.waiver
				}
				told.changes = append(told.changes, change)
			}
			w.gathered.changes(subject, told.changes)
		}
		before = after
	}
}

// rowsAt judges the rows at a moment: by subject, and by rule.
func (w *foreteller) rowsAt(at time.Time) map[string]map[ruleKey]*standing {
	all := map[string]map[ruleKey]*standing{}
	for _, record := range w.Rows(at) {
		list := make([]standing, len(record.Findings))
		which := make([]int, len(list))
		for i := range list {
			list[i].raw, which[i] = record.Findings[i], i
		}
		rules := map[ruleKey]*standing{}
		for i, as := range w.marked(at, record.Evidence.Subject, nil, list, which) {
			list[i].verdict, list[i].waiver = as.verdict, as.waiver
			rules[ruleKey{list[i].raw.Profile, list[i].raw.Rule}] = &list[i]
		}
		all[record.Evidence.Subject] = rules
	}
	return all
}
