package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"tlsaudit/audit"
)

// Prometheus is a file for the textfile collector of the node exporter, in the
// text exposition format 0.0.4: gauges that count findings and endpoints, the
// score, how old the run is and whether it is complete, what became of each
// target and when its certificates expire. Times are seconds since 1970.
//
// There is one series per target and per certificate of it, so their number is
// bounded: the 5000 worst targets have theirs, and tlsaudit_targets_omitted
// counts the others, which the totals still count.
//
// A comparison that holds only what changed has none of these, for its totals
// would pass for those of the full run: it has when the run was, and how many
// changes there are of each kind.
var Prometheus = Format{Name: "prometheus", Ext: ".prom", Type: "text/plain; version=0.0.4; charset=utf-8", Title: "metrics for the Prometheus textfile collector", Write: writePrometheus}

// The bounds of what is written.
const (
	maxTargets     = 5000
	maxOpen        = 2000 // of checks that targets do not pass
	maxTargetCerts = 10   // per target
	maxLabel       = 200
)

func writePrometheus(w io.Writer, r *audit.Report, _ Options) error {
	m := &metrics{w: bufio.NewWriter(w)}
	if excerpted(r) {
		m.comment(r)
		m.build(r)
		m.changes(r.Changes)
		return m.w.Flush()
	}
	var findings [int(audit.Critical) + 1][len(allVerdicts)]int
	subjects := 0
	err := each(r.Records.Findings(), func(record *audit.Record) error {
		subjects++
		for i := range record.Findings {
			f := &record.Findings[i]
			findings[min(f.Severity, audit.Critical)][rank(f.Verdict)]++
		}
		return nil
	})
	if err != nil {
		return err
	}
	m.comment(r)
	m.run(r)
	m.family("findings", "Findings by severity and verdict.")
	for severity := range findings {
		for v, n := range findings[severity] {
			m.sample(float64(n), "severity", audit.Severity(severity).String(), "verdict", allVerdicts[v].String())
		}
	}
	m.policy(r)
	m.family("targets_omitted", "Targets without series of their own, for their number.")
	m.sample(float64(max(subjects-maxTargets, 0)))
	if err := m.targets(r); err != nil {
		return err
	}
	return m.w.Flush()
}

// metrics writes families of gauges.
type metrics struct {
	w    *bufio.Writer
	name string // of the family being written
}

// family begins a family; all its samples follow before the next one.
func (m *metrics) family(name, help string) {
	m.name = "tlsaudit_" + name
	_, _ = fmt.Fprintf(m.w, "# HELP %s %s\n# TYPE %s gauge\n", m.name, help, m.name)
}

// sample writes a value under labels given as name, value, and so on. Values that
// differ stay different: a series that is there twice makes the whole file void.
func (m *metrics) sample(value float64, labels ...string) {
	_, _ = m.w.WriteString(m.name)
	for i := 0; i+1 < len(labels); i += 2 {
		_, _ = m.w.WriteString(map[bool]string{true: "{", false: ","}[i == 0] + labels[i] + `="` + labelEscape(distinct(labels[i+1], maxLabel)) + `"`)
	}
	if len(labels) > 0 {
		_ = m.w.WriteByte('}')
	}
	_, _ = m.w.WriteString(" " + strconv.FormatFloat(value, 'f', -1, 64) + "\n")
}

var labelEscape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace

// seconds since 1970.
func seconds(t time.Time) float64 { return float64(t.Unix()) }

// one is 1 for true.
func one(v bool) float64 {
	if v {
		return 1
	}
	return 0
}

// comment says above all else if a report is incomplete.
func (m *metrics) comment(r *audit.Report) {
	if text := incompleteText(r); text != "" {
		_, _ = fmt.Fprintf(m.w, "# %s\n", Clean(text))
	}
}

// build writes what made the report, and when.
func (m *metrics) build(r *audit.Report) {
	m.family("build_info", "The program that made the report.")
	m.sample(1, "version", r.Tool.Version)
	if !r.Generated.IsZero() {
		m.family("run_timestamp_seconds", "When the report was made.")
		m.sample(seconds(r.Generated))
	}
}

// run writes what is known about the run as a whole.
func (m *metrics) run(r *audit.Report) {
	s := &r.Summary
	m.build(r)
	if !r.Generated.IsZero() {
		m.family("last_run_timestamp_seconds", "When the last run ended, whether it came to its end or was broken off.")
		m.sample(seconds(r.Generated))
	}
	m.family("last_run_success", "1 if the last run came to its end, 0 if it was broken off.")
	m.sample(one(!r.Stopped))
	m.family("run_complete", "1 if every target was scanned and every rule in force was decided.")
	m.sample(one(r.Complete))
	if s.Score.Of > 0 {
		m.family("score_ratio", "Weight of the rules that are kept over the weight of all that were asked, from 0 to 1.")
		m.sample(float64(s.Score.Points) / float64(s.Score.Of))
	}
	m.family("endpoints", "Endpoints by whether every rule about them could be decided.")
	m.sample(float64(s.Judged), "state", "judged")
	m.sample(float64(s.Unknown), "state", "unknown")
	if s.Subjects > 0 {
		m.family("unknown_ratio", "Share of the endpoints about which something could not be decided, from 0 to 1.")
		m.sample(float64(s.Unknown) / float64(s.Subjects))
	}
}

