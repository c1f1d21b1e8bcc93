package conffile

import (
	"fmt"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// complete judges CON-05: each step in the file it is made in, and what is not
// among the files in LotusConnections-config.xml.
func complete(c *EstateCase) (results []EstateResult) {
	if len(c.Estate.Of(ihsFormat, propsFormat, securityFormat, serverFormat)) > 0 { // else CON-01 and CON-02 say it all
		for _, d := range c.Estate.Of(connectionsFormat) {
			results = append(results, propertyStep(c, d)...)
		}
	}
	for _, d := range c.Estate.Of(ihsFormat) {
		results = append(results, webServerStep(c, d)...)
	}
	for _, d := range c.Estate.Of(propsFormat) {
		for _, l := range usedBlocks(d) {
			results = append(results, protocolStep(c, d, l, "com.ibm.ssl.protocol", l.Listener)...)
		}
	}
	for _, d := range c.Estate.Of(securityFormat) {
		if len(d.Listeners) == 0 {
			results = append(results, EstateResult{confdoc.Undecided(d.Main().Place(0), "the file has no SSL configuration"), d})
		}
		for _, l := range d.Listeners {
			results = append(results, protocolStep(c, d, l, "sslProtocol", l.Listener)...)
		}
	}
	for _, d := range c.Estate.Of(serverFormat) {
		results = append(results, jvmStep(c, d)...)
	}
	missing := missingFiles(c.Estate)
	for _, d := range c.Estate.Of(connectionsFormat) {
		for _, what := range missing {
			results = append(results, EstateResult{confdoc.Undecided(d.Main().Place(0), what), d})
		}
	}
	return results
}

// propertyStep: com.ibm.connections.SSLProtocol.
func propertyStep(c *EstateCase, d *confdoc.Document) []EstateResult {
	if len(d.Listeners) == 0 {
		return nil
	}
	l := d.Listeners[0] // the file declares one
	if _, is := setting(l.Settings, sslProtocolKey); !is {
		r := confdoc.Violated(placeOf(d, l), "procedure incomplete: "+sslProtocolKey+" is not set")
		return []EstateResult{{r.With(establish(d, l, audit.Want{MinVersion: c.Min}).Edits...), d}}
	}
	return protocolStep(c, d, l, sslProtocolKey, sslProtocolKey)
}

// protocolStep: a protocol that allows nothing below the policy, and something
// from it on.
func protocolStep(c *EstateCase, d *confdoc.Document, l *confdoc.Listener, key, title string) []EstateResult {
	place, value := placeOf(d, l), "no "+key
	if s, ok := setting(l.Settings, key); ok {
		place, value = s.Place, s.Value
	}
	s := spokenBy(l, c.Min)
	switch {
	case len(s.weak) > 0:
		r := confdoc.Violated(place, fmt.Sprintf("procedure incomplete: %s (%s) still allows %s", title, value, names(s.weak)))
		return []EstateResult{{r.With(establish(d, l, audit.Want{MinVersion: c.Min}).Edits...), d}}
	case slices.ContainsFunc(s.open, func(v audit.Version) bool { return v < c.Min && v > audit.SSLv3 }) || len(s.allowed) == 0 && len(s.open) > 0:
		return []EstateResult{{confdoc.Undecided(place, fmt.Sprintf("%s (%s): which versions it allows is not known", title, value)), d}}
	case len(s.allowed) == 0:
		return []EstateResult{{confdoc.Violated(place, fmt.Sprintf("procedure incomplete: %s (%s) allows no version from %s on", title, value, c.Min)), d}}
	case len(l.Gaps) > 0:
		return []EstateResult{{confdoc.Undecided(place, title+": "+l.Gaps[0]), d}}
	}
	return nil
}

// webServerStep: the line in every SSL host.
func webServerStep(c *EstateCase, d *confdoc.Document) (results []EstateResult) {
	hosts := secureHosts(d)
	if len(hosts) == 0 {
		return []EstateResult{{confdoc.Undecided(d.Main().Place(0), "no virtual host with SSLEnable is in the file"), d}}
	}
	for _, l := range hosts {
		title := "virtual host " + l.Listener
		if _, is := setting(l.Settings, "SSLProtocolDisable"); !is {
			r := confdoc.Violated(placeOf(d, l), "procedure incomplete: "+title+" has no line SSLProtocolDisable")
			results = append(results, EstateResult{r.With(establish(d, l, audit.Want{MinVersion: c.Min}).Edits...), d})
			continue
		}
		results = append(results, protocolStep(c, d, l, "SSLProtocolDisable", title)...)
	}
	return results
}

// jvmStep: the argument of every JVM, as WAS-03 judges it.
func jvmStep(c *EstateCase, d *confdoc.Document) (results []EstateResult) {
	for _, j := range confdoc.Judge(d, confdoc.Demands{Min: c.Min, Now: c.Now})[:1] {
		for i, f := range j.Findings {
			if f.Rule != "WAS-03" || f.Place == nil {
				continue
			}
			switch f.Verdict {
			case audit.Fail, audit.Warn:
				r := confdoc.Violated(*f.Place, "procedure incomplete: "+f.Message)
				results = append(results, EstateResult{r.With(j.Fixes[i].Edits...), d})
			case audit.Unknown:
				results = append(results, EstateResult{confdoc.Undecided(*f.Place, f.Message), d})
			}
		}
	}
	return results
}
