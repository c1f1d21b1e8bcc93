package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

const prefix = "tlsaudit_"

// collector turns a snapshot into series. A nil snapshot is one of a history that
// was never read.
type collector struct {
	options Options
	s       *snapshot
	up      bool
}

// Describe implements prometheus.Collector. It describes nothing: which families
// there are depends on what is known.
func (c *collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	e := &emitter{out: out, dropped: map[string]int{}}
	e.one("build_info", "The program.", 1, "version", c.options.Version)
	e.one("source_up", "1 if the history could be read; 0 means that the other values are those read last.", flag(c.up))
	c.schedules(e)
	if c.s != nil {
		for family, n := range c.s.more {
			e.dropped[family] += n
		}
		c.runs(e)
		if c.s.fleet.Subjects > 0 {
			c.endpoints(e)
			c.findings(e)
			c.targets(e)
			c.certificates(e)
		}
		e.one("targets_omitted", "Targets without series of their own, for their number.", float64(e.dropped["target_up"]))
	}
	e.drops()
}

// runs says how old what is known is.
func (c *collector) runs(e *emitter) {
	e.one("runs_running", "Runs that are going on.", float64(c.s.running))
	if r := c.s.run; r != nil {
		if at := ended(r); !at.IsZero() {
			e.one("last_run_timestamp_seconds", "When the last run ended, whether it came to its end or was broken off.", seconds(at))
		}
		e.one("last_run_success", "1 if the last run came to its end, 0 if it was broken off.", flag(r.State == history.Complete))
	}
	if r := c.s.complete; r != nil {
		e.one("last_success_timestamp_seconds", "When the last run that came to its end did.", seconds(r.Finished))
		c.whole(e, c.s.whole)
	}
}

// whole says what only a run can tell, and one of a part of an inventory cannot.
func (c *collector) whole(e *emitter, r *history.Run) {
	e.one("run_complete", "1 if every target was scanned and every rule in force was decided.", flag(r.Whole))
	if d := r.Finished.Sub(r.Started); d >= 0 {
		e.one("run_duration_seconds", "How long the last run over a whole inventory took.", d.Seconds())
	}
	if s := r.Summary.Score; s.Of > 0 {
		e.one("score_ratio", "Weight of the rules that are kept over the weight of all that were asked, from 0 to 1.", float64(s.Points)/float64(s.Of))
	}
	counts := map[audit.WaiverState]int{}
	for i := range c.s.waivers {
		counts[c.s.waivers[i].State]++
	}
	for _, state := range []audit.WaiverState{audit.WaiverActive, audit.WaiverExpiring, audit.WaiverExpired, audit.WaiverUnused} {
		e.one("waivers", "Waivers by what became of them.", float64(counts[state]), "state", string(state))
	}
	e.one("waivers_expiring", "Waivers that run out within 30 days of the run.", float64(counts[audit.WaiverExpiring]))
}

// ended is when a run ended; of one that was broken off only its beginning is
// known.
func ended(r *history.Run) time.Time {
	if r.Finished.IsZero() {
		return r.Started
	}
	return r.Finished
}

// endpoints counts those of the fleet.
func (c *collector) endpoints(e *emitter) {
	s := c.s
	e.one("oldest_result_timestamp_seconds", "When the endpoint was audited that was audited longest ago.", seconds(s.fleet.Oldest))
	const help = "Endpoints by whether every rule about them could be decided."
	e.one("endpoints", help, float64(s.endpoints-s.undecided), "state", "judged")
	e.one("endpoints", help, float64(s.undecided), "state", "unknown")
	if s.endpoints > 0 {
		e.one("unknown_ratio", "Share of the endpoints about which something could not be decided, from 0 to 1.", float64(s.undecided)/float64(s.endpoints))
	}
}

// verdictNames are those that are counted, worst first.
var verdictNames = []string{"fail", "unknown", "warn", "waived", "pass"}

// followed is how many of them a fleet counts by rule: what passes is not known
// without reading every record.
const followed = 4

func counts(r *history.RuleCount) [followed]int {
	return [...]int{r.Fail, r.Unknown, r.Warn, r.Waived}
}

