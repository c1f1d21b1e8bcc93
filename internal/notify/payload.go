package notify

import (
	"encoding/json"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// SchemaV1 identifies what a webhook is sent. A later version may add keys; it
// gets another name when the meaning of one changes. docs/schema has it as JSON
// Schema.
const SchemaV1 = "tlsaudit/notification/v1"

// maxPayload bounds the body of a webhook in bytes.
const maxPayload = 256 << 10

// payload is what a webhook is sent. Texts are those of the report, made
// visible and cut to a length; findings are identified by their fingerprints.
type payload struct {
	Schema       string         `json:"schema"`
	ID           string         `json:"id"`
	Kind         Kind           `json:"kind"`
	Generated    time.Time      `json:"generated"`
	Title        string         `json:"title"`
	Run          *payloadRun    `json:"run,omitempty"`
	Previous     *payloadRun    `json:"previous,omitempty"`
	Earlier      []string       `json:"earlier_runs,omitempty"`
	Fleet        *payloadFleet  `json:"fleet,omitempty"`
	Missed       *payloadMissed `json:"missed,omitempty"`
	Second       *payloadSecond `json:"second_look,omitempty"`
	Changes      []payloadGroup `json:"changes"`
	Certificates payloadList    `json:"certificates"`
	Forecast     payloadList    `json:"forecast"`
	Waivers      payloadList    `json:"waivers"`
	Notices      []string       `json:"notices"`
	Dashboard    string         `json:"dashboard,omitempty"`
}

type payloadRun struct {
	ID           string            `json:"id"`
	State        string            `json:"state"`
	Started      time.Time         `json:"started"`
	Finished     *time.Time        `json:"finished,omitempty"`
	Trigger      string            `json:"trigger"`
	Schedule     string            `json:"schedule,omitempty"`
	Slot         *time.Time        `json:"slot,omitempty"`
	Depth        string            `json:"depth"`
	Policy       string            `json:"policy"`
	PolicySHA256 string            `json:"policy_sha256"`
	Tool         string            `json:"tool"`
	Part         bool              `json:"part"`
	Whole        bool              `json:"whole"`
	Why          string            `json:"why,omitempty"`
	ExitCode     int               `json:"exit_code"`
	Endpoints    payloadEndpoints  `json:"endpoints"`
	Findings     payloadFindings   `json:"findings"`
	Profiles     []payloadProfiles `json:"profiles"`
}

// payloadEndpoints counts endpoints: Total = Judged + Unknown.
type payloadEndpoints struct {
	Total   int `json:"total"`
	Judged  int `json:"judged"`
	Unknown int `json:"unknown"`
}

// payloadFindings counts findings, Total is the sum of the others.
type payloadFindings struct {
	Total   int `json:"total"`
	Fail    int `json:"fail"`
	Warn    int `json:"warn"`
	Unknown int `json:"unknown"`
	Pass    int `json:"pass"`
	Waived  int `json:"waived"`
}

// payloadFleet counts all there is, by the verdict of each endpoint and by
// findings.
type payloadFleet struct {
	Subjects      int             `json:"subjects"`
	Fail          int             `json:"fail"`
	Unknown       int             `json:"unknown"`
	Warn          int             `json:"warn"`
	Waived        int             `json:"waived"`
	Pass          int             `json:"pass"`
	NotApplicable int             `json:"not_applicable"`
	Findings      payloadFindings `json:"findings"`
	Oldest        *time.Time      `json:"oldest,omitempty"`
}

type payloadProfiles struct {
	Profile       string `json:"profile"`
	Fail          int    `json:"fail"`
	Unknown       int    `json:"unknown"`
	Warn          int    `json:"warn"`
	Waived        int    `json:"waived"`
	Pass          int    `json:"pass"`
	NotApplicable int    `json:"not_applicable"`
}

type payloadMissed struct {
	Schedule string      `json:"schedule"`
	Slot     time.Time   `json:"slot"`
	Due      *time.Time  `json:"due,omitempty"`
	Slots    int         `json:"slots"`
	GivenUp  bool        `json:"given_up"`
	Why      string      `json:"why,omitempty"`
	Last     *payloadRun `json:"last,omitempty"`
}

// payloadSecond says what a second look at the bad news of the run came to.
type payloadSecond struct {
	Run     string `json:"run"`
	News    int    `json:"news"`
	Looked  int    `json:"looked"`
	Refuted int    `json:"refuted"`
}

type payloadGroup struct {
	Kind string `json:"kind"`
	payloadList
}

// payloadList is the beginning of a list; Total counts all of it, and more than
// that if AtLeast is set.
type payloadList struct {
	Total   int   `json:"total"`
	AtLeast bool  `json:"at_least,omitempty"`
	Items   []any `json:"items"`
}

type payloadChange struct {
	Subject     string         `json:"subject"`
	Text        string         `json:"text,omitempty"`
	System      string         `json:"system,omitempty"`
	Profile     string         `json:"profile,omitempty"`
	Rule        string         `json:"rule,omitempty"`
	Check       string         `json:"check,omitempty"`
	Verdict     audit.Verdict  `json:"verdict"`
	Severity    audit.Severity `json:"severity"`
	Message     string         `json:"message,omitempty"`
	Fingerprint string         `json:"fingerprint,omitempty"`
	FirstSeen   *time.Time     `json:"first_seen,omitempty"`
}

type payloadCertificate struct {
	SHA256   string    `json:"sha256"`
	Subject  string    `json:"subject"`
	Issuer   string    `json:"issuer"`
	Serial   string    `json:"serial"`
	NotAfter time.Time `json:"not_after"`
	Days     int       `json:"days"`
	Horizon  int       `json:"horizon"`
	Subjects int       `json:"subjects"`
	Sample   string    `json:"sample,omitempty"`
}

type payloadForecast struct {
	Date    string        `json:"date"`
	Count   int           `json:"count"`
	What    string        `json:"what"`
	Becomes audit.Verdict `json:"becomes"`
	Why     string        `json:"why"`
	Sample  []string      `json:"sample"`
}

type payloadWaiver struct {
	ID       string    `json:"id"`
	Owner    string    `json:"owner,omitempty"`
	Ticket   string    `json:"ticket,omitempty"`
	Expires  time.Time `json:"expires"`
	Findings int       `json:"findings"`
}

// writeJSON writes what a webhook is sent, with as many entries as fit. The
// same digest gives the same bytes.
func (d *Digest) writeJSON(id string, lines int) ([]byte, error) {
	return fit(lines, maxPayload, func(most int) ([]byte, error) { return json.Marshal(d.payload(id, most)) })
}

func (d *Digest) payload(id string, most int) *payload {
	p := &payload{
		Schema: SchemaV1, ID: id, Kind: d.Kind, Generated: d.At.UTC(), Title: plain(d.title(), maxSubject),
		Run: runPayload(d.Run), Previous: runPayload(d.Previous), Changes: []payloadGroup{}, Notices: []string{}, Dashboard: d.Dashboard,
		Certificates: listPayload(&d.Certificates, most, certificatePayload),
		Forecast:     listPayload(&d.Forecast, most, forecastPayload),
		Waivers: listPayload(&d.Waivers, most, func(w *WaiverEnd) any {
			return payloadWaiver{ID: exact(w.ID), Owner: exact(w.Owner), Ticket: exact(w.Ticket), Expires: w.Expires.UTC(), Findings: w.Findings}
		}),
	}
	for _, r := range d.Earlier {
		p.Earlier = append(p.Earlier, exact(r.ID))
	}
	if m := d.Missed; m != nil {
		p.Missed = &payloadMissed{Schedule: exact(m.Schedule), Slot: m.Slot.UTC(), Due: instant(m.Due), Slots: m.Slots, GivenUp: m.GivenUp, Why: exact(m.Why), Last: runPayload(m.Last)}
	}
	if s := d.Second; s != nil {
		p.Second = &payloadSecond{Run: exact(s.Run.ID), News: s.News, Looked: s.Looked, Refuted: s.Refuted}
	}
	if f := &d.Fleet; f.Subjects > 0 {
		p.Fleet = &payloadFleet{
			Subjects: f.Subjects, Fail: f.Fail, Unknown: f.Unknown, Warn: f.Warn, Waived: f.Waived, Pass: f.Pass, NotApplicable: f.NotApplicable, Oldest: instant(d.Oldest),
			Findings: payloadFindings{Total: fleetFindings(f), Fail: f.FindingsFail, Warn: f.FindingsWarn, Unknown: f.FindingsUnknown, Pass: f.FindingsPass, Waived: f.FindingsWaived},
		}
	}
	for i := range d.Groups {
		p.Changes = append(p.Changes, payloadGroup{Kind: string(d.Groups[i].Kind), payloadList: listPayload(&d.Groups[i].List, most, changePayload)})
	}
	for _, n := range d.Notices {
		p.Notices = append(p.Notices, exact(n))
	}
	return p
}

func listPayload[T any](l *List[T], most int, item func(*T) any) payloadList {
	p := payloadList{Total: l.Total, AtLeast: l.AtLeast, Items: []any{}}
	for i := range l.Items[:min(len(l.Items), most)] {
		p.Items = append(p.Items, item(&l.Items[i]))
	}
	return p
}

func changePayload(c *history.Change) any {
	p := payloadChange{Subject: exact(c.Subject), Text: exact(c.Text)}
	if f := c.Finding; f != nil {
		p.System, p.Profile, p.Rule, p.Check = exact(f.System), exact(f.Profile), exact(f.Rule), exact(f.Check)
		p.Verdict, p.Severity, p.Message, p.Fingerprint, p.FirstSeen = f.Verdict, f.Severity, exact(f.Message), exact(f.Fingerprint), instant(f.FirstSeen)
	}
	return p
}

func certificatePayload(c *CertificateEnd) any {
	return payloadCertificate{
		SHA256: exact(c.SHA256), Subject: exact(c.Subject), Issuer: exact(c.Issuer), Serial: exact(c.Serial),
		NotAfter: c.NotAfter.UTC(), Days: c.Days, Horizon: c.Horizon, Subjects: c.Subjects, Sample: exact(c.Sample),
	}
}

func forecastPayload(f *Forecast) any {
	p := payloadForecast{Date: date(f.Date), Count: f.Count, What: exact(f.What), Becomes: f.Becomes, Why: exact(f.Why), Sample: []string{}}
	for _, s := range f.Sample[:min(len(f.Sample), 10)] {
		p.Sample = append(p.Sample, exact(s))
	}
	return p
}
