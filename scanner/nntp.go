package scanner

import (
	"bufio"
	"context"
	"strings"
	"time"

	"tlsaudit/audit"
)

var nntp = Protocol{
	Protocol:  audit.Protocol{Name: "nntp", Ports: []uint16{119}, Title: "NNTP with STARTTLS (RFC 4642)"},
	Replies:   newsReplies,
	Negotiate: negotiateNNTP,
	PerHost:   2,
	Rate:      4,
	Budget:    5 * time.Minute,
}

var nntps = Protocol{
	Protocol: audit.Protocol{Name: "nntps", Ports: []uint16{563}, Title: "NNTP over implicit TLS (RFC 8143)"},
	PerHost:  2,
	Rate:     4,
	Budget:   5 * time.Minute,
}

// negotiateNNTP asks for TLS. A server that serves both peers and readers may
// offer it to readers only, so that the mode is changed first if it can be (RFC
// 3977 section 5.3).
func negotiateNNTP(ctx context.Context, d *dialogue) error {
	capabilities := Step{Name: "CAPABILITIES", Send: "CAPABILITIES", Want: "101", Capability: "STARTTLS", Optional: true}
	if err := d.steps(ctx, []Step{{Name: "greeting", Want: "200 201"}, capabilities}); err != nil {
		return err
	}
	if d.heard.Offered == audit.Refused && announced(d.heard.Capabilities, "MODE-READER") {
		if err := d.wait(ctx, false); err != nil {
			return err
		}
		if _, err := d.say(Step{Name: "MODE READER", Send: "MODE READER"}); err != nil {
			return d.fault("MODE READER", err)
		}
		if err := d.steps(ctx, []Step{capabilities}); err != nil {
			return err
		}
	}
	return d.steps(ctx, []Step{{Name: "STARTTLS", Send: "STARTTLS", Want: "382"}})
}

// newsReplies are those of RFC 3977 section 3.2: one line, and after 101 a
// block. Of the codes that begin with 4, only 400 and 403 are about the moment.
func newsReplies(in *bufio.Reader, _ *Step) (a answer, err error) {
	line, err := readLine(in, "12345")
	if err != nil {
		return a, err
	}
	code, text, _, ok := ftpLine(line)
	if !ok {
		return a, foreign([]byte(line))
	}
	a = answer{status: code, first: clipped(strings.TrimSpace(text)), temporary: code == "400" || code == "403"}
	if code == "101" {
		a.capabilities, err = readBlock(in)
	}
	return a, err
}