// findings counts by severity and by check.
func (c *collector) findings(e *emitter) {
	var bySeverity [int(audit.Critical) + 1][followed]int
	byCheck := map[string]*[followed]int{}
	var checks []string
	for i := range c.s.fleet.Rules {
		r := &c.s.fleet.Rules[i]
		name := r.Check
		if byCheck[name] == nil {
			if len(checks) >= maxChecks {
				e.dropped["check_findings"]++
				name = "other"
			}
			if byCheck[name] == nil {
				byCheck[name] = new([followed]int)
				checks = append(checks, name)
			}
		}
		for v, n := range counts(r) {
			bySeverity[min(r.Severity, audit.Critical)][v] += n
			byCheck[name][v] += n
		}
	}
	for severity := range bySeverity {
		for v, n := range bySeverity[severity] {
			e.one("findings", "Findings by severity and verdict.", float64(n), "severity", audit.Severity(severity).String(), "verdict", verdictNames[v])
		}
	}
	for _, name := range checks {
		for v, n := range byCheck[name] {
			e.one("check_findings", "Findings by check and verdict.", float64(n), "check", name, "verdict", verdictNames[v])
		}
	}
	seen := map[[2]string]bool{}
	for i := range c.s.findings { // the worst first: of two rules with one check that counts
		f := &c.s.findings[i]
		key := [2]string{f.Check, f.Subject}
		if !seen[key] {
			seen[key] = true
			e.one("check_status", "1 for each check that a target does not pass, with its worst verdict: fail, warn or waived.", 1, "check", key[0], "target", key[1], "verdict", f.Verdict.String())
		}
	}
}

// targets says of each target whether it answers, and what was found.
func (c *collector) targets(e *emitter) {
	seen := map[string]bool{}
	for i := range c.s.subjects {
		s := &c.s.subjects[i]
		name := s.Subject
		if seen[name] {
			continue
		}
		seen[name] = true
		e.one("target_up", "1 if the endpoint answered a TLS handshake, or the mail hosts of the domain are known.", flag(s.Reach == audit.ReachTLS || s.Reach == audit.ReachDNS), "target", name, "system", s.System)
		if !s.LastSeen.IsZero() {
			e.one("target_last_audit_timestamp_seconds", "When the target was audited last.", seconds(s.LastSeen), "target", name)
		}
		for v, n := range []int{s.Fail, s.Unknown, s.Warn, s.Waive, s.Pass} {
			e.one("target_findings", "Findings about a target by verdict.", float64(n), "target", name, "verdict", verdictNames[v])
		}
	}
}

// certificates says when each certificate ends. It is named by one of the
// endpoints that present it.
func (c *collector) certificates(e *emitter) {
	seen := map[string]bool{}
	for i := range c.s.certificates {
		cert := &c.s.certificates[i]
		if cert.NotAfter.IsZero() || seen[cert.SHA256] {
			continue
		}
		seen[cert.SHA256] = true
		position := "leaf"
		if !cert.Leaf {
			position = "issuer"
		}
		e.one("certificate_not_after_timestamp_seconds", "When a certificate that a target presents expires.", seconds(cert.NotAfter),
			"target", cert.Sample, "fingerprint_sha256", cert.SHA256, "position", position)
	}
}

func (c *collector) schedules(e *emitter) {
	if c.options.Schedules == nil {
		return
	}
	list := c.options.Schedules()
	if more := len(list) - maxSchedules; more > 0 {
		e.dropped["schedule_next_timestamp_seconds"] = more
		list = list[:maxSchedules]
	}
	seen := map[string]bool{}
	for _, s := range list {
		name := s.Name
		if seen[name] {
			continue
		}
		seen[name] = true
		if !s.Next.IsZero() {
			e.one("schedule_next_timestamp_seconds", "When a schedule runs next.", seconds(s.Next), "schedule", name)
		}
		if !s.Last.IsZero() {
			e.one("schedule_last_timestamp_seconds", "The time a schedule last ran for.", seconds(s.Last), "schedule", name)
		}
	}
}
