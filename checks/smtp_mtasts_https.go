package checks

import (
	"mime"
	"time"

	"tlsaudit/audit"
)

// fetchParams is what is demanded of the answer a policy comes in.
type fetchParams struct {
	valid     bool
	mediaType string
}

var smtpMTASTSHTTPS = &audit.Check{
	ID:    "smtp.mtasts.https",
	Title: "The MTA-STS policy is served as senders demand it",
	Doc: "Senders take a policy only from https://mta-sts.DOMAIN, with a certificate they trust for that name and without being sent elsewhere: otherwise whoever can forge one answer could set the policy of " +
		"the domain.",
	Detect: "One GET of the path RFC 8461 fixes; no redirect is followed. The certificate is judged against the trust anchors of the run, by its name and by its validity at the time of judgement. " +
		"Unknown if no answer came; does not apply to domains that announce no policy.",
	Severity:  audit.High,
	Refs:      []string{"RFC 8461 section 3.3", "RFC 8461 section 3.2"},
	Protocols: []string{"smtp", audit.ProtocolMX},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		if !r.bool("no_redirect", true) {
			r.fail("parameter \"no_redirect\": false is not supported: senders follow none (RFC 8461 section 3.3)")
		}
		return &fetchParams{valid: r.bool("valid_cert", true), mediaType: r.word("content_type", "", "text/plain")}, r.done()
	},
	ParamsDoc: map[string]string{
		"no_redirect":  "true only: a redirect counts as no policy (default true)",
		"valid_cert":   "true: the certificate must be trusted, valid and for the name (default true)",
		"content_type": "the media type the answer must have: text/plain (default: any)",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(*fetchParams)
		s, out := announced(c)
		if s == nil {
			return conditional(s, out)
		}
		f := s.Fetch
		switch {
		case f == nil:
			return []audit.Outcome{undecided("", "the policy was not fetched")}
		case f.Answer == audit.Refused:
			out = append(out, violated(f.URL, "%s", f.Reason))
		case f.Answer != audit.Accepted:
			out = append(out, undecided(f.URL, "the policy was not fetched: %s", f.Reason))
		}
		if p.valid {
			out = append(out, policyCertificate(c, f)...)
		}
		if kind, _, err := mime.ParseMediaType(f.MediaType); p.mediaType != "" && f.Answer == audit.Accepted && (err != nil || kind != p.mediaType) {
			out = append(out, violated("Content-Type: "+f.MediaType, "the media type of the policy is not %s", p.mediaType))
		}
		if out == nil {
			return []audit.Outcome{met(f.URL, "the policy is served without a redirect, under a certificate that is valid for the name")}
		}
		return out
	},
	Turns: policyHostTurns,
	Want:  otherWant("Serve the policy under https://mta-sts.DOMAIN itself, as text/plain, with a certificate of a public authority for that name; a CNAME may lead there, a redirect may not."),
	Examples: []audit.Example{
		example("redirect", audit.Fail, nil, mailDomain, domain(func(d *audit.MailDomain) {
			d.MTASTS.Policy = nil
			f := d.MTASTS.Fetch
			f.Answer, f.Status, f.Location, f.Reason = audit.Refused, 301, "https://www.example.com/", "the answer is status 301 to https://www.example.com/, which is not followed"
		})),
		example("name not in the certificate", audit.Fail, nil, mailDomain, domain(func(d *audit.MailDomain) { d.MTASTS.Fetch.Chain.Names.SAN = audit.Refused })),
		example("certificate expired", audit.Fail, nil, mailDomain, domain(func(d *audit.MailDomain) {
			d.MTASTS.Fetch.Chain.Certificates[0].NotAfter = exampleNow.AddDate(0, 0, -1)
		})),
		example("not text", audit.Fail, map[string]any{"content_type": "text/plain"}, mailDomain, domain(func(d *audit.MailDomain) { d.MTASTS.Fetch.MediaType = "text/html" })),
		example("as it should be", audit.Pass, map[string]any{"no_redirect": true, "valid_cert": true, "content_type": "text/plain"}, mailDomain),
		example("no anchors configured", audit.Unknown, nil, mailDomain, domain(func(d *audit.MailDomain) { d.MTASTS.Fetch.Chain.Trust = audit.Trust{} })),
		example("no answer", audit.Unknown, nil, mailDomain, domain(notFetched)),
	},
}

// policyCertificate judges the certificate of the policy's host.
func policyCertificate(c *audit.Case, f *audit.PolicyFetch) (out []audit.Outcome) {
	if f.Chain == nil || len(f.Chain.Certificates) == 0 {
		if f.Answer == audit.Refused && f.Status == 0 {
			return nil // there is no such host
		}
		return []audit.Outcome{undecided(f.URL, "the certificate of the policy's host was not read")}
	}
	leaf := &f.Chain.Certificates[0]
	say := func(answer audit.Answer, bad, open string, args ...any) {
		switch answer {
		case audit.Accepted:
		case audit.Refused:
			out = append(out, violated(f.URL, bad, args...))
		default:
			out = append(out, undecided(f.URL, open, args...))
		}
	}
	say(f.Chain.Names.SAN, "the certificate does not name %s", "whether the certificate names %s could not be told", f.Chain.Names.Reference)
	say(f.Chain.Trust.Answer, "the certificate is not trusted: %s", "whether the certificate is trusted was not decided%s", f.Chain.Trust.Reason)
	if leaf.Error != "" || leaf.NotBefore.IsZero() || leaf.NotAfter.IsZero() {
		out = append(out, undecided(f.URL, "the certificate cannot be read: %s", leaf.Error))
	} else if c.Now.Before(leaf.NotBefore) || c.Now.After(leaf.NotAfter) {
		out = append(out, violated(f.URL, "the certificate is valid from %s to %s only", leaf.NotBefore.UTC().Format(time.DateOnly), leaf.NotAfter.UTC().Format(time.DateOnly)))
	}
	return out
}
