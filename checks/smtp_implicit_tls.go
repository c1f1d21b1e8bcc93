package checks

import (
	"fmt"
	"slices"

	"tlsaudit/audit"
)

var smtpImplicitTLS = &audit.Check{
	ID:    "smtp.implicit_tls",
	Title: "Mail is submitted on a port that speaks TLS from the first byte",
	Doc: "STARTTLS can be taken out of a dialogue by whoever sits on the path; a port that speaks TLS from the first byte leaves nothing to take out. For submission " +
		"such a port is the recommended one.",
	Detect: "Judged is the port of the target: on one of `ports`, TLS must answer the first byte. A relay port (25) starts in plain text by design and is left alone; whether the host " +
		"of another port offers one of `ports` too is not looked at, so the result there is unknown.",
	Severity:  audit.Medium,
	Refs:      []string{"RFC 8314 section 3.3"},
	Protocols: []string{"smtp", "smtps"},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		ports := []int{465}
		if items := r.list("ports"); items != nil {
			ports = nil
			for _, item := range items {
				n, ok := whole(item)
				if !ok || n < 1 || n > 65535 {
					r.fail("parameter \"ports\": %v is not a port number", item)
				}
				ports = append(ports, n)
			}
		}
		return ports, r.done()
	},
	ParamsDoc: map[string]string{"ports": "ports for TLS from the first byte (default 465)"},
	Run: func(c *audit.Case) []audit.Outcome {
		ports, o := c.Params.([]int), c.Observation
		port := fmt.Sprintf("port %d", c.Target.Port)
		switch listed := slices.Contains(ports, int(c.Target.Port)); {
		case listed && c.Target.Protocol == "smtp" && o.StartTLS != nil && o.StartTLS.Offered.Known():
			return []audit.Outcome{violated(o.StartTLS.Banner, "%s speaks plain text first", port)}
		case c.Target.Protocol == "smtps" && slices.ContainsFunc(o.Versions, func(f audit.VersionFact) bool { return f.Answer == audit.Accepted }):
			return []audit.Outcome{met("", "%s speaks TLS from the first byte", port)}
		case c.Target.Port == 25:
			return []audit.Outcome{moot("port 25 takes mail from other servers, which begins in plain text by design")}
		case !listed:
			return []audit.Outcome{undecided("", "%s is not one of %v, which were not looked at", port, ports)}
		}
		return []audit.Outcome{undecided("", "%s", notTLS(o, port))}
	},
	Want: func(any) audit.Want {
		return audit.Want{Other: "Offer submission with TLS from the first byte on port 465 (Postfix: the submissions service with smtpd_tls_wrappermode=yes)."}
	},
	Examples: []audit.Example{
		example("plain text on port 465", audit.Fail, map[string]any{"ports": []any{465}}, mail, func(o *audit.Observation) { o.Target.Port = 465 }),
		example("TLS on port 465", audit.Pass, map[string]any{"ports": []any{465}}, submission),
		example("STARTTLS on port 587, nothing known about 465", audit.Unknown, nil, mail, func(o *audit.Observation) { o.Target.Port = 587 }),
		example("port 25", audit.NotApplicable, nil, mail),
		example("unreachable", audit.Unknown, nil, submission, unreachable),
	},
}

func notTLS(o *audit.Observation, port string) string {
	if gap := o.Lacks(audit.NeedTLS); gap != "" {
		return gap
	}
	return "whether " + port + " speaks TLS from the first byte was not found out"
}

// submission turns the endpoint into a mail server with TLS from the first
// byte.
func submission(o *audit.Observation) {
	o.Target = audit.Target{Protocol: "smtps", Host: "mail.example.com", Port: 465}
}
