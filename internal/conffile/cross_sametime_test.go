package conffile

import (
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conffile/sametime"
	"tlsaudit/internal/conftree"
)

const (
	muxStrict = "STI__Debug__VPMX_DISABLE_CONFIGURATION_UPDATE=1\nSTI__Debug__VPMX_PORT=0\nSTI__Debug__VPMX_TLS_PORT=1533\nSTI__Config__ST_TLS_KEY_STORE_FILE=/k.p12\nSTI__Config__ST_TLS_SECURITY_LEVEL=2\n"
	muxLegacy = "STI__Debug__VPMX_PORT=1533\n"
	tlsXML    = `<managed-communities><managed-community id="im.example.com" host="im.example.com" useGlobalConnContext="true" connectionType="tls-direct"/><managed-community-action type="update" managed-community-id="im.example.com"/></managed-communities>`
	plugTLS   = "com.ibm.collaboration.realtime.community/host=im.example.com\ncom.ibm.collaboration.realtime.community/connectionType=tls-direct\n"
	composeMX = "services:\n  mux:\n    image: hclsametime/mux:12.0.3\n    env_file: mux.env\n"
)

var (
	muxBoth   = strings.Replace(muxStrict, "VPMX_PORT=0", "VPMX_PORT=1533", 1)
	directXML = strings.Replace(tlsXML, `"tls-direct"`, `"direct"`, 1)
)

// sametimeEstate loads files with the formats of Sametime.
func sametimeEstate(texts map[string]string) []*Document {
	tree := conftree.FromTexts(texts)
	byName := map[string]*confdoc.Format{
		"mux.env": sametime.MuxEnv, "other/mux.env": sametime.MuxEnv, "managed-community-configs.xml": sametime.Managed, "plugin_customization.ini": sametime.Plugin,
		"silentinstall.ini": sametime.SilentInstall, "docker-compose.yml": sametime.Compose, "values.yaml": sametime.HelmValues, "sametime.ini": sametime.INI,
	}
	var sources []Source
	for path := range texts {
		sources = append(sources, Source{Tree: tree, Paths: []string{path}, As: byName[path]})
	}
	slices.SortFunc(sources, func(a, b Source) int { return strings.Compare(a.Paths[0], b.Paths[0]) })
	return Load(sources).Documents
}

// said lists what the rules over several documents say, beside passes.
func said(t *testing.T, documents []*Document) map[string]string {
	t.Helper()
	judge := &Judge{Demands: demands}
	all := map[string]string{}
	for _, r := range judge.Records(documents, "chat") {
		for _, f := range r.Findings {
			if slices.Contains([]string{"ST-10", "ST-11", "ST-14"}, f.Rule) {
				all[strings.TrimPrefix(r.Evidence.Subject, "config:")+" "+f.Rule] = f.Verdict.String()
				if f.Verdict == audit.Fail && f.Rule == "ST-10" && (f.Place == nil || !strings.Contains(f.Message, ".xml:") && !strings.Contains(f.Message, ".ini:")) {
					t.Errorf("%s does not name both places: %v %s", f.Rule, f.Place, f.Message)
				}
			}
		}
	}
	return all
}

