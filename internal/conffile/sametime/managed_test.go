package sametime

import (
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

const managedPath = "managed-community-configs.xml"

// TestContextSpelling: the spelling of an example of the documentation, and none
// at all, are accepted alike, and told beside the pass.
func TestContextSpelling(t *testing.T) {
	child := `<managed-communities><managed-community id="a" host="h" useGlobalConnSettings="false"><connection connectionType="tls-direct"/></managed-community><managed-community-action type="update" managed-community-id="a"/></managed-communities>`
	for _, test := range []struct{ name, text, said string }{
		{"the table's", community12(`useGlobalConnContext="true" connectionType="tls-direct"`), ""},
		{"the example's", community12(`useGlobalConnSettings="true" connectionType="tls-direct"`), "useGlobalConnSettings is what"},
		{"the example's, with a connection element", child, "useGlobalConnSettings is what"},
		{"none", community12(`connectionType="tls-direct"`), "useGlobalConnContext is not set"},
	} {
		d := read(t, conftree.FromTexts(map[string]string{managedPath: test.text}), managedPath)
		found := false
		for _, f := range findings(d) {
			if f.Rule != "ST-01" {
				continue
			}
			found = true
			if f.Verdict != audit.Pass || strings.Contains(f.Message, "useGlobal") != (test.said != "") || !strings.Contains(f.Message, test.said) {
				t.Errorf("%s: %v, %q, want a pass that says %q", test.name, f.Verdict, f.Message, test.said)
			}
		}
		if !found {
			t.Errorf("%s: ST-01 was not asked", test.name)
		}
		for _, s := range d.Listeners[0].Settings {
			if flagged := s.Note != ""; flagged != (s.Key == "useGlobalConnSettings") {
				t.Errorf("%s: %s has the note %q", test.name, s.Key, s.Note)
			}
		}
	}
}

// TestTakenAway: nobody connects to what is taken away from clients, so that
// there is no client to judge, and nothing left open.
func TestTakenAway(t *testing.T) {
	good := community12(`useGlobalConnContext="true" connectionType="tls-direct"`)
	old := `<managed-community id="old" host="old.example.com" connectionType="direct"/><managed-community-action type="delete" managed-community-id="old"/>`
	both := strings.Replace(good, "<managed-communities>", "<managed-communities>"+old, 1)
	plugin := pluginPrefix + "connectionType=tls-direct\n" + pluginPrefix + "altCommunityConfig.b.enabled=false\n" + pluginPrefix + "altCommunityConfig.b.connectionType=direct\n"
	for _, test := range []struct {
		name, path, text, key string
		listeners             int
	}{
		{"one of two", managedPath, both, "id", 1},
		{"all", managedPath, "<managed-communities>" + old + "</managed-communities>", "id", 0},
		{"an alternate switched off", "plugin_customization.ini", plugin, pluginPrefix + "altCommunityConfig.b.connectionType", 1},
	} {
		d := read(t, conftree.FromTexts(map[string]string{test.path: test.text}), test.path)
		if len(d.Listeners) != test.listeners || len(d.Gaps) > 0 {
			t.Fatalf("%s: %d clients, gaps %v", test.name, len(d.Listeners), d.Gaps)
		}
		for _, l := range d.Listeners {
			if len(l.Gaps) > 0 {
				t.Errorf("%s: %s is left open: %v", test.name, l.Listener, l.Gaps)
			}
		}
		if got := verdicts(d, audit.Fail, audit.Warn, audit.Unknown); len(got) > 0 {
			t.Errorf("%s: %v", test.name, got)
		}
		told := false
		for _, s := range d.Settings {
			told = told || s.Key == test.key && strings.HasPrefix(s.Note, "not in force: ")
		}
		if !told {
			t.Errorf("%s: %s is not among the settings: %v", test.name, test.key, d.Settings)
		}
	}
}

// TestPluginMark: a byte order mark is a finding of its own, whatever stands on
// the first line.
func TestPluginMark(t *testing.T) {
	const set = pluginPrefix + "connectionType=tls-direct\n"
	for _, test := range []struct {
		name, text string
		bom        bool
		load, kind audit.Verdict
	}{
		{"before a comment", "# clients\n" + set, true, audit.Warn, audit.Pass},
		{"before a blank line", "\n" + set, true, audit.Warn, audit.Pass},
		{"before the setting", set, true, audit.Warn, audit.Fail},
		{"none", "# clients\n" + set, false, audit.Pass, audit.Pass},
	} {
		f := conftree.NewFile("plugin_customization.ini", "plugin_customization.ini", test.text, conftree.Encoding{Charset: "utf-8", BOM: test.bom})
		d := readAs(conftree.FromTexts(nil), Plugin, f)
		got := map[string]audit.Verdict{}
		for _, j := range confdoc.Judge(d, today) {
			for _, f := range j.Findings {
				got[f.Rule] = f.Verdict
			}
		}
		if got["LOAD-03"] != test.load || got["ST-02"] != test.kind {
			t.Errorf("%s: LOAD-03 %v, ST-02 %v, want %v and %v", test.name, got["LOAD-03"], got["ST-02"], test.load, test.kind)
		}
	}
}
