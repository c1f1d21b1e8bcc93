package conffile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// The formats the procedure of HCL Connections is about.
const (
	connectionsFormat = "connections"
	ihsFormat         = "ihs"
	propsFormat       = "ssl-client-props"
	securityFormat    = "security-xml"
	serverFormat      = "was-server"
)

const sslProtocolKey = "com.ibm.connections.SSLProtocol"

// connectionsRules are the rules over the files of HCL Connections and the
// servers below it.
var connectionsRules = []*EstateRule{
	{
		ID: "CON-03", Check: "config.protocol", Title: "Connections uses a version that everything it talks through speaks",
		Doc:    "The applications reach each other through the web server, and the cell by its SSL configurations. A version that is set in one place only lets the applications lose each other at the next restart.",
		Detect: "The versions of com.ibm.connections.SSLProtocol that the policy allows against those of every SSL host of IBM HTTP Server, every block of ssl.client.props in use and every SSL configuration of security.xml. What has none that is allowed is not compared: other rules object to it.",
		Level:  audit.Must, Severity: audit.High, Confidence: "documented",
		Refs: []string{"HCL Connections 8, Forcing traffic to be sent over TLS 1.2"},
		Text: "set the same version in all four places: SSLProtocolDisable of IBM HTTP Server, com.ibm.ssl.protocol in ssl.client.props, com.ibm.connections.SSLProtocol, and the protocol of every SSL configuration",
		About: func(e *Estate) []*confdoc.Document {
			if !severalKinds(e) {
				return nil
			}
			return e.Of(connectionsFormat)
		},
		Judge: aligned,
	},
	{
		ID: "CON-05", Check: "config.complete", Title: "the steps of the TLS procedure of Connections that this file is for are done",
		Doc:    "The procedure touches the web server, every node's ssl.client.props, LotusConnections-config.xml, every SSL configuration of the cell and the JVM of every server. One step left out is the way in for old versions, or the reason a node cannot synchronise any more.",
		Detect: "Every SSL host of IBM HTTP Server has the line SSLProtocolDisable and no version below the policy; so has no block of ssl.client.props in use and no SSL configuration; com.ibm.connections.SSLProtocol is set; every server.xml has -Dcom.ibm.jsse2.overrideDefaultTLS=true. A kind of file, or the ssl.client.props of a node of the cell, that is not among the files is unknown.",
		Level:  audit.Must, Severity: audit.High, Confidence: "documented",
		Refs: []string{"HCL Connections 8, Forcing traffic to be sent over TLS 1.2"},
		Text: "finish the procedure: IBM HTTP Server, ssl.client.props of the deployment manager and every node, LotusConnections-config.xml, every SSL configuration, the JVM arguments of every server; then syncNode.sh on every node and restart",
		About: func(e *Estate) []*confdoc.Document {
			if len(e.Of(connectionsFormat)) == 0 || !severalKinds(e) {
				return nil
			}
			return e.Of(connectionsFormat, ihsFormat, propsFormat, securityFormat, serverFormat)
		},
		Judge: complete,
	},
	{
		ID: "WAS-09", Check: "config.complete", Title: "security.xml is the same on the deployment manager and on its nodes",
		Doc:    "A node that was not synchronised goes on with what it had: the console shows one thing, the ports do another.",
		Detect: "SSL configurations by alias and scope, and the list of disabled algorithms, compared between the files of one cell; not the bytes. The one of the deployment manager counts; where none of the paths tells which that is, the first.",
		Level:  audit.Must, Severity: audit.High, Confidence: "documented",
		Text:  "stop the servers of the node (not the deployment manager), profile_root/bin/syncNode.sh <dmgr_host> <soap_port>, start them; if that fails copy security.xml from the deployment manager",
		About: securityCopies,
		Judge: inSync,
	},
	{
		ID: "WAS-11", Check: "config.protocol", Title: "what the cell puts in the place of Java's list is no weaker",
		Doc:    "com.ibm.websphere.tls.disabledAlgorithms of security.xml replaces jdk.tls.disabledAlgorithms of java.security in every server of the cell. Whoever hardens java.security alone changes nothing.",
		Detect: "Both lists, where both files are among those of the system: a version below the policy that java.security switches off and security.xml does not.",
		Level:  audit.Must, Severity: audit.High, Confidence: "documented",
		Refs: []string{"IBM support 6845572"},
		Text: "Security > Global security > Custom properties: com.ibm.websphere.tls.disabledAlgorithms = SSLv3, TLSv1, TLSv1.1, RC4, DES, 3DES_EDE_CBC, MD5withRSA, DH keySize < 2048, EC keySize < 224, anon, NULL",
		About: func(e *Estate) (list []*confdoc.Document) {
			if len(e.Of("java-security")) == 0 {
				return nil
			}
			for _, d := range e.Of(securityFormat) {
				if len(disabledLists(d)) > 0 {
					list = append(list, d)
				}
			}
			return list
		},
		Judge: overridden,
	},
}

