package sametime

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

const strictEnv = "STI__Debug__VPMX_DISABLE_CONFIGURATION_UPDATE=1\nSTI__Debug__VPMX_PORT=0\nSTI__Debug__VPMX_TLS_PORT=1533\nSTI__Config__ST_TLS_KEY_STORE_FILE=/k.p12\nSTI__Config__ST_TLS_SECURITY_LEVEL=2\n"

const strictINI = "[Debug]\nVPMX_DISABLE_CONFIGURATION_UPDATE=1\nVPMX_PORT=0\nVPMX_TLS_PORT=1533\n[Config]\nST_TLS_KEY_STORE_FILE=k.p12\nST_TLS_SECURITY_LEVEL=2\n"

const muxService = "services:\n  mux:\n    image: hclsametime/mux:12.0.3\n"

func community12(attributes string) string {
	return `<managed-communities><managed-community id="a" host="h" ` + attributes + `/><managed-community-action type="update" managed-community-id="a"/></managed-communities>`
}

// traps are files that read otherwise than they look, each with the verdicts of
// the rules that are about it. What is not listed passes or does not apply.
var traps = []struct {
	name, path, text string
	more             map[string]string
	want             string
}{
	{name: "strict", path: "mux.env", text: strictEnv},
	{name: "strict, but the central configuration may win", path: "mux.env", text: strings.Replace(strictEnv, "UPDATE=1", "UPDATE=0", 1), want: "ST-03 unknown"},
	{name: "strict, no key store", path: "mux.env", text: strings.Replace(strictEnv, "ST_TLS_KEY_STORE_FILE", "X", 1), want: "ST-03 unknown"},
	{name: "empty legacy port", path: "mux.env", text: strings.Replace(strictEnv, "VPMX_PORT=0", "VPMX_PORT=", 1), want: "ST-03 unknown"},
	{name: "no legacy port", path: "mux.env", text: strings.Replace(strictEnv, "STI__Debug__VPMX_PORT=0\n", "", 1), want: "ST-03 unknown"},
	{name: "two ports", path: "mux.env", text: strings.Replace(strictEnv, "VPMX_PORT=0", "VPMX_PORT=1534", 1), want: "ST-03 fail"},
	{name: "no port at all", path: "mux.env", text: "STI__Config__ST_TLS_SECURITY_LEVEL=2\n", want: "ST-03 fail"},
	{name: "port in words", path: "mux.env", text: strings.Replace(strictEnv, "VPMX_PORT=0", "VPMX_PORT=off", 1), want: "ST-03 unknown"},
	{name: "wrong section", path: "mux.env", text: strings.Replace(strictEnv, "Config__ST_TLS_SECURITY", "Debug__ST_TLS_SECURITY", 1), want: "ST-07 unknown"},
	{name: "other letters", path: "mux.env", text: strings.Replace(strictEnv, "STI__Debug__VPMX_PORT", "STI__Debug__vpmx_port", 1), want: "ST-03 unknown"},
	{name: "legacy in force, TLS in the wrong section", path: "mux.env", text: "STI__Debug__VPMX_PORT=1533\nSTI__Config__VPMX_TLS_PORT=1533\nSTI__Config__ST_TLS_SECURITY_LEVEL=2\n", want: "ST-03 fail"},
	{name: "the last line counts", path: "mux.env", text: strictEnv + "STI__Debug__VPMX_PORT=1533\n", want: "ST-03 fail"},
	{name: "a variable of the machine", path: "mux.env", text: strings.Replace(strictEnv, "VPMX_PORT=0", "VPMX_PORT=${LEGACY:-0}", 1), want: "ST-03 unknown"},
	{name: "a dollar in single quotes", path: "mux.env", text: strictEnv + "STI__Config__ST_TLS_TRUSTED_HOSTS='$x'\n"},
	{name: "a name without a value", path: "mux.env", text: strings.Replace(strictEnv, "VPMX_PORT=0", "VPMX_PORT", 1), want: "ST-03 unknown"},
	{name: "a space in a name", path: "mux.env", text: strictEnv + "STI__Debug__VPMX PORT=1\n", want: "LOAD-02 unknown; ST-03 unknown; ST-04 unknown; ST-05 unknown; ST-06 unknown; ST-07 unknown; ST-09 unknown; ST-12 unknown; ST-15 unknown"},
	{name: "decimal", path: "mux.env", text: strictEnv + "STI__Config__ST_TLS_MIN_PROTOCOL_VERSION=769\n", want: "ST-04 fail"},
	{name: "decimal of a good version", path: "mux.env", text: strictEnv + "STI__Config__ST_TLS_MIN_PROTOCOL_VERSION=771\n", want: "ST-04 warn"},
	{name: "a name of a version", path: "mux.env", text: strictEnv + "STI__Config__ST_TLS_MIN_PROTOCOL_VERSION=TLSv1.2\n", want: "ST-04 unknown"},
	{name: "a version that is too new", path: "mux.env", text: strictEnv + "STI__Config__ST_TLS_MIN_PROTOCOL_VERSION=0x304\n", want: "ST-04 unknown"},
	{name: "nothing above TLS 1.1", path: "mux.env", text: strictEnv + "STI__Config__ST_TLS_MAX_PROTOCOL_VERSION=0x302\n", want: "ST-04 fail"},
	{name: "an override that is better", path: "mux.env", text: strictEnv + "STI__Config__ST_TLS_MIN_PROTOCOL_VERSION=0x301\nSTI__Config__STMUX_TLS_MIN_PROTOCOL_VERSION=0x303\n"},
	{name: "an override of LDAP", path: "mux.env", text: strictEnv + "STI__Config__STLDAP_TLS_MIN_PROTOCOL_VERSION=0x301\n", want: "ST-04 fail"},
	{name: "an override of the community server", path: "sametime.ini", text: strictINI + "STSRV_TLS_MIN_PROTOCOL_VERSION=0x302\n", want: "ST-03 unknown; ST-04 fail"},
	{name: "an unknown suite", path: "mux.env", text: strictEnv + "STI__Config__ST_TLS_CIPHER_SUITES=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,HIGH\n", want: "ST-12 unknown"},
	{name: "jks in a container", path: "mux.env", text: strictEnv + "STI__Config__ST_TLS_KEY_STORE_TYPE=jks\n", want: "ST-15 warn"},
	{name: "jks in version 11", path: "sametime.ini", text: strictINI + "ST_TLS_KEY_STORE_TYPE=jks\n"},
	{name: "a level there is not", path: "mux.env", text: strings.Replace(strictEnv, "LEVEL=2", "LEVEL=5", 1), want: "ST-07 unknown"},
	{name: "the end is cut off", path: "mux.env", text: strings.TrimSuffix(strictEnv, "\n") + "\nSTI__Config__ST_TLS_MI", want: "LOAD-02 unknown; ST-03 unknown; ST-04 unknown; ST-05 unknown; ST-06 unknown; ST-07 unknown; ST-09 unknown; ST-12 unknown; ST-15 unknown"},
	{name: "no line end, but complete", path: "mux.env", text: strings.TrimSuffix(strictEnv, "\n")},
	{name: "no line end behind a password", path: "mux.env", text: strictEnv + "STI__Config__ST_TLS_KEY_STORE_PASSWORD=abc", want: "ST-03 unknown; ST-04 unknown; ST-05 unknown; ST-06 unknown; ST-07 unknown; ST-09 unknown"},
	{name: "twice in sections, alike", path: "sametime.ini", text: strictINI + "[Debug]\nVPMX_PORT=0\n"},
	{name: "twice in sections, not alike", path: "sametime.ini", text: strictINI + "[Debug]\nVPMX_PORT=1533\n", want: "ST-03 unknown"},
	{name: "a value in quotes", path: "sametime.ini", text: strings.Replace(strictINI, "VPMX_PORT=0", "VPMX_PORT=\"0\"", 1), want: "ST-03 unknown"},
	{name: "behind a value", path: "sametime.ini", text: strings.Replace(strictINI, "VPMX_PORT=0", "VPMX_PORT=0 ; off", 1), want: "ST-03 unknown"},
	{name: "compose, environment wins", path: "docker-compose.yml", text: muxService + "    env_file: ./mux.env\n    environment:\n      - STI__Debug__VPMX_PORT=1533\n", more: map[string]string{"mux.env": strictEnv}, want: "ST-03 fail"},
	{name: "compose, the later file wins", path: "docker-compose.yml", text: muxService + "    env_file: [legacy.env, mux.env]\n", more: map[string]string{"mux.env": strictEnv, "legacy.env": "STI__Debug__VPMX_PORT=1533\n"}},
	{name: "compose, the later file is missing", path: "docker-compose.yml", text: muxService + "    env_file: [mux.env, gone.env]\n", more: map[string]string{"mux.env": strictEnv},
		want: "ST-03 unknown; ST-04 unknown; ST-05 unknown; ST-06 unknown; ST-07 unknown; ST-09 unknown; ST-12 unknown; ST-15 unknown"},
	{name: "compose, legacy for sure though a file is missing", path: "docker-compose.yml", text: muxService + "    env_file: [gone.env]\n    environment: {STI__Debug__VPMX_PORT: 1533}\n", want: "ST-03 fail; ST-04 unknown; ST-05 unknown; ST-06 unknown; ST-07 unknown; ST-09 unknown; ST-12 unknown; ST-15 unknown"},
	{name: "compose, merged", path: "docker-compose.yml", text: "x-env: &env\n  STI__Debug__VPMX_PORT: \"1533\"\n" + muxService + "    environment:\n      <<: *env\n      STI__Config__ST_TLS_SECURITY_LEVEL: 2\n", want: "ST-03 fail"},
	{name: "compose, merged and overridden", path: "docker-compose.yml", text: "x-env: &env\n  STI__Debug__VPMX_PORT: \"1533\"\n" + muxService + "    env_file: mux.env\n    environment:\n      <<: *env\n      STI__Debug__VPMX_PORT: 0\n", more: map[string]string{"mux.env": strictEnv}},
	{name: "compose, overridden by another file", path: "docker-compose.yml", text: muxService + "    env_file: mux.env\n", more: map[string]string{"mux.env": strictEnv, "docker-compose.override.yml": "services: {}\n"},
		want: "ST-03 unknown; ST-04 unknown; ST-05 unknown; ST-06 unknown; ST-07 unknown; ST-09 unknown"},
	{name: "compose, the page's dash", path: "docker-compose.yml", text: muxService + "    env_file:\n      -mux.env\n", more: map[string]string{"mux.env": strictEnv}, want: "LOAD-02 unknown"},
	{name: "compose, unquoted version", path: "docker-compose.yml", text: muxService + "    env_file: mux.env\n    environment:\n      STI__Config__ST_TLS_MIN_PROTOCOL_VERSION: 0x303\n", more: map[string]string{"mux.env": strictEnv}, want: "ST-04 warn"},
	{name: "compose, a key twice", path: "docker-compose.yml", text: muxService + "    environment:\n      STI__Debug__VPMX_PORT: 0\n      STI__Debug__VPMX_PORT: 1533\n", want: "LOAD-01 fail"},
	{name: "compose, a damaged environment", path: "docker-compose.yml", text: muxService + "    env_file: mux.env\n", more: map[string]string{"mux.env": "\x00" + strictEnv}, want: "LOAD-02 unknown"},
	{name: "compose, out of the tree", path: "docker-compose.yml", text: muxService + "    env_file: ../../etc/mux.env\n    environment: {STI__Debug__VPMX_PORT: 1533}\n", want: "ST-03 fail; ST-04 unknown; ST-05 unknown; ST-06 unknown; ST-07 unknown; ST-09 unknown; ST-12 unknown; ST-15 unknown"},
	{name: "values, as the page prints it", path: "values.yaml", text: "sametimeIni:\n    STI__Config__STLDAP_TLS_CIPHER_SUITES=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\nmuxTlsConfigSecret: s\n", want: "LOAD-02 unknown"},
	{name: "values, ports said", path: "values.yaml", text: "muxTlsConfigSecret: s\nsametimeIni:\n  STI__Debug__VPMX_DISABLE_CONFIGURATION_UPDATE: \"1\"\n  STI__Debug__VPMX_PORT: \"0\"\n  STI__Debug__VPMX_TLS_PORT: \"1533\"\n  STI__Config__ST_TLS_SECURITY_LEVEL: \"2\"\n"},
	{name: "values, legacy said", path: "values.yaml", text: "muxTlsConfigSecret: s\nsametimeIni:\n  STI__Debug__VPMX_PORT: 1533\n  STI__Config__ST_TLS_SECURITY_LEVEL: 2\n", want: "ST-03 fail"},
	{name: "values, secret elsewhere", path: "values.yaml", text: "mux:\n  muxTlsConfigSecret: s\nsametimeIni:\n  STI__Config__ST_TLS_SECURITY_LEVEL: 2\n", want: "ST-03 unknown; ST-08 unknown"},
	{name: "values, parameters elsewhere", path: "values.yaml", text: "mux:\n  sametimeIni:\n    STI__Config__ST_TLS_SECURITY_LEVEL: 2\nmuxTlsConfigSecret: s\n", want: "ST-03 unknown; ST-04 unknown; ST-05 unknown; ST-06 unknown; ST-07 unknown; ST-08 unknown; ST-09 unknown; ST-12 unknown; ST-15 unknown"},
	{name: "compose, image made of variables", path: "docker-compose.yml", text: "services:\n  chat:\n    image: ${REGISTRY}mux:${VERSION}\n    env_file: mux.env\n", more: map[string]string{"mux.env": strictEnv}},
	{name: "values, the tail of a secret may be missing", path: "values.yaml", text: "sametimeIni:\n  STI__Config__ST_TLS_SECURITY_LEVEL: 2\nmuxTlsConfigSecret: mux-se", want: "ST-03 unknown; ST-04 unknown; ST-05 unknown; ST-06 unknown; ST-07 unknown; ST-08 unknown; ST-09 unknown"},
	{name: "values, no-break space", path: "values.yaml", text: "sametimeIni:\n  STI__Config__ST_TLS_SECURITY_LEVEL\u00a0: 2\nmuxTlsConfigSecret: s\n", want: "LOAD-02 unknown"},
	{name: "values, mongo by srv", path: "values.yaml", text: "muxTlsConfigSecret: s\nsametimeIni: {STI__Config__ST_TLS_SECURITY_LEVEL: 2}\nmongo: {url: \"mongodb+srv://db.example.com/\"}\n", want: "ST-03 unknown"},
	{name: "values, mongo's switches", path: "values.yaml", text: "muxTlsConfigSecret: s\nsametimeIni: {STI__Config__ST_TLS_SECURITY_LEVEL: 2}\nmongo: {url: \"mongodb://db.example.com/?TLS=true&tlsallowinvalidhostnames=TRUE\"}\n", want: "ST-03 unknown; ST-09 fail"},
	{name: "managed, both places agree", path: "managed-community-configs.xml", text: strings.Replace(community12(`useGlobalConnContext="true" connectionType="tls-direct"`), "/><managed-community-action", `><connection connectionType="tls-direct"/></managed-community><managed-community-action`, 1)},
	{name: "managed, both places differ", path: "managed-community-configs.xml", text: strings.Replace(community12(`connectionType="tls-direct"`), "/><managed-community-action", `><connection connectionType="direct"/></managed-community><managed-community-action`, 1), want: "ST-01 unknown"},
	{name: "managed, no context", path: "managed-community-configs.xml", text: community12(`connectionType="tls-direct"`)},
	{name: "managed, context not true", path: "managed-community-configs.xml", text: community12(`useGlobalConnContext="false" connectionType="tls-direct"`), want: "ST-01 warn"},
	{name: "managed, other letters", path: "managed-community-configs.xml", text: community12(`useGlobalConnContext="true" connectionType="TLS-direct"`), want: "ST-01 warn"},
	{name: "managed, http", path: "managed-community-configs.xml", text: community12(`useGlobalConnContext="true" connectionType="http-direct"`), want: "ST-01 fail"},
	{name: "managed, misspelt", path: "managed-community-configs.xml", text: community12(`useGlobalConnContext="true" connectionType="tlsdirect"`), want: "ST-01 fail"},
	{name: "managed, reverse proxy", path: "managed-community-configs.xml", text: community12(`useGlobalConnContext="true" connectionType="reverse-proxy"`), want: "ST-01 unknown"},
	{name: "managed, action for another id", path: "managed-community-configs.xml", text: strings.Replace(community12(`useGlobalConnContext="true" connectionType="tls-direct"`), `community-id="a"`, `community-id="A"`, 1), want: "ST-01 fail"},
	{name: "managed, in a comment", path: "managed-community-configs.xml", text: "<managed-communities><!-- " + community12(`connectionType="direct"`)[len("<managed-communities>"):strings.LastIndex(community12(`connectionType="direct"`), "</")] + " -->" +
		community12(`useGlobalConnContext="true" connectionType="tls-direct"`)[len("<managed-communities>"):]},
	{name: "managed, taken away", path: "managed-community-configs.xml", text: strings.Replace(community12(`connectionType="direct"`), "update", "delete", 1)},
	{name: "plugin, the last counts", path: "plugin_customization.ini", text: pluginPrefix + "connectionType=direct\n" + pluginPrefix + "connectionType=tls-direct\n"},
	{name: "plugin, continued and escaped", path: "plugin_customization.ini", text: pluginPrefix + `connection\u0054ype : tls\` + "\n  -direct\n"},
	{name: "plugin, a blank behind", path: "plugin_customization.ini", text: pluginPrefix + "connectionType=tls-direct \n", want: "ST-02 warn"},
	{name: "plugin, an alternate nobody lists", path: "plugin_customization.ini", text: pluginPrefix + "connectionType=tls-direct\n" + pluginPrefix + "altCommunityConfig.managedIds=a\n" + pluginPrefix + "altCommunityConfig.a.connectionType=tls-direct\n" + pluginPrefix + "altCommunityConfig.b.connectionType=direct\n", want: "ST-02 unknown"},
	{name: "plugin, an alternate that is off", path: "plugin_customization.ini", text: pluginPrefix + "connectionType=tls-direct\n" + pluginPrefix + "altCommunityConfig.b.enabled=false\n"},
	{name: "plugin, a malformed escape", path: "plugin_customization.ini", text: pluginPrefix + "host=\\u00zz\n" + pluginPrefix + "connectionType=tls-direct\n", want: "LOAD-01 fail"},
	{name: "silent, another spelling", path: "silentinstall.ini", text: "[Installer]\nSTSERVERNAME=h\nstconnectiontype75=tls-direct\n", want: "ST-02 unknown"},
	{name: "silent, in a comment", path: "silentinstall.ini", text: "[Installer]\nSTSERVERNAME=h\n;STCONNECTIONTYPE75=tls-direct\n", want: "ST-02 fail"},
	{name: "silent, cut off", path: "silentinstall.ini", text: "[Installer]\nSTSERVERNAME=h\nSTCONNECTIONTYPE75=tls-dir", want: "LOAD-02 unknown"},
}

func TestTraps(t *testing.T) {
	for _, c := range traps {
		t.Run(c.name, func(t *testing.T) {
			texts := map[string]string{c.path: c.text}
			for path, text := range c.more {
				texts[path] = text
			}
			d := read(t, conftree.FromTexts(texts), c.path)
			got := map[string]string{}
			for _, f := range findings(d) {
				if worst := got[f.Rule]; f.Verdict == audit.Fail || worst == "" || worst == "pass" || worst == "not-applicable" {
					got[f.Rule] = f.Verdict.String()
				}
			}
			var said []string
			for rule, verdict := range got {
				if verdict != "pass" && verdict != "not-applicable" && (rule != "LOAD-02" || len(d.Gaps) == 0) {
					said = append(said, rule+" "+verdict)
				}
			}
			slices.Sort(said)
			var want []string
			for _, w := range strings.Split(c.want, "; ") {
				if w != "" {
					want = append(want, w)
				}
			}
			if d.Broken() != nil && len(want) == 1 { // the rest is unknown then
				said = slices.DeleteFunc(said, func(s string) bool { return strings.HasPrefix(s, "ST-") && strings.HasSuffix(s, " unknown") })
			}
			if diff := cmp.Diff(want, said); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestListeners(t *testing.T) {
	tree := conftree.FromTexts(map[string]string{
		"docker-compose.yml": muxService + "    ports:\n      - \"192.0.2.7:11533:1533/tcp\"\n      - {target: 1533, published: \"21533\"}\n      - 8080:80\n    env_file: mux.env\n",
		"mux.env":            strictEnv,
		"values.yaml":        "global: {hostName: im.example.com}\nmuxTlsConfigSecret: s\nsametimeIni:\n  STI__Config__STLDAP_TLS_MIN_PROTOCOL_VERSION: \"0x302\"\n",
		"tcp.yaml":           "apiVersion: v1\nkind: Service\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: tcp-services}\ndata:\n  1533: default/mux:mux:PROXY\n  \"389\": default/ldap:389\n  1516: default/community:1516\n",
	})
	tests := map[string][]string{
		"docker-compose.yml": {"mux server [192.0.2.7:11533 :21533] []"},
		"mux.env":            {"mux server [:1533] []"},
		"values.yaml":        {"mux server [:1533] [im.example.com]", "LDAP client client [] []"},
		"tcp.yaml":           {"tcp 1533 server [:1533] []", "tcp 1516 server [:1516] []"},
	}
	for path, want := range tests {
		var got []string
		for _, l := range read(t, tree, path).Listeners {
			got = append(got, l.Listener+" "+string(l.Role)+" "+bracket(l.Binds)+" "+bracket(l.Names))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

func bracket(list []string) string { return "[" + strings.Join(list, " ") + "]" }

// TestStricterPolicy: a policy that demands TLS 1.3 cannot be met, and says so.
func TestStricterPolicy(t *testing.T) {
	d := read(t, conftree.FromTexts(map[string]string{"mux.env": strictEnv}), "mux.env")
	for _, j := range confdoc.Judge(d, confdoc.Demands{Min: audit.TLSv13}) {
		for i, f := range j.Findings {
			if f.Rule == "ST-04" && (f.Verdict != audit.Fail || !strings.Contains(f.Message, "TLS 1.2 is the highest") || j.Fixes[i].None == "") {
				t.Errorf("%v %s, fix %+v", f.Verdict, f.Message, j.Fixes[i])
			}
		}
	}
}

// TestEstablish: postures the standards want are written where they count.
func TestEstablish(t *testing.T) {
	tests := []struct {
		name, text string
		want       audit.Want
		wrote      string // of the text after, or the error
	}{
		{"versions", strictEnv, audit.Want{Versions: []audit.Version{audit.TLSv12, audit.TLSv13}}, "ST_TLS_MIN_PROTOCOL_VERSION=0x303\n"},
		{"an upper bound in the way", strictEnv + "STI__Config__STMUX_TLS_MAX_PROTOCOL_VERSION=0x302\n", audit.Want{MinVersion: audit.TLSv12}, "STMUX_TLS_MAX_PROTOCOL_VERSION=0x303\n"},
		{"strong suites", strictEnv, audit.Want{Strong: true}, "ST_TLS_CIPHER_SUITES=TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,"},
		{"allowed suites", strictEnv, audit.Want{AllowSuites: []string{"TLS_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}}, "ST_TLS_CIPHER_SUITES=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n"},
		{"only suites of TLS 1.3", strictEnv, audit.Want{AllowSuites: []string{"TLS_AES_128_GCM_SHA256"}}, "none of the suites"},
		{"TLS 1.3 only", strictEnv, audit.Want{Versions: []audit.Version{audit.TLSv13}}, "TLS 1.2 is the highest"},
		{"groups", strictEnv, audit.Want{Groups: []string{"x25519"}}, "no parameter"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := conftree.FromTexts(map[string]string{"mux.env": tt.text})
			d := read(t, tree, "mux.env")
			edits, err := establish(d, d.Listeners[0], tt.want)
			var said string
			if err != nil {
				said = err.Error()
			} else {
				said = apply(t, tree, d, edits).Main().Text
			}
			if !strings.Contains(said, tt.wrote) {
				t.Errorf("got %q, want %q in it", said, tt.wrote)
			}
		})
	}
}
