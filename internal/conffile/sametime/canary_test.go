package sametime

import (
	"encoding/json"
	"strings"
	"testing"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// canary stands in every place a secret can stand in.
const canary = "c4n4ryXQZ"

var withSecrets = map[string]string{
	"mux.env": "STI__Config__ST_TLS_KEY_STORE_PASSWORD=" + canary + "\nSTI__Config__STLDAP_TLS_TRUST_STORE_PASSWORD='" + canary + "'\nSTI_Config_ST_TLS_KEY_STORE_PASSWORD=" + canary +
		"\nSTI__config__ST_TLS_KEY_STORE_PASSWORD=" + canary + "\nMONGO_URL=mongodb://u:" + canary + "@h/?tls=false\nLDAP_URL=ldap://cn=x:" + canary + "@h:389\nSTI__Debug__VPMX_TLS_PORT=1533\nSTI__Config__ST_TLS_CIPHER_SUITES={xor}" + canary,
	"unclosed.env": "STI__Debug__VPMX_PORT=1533\nSTI__Config__ST_TLS_KEY_STORE_PASSWORD=\"" + canary + "\n",
	"cut.env":      "STI__Debug__VPMX_PORT=1533\nSTI__Config__ST_TLS_KEY_STORE_PASSWORD=" + canary,
	"bare.env":     "STI__Debug__VPMX_PORT=1533\nSTI__Config__ST_TLS_KEY_STORE_PASSWORD " + canary + "\n",
	"sametime.ini": "[Config]\nST_TLS_KEY_STORE_PASSWORD=" + canary + "\nST_TLS_TRUST_STORE_PASSWORD " + canary + "\n[Other]\nst_tls_key_store_password=" + canary + "\n[Debug]\nVPMX_PORT=1533\n",
	"docker-compose.yml": "services:\n  mux:\n    image: hclsametime/mux\n    environment:\n      - STI__Config__ST_TLS_KEY_STORE_PASSWORD=" + canary + "\n      - MONGO=mongodb://u:" + canary + "@h\n" +
		"  db:\n    image: mongo\n    environment:\n      MONGO_INITDB_ROOT_PASSWORD: " + canary + "\n      X: {y: &a " + canary + "}\n",
	"broken-compose.yml": "services:\n  mux:\n    image: sametime/mux\n    environment:\n      STI__Config__ST_TLS_KEY_STORE_PASSWORD: \"" + canary + "\n      - x\n",
	"twice.yml":          "services:\n  mux:\n    image: sametime/mux\n    environment:\n      PASSWORD_" + "X: 1\n      STI__Config__ST_TLS_KEY_STORE_PASSWORD: " + canary + "\n      STI__Config__ST_TLS_KEY_STORE_PASSWORD: " + canary + "\n",
	"values.yaml":        "sametimeIni:\n  STI__Config__ST_TLS_KEY_STORE_PASSWORD: " + canary + "\nmongo:\n  url: mongodb://admin:" + canary + "@h:27017/?tlsInsecure=true\n  password: \"" + canary + "\"\n",
	"plugin_customization.ini": "com.ibm.collaboration.realtime.community/host=h\ncom.ibm.collaboration.realtime.community/proxyPassword=" + canary + "\n" +
		"com.ibm.collaboration.realtime.community/altCommunityConfig.a.proxyPassword=" + canary + "\ncom.ibm.rcp.managedsettings.provider.file/URL=http://u:" + canary + "@h/x\n",
	"silentinstall.ini": "[Installer]\nSTSERVERNAME=h\nSTPROXYPASSWORD=" + canary + "\nSTPROXYPASSWORD " + canary + "\n",
	"managed-community-configs.xml": `<managed-communities><managed-community id="h" host="h" authServerUrl="http://u:` + canary + `@sso" proxyPassword="` + canary + `" connectionType="{xor}` + canary + `">` +
		`<connection proxyPassword="` + canary + `"/></managed-community></managed-communities>`,
}

// TestSecretsStay: no secret leaves the reader, in a document or in anything
// said about it. Changes hold the text of files and are shown redacted.
func TestSecretsStay(t *testing.T) {
	tree := conftree.FromTexts(withSecrets)
	for path := range withSecrets {
		t.Run(path, func(t *testing.T) {
			d := read(t, tree, path)
			var declared []any
			for _, l := range d.Listeners {
				declared = append(declared, l.Declared)
			}
			var shown []any
			for _, j := range confdoc.Judge(d, today) {
				shown = append(shown, j.Subject, j.Findings)
				for _, fix := range j.Fixes {
					shown = append(shown, fix.None)
				}
			}
			var faults []string
			for _, f := range d.Faults {
				faults = append(faults, f.Message, f.Hint)
			}
			b, err := json.Marshal([]any{declared, shown, d.Settings, d.Gaps, faults})
			if err != nil {
				t.Fatal(err)
			}
			if i := strings.Index(string(b), canary); i >= 0 {
				t.Errorf("a secret is told: %s", b[max(0, i-200):min(len(b), i+40)])
			}
			if len(d.Listeners) == 0 && d.Broken() == nil {
				t.Error("nothing was read, so nothing was tried")
			}
		})
	}
}
