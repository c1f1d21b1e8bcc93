package report

import (
	"strings"
	"time"

	"tlsaudit/audit"
)

var certificateColumns = []column{
	{"Endpoint", 46, leads}, {"Chain", 7, number}, {"Position", 10, short}, {"Subject", 40, text}, {"Issuer", 36, text}, {"Names (SAN)", 34, text},
	{"Not before (UTC)", 17, date}, {"Not after (UTC)", 17, date}, {"Days left", 8, days}, {"Bucket", 14, state}, {"Key", 10, short}, {"Key bits", 8, number}, {"Curve", 12, short},
	{"Signature", 18, short}, {"Extended key usage", 20, text}, {"CA", 6, short}, {"Self-signed", 8, short}, {"Trusted", 13, answer}, {"Why not trusted", 40, text},
	{"Trust anchors", 18, text}, {"Chain complete", 13, answer}, {"Chain in order", 13, answer}, {"Name asked for", 28, text}, {"SAN matches", 13, answer}, {"CN matches", 13, answer},
	{"Seen with", 14, text}, {"Serial", 28, text}, {"SHA-256", 66, short}, {"Could not be read", 30, text},
	{"System", 16, text}, {"Owner", 22, text}, {"Purpose", 26, input}, {"Responsible", 20, input}, {"Last reviewed", 13, inputDay},
}

// addCertificates lists each certificate of each chain as presented. What is
// known of the chain as a whole stands beside its leaf.
func (b *book) addCertificates(record *audit.Record) error {
	o := observed(record)
	for n, chain := range o.Chains {
		for i := range chain.Certificates {
			c := &chain.Certificates[i]
			left := daysLeft(c, b.report.Now)
			row := []any{
				b.certificates.leading(record.Evidence.Subject), n + 1, position(i), c.Subject, c.Issuer, lines(c.SANs),
				c.NotBefore, c.NotAfter, left, bucketOf(left), c.Key.Type, optional(c.Key.Bits), c.Key.Curve,
				c.Signature, lines(c.EKU), yesNo(c.IsCA), yesNo(c.SelfSigned),
			}
			if i == 0 {
				row = append(row, holds(chain.Trust.Answer), chain.Trust.Reason, chain.Trust.Anchors, holds(chain.Complete), holds(chain.Order),
					chain.Names.Reference, holds(chain.Names.SAN), holds(chain.Names.CN), versions(chain.Versions))
			} else {
				row = append(row, nil, nil, nil, nil, nil, nil, nil, nil, nil)
			}
			row = append(row, c.Serial, c.SHA256, c.Error, o.Target.System, o.Target.Owner, nil, nil, nil)
			if err := b.certificates.add(row...); err != nil {
				return err
			}
			b.lead(b.certificates.here(), "A", record.Evidence.Subject, false)
			if i == 0 {
				b.calendar.add(record.Evidence.Subject, c)
			}
		}
	}
	return nil
}

func position(i int) string {
	if i == 0 {
		return "leaf"
	}
	return "issuer"
}

func daysLeft(c *audit.Certificate, now time.Time) any { return daysUntil(c.NotAfter, now) }

// daysUntil counts whole days from the time of judgement. Less than a day is 0;
// once the time has passed it is -1 or less. It is nil if there is no time.
func daysUntil(end, now time.Time) any {
	if end.IsZero() {
		return nil
	}
	left := end.Sub(now)
	n := int(left / (24 * time.Hour))
	if left < 0 {
		n = min(n, -1)
	}
	return n
}

func versions(list []audit.Version) string {
	names := make([]string, len(list))
	for i, v := range list {
		names[i] = v.String()
	}
	return strings.Join(names, ", ")
}
