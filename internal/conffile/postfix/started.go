package postfix

import (
	"maps"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

// started are the changes a server needs besides one that makes it speak TLS,
// so that what it speaks then is nothing new to object to: versions from the
// minimum on, and strong suites.
func (e *end) started(name, text string, lowest audit.Version) (edits []conftree.Edit) {
	if e.program != "smtpd" || e.service == nil {
		return nil
	}
	as := *e.service
	as.overrides = maps.Clone(e.service.overrides)
	if as.overrides == nil {
		as.overrides = map[string]*definition{}
	}
	as.overrides[name] = &definition{name: name, value: text}
	after := e.smtpd(&as)
	if after.security.stops != "" || after.broken != "" || after.security.level == "none" || after.ciphers.exclude[len(after.ciphers.exclude)-1].name == name {
		return nil
	}
	for _, list := range after.versions {
		if list.name == name || len(list.below(lowest)) == 0 {
			continue
		}
		value, err := spell(kept(list.protocols, lowest), e.bounds())
		if err != nil {
			return nil
		}
		more, err := e.set(list.name, value)
		if err != nil {
			return nil
		}
		edits = append(edits, more...)
	}
	if suites, err := after.setSuites(audit.Want{Strong: true}); err == nil {
		edits = append(edits, suites...)
	}
	return edits
}