// policy writes what profiles, waivers and earlier reports add.
func (m *metrics) policy(r *audit.Report) {
	m.family("profile_endpoints", "Endpoints by their verdict under a profile.")
	for _, p := range r.Summary.Profiles {
		for v, n := range []int{p.Fail, p.Unknown, p.Warn, p.Waived, p.Pass, p.NotApplicable} { // as allVerdicts
			m.sample(float64(n), "profile", p.Profile, "verdict", allVerdicts[v].String())
		}
	}
	expiring := 0
	m.family("waivers", "Waivers by what became of them.")
	for _, state := range []audit.WaiverState{audit.WaiverActive, audit.WaiverExpiring, audit.WaiverExpired, audit.WaiverUnused} {
		n := 0
		for i := range r.Waivers {
			if r.Waivers[i].State == state {
				n++
			}
		}
		m.sample(float64(n), "state", string(state))
		if state == audit.WaiverExpiring {
			expiring = n
		}
	}
	m.family("waivers_expiring", "Waivers that run out within 30 days of the run.")
	m.sample(float64(expiring))
	if b := r.Baseline; b != nil {
		m.family("baseline_findings", "Findings that fail or warn, compared with the baseline.")
		for _, c := range []struct {
			status string
			n      int
		}{{statusNew, b.New}, {"known", b.Known}, {"gone", b.Gone}} {
			m.sample(float64(c.n), "status", c.status)
		}
	}
	if r.Changes != nil {
		m.changes(r.Changes)
	}
}

// changes counts what is not as it was in the earlier report, by kind.
func (m *metrics) changes(c *audit.Changes) {
	m.family("changes", "Changes since the earlier report.")
	for _, kind := range audit.ChangeKinds {
		m.sample(float64(c.Counts[kind]), "kind", string(kind))
	}
}

// targets writes the families that have a series per target. The samples of a
// family stand together, so the records pass by once for each.
func (m *metrics) targets(r *audit.Report) error {
	m.family("target_up", "1 if the endpoint answered a TLS handshake, or the mail hosts of the domain are known.")
	if err := m.eachTarget(r, func(record *audit.Record) {
		if record.Evidence.Endpoint() {
			o := observed(record)
			m.sample(one(o.Reach == audit.ReachTLS || o.Reach == audit.ReachDNS), "target", record.Evidence.Subject, "system", o.Target.System)
		}
	}); err != nil {
		return err
	}
	m.family("target_findings", "Findings about a target by verdict.")
	if err := m.eachTarget(r, func(record *audit.Record) {
		var n [len(allVerdicts)]int
		for i := range record.Findings {
			n[rank(record.Findings[i].Verdict)]++
		}
		for v, verdict := range allVerdicts {
			if verdict != audit.NotApplicable {
				m.sample(float64(n[v]), "target", record.Evidence.Subject, "verdict", verdict.String())
			}
		}
	}); err != nil {
		return err
	}
	if err := m.checks(r); err != nil {
		return err
	}
	m.family("certificate_not_after_timestamp_seconds", "When a certificate that a target presents expires.")
	return m.eachTarget(r, func(record *audit.Record) {
		var seen []string
		for _, chain := range observed(record).Chains {
			for i, cert := range chain.Certificates {
				if cert.NotAfter.IsZero() || slices.Contains(seen, cert.SHA256) || len(seen) == maxTargetCerts {
					continue
				}
				seen = append(seen, cert.SHA256)
				position := "leaf"
				if i > 0 {
					position = "issuer"
				}
				m.sample(seconds(cert.NotAfter), "target", record.Evidence.Subject, "fingerprint_sha256", cert.SHA256, "position", position)
			}
		}
	})
}

// checks says which checks targets do not pass: the worst verdict of each, for
// the worst targets first.
func (m *metrics) checks(r *audit.Report) error {
	m.family("check_status", "1 for each check that a target does not pass, with its worst verdict: fail, warn or waived.")
	series, dropped := 0, 0
	for record, err := range r.Records.WorstFirst() {
		if err != nil {
			return fmt.Errorf("reading the findings: %w", err)
		}
		seen := map[string]bool{}
		for i := range record.Findings { // the worst of each check comes first
			f := &record.Findings[i]
			if f.Verdict != audit.Fail && f.Verdict != audit.Warn && f.Verdict != audit.Waived || seen[f.Check] {
				continue
			}
			seen[f.Check] = true
			if series++; series > maxOpen {
				dropped++
				continue
			}
			m.sample(1, "check", f.Check, "target", record.Evidence.Subject, "verdict", f.Verdict.String())
		}
	}
	m.family("series_dropped", "What has no series of its own for its number, at least, by family.")
	m.sample(float64(dropped), "family", "check_status")
	return nil
}

func (m *metrics) eachTarget(r *audit.Report, f func(*audit.Record)) error {
	n := 0
	for record, err := range r.Records.WorstFirst() {
		if err != nil {
			return fmt.Errorf("reading the findings: %w", err)
		}
		if n++; n > maxTargets {
			return nil
		}
		f(record)
	}
	return nil
}
