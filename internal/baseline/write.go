package baseline

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"tlsaudit/audit"
)

// Write writes the compact form of a report, one finding a line, in order of
// subject, profile and rule. The same findings give the same bytes but for the
// time the report was made.
func Write(w io.Writer, r *audit.Report) error {
	out := bufio.NewWriter(w)
	generated, err := r.Generated.UTC().MarshalText()
	if err != nil {
		return fmt.Errorf("writing the baseline: %w", err)
	}
	fmt.Fprintf(out, "{\n  \"schema\": %q,\n  \"generated\": %q,\n  \"findings\": [", Schema, generated)
	end, sep := "]\n}\n", "\n    "
	for record, err := range r.Records.Findings() {
		if err != nil {
			return fmt.Errorf("writing the baseline: reading the records: %w", err)
		}
		for _, e := range entries(record.Findings) {
			line, err := marshal(e)
			if err != nil {
				return fmt.Errorf("writing the baseline: %w", err)
			}
			_, _ = out.WriteString(sep) // Flush returns the error
			_, _ = out.Write(line)
			end, sep = "\n  ]\n}\n", ",\n    "
		}
	}
	_, _ = out.WriteString(end)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing the baseline: %w", err)
	}
	return nil
}

// entries picks what a baseline keeps.
func entries(findings []audit.Finding) []entry {
	var list []entry
	for i := range findings {
		f := &findings[i]
		if f.Verdict == audit.Fail || f.Verdict == audit.Warn || f.Verdict == audit.Waived {
			list = append(list, entry{audit.FindingFingerprint(f.Profile, f.Rule, f.Subject), f.Profile, f.Rule, f.Subject, f.Verdict, f.Severity})
		}
	}
	slices.SortFunc(list, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Profile, b.Profile), cmp.Compare(a.Rule, b.Rule))
	})
	return list
}

func marshal(e entry) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(e); err != nil {
		return nil, err
	}
	return ascii(bytes.TrimRight(b.Bytes(), "\n")), nil
}

// ascii escapes every other character of encoded JSON, so that the file shows
// what it holds wherever it is looked at.
func ascii(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for _, r := range string(b) {
		switch high, low := utf16.EncodeRune(r); {
		case r < 0x7f:
			out = append(out, byte(r))
		case high != utf8.RuneError:
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
