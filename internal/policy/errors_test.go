package policy

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

func TestErrors(t *testing.T) {
	const head = "policy: {id: p, title: P}\n"
	const profile = "schema: tls-policy/draft-1\nid: house\ntitle: H\npublisher: us\nversion: '1'\n"
	row := func(s string) string {
		return head + "connections:\n- {name: A, priority: 1, direction: outbound, " + s + "}\n"
	}
	tests := []struct{ name, in, want string }{
		{"empty", "", "p.yaml:1:1: the document is empty\nhint: write its keys, or name another file"},
		{"not a mapping", "- a\n", "p.yaml:1:1: a mapping with the keys policy, profiles, extends, rules, overrides, groups, connections, gateway is wanted, not a list\nhint: write one of the keys, a colon and its value"},
		{"unknown key", head + "profile: [baseline]\n", "p.yaml:2:1: unknown key \"profile\"; known keys: policy, profiles, extends, rules, overrides, groups, connections, gateway\nhint: did you mean \"profiles\"?"},
		{"no identity", "profiles: [baseline]\n", "p.yaml:1:1: the key \"policy\" is missing\nhint: add it"},
		{"bad id", "policy: {id: My Policy, title: P}\n", "p.yaml:1:14: policy.id: \"My Policy\" is not an id\nhint: lower-case letters, digits, dot, dash and underscore, 64 at most"},
		{"id of a profile", "policy: {id: baseline, title: P}\n", "p.yaml:1:14: policy.id: \"baseline\" is the id of a built-in profile\nhint: to extend the profile, give the policy an id of its own and list the profile under profiles"},
		{"demands nothing", head, "p.yaml:1:1: the policy demands nothing\nhint: add profiles, rules or connections"},
		{"unknown profile", head + "profiles: [baseline, pci-dss-4.0]\n", "p.yaml:2:22: profiles[1]: \"pci-dss-4.0\" is not one of " + strings.Join(ProfileIDs(), ", ") + "\nhint: did you mean \"pci-dss-4.0.1\"?"},
		{"profile twice", head + "profiles: [baseline, baseline]\n", "p.yaml:2:22: profiles[1]: the profile \"baseline\" stands here a second time\nhint: keep one of the two"},
		{"unknown check", head + "rules:\n- {rule: R, level: must, check: cert.chain.trustd}\n", "p.yaml:3:33: rules[0].check: \"cert.chain.trustd\" is not a check\nhint: did you mean \"cert.chain.trusted\"?"},
		{"unknown check, nothing near", head + "rules:\n- {rule: R, level: must, check: xyzzy}\n", "p.yaml:3:33: rules[0].check: \"xyzzy\" is not a check\nhint: docs/checks.md lists the checks"},
		{"bad level", head + "rules:\n- {rule: R, level: mustnt, check: tls.ems}\n", "p.yaml:3:20: rules[0].level: \"mustnt\" is not one of must, must_not, should, should_not, may, process\nhint: did you mean \"must\"?"},
		{"bad severity", head + "rules:\n- {rule: R, level: must, check: tls.ems, severity: hihg}\n", "p.yaml:3:52: rules[0].severity: \"hihg\" is not one of info, low, medium, high, critical\nhint: did you mean \"high\"?"},
		{"bad severity, nothing near", head + "rules:\n- {rule: R, level: must, check: tls.ems, severity: urgent}\n", "p.yaml:3:52: rules[0].severity: \"urgent\" is not one of info, low, medium, high, critical\nhint: write one of those listed"},
		{"bad protocol, nothing near", head + "rules:\n- {rule: R, level: must, check: tls.ems, applies: [gopher]}\n", "p.yaml:3:52: rules[0].applies[0]: \"gopher\" is not one of https, smtp, smtps, lmtp, imap, imaps, pop3, pop3s, sieve, nntp, nntps, ftp, ftps, ldap, ldaps, xmpp-client, xmpp-server, xmpps, sips, postgres, mysql, sametime, tls, mx, config\nhint: write one of those listed"},
		{"hidden text", head + "rules:\n- {rule: R, level: must, check: tls.ems, title: \"a\\u202Eb\"}\n", "p.yaml:3:49: the invisible character U+202E, which a reader of a report would not see\nhint: remove it"},
		{"bad protocol", head + "rules:\n- {rule: R, level: must, check: tls.ems, applies: [stmp]}\n", "p.yaml:3:52: rules[0].applies[0]: \"stmp\" is not one of https, smtp, smtps, lmtp, imap, imaps, pop3, pop3s, sieve, nntp, nntps, ftp, ftps, ldap, ldaps, xmpp-client, xmpp-server, xmpps, sips, postgres, mysql, sametime, tls, mx, config\nhint: did you mean \"smtp\"?"},
		{"bad date", head + "rules:\n- {rule: R, level: must, check: tls.ems, effective_from: 1.1.2027}\n", "p.yaml:3:58: rules[0].effective_from: \"1.1.2027\" is not a date\nhint: write year, month and day, as in 2026-11-20, or year and month, as in 2026-11"},
		{"dates swapped", head + "rules:\n- {rule: R, level: must, check: tls.ems, effective_from: 2027-01-01, effective_until: 2026-01-01}\n", "p.yaml:3:3: effective_until is before effective_from\nhint: the rule would never be in force"},
		{"rule twice", head + "rules:\n- {rule: R, level: must, check: tls.ems}\n- {rule: R, level: may, check: tls.sni}\n", "p.yaml:4:10: rules[1].rule: the rule \"R\" stands here a second time; the first is at p.yaml:3:10\nhint: give it a name of its own"},
		{"bad rule name", head + "rules:\n- {rule: '=cmd', level: must, check: tls.ems}\n", "p.yaml:3:10: rules[0].rule: \"=cmd\" is not a rule name\nhint: letters, digits, dot, dash, plus and underscore, 80 at most"},
		{"bad parameter", head + "rules:\n- {rule: R, level: must, check: tls.ems, params: {a: 1, wrong: x}}\n", "p.yaml:3:64: rules[0].params.wrong: parameter \"wrong\": x is not a number\nhint: tlsaudit explain tls.ems shows the parameters"},
		{"params not a mapping", head + "rules:\n- {rule: R, level: must, check: tls.ems, params: 5}\n", "p.yaml:3:50: rules[0].params: params must be a mapping\nhint: write name: value"},
		{"override of nothing", head + "profiles: [baseline]\noverrides: [{rule: BASE-PSF, level: may}]\n", "p.yaml:3:20: overrides[0].rule: no rule \"BASE-PSF\" in the profiles of this policy\nhint: did you mean \"BASE-PFS\"?"},
		{"override ambiguous", head + "profiles: [mozilla-intermediate-6.0, pci-dss-4.0.1]\noverrides: [{rule: protocols.forbidden, level: may}]\n", "p.yaml:3:20: overrides[0].rule: the rule \"protocols.forbidden\" is in several profiles\nhint: add profile: mozilla-intermediate-6.0 or profile: pci-dss-4.0.1"},
		{"override of a profile not extended", head + "profiles: [baseline]\noverrides: [{profile: pci-dss-4.0.1, rule: R, level: may}]\n", "p.yaml:3:23: overrides[0].profile: \"pci-dss-4.0.1\" is not among the profiles of this policy: baseline\nhint: list it under profiles"},
		{"disabled without reason", head + "profiles: [baseline]\noverrides: [{rule: BASE-PFS, disable: true}]\n", "p.yaml:3:13: rule BASE-PFS is disabled without a reason\nhint: add reason: who decided it, and why"},
		{"override changes nothing", head + "profiles: [baseline]\noverrides: [{rule: BASE-PFS}]\n", "p.yaml:3:13: the override changes nothing\nhint: add disable: true, level, severity or params"},
		{"override turns around", head + "profiles: [baseline]\noverrides: [{rule: BASE-SSL, level: must}]\n", "p.yaml:3:37: overrides[0].level: must would turn the must_not of rule BASE-SSL around\nhint: choose a level of the same direction, may or process"},
		{"demand turned around", head + "rules:\n- {rule: R, level: must_not, check: protocol.tls_enabled}\n", "p.yaml:3:20: rules[0].level: must_not does not fit the check protocol.tls_enabled with these parameters, which states what must hold\nhint: use protocol.offered, whose versions must not be offered at this level"},
		{"demand turned around, no parameters", head + "rules:\n- {rule: R, level: should_not, check: cert.identity}\n", "p.yaml:3:20: rules[0].level: should_not does not fit the check cert.identity with these parameters, which states what must hold\nhint: write must or should: the check demands \"title of cert.identity\""},
		{"allow list turned around", head + "rules:\n- {rule: R, level: must_not, check: suite.predicate, params: {allow: [x]}}\n", "p.yaml:3:20: rules[0].level: must_not does not fit the check suite.predicate with these parameters, which states what must hold\nhint: write must or should, or give only parameters that say what is ruled out"},
		{"lowered without reason", head + "profiles: [baseline]\noverrides: [{rule: BASE-PFS, level: may}]\n", "p.yaml:3:37: overrides[0].level: rule BASE-PFS can no longer fail at level may, without a reason\nhint: add reason: who decided it, and why"},
		{"made a matter for people without reason", head + "profiles: [baseline]\noverrides: [{rule: BASE-PFS, level: process}]\n", "p.yaml:3:37: overrides[0].level: rule BASE-PFS can no longer fail at level process, without a reason\nhint: add reason: who decided it, and why"},
		{"overridden twice", head + "profiles: [baseline]\noverrides:\n- {rule: BASE-PFS, level: must}\n- {rule: BASE-PFS, severity: low}\n", "p.yaml:5:10: overrides[1].rule: the rule \"BASE-PFS\" is overridden a second time; the first is at p.yaml:4:10\nhint: write all changes to a rule into one override"},
		{"wider than IPv4-mapped", row("security: encrypt, strength: high, match: {addresses: ['::ffff:0:0/90']}"), "p.yaml:3:102: connections[0].match.addresses[0]: \"::ffff:0:0/90\" is wider than all IPv4-mapped addresses\nhint: write the IPv4 network itself, such as 192.0.2.0/28"},
		{"bad security", row("security: encrypt+chain, strength: high, match: any"), "p.yaml:3:57: connections[0].security: \"encrypt+chain\" is not one of encrypt, encrypt+cn, verify, verify+cn\nhint: did you mean \"encrypt+cn\"?"},
		{"bad strength", row("security: encrypt, strength: 256, match: any"), "p.yaml:3:76: connections[0].strength: \"256\" is not one of medium, high\nhint: write one of those listed"},
		{"bad direction", head + "connections:\n- {name: A, priority: 1, direction: out, security: encrypt, strength: high, match: any}\n", "p.yaml:3:37: connections[0].direction: \"out\" is not one of outbound, inbound\nhint: write one of those listed"},
		{"row without match", row("security: encrypt, strength: high"), "p.yaml:3:3: connections[0]: the key \"match\" is missing\nhint: add it"},
		{"bad match", row("security: encrypt, strength: high, match: all"), "p.yaml:3:89: connections[0].match: \"all\" is not a match\nhint: write any, {addresses: [192.0.2.0/28]}, {domains: [example.com]}, or the name of a group for the list"},
		{"two matches", row("security: encrypt, strength: high, match: {domains: [a.test], addresses: [192.0.2.1]}"), "p.yaml:3:89: connections[0].match: a match has either addresses or domains\nhint: make two rows of it if you need both"},
		{"unknown group", row("security: encrypt, strength: high, match: {domains: Bnaks}") + "groups: {Banks: {domains: [a.test]}}\n", "p.yaml:3:99: connections[0].match.domains: no group \"Bnaks\" under groups\nhint: did you mean \"Banks\"?"},
		{"group of the other kind", row("security: encrypt, strength: high, match: {addresses: Banks}") + "groups: {Banks: {domains: [a.test]}}\n", "p.yaml:3:101: connections[0].match.addresses: the group \"Banks\" does not list addresses\nhint: match it by its own kind"},
		{"empty group", head + "groups: {Banks: {domains: []}}\nprofiles: [baseline]\n", "p.yaml:2:27: groups.Banks.domains: the list is empty\nhint: a row without members would match nobody"},
		{"bad network", row("security: encrypt, strength: high, match: {addresses: [192.0.2.5/28]}"), "p.yaml:3:102: connections[0].match.addresses[0]: \"192.0.2.5/28\" has bits set behind its prefix\nhint: did you mean 192.0.2.0/28?"},
		{"not an address", row("security: encrypt, strength: high, match: {addresses: [mx.test]}"), "p.yaml:3:102: connections[0].match.addresses[0]: \"mx.test\" is neither an address nor a network\nhint: write 192.0.2.1, 192.0.2.0/28 or 2001:db8::/64"},
		{"bad domain", row("security: encrypt, strength: high, match: {domains: ['mx*.test']}"), "p.yaml:3:100: connections[0].match.domains[0]: \"mx*.test\" is not a domain\nhint: write example.com for the name itself, *.example.com for all below it; internationalised names in their xn-- form"},
		{"priority twice", row("security: encrypt, strength: high, match: any") + "- {name: B, priority: 1, direction: outbound, security: verify, strength: high, match: any}\n", "p.yaml:4:23: connections[1].priority: outbound priority 1 belongs to the row \"A\" at p.yaml:3:3 already\nhint: give every row of a direction a priority of its own; the lowest that matches wins"},
		{"name twice", row("security: encrypt, strength: high, match: any") + "- {name: A, priority: 2, direction: outbound, security: verify, strength: high, match: any}\n", "p.yaml:4:10: connections[1].name: the outbound row \"A\" stands here a second time; the first is at p.yaml:3:3\nhint: findings name the row; give it a name of its own"},
		{"bad priority", head + "connections:\n- {name: A, priority: 0, direction: outbound, security: encrypt, strength: high, match: any}\n", "p.yaml:3:23: connections[0].priority: 0 is not a priority\nhint: a number from 1 to 1000000; the lowest comes first"},
		{"schema", "schema: tls-policy/v9\nid: x\ntitle: T\npublisher: P\nversion: '1'\n", "p.yaml:1:9: schema: \"tls-policy/v9\" is not a schema of profiles\nhint: this program reads tls-policy/draft-1"},
		{"profile demands nothing", profile, "p.yaml:1:1: the profile demands nothing\nhint: add rules, protocols, suites, groups or keys"},
		{"profile version", profile + "protocols: {forbidden: [{name: TLS1.0}]}\n", "p.yaml:6:32: protocols.forbidden[0].name: \"TLS1.0\" is not one of SSLv2, SSLv3, TLSv1.0, TLSv1.1, TLSv1.2, TLSv1.3\nhint: did you mean \"TLSv1.0\"?"},
		{"profile suite", profile + "suites: {mode: allowlist, allow: [{id: '0x13,0x99', name: X}]}\n", "p.yaml:6:40: suites.allow[0].id: 0x13,0x99 is not a cipher suite\nhint: see the IANA registry"},
		{"profile suite name", profile + "suites: {mode: allowlist, allow: [{id: '0x13,0x01', name: TLS_AES_256_GCM_SHA384}]}\n", "p.yaml:6:59: suites.allow[0].name: 0x13,0x01 is TLS_AES_128_GCM_SHA256, not \"TLS_AES_256_GCM_SHA384\"\nhint: number and name must agree"},
		{"profile suite mode", profile + "suites: {mode: tier}\n", "p.yaml:6:16: suites.mode: \"tier\" is not one of allowlist, allowlist+required_any, denylist, denylist+recommended, tiers\nhint: did you mean \"tiers\"?"},
		{"profile suites without allow", profile + "suites: {mode: allowlist}\n", "p.yaml:6:9: suites: the mode allowlist without allow\nhint: list the suites, or conditions, under allow"},
		{"profile allow list with deny", profile + "suites: {mode: allowlist, allow: [AES128-SHA], deny: [{when: {pfs: false}, level: must_not}]}\n", "p.yaml:6:9: suites: the mode allowlist with deny\nhint: this mode has allow, transition_only, cnsa1_tls12; leave deny off or change the mode"},
		{"profile tiers mixed", profile + "suites: {mode: tiers, good: [AES128-SHA], degraded: [AES256-SHA], insufficient: '*'}\n", "p.yaml:6:9: suites: tiers that do not belong together\nhint: write good, sufficient, phase_out and insufficient: '*', or recommended, degraded and forbidden: '*'"},
		{"profile suites of an unknown profile", profile + "suites: {mode: allowlist, allow: bsi-tr-2}\n", "p.yaml:6:34: suites.allow: \"bsi-tr-2\" is no profile that lists suites\nhint: write the id of a built-in profile with an allow list, or list the suites"},
		{"profile scheme", profile + "sigalgs: {recommended: [rsa_pss_sha1]}\n", "p.yaml:6:25: sigalgs.recommended[0]: \"rsa_pss_sha1\" is not a signature scheme\nhint: write the IANA or OpenSSL name, or the number"},
		{"profile entry dates", profile + "suites: {mode: allowlist, allow: [{id: '0x13,0x01', name: TLS_AES_128_GCM_SHA256, from: 2027, until: 2026-01-01}]}\n", "p.yaml:6:89: suites.allow[0].from: \"2027\" is not a date\nhint: write year, month and day, as in 2026-11-20, or year and month, as in 2026-11"},
		{"profile entry never listed", profile + "suites: {mode: allowlist, allow: [{id: '0x13,0x01', name: TLS_AES_128_GCM_SHA256, from: 2027-01, until: 2026-01-01}]}\n", "p.yaml:6:35: until is before from\nhint: the entry would never be in force"},
		{"profile protocol never judged", profile + "protocols: {recommended: [{name: TLSv1.3, from: 2027-01, until: 2026-01}]}\n", "p.yaml:6:27: until is before from\nhint: the entry would never be in force"},
		{"profile sizes of RSA keys", profile + "keys: {rsa: {sufficient_min: 3072, phase_out_min: 2048, insufficient_below: 1024}}\n", "p.yaml:6:7: keys.rsa: insufficient_below 1024, and the tier above begins at 2048\nhint: the two sizes must be the same"},
		{"profile signatures without a demand", profile + "cert_sigalgs: {control: c}\n", "p.yaml:6:15: cert_sigalgs: nothing is demanded\nhint: add allow, sufficient_alg, insufficient_alg or hash"},
		{"profile tier alone", profile + "groups: {insufficient: '*'}\n", "p.yaml:6:24: groups.insufficient: groups: a tier insufficient, and no other\nhint: list the groups that are good or sufficient"},
		{"profile extends nothing", profile + "extends: bsi\nkeys: {rsa_min: 1024}\n", "p.yaml:6:10: extends: \"bsi\" is not a built-in profile\nhint: tlsaudit policy list names the built-in profiles; a profile builds on one of them"},
		{"profile subtest", profile + "extends: ncsc-nl-2025-05\nweb: {hstss: fail}\n", "p.yaml:7:14: web.hstss: \"hstss\" is not a subtest; subtests: " + strings.Join(sortedKeys(subtests), ", ") + "\nhint: did you mean \"hsts\"?"},
		{"profile subtest without a standard", profile + "web: {hsts: fail}\n", "p.yaml:6:13: web.hsts: no rule of the profile it extends decides the subtest hsts\nhint: extend the profile that has them"},
		{"profile status", profile + "extends: ncsc-nl-2025-05\nweb: {hsts: failed}\n", "p.yaml:7:13: web.hsts: \"failed\" is not one of fail, notice, info\nhint: did you mean \"fail\"?"},
		{"profile schedule", profile + "rules:\n- {rule: R, level: must, check: cert.validity.schedule, params: {use: validity}}\n", "p.yaml:7:71: rules[0].params.use: the profile has no list \"validity\"\nhint: write the rows under validity, beside rules"},
		{"profile confidence", profile + "rules:\n- {rule: R, level: must, check: tls.ems, confidence: hi}\n", "p.yaml:7:54: rules[0].confidence: \"hi\" is not one of high, medium, low\nhint: write one of those listed"},
		{"scope names nothing", head + "profiles: [{id: baseline}]\n", "p.yaml:2:12: profiles[0]: the scope names nothing\nhint: add systems, labels, targets or protocols, or leave the scope off"},
		{"scope target without protocol", head + "profiles: [{id: baseline, targets: [mx.example.com]}]\n", "p.yaml:2:37: profiles[0].targets[0]: \"mx.example.com\" has no protocol://\nhint: write the subject as the report shows it, such as smtp://mx.example.com:25, or with * for any characters: smtp://*.example.com:25"},
		{"scope target as a regular expression", head + "profiles: [{id: baseline, targets: ['smtp://.*:25']}]\n", "p.yaml:2:37: profiles[0].targets[0]: \"smtp://.*:25\" is no pattern for targets\nhint: write the subject as the report shows it, such as smtp://mx.example.com:25, or with * for any characters: smtp://*.example.com:25"},
		{"scope with two asterisks", head + "profiles: [{id: baseline, systems: ['a**']}]\n", "p.yaml:2:37: profiles[0].systems[0]: the pattern has two asterisks in a row\nhint: write one *: it stands for any characters, dots and slashes too"},
		{"scope blank", head + "profiles: [{id: baseline, systems: ['']}]\n", "p.yaml:2:37: profiles[0].systems[0]: the pattern is blank\nhint: write the name, with * for any characters"},
		{"scope unknown key", head + "rules:\n- {rule: R, level: must, check: tls.ems, scope: {system: [a]}}\n", "p.yaml:3:50: rules[0].scope: unknown key \"system\"; known keys: systems, labels, targets, protocols\nhint: did you mean \"systems\"?"},
		{"a file from no file", head + "profiles: [other.yaml]\n", "p.yaml:2:12: profiles[0]: \"other.yaml\" is a file, and this policy is not read from one\nhint: name built-in profiles only, or read the policy from a file"},
		{"parameters without reason", head + "profiles: [baseline]\noverrides: [{rule: BASE-KEY, params: {rsa: 3072}}]\n", "p.yaml:3:38: overrides[0].params: the parameters of rule BASE-KEY are changed without a reason\nhint: add reason: who decided it, and why"},
		{"parameter refused by the check", head + "profiles: [baseline]\noverrides: [{rule: BASE-KEY, params: {wrong: x}, reason: r}]\n", "p.yaml:3:46: overrides[0].params.wrong: parameter \"wrong\": x is not a number\nhint: tlsaudit explain cert.key.min_bits shows the parameters"},
		{"parameter taken out that is not there", head + "profiles: [baseline]\noverrides: [{rule: BASE-KEY, params: {rsaa: }, reason: r}]\n", "p.yaml:3:45: overrides[0].params.rsaa: rule BASE-KEY has no parameter \"rsaa\" to take out\nhint: give it a value, or leave it off"},
		{"parameters not a mapping, overridden", head + "profiles: [baseline]\noverrides: [{rule: BASE-KEY, params: 5, reason: r}]\n", "p.yaml:3:38: overrides[0].params: params must be a mapping\nhint: write name: value"},
		{"profile suite number", profile + "suites: {mode: allowlist, allow: [{id: '0xZZ', name: X}]}\n", "p.yaml:6:40: suites.allow[0].id: \"0xZZ\" is not a registry number such as 0xC02F or 0xC0,0x2F\nhint: write the two bytes as in 0xC0,0x2F"},
		{"profile rule named as a derived one", profile + "keys: {rsa_min: 2048}\nrules: [{rule: keys.min_bits, level: must, check: tls.ems}]\n", "p.yaml:7:9: the rule \"keys.min_bits\" stands here a second time; the first is at p.yaml:6:7\nhint: give it a name of its own"},
		{"weakened without reason", head + "profiles: [baseline]\noverrides: [{rule: BASE-KEY, level: should}]\n", "p.yaml:3:37: overrides[0].level: rule BASE-KEY is weakened from must to should without a reason\nhint: add reason: who decided it, and why"},
		{"severity lowered without reason", head + "profiles: [baseline]\noverrides: [{rule: BASE-KEY, severity: low}]\n", "p.yaml:3:13: the severity of rule BASE-KEY is lowered from high to low without a reason\nhint: add reason: who decided it, and why"},
		{"overridden twice in a scope", head + "profiles: [baseline]\noverrides:\n- {rule: BASE-PFS, scope: {systems: [a]}, level: must}\n- {rule: BASE-PFS, scope: {systems: [a]}, level: may, reason: r}\n", "p.yaml:5:10: overrides[1].rule: the rule \"BASE-PFS\" is overridden a second time; the first is at p.yaml:4:10\nhint: write all changes to a rule into one override"},
		{"profile group", profile + "groups: {allow: [secp257r1]}\n", "p.yaml:6:18: groups.allow[0]: \"secp257r1\" is not a key-exchange group\nhint: write the IANA or OpenSSL name, or the number"},
		{"derived parameter", profile + "suites: {mode: denylist, deny: [{level: must_not, when: 5}]}\n", "p.yaml:6:57: suites.deny[0].when: when must be a mapping\nhint: write property: value, such as enc: [RC4]"},
		{"scope target of an unknown protocol", head + "profiles: [{id: baseline, targets: ['htps://*']}]\n", "p.yaml:2:37: profiles[0].targets[0]: \"htps\" is not one of https, smtp, smtps, lmtp, imap, imaps, pop3, pop3s, sieve, nntp, nntps, ftp, ftps, ldap, ldaps, xmpp-client, xmpp-server, xmpps, sips, postgres, mysql, sametime, tls, mx\nhint: did you mean \"https\"?"},
		{"scope target of no protocol", head + "profiles: [{id: baseline, targets: ['gopher*://*']}]\n", "p.yaml:2:37: profiles[0].targets[0]: \"gopher*\" is the pattern of no protocol: https, smtp, smtps, lmtp, imap, imaps, pop3, pop3s, sieve, nntp, nntps, ftp, ftps, ldap, ldaps, xmpp-client, xmpp-server, xmpps, sips, postgres, mysql, sametime, tls, mx\nhint: write the subject as the report shows it, such as smtp://mx.example.com:25, or with * for any characters: smtp://*.example.com:25"},
		{"severity of the check lowered without reason", head + "profiles: [pci-dss-4.0.1]\noverrides: [{rule: protocols.forbidden, severity: info}]\n", "p.yaml:3:13: the severity of rule protocols.forbidden is lowered from high to info without a reason\nhint: add reason: who decided it, and why"},
		{"severity lowered in a scope", head + "profiles: [pci-dss-4.0.1]\noverrides: [{rule: protocols.forbidden, scope: {systems: [a]}, severity: info}]\n", "p.yaml:3:13: the severity of rule protocols.forbidden is lowered from high to info without a reason\nhint: add reason: who decided it, and why"},
		{"override turns a rule around by its parameters", head + "profiles: [pci-dss-4.0.1]\noverrides: [{rule: protocols.forbidden, params: {versions: null, allow: [TLSv1.2]}, reason: r}]\n", "p.yaml:3:49: overrides[0].params: rule protocols.forbidden: must_not does not fit the check protocol.offered with these parameters, which states what must hold\nhint: use protocol.offered, whose versions must not be offered at this level"},
		{"override of a schedule there is not", head + "profiles: [cabf-br]\noverrides: [{rule: BR-VALIDITY, params: {use: validity}, reason: r}]\n", "p.yaml:3:47: overrides[0].params.use: the profile has no list \"validity\"\nhint: write the rows under validity, beside rules"},
		{"override of a schedule, misspelt", head + "profiles: [cabf-br]\noverrides: [{rule: BR-VALIDITY, params: {use: validity_scedule}, reason: r}]\n", "p.yaml:3:47: overrides[0].params.use: the profile has no list \"validity_scedule\"\nhint: did you mean \"validity_schedule\"?"},
		{"profile protocol forbidden until", profile + "protocols: {forbidden: [{name: TLSv1.0, until: 2026-12-31}]}\n", "p.yaml:6:25: protocols.forbidden: TLSv1.0 with until, as if it were good again after that day\nhint: leave until off; what ends with a day stands under phase_out, sufficient, allowed or recommended, and what begins with one has from"},
		{"profile protocol in two tiers", profile + "protocols: {good: [{name: TLSv1.3}], insufficient: [{name: TLSv1.3}]}\n", "p.yaml:6:53: protocols: TLSv1.3 stands under insufficient here, and under good at p.yaml:6:20\nhint: keep one of the two"},
		{"profile tier of suites as a list", profile + "suites: {mode: tiers, good: [AES128-SHA], insufficient: [RC4-SHA]}\n", "p.yaml:6:57: suites.insufficient: a list has no place here\nhint: write insufficient: '*': what no other tier lists is insufficient"},
		{"profile tier of groups as a list", profile + "groups: {good: [x25519], insufficient: [secp256r1]}\n", "p.yaml:6:40: groups.insufficient: a list has no place here\nhint: write insufficient: '*': what no other tier lists is insufficient"},
		{"profile tier forbidden as words", profile + "suites: {mode: tiers, recommended: [AES128-SHA], forbidden: RC4}\n", "p.yaml:6:61: suites.forbidden: a list has no place here\nhint: write forbidden: '*': what no other tier lists is forbidden"},
		{"profile suite in two tiers", profile + "suites: {mode: tiers, good: [AES128-SHA], phase_out: [TLS_RSA_WITH_AES_128_CBC_SHA], insufficient: '*'}\n", "p.yaml:6:55: suites: TLS_RSA_WITH_AES_128_CBC_SHA stands under phase_out here, and under good at p.yaml:6:30\nhint: keep one of the two"},
		{"profile group in two tiers", profile + "groups: {good: [x25519], phase_out: [x25519], insufficient: '*'}\n", "p.yaml:6:38: groups: x25519 stands under phase_out here, and under good at p.yaml:6:17\nhint: keep one of the two"},
		{"profile suite with a level of its own", profile + "suites: {mode: allowlist, allow: [{id: '0x13,0x01', name: TLS_AES_128_GCM_SHA256, level: must_not}]}\n", "p.yaml:6:90: suites.allow[0].level: an entry of this list has no level of its own\nhint: leave it off; the level of the section is that of all its entries"},
		{"profile group with a level of its own", profile + "groups: {forbidden: [{id: '0x001D', name: x25519, level: should}]}\n", "p.yaml:6:58: groups.forbidden[0].level: an entry of this list has no level of its own\nhint: leave it off; the level of the section is that of all its entries"},
		{"profile groups allowed alone", profile + "groups: {allowed: [x25519]}\nkeys: {rsa_min: 2048}\n", "p.yaml:6:9: groups: allowed without forbidden, by which alone it demands nothing\nhint: add forbidden, or write the groups under allow: then no others may be accepted"},
		{"profile section without a demand", profile + "protocols: {allowed: [{name: TLSv1.2}]}\nkeys: {rsa_min: 2048}\n", "p.yaml:6:12: protocols: nothing is demanded\nhint: add what is demanded, or leave the section off; docs/profiles.md says what becomes of each key"},
		{"profile with the id of another", "schema: tls-policy/draft-1\nid: baseline\ntitle: H\npublisher: us\nversion: '1'\nkeys: {rsa_min: 1024}\n", "p.yaml:2:5: id: \"baseline\" is the id of a built-in profile\nhint: give it an id of its own"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("p.yaml", []byte(tt.in), all)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if input := (*audit.InputError)(nil); !errors.As(err, &input) {
				t.Errorf("%T is no *audit.InputError", err)
			} else if input.Hint == "" || input.Place.Line == 0 {
				t.Errorf("no hint or no line: %+v", input)
			}
		})
	}
}