// spoken sorts the versions of a listener from the lowest allowed one on, and
// those below it.
type spoken struct {
	allowed, open, weak []audit.Version
}

func spokenBy(l *confdoc.Listener, lowest audit.Version) (s spoken) {
	for _, v := range audit.Versions {
		answer := l.Version(v).Answer
		on := answer == audit.Accepted || answer == audit.Latent
		switch {
		case on && v >= lowest:
			s.allowed = append(s.allowed, v)
		case on:
			s.weak = append(s.weak, v)
		case answer == audit.Undetermined || answer == audit.NotAsked:
			s.open = append(s.open, v)
		}
	}
	return s
}

// setting returns the first setting of a name that is in force.
func setting(list []audit.Setting, key string) (audit.Setting, bool) {
	for _, s := range list {
		if s.Key == key && !strings.HasPrefix(s.Note, "not in force") && s.Note != laterValue {
			return s, true
		}
	}
	return audit.Setting{}, false
}

// laterValue is the note of ssl.client.props on a line a later one replaces.
const laterValue = "a later line of the block has another value"

// station is one place that has to speak what Connections uses; listener is
// nil for a file that is not read.
type station struct {
	doc      *confdoc.Document
	listener *confdoc.Listener
	// value is what is written there.
	value string
	place audit.Place
}

// stations are the SSL hosts, client blocks in use and SSL configurations.
func stations(e *Estate) (list []station) {
	add := func(d *confdoc.Document, l *confdoc.Listener, key string) {
		s := station{doc: d, listener: l, place: placeOf(d, l), value: "no " + key}
		if one, ok := setting(l.Settings, key); ok {
			s.value, s.place = key+" "+one.Value, one.Place
		}
		list = append(list, s)
	}
	for _, d := range e.Of(ihsFormat, propsFormat, securityFormat) {
		if fault := d.Broken(); fault != nil {
			list = append(list, station{doc: d, place: fault.Place, value: "not read"})
			continue
		}
		switch d.Format.Name {
		case ihsFormat:
			for _, l := range secureHosts(d) {
				add(d, l, "SSLProtocolDisable")
			}
		case propsFormat:
			for _, l := range usedBlocks(d) {
				add(d, l, "com.ibm.ssl.protocol")
			}
		default:
			for _, l := range d.Listeners {
				add(d, l, "sslProtocol")
			}
		}
	}
	return list
}

func placeOf(d *confdoc.Document, l *confdoc.Listener) audit.Place {
	if l.Place != nil {
		return *l.Place
	}
	return d.Main().Place(0)
}

// secureHosts are the virtual hosts with TLS.
func secureHosts(d *confdoc.Document) (list []*confdoc.Listener) {
	for _, l := range d.Listeners {
		if l.Server() && l.TLS != audit.Refused {
			list = append(list, l)
		}
	}
	return list
}

// usedBlocks are the blocks something is known to use; all if that is known of
// none.
func usedBlocks(d *confdoc.Document) []*confdoc.Listener {
	used := slices.DeleteFunc(slices.Clone(d.Listeners), func(l *confdoc.Listener) bool {
		_, is := setting(l.Settings, "used-by")
		return !is
	})
	if len(used) == 0 {
		return d.Listeners
	}
	return used
}

