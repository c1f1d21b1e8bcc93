package sametime

import (
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// findings are the verdicts of a document by fingerprint.
func findings(d *confdoc.Document) map[string]audit.Finding {
	list := map[string]audit.Finding{}
	for _, j := range confdoc.Judge(d, today) {
		for _, f := range j.Findings {
			list[f.Fingerprint] = f
		}
	}
	return list
}

// apply reads a document again with edits made.
func apply(t testing.TB, tree *conftree.Tree, d *confdoc.Document, edits []conftree.Edit) *confdoc.Document {
	t.Helper()
	texts, err := conftree.Apply(edits)
	if err != nil {
		t.Errorf("edits: %v", err)
		return nil
	}
	changed := tree.With(texts)
	f, err := changed.Read(d.Main().Path)
	if err != nil {
		t.Fatal(err)
	}
	return readAs(changed, d.Format, f)
}

// holds reports whether a change mends a finding and brings no other.
func holds(before, after map[string]audit.Finding, fingerprint string) string {
	if f, ok := after[fingerprint]; !ok || f.Verdict != audit.Pass && f.Verdict != audit.NotApplicable {
		return f.Rule + " is still there: " + f.Message
	}
	for key, f := range after {
		old, existed := before[key]
		if f.Verdict == audit.Pass || f.Verdict == audit.NotApplicable {
			continue
		}
		if !existed || f.Verdict != old.Verdict && old.Verdict != audit.Fail {
			return f.Rule + " is new: " + f.Message
		}
	}
	return ""
}

// mend makes every change that holds, one after the other, and returns the
// document then, with the findings that offered no change.
func mend(t testing.TB, tree *conftree.Tree, d *confdoc.Document) (*confdoc.Document, []string) {
	t.Helper()
	return try(t, tree, d, func(why string, after *confdoc.Document) {
		t.Errorf("a change does not hold: %s\n%s", why, after.Main().Text)
	})
}

func try(t testing.TB, tree *conftree.Tree, d *confdoc.Document, fails func(why string, after *confdoc.Document)) (*confdoc.Document, []string) {
	t.Helper()
	given := map[string]bool{}
	var unmended []string
	for range 50 {
		edits, fingerprint := next(d, given, &unmended)
		if edits == nil {
			return d, unmended
		}
		after := apply(t, tree, d, edits)
		if after == nil {
			return d, unmended
		}
		if why := holds(findings(d), findings(after), fingerprint); why != "" {
			fails(why, after)
			given[fingerprint] = true
			continue
		}
		texts, _ := conftree.Apply(edits)
		tree, d = tree.With(texts), after
	}
	t.Error("no end of changes")
	return d, unmended
}

func next(d *confdoc.Document, given map[string]bool, unmended *[]string) ([]conftree.Edit, string) {
	for _, j := range confdoc.Judge(d, today) {
		for i, f := range j.Findings {
			if f.Verdict != audit.Fail && f.Verdict != audit.Warn || given[f.Fingerprint] {
				continue
			}
			if fix := j.Fixes[i]; len(fix.Edits) > 0 {
				return fix.Edits, f.Fingerprint
			}
			given[f.Fingerprint] = true
			*unmended = append(*unmended, f.Rule)
		}
	}
	return nil, ""
}

// TestFixSamples: every failing sample that the product reads gets a change for
// what is expected of it, and each holds.
func TestFixSamples(t *testing.T) {
	tree, err := conftree.OpenDir(samples, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sametimeSamples(t) {
		if len(s.ExpectedRules) == 0 {
			continue
		}
		t.Run(s.Path, func(t *testing.T) {
			d := read(t, tree, s.Path)
			after, unmended := mend(t, tree, d)
			for _, rule := range s.ExpectedRules {
				if slices.Contains(verdicts(after, audit.Fail, audit.Warn), rule) {
					t.Errorf("%s is left; without a change: %v", rule, unmended)
				}
			}
		})
	}
}

// brokenFiles are further files, each with what is reported of it and what is left
// when all changes are made.
var brokenFiles = []struct {
	name, path, text string
	more             map[string]string
	rules, left      string
}{
	{
		name: "single underscores everywhere", path: "mux.env",
		text:  "STI_Debug_VPMX_DISABLE_CONFIGURATION_UPDATE=1\nSTI_Debug_VPMX_PORT=0\nSTI_Debug_VPMX_TLS_PORT=1533\nSTI_Config_ST_TLS_KEY_STORE_FILE=/k.p12\nSTI_Config_ST_TLS_SECURITY_LEVEL=2\n",
		rules: "ST-03 ST-05 ST-07",
	},
	{
		name: "single underscores beside the right ones", path: "mux.env",
		text:  "STI__Debug__VPMX_DISABLE_CONFIGURATION_UPDATE=1\nSTI__Debug__VPMX_PORT=0\nSTI_Debug_VPMX_PORT=1533\nSTI__Debug__VPMX_TLS_PORT=1533\nSTI__Config__ST_TLS_KEY_STORE_FILE=/k.p12\nSTI__Config__ST_TLS_SECURITY_LEVEL=2\n",
		rules: "ST-05",
	},
	{
		name: "a weak version that did not count", path: "mux.env",
		text:  "STI__Debug__VPMX_DISABLE_CONFIGURATION_UPDATE=1\nSTI__Debug__VPMX_PORT=0\nSTI__Debug__VPMX_TLS_PORT=1533\nSTI__Config__ST_TLS_KEY_STORE_FILE=/k.p12\nSTI__Config__ST_TLS_SECURITY_LEVEL=2\nSTI__Config_ST_TLS_MIN_PROTOCOL_VERSION=0x301\n",
		rules: "ST-05",
	},
	{
		name: "an override of the multiplexer is lower", path: "mux.env",
		text:  "STI__Debug__VPMX_DISABLE_CONFIGURATION_UPDATE=1\nSTI__Debug__VPMX_PORT=0\nSTI__Debug__VPMX_TLS_PORT=1533\nSTI__Config__ST_TLS_KEY_STORE_FILE=/k.p12\nSTI__Config__ST_TLS_SECURITY_LEVEL=2\nSTI__Config__ST_TLS_MIN_PROTOCOL_VERSION=0x303\nSTI__Config__STMUX_TLS_MIN_PROTOCOL_VERSION=0x302",
		rules: "ST-04",
	},
	{
		name: "the documentation's password", path: "mux.env",
		text:  "STI__Debug__VPMX_DISABLE_CONFIGURATION_UPDATE=1\nSTI__Debug__VPMX_PORT=0\nSTI__Debug__VPMX_TLS_PORT=1533\nSTI__Config__ST_TLS_KEY_STORE_FILE=/k.p12\nSTI__Config__ST_TLS_KEY_STORE_PASSWORD=samet1me\nSTI__Config__ST_TLS_SECURITY_LEVEL=0\n",
		rules: "ST-06 ST-07", left: "ST-06",
	},
	{
		name: "weak suites", path: "sametime.ini",
		text:  "[Debug]\r\nVPMX_DISABLE_CONFIGURATION_UPDATE=1\r\nVPMX_PORT=0\r\nVPMX_TLS_PORT=1533\r\n[Config]\r\nST_TLS_KEY_STORE_FILE=k.p12\r\nST_TLS_SECURITY_LEVEL=2\r\nST_TLS_CIPHER_SUITES=SSL_RSA_WITH_RC4_128_SHA,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\r\n",
		rules: "ST-12",
	},
	{
		name: "sections in another order, nothing set", path: "sametime.ini",
		text:  "[Config]\nVP_SECURITY_LEVEL=25\n\n[Connectivity]\nVPS_PORT=1516\nVPS_TLS_PORT=1516\n",
		rules: "ST-03 ST-07",
	},
	{
		name: "passwords only", path: "sametime.ini",
		text:  "[Directory]\nST_DB_LDAP_SSL_ONLY_FOR_PASSWORDS=1\n[Debug]\nVPMX_DISABLE_CONFIGURATION_UPDATE=1\nVPMX_PORT=0\nVPMX_TLS_PORT=1533\n[Config]\nST_TLS_KEY_STORE_FILE=k.p12\nST_TLS_SECURITY_LEVEL=2\n",
		rules: "ST-09",
	},
	{
		name: "compose, mapping", path: "docker-compose.yml",
		text:  "services:\n  mux:\n    image: hclsametime/mux:12.0.3\n    ports: [\"1533:1533\"]\n    environment:\n      STI__Debug__VPMX_PORT: 1533\n      STI__Debug__VPMX_TLS_PORT: 1533\n      STI__Config__ST_TLS_KEY_STORE_FILE: /k.p12\n      STI__Config__ST_TLS_MIN_PROTOCOL_VERSION: 0x301\n",
		rules: "ST-03 ST-04 ST-07",
	},
	{
		name: "compose, list", path: "docker-compose.yml",
		text:  "services:\n  mux:\n    image: hclsametime/mux:12.0.3\n    environment:\n      - STI__Debug__VPMX_PORT=1533\n      - \"STI_Config_ST_TLS_SECURITY_LEVEL=2\"\n",
		rules: "ST-03 ST-05 ST-07",
	},
	{
		name: "compose, file beaten by the environment", path: "docker-compose.yml",
		text:  "services:\n  mux:\n    image: hclsametime/mux:12.0.3\n    env_file: mux.env\n    environment:\n      STI__Debug__VPMX_PORT: \"1533\"\n",
		more:  map[string]string{"mux.env": "STI__Debug__VPMX_DISABLE_CONFIGURATION_UPDATE=1\nSTI__Debug__VPMX_PORT=0\nSTI__Debug__VPMX_TLS_PORT=1533\nSTI__Config__ST_TLS_KEY_STORE_FILE=/k.p12\nSTI__Config__ST_TLS_SECURITY_LEVEL=0\n"},
		rules: "ST-03 ST-07",
	},
	{
		name: "compose, no environment at all", path: "compose.yaml",
		text:  "services:\n  mux:\n    image: hclsametime/mux:12.0.3\n    ports:\n      - 1533:1533\n",
		rules: "ST-03 ST-07",
	},
	{
		name: "compose, key with a space", path: "docker-compose.yml",
		text:  "services:\n  mux:\n    image: hclsametime/mux:12.0.3\n    env file:\n      - mux.env\n",
		more:  map[string]string{"mux.env": "STI__Debug__VPMX_DISABLE_CONFIGURATION_UPDATE=1\nSTI__Debug__VPMX_PORT=0\nSTI__Debug__VPMX_TLS_PORT=1533\nSTI__Config__ST_TLS_KEY_STORE_FILE=/k.p12\nSTI__Config__ST_TLS_SECURITY_LEVEL=2\n"},
		rules: "LOAD-01",
	},
	{
		name: "values, nothing", path: "values.yaml",
		text:  "global:\n  hostName: im.example.com\nsametimeIni: {}\n#muxTlsConfigSecret: mux-secret\nmongo:\n  url: \"mongodb://mongo.example.com:27017/chat?retryWrites=true\"\n  ldap:\n    url: ldap://ldap.example.com:389\n",
		rules: "ST-07 ST-08 ST-09",
	},
	{
		name: "values, comment within", path: "values.yaml",
		text:  "sametimeIni:\n  STI__Config__ST_COMMUNITY_ID: x\n#  muxTlsConfigSecret: mux-secret\n  STI__Config__ST_TLS_SECURITY_LEVEL: 0\n",
		rules: "ST-07 ST-08",
	},
	{
		name: "values without sametimeIni", path: "values.yaml",
		text:  "muxTlsConfigSecret: \"\"\n",
		rules: "ST-07 ST-08",
	},
	{
		name: "managed, child without a type", path: "managed-community-configs.xml",
		text:  "<managed-communities>\n\t<managed-community id='im.example.com' host='im.example.com' useGlobalConnSettings='false'>\n\t\t<connection/>\n\t</managed-community>\n</managed-communities>\n",
		rules: "ST-01",
	},
	{
		name: "managed, other letters and prefix", path: "managed-community-configs.xml",
		text:  `<m:managed-communities xmlns:m="urn:x"><m:managed-community id="a&amp;b" host="h" connectionType="TLS-Direct"/></m:managed-communities>`,
		rules: "ST-01",
	},
	{
		name: "managed, reset", path: "managed-community-configs.xml",
		text:  `<managed-communities><managed-community id="a" host="h" useGlobalConnContext="true" connectionType="tls-direct"/><managed-community-action type="update" managed-community-id="a"/><managed-community-action type="reset" managed-community-id="a"/></managed-communities>`,
		rules: "ST-01", left: "ST-01",
	},
	{
		name: "plugin, alternates in both spellings", path: "plugin_customization.ini",
		text:  "com.ibm.collaboration.realtime.community/host=h\ncom.ibm.collaboration.realtime.community/altCommunityConfig.managedIds=a, b\ncom.ibm.collaboration.realtime.community/altCommunityConfig.altHost.a.connectionType=direct\ncom.ibm.collaboration.realtime.community/altCommunityConfig.b.host=b.example.org",
		rules: "ST-02",
	},
	{
		name: "plugin, continuation at the end", path: "plugin_customization.ini",
		text:  "com.ibm.collaboration.realtime.community/connectionType \\\n   socks5-proxy\\",
		rules: "ST-02",
	},
	{
		name: "silent, missing", path: "silentinstall.ini", text: "[Installer]\nSTSERVERNAME=h\n", rules: "ST-02",
	},
}

func TestFixBroken(t *testing.T) {
	for _, c := range brokenFiles {
		t.Run(c.name, func(t *testing.T) {
			texts := map[string]string{c.path: c.text}
			for path, text := range c.more {
				texts[path] = text
			}
			tree := conftree.FromTexts(texts)
			d := read(t, tree, c.path)
			if got := strings.Join(verdicts(d, audit.Fail, audit.Warn), " "); got != c.rules {
				t.Errorf("reported %q, want %q", got, c.rules)
			}
			after, _ := mend(t, tree, d)
			if got := strings.Join(verdicts(after, audit.Fail, audit.Warn), " "); got != c.left {
				t.Errorf("left %q, want %q\n%s", got, c.left, after.Main().Text)
			}
		})
	}
}