func TestSametimeEstate(t *testing.T) {
	const xml, plugin, compose = "managed-community-configs.xml", "plugin_customization.ini", "docker-compose.yml"
	tests := []struct {
		name  string
		texts map[string]string
		want  map[string]string
	}{
		{"server alone", map[string]string{"mux.env": muxStrict}, nil},
		{"clients alone", map[string]string{xml: directXML}, nil},
		{"strict and tls", map[string]string{"mux.env": muxStrict, xml: tlsXML}, map[string]string{"mux.env ST-10": "pass"}},
		{"strict and direct", map[string]string{"mux.env": muxStrict, xml: directXML}, map[string]string{"mux.env ST-10": "fail"}},
		{"strict and a package without a type", map[string]string{"mux.env": muxStrict, xml: tlsXML, "silentinstall.ini": "[Installer]\nSTSERVERNAME=im.example.com\n"}, map[string]string{"mux.env ST-10": "fail"}},
		{"strict and clients nobody can read", map[string]string{"mux.env": muxStrict, xml: tlsXML + "<second/>"}, map[string]string{"mux.env ST-10": "unknown"}},
		{"strict and an unknown type", map[string]string{"mux.env": muxStrict, xml: strings.Replace(tlsXML, "tls-direct", "TLS-direct", 1)}, map[string]string{"mux.env ST-10": "unknown"}},
		{"strict and an alternate community elsewhere", map[string]string{"mux.env": muxStrict, plugin: plugTLS +
			"com.ibm.collaboration.realtime.community/altCommunityConfig.p.targetCommunityHost=im.example.org\ncom.ibm.collaboration.realtime.community/altCommunityConfig.p.connectionType=direct\n"},
			map[string]string{"mux.env ST-10": "pass"}},
		{"strict and an alternate community of the same host", map[string]string{"mux.env": muxStrict, plugin: plugTLS +
			"com.ibm.collaboration.realtime.community/altCommunityConfig.p.targetCommunityHost=IM.example.com\ncom.ibm.collaboration.realtime.community/altCommunityConfig.p.connectionType=direct\n"},
			map[string]string{"mux.env ST-10": "fail"}},
		{"strict by compose", map[string]string{compose: composeMX, "mux.env": muxStrict, xml: directXML}, map[string]string{"docker-compose.yml ST-10": "fail"}},
		{"both and tls", map[string]string{"mux.env": muxBoth, xml: tlsXML, plugin: plugTLS}, map[string]string{"mux.env ST-11": "warn"}},
		{"both and direct", map[string]string{"mux.env": muxBoth, xml: directXML}, map[string]string{"mux.env ST-11": "warn"}},
		{"both and unknown", map[string]string{"mux.env": muxBoth, xml: tlsXML + "<"}, map[string]string{"mux.env ST-11": "unknown"}},
		{"legacy and direct", map[string]string{"mux.env": muxLegacy, xml: directXML}, map[string]string{"mux.env ST-10": "pass", "mux.env ST-11": "warn"}},
		{"legacy and tls", map[string]string{"mux.env": muxLegacy, xml: tlsXML}, map[string]string{"mux.env ST-10": "fail", "mux.env ST-11": "pass"}},
		{"values of another host", map[string]string{"values.yaml": "global:\n  hostName: chat.example.net\nmuxTlsConfigSecret: s\nsametimeIni:\n  STI__Debug__VPMX_DISABLE_CONFIGURATION_UPDATE: \"1\"\n  STI__Debug__VPMX_PORT: \"0\"\n  STI__Debug__VPMX_TLS_PORT: \"1533\"\n", xml: directXML},
			map[string]string{"values.yaml ST-10": "pass"}},
		{"an environment nobody reads", map[string]string{compose: composeMX, "mux.env": muxStrict, "other/mux.env": muxBoth}, map[string]string{"other/mux.env ST-14": "warn"}},
		{"a compose file nobody can read", map[string]string{compose: composeMX + "  - x\n", "other/mux.env": muxBoth}, map[string]string{"other/mux.env ST-14": "unknown"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, said(t, sametimeEstate(tt.texts)), tt.want) })
	}
}

// TestSametimeOrder: while clients use the legacy protocol no change locks them
// out; once they are moved the port is closed.
func TestSametimeOrder(t *testing.T) {
	judge := &Judge{Demands: demands}
	documents := sametimeEstate(map[string]string{"mux.env": muxBoth, "managed-community-configs.xml": directXML})
	client, server := documents[0], documents[1]
	if early := judge.Mend(server, documents, "chat"); len(early.Changes) != 0 {
		t.Errorf("the server is changed while clients need the legacy protocol:\n%s", early.Changes[0].Diff)
	}
	moved := judge.Mend(client, documents, "chat").After
	if late := judge.Mend(server, []*Document{moved, server}, "chat"); len(late.Changes) != 1 || !strings.Contains(late.Changes[0].After, "VPMX_PORT=0") {
		t.Errorf("the server is not changed after its clients: %v", late.Left)
	}
}