// aligned judges CON-03.
func aligned(c *EstateCase) (results []EstateResult) {
	all := stations(c.Estate)
	for _, d := range c.Estate.Of(connectionsFormat) {
		for _, l := range d.Listeners {
			results = append(results, alignedWith(c, d, l, all)...)
		}
	}
	return results
}

func alignedWith(c *EstateCase, d *confdoc.Document, l *confdoc.Listener, all []station) (results []EstateResult) {
	own, is := setting(l.Settings, sslProtocolKey)
	mine := spokenBy(l, c.Min)
	switch {
	case !is || len(mine.allowed) == 0 && len(mine.weak) > 0:
		return []EstateResult{{confdoc.Moot("see CON-01 and CON-02")[0], d}}
	case len(mine.allowed) == 0:
		return []EstateResult{{confdoc.Undecided(own.Place, "the versions of "+sslProtocolKey+" are not known"), d}}
	case len(all) == 0:
		return []EstateResult{{confdoc.Undecided(own.Place, "no web server, ssl.client.props or security.xml is among the files to compare with"), d}}
	}
	common := slices.Clone(audit.Versions)
	var apart, unknown []station
	for _, s := range all {
		if s.listener == nil {
			unknown = append(unknown, s)
			continue
		}
		theirs := spokenBy(s.listener, c.Min)
		if len(theirs.allowed) == 0 && len(theirs.weak) > 0 {
			continue // objected to as too old
		}
		common = slices.DeleteFunc(common, func(v audit.Version) bool { return !slices.Contains(theirs.allowed, v) })
		lost := slices.DeleteFunc(slices.Clone(mine.allowed), func(v audit.Version) bool { return slices.Contains(theirs.allowed, v) })
		switch {
		case slices.ContainsFunc(lost, func(v audit.Version) bool { return !slices.Contains(theirs.open, v) }):
			apart = append(apart, s)
		case len(lost) > 0 || len(s.doc.Gaps) > 0 || len(s.listener.Gaps) > 0:
			unknown = append(unknown, s)
		}
	}
	doubt := fmt.Sprintf("whether that is spoken is not known at %s", places(unknown))
	switch {
	case len(apart) > 0:
		message := fmt.Sprintf("%s is %s, which is not spoken at %s", sslProtocolKey, own.Value, places(apart))
		if len(unknown) > 0 {
			message += "; " + doubt
		}
		r := confdoc.Violated(own.Place, message).Quoting(own)
		if len(common) > 0 {
			r = r.With(establish(d, l, audit.Want{Versions: common}).Edits...)
		}
		return []EstateResult{{r, d}}
	case len(unknown) > 0:
		return []EstateResult{{confdoc.Undecided(own.Place, fmt.Sprintf("%s is %s; %s", sslProtocolKey, own.Value, doubt)), d}}
	}
	return nil
}

// places tells every place, those of one file with the same value once.
func places(list []station) string {
	const shown = 12
	var told []string
	count := map[string]int{}
	first := map[string]string{}
	for _, s := range list {
		key := s.doc.Main().Name + "\x00" + s.value
		if count[key]++; count[key] == 1 {
			told = append(told, key)
			first[key] = fmt.Sprintf("%s (%s", s.place, s.value)
		}
	}
	var texts []string
	for i, key := range told {
		if i == shown {
			texts = append(texts, fmt.Sprintf("%d more", len(told)-shown))
			break
		}
		text := first[key]
		if count[key] > 1 {
			text += fmt.Sprintf(", %d times", count[key])
		}
		texts = append(texts, text+")")
	}
	return strings.Join(texts, ", ")
}

// names writes versions.
func names(versions []audit.Version) string {
	words := make([]string, len(versions))
	for i, v := range versions {
		words[i] = v.String()
	}
	return cmp.Or(strings.Join(words, ", "), "none")
}

// severalKinds reports whether there is any other file of the cell beside that
// of Connections: a file by itself is no procedure.
func severalKinds(e *Estate) bool {
	return len(e.Of(ihsFormat, propsFormat, securityFormat, serverFormat)) > 0
}
