package conffile

import (
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// failing names the rules of the domain that fail, by subject.
func failing(records []audit.Record) (list []string) {
	for _, r := range records {
		for _, f := range r.Findings {
			if f.Verdict == audit.Fail {
				list = append(list, f.Subject+" "+f.Rule)
			}
		}
	}
	return list
}

// TestPatches wants a patch for nine of ten samples that fail, and nothing of
// what a patch is for left behind it. Files that are no text of their product,
// and tables that are kept in a console, are not patched.
func TestPatches(t *testing.T) {
	patched, all := 0, 0
	for _, s := range samples(t) {
		if s.System == "forcepoint" || s.System == "smtp-policy" || s.Kind == "hostile" || s.Loadable != nil && !*s.Loadable && s.Rules == nil {
			continue
		}
		t.Run(s.Path, func(t *testing.T) {
			d := openSample(t, s)
			if !slices.ContainsFunc(d.Listeners, func(l *confdoc.Listener) bool { return true }) && d.Broken() != nil {
				return
			}
			before := failing(sampleJudge.Records([]*Document{d}, ""))
			if len(before) == 0 {
				return
			}
			all++
			m := sampleJudge.Mend(d, []*Document{d}, "")
			if len(m.Changes) == 0 {
				t.Logf("no patch for %v", before)
				return
			}
			patched++
			after := failing(sampleJudge.Records([]*Document{m.After}, ""))
			for _, f := range after {
				if !slices.Contains(before, f) {
					t.Errorf("%s is new behind the patch", f)
				}
			}
			if len(after) >= len(before) {
				t.Errorf("the patch mends nothing: %v", after)
			}
			if len(after) > 0 {
				t.Logf("left: %v", after)
			}
			for _, c := range m.Changes {
				if !strings.Contains(c.Diff, "\n+") && !strings.Contains(c.Diff, "\n-") {
					t.Errorf("%s: no diff", c.Before.Name)
				}
				if encoded, err := c.Before.Encode(c.After); err != nil || len(encoded) == 0 {
					t.Errorf("%s: cannot be written in its encoding: %v", c.Before.Name, err)
				}
			}
		})
	}
	t.Logf("%d of %d failing samples have a patch", patched, all)
	if patched*10 < all*9 {
		t.Errorf("%d of %d failing samples have a patch, nine of ten are wanted", patched, all)
	}
}
