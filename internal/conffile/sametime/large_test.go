//go:build !race

package sametime

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

const megabyte = 1 << 20

func fill(format string) string {
	var b strings.Builder
	for i := 0; b.Len() < megabyte-200; i++ {
		if strings.Contains(format, "%") {
			fmt.Fprintf(&b, format, i)
		} else {
			b.WriteString(format)
		}
	}
	return b.String()
}

// yamlFill is as large as YAML is read.
func yamlFill(head, format string) string { return head + fill(format)[:yamlBytes-len(head)-100] }

var hostile = map[string]struct{ path, text string }{
	"same variable":       {"mux.env", fill("STI__Debug__VPMX_PORT=1533\n")},
	"wrong underscores":   {"mux.env", fill("STI_Debug_VPMX_PORT=%d\n")},
	"other letters":       {"mux.env", fill("STI__debug__VPMX_PORT=%d\n")},
	"many variables":      {"mux.env", fill("STI__Config__ST_TLS_X%d=1\n")},
	"one line":            {"mux.env", "STI__Debug__X=" + fill("a")},
	"quotes":              {"mux.env", "STI__Debug__X=1\n" + fill("A=\"\\\"\n")},
	"passwords":           {"mux.env", "STI__Debug__X=1\n" + fill("A%d_PASSWORD=changeit\n")},
	"addresses":           {"mux.env", "STI__Debug__X=1\n" + fill("A%d=mongodb://h/?tls=false&tlsInsecure=true\n")},
	"options":             {"mux.env", "STI__Debug__X=1\nA=mongodb://h/?" + fill("tls=false&")},
	"ini lines":           {"sametime.ini", "[Debug]\nVPMX_PORT=1\n" + fill("VPMX_PORT=%d\n")},
	"ini sections":        {"sametime.ini", "VPMX_PORT=1\n" + fill("[Debug]\n")},
	"suites":              {"sametime.ini", "[Config]\nST_TLS_CIPHER_SUITES=" + fill("TLS_RSA_WITH_NULL_MD5,X,")},
	"silent":              {"silentinstall.ini", fill("STCONNECTIONTYPE75=%d\n")},
	"silent passwords":    {"silentinstall.ini", fill("STPROXYPASSWORD=%d\n")},
	"properties":          {"plugin_customization.ini", fill("com.ibm.collaboration.realtime.community/altCommunityConfig.a%d.connectionType=direct\n")},
	"managed ids":         {"plugin_customization.ini", "com.ibm.collaboration.realtime.community/altCommunityConfig.managedIds=" + fill("%d,")},
	"property addresses":  {"plugin_customization.ini", fill("com.ibm.rcp.managedsettings.provider.file/URL=http://h%d\n")},
	"communities":         {"managed-community-configs.xml", "<managed-communities>" + fill("<managed-community id='%d' host='h' authServerUrl='http://a'/>") + "</managed-communities>"},
	"actions":             {"managed-community-configs.xml", "<managed-communities><managed-community id='a'/>" + fill("<managed-community-action type='update' managed-community-id='a'/>") + "</managed-communities>"},
	"connections":         {"managed-community-configs.xml", "<managed-communities><managed-community id='a'>" + fill("<connection/>") + "</managed-community></managed-communities>"},
	"entities":            {"managed-community-configs.xml", "<!-- <managed-communities > --><!DOCTYPE managed-communities [" + fill("<!ENTITY a%d '&a;&b;'>") + "]><managed-communities/>"},
	"yaml list":           {"docker-compose.yml", yamlFill("services:\n  mux:\n    image: sametime\n    environment:\n", "      - A=1\n")},
	"yaml flow":           {"docker-compose.yml", yamlFill("services: {mux: {image: sametime, environment: {", "STI_Debug_X%d: 1,") + "}}}\nSTI__A: \n"},
	"yaml flow of others": {"docker-compose.yml", yamlFill("services: {mux: {image: sametimé, environment: {", "STI_Debug_X%d: 1,")},
	"yaml deep":           {"docker-compose.yml", "services:\n  mux: sametime\nx: " + strings.Repeat("[", 100_000)},
	"yaml services":       {"docker-compose.yml", yamlFill("services:\n", "  mux%d: {image: sametime/mux}\n")},
	"yaml files":          {"docker-compose.yml", yamlFill("services:\n  mux:\n    image: sametime\n    env_file:\n", "      - a%d.env\n")},
	"yaml bomb":           {"docker-compose.yml", "services:\n  mux:\n    image: sametime\na: &a [x,x,x,x,x,x,x,x,x]\n" + bomb(9)},
	"yaml cycle":          {"docker-compose.yml", "services: &a\n  mux: {image: sametime, b: *a}\n"},
	"yaml merges":         {"docker-compose.yml", "a0: &a0 {x: y}\n" + merges(40) + "services:\n  mux: {image: sametime, environment: *a39}\n"},
	"values":              {"values.yaml", yamlFill("sametimeIni:\n", "  STI__Config__ST_TLS_Y%d: changeit\n")},
	"value path":          {"values.yaml", yamlFill("sametimeIni: {}\n"+nested(90), strings.Repeat(" ", 90)+"k%d: 1\n")},
	"commented":           {"values.yaml", yamlFill("sametimeIni: {}\n", "# muxTlsConfigSecret x\n")},
	"config maps":         {"tcp.yaml", yamlFill("kind: ConfigMap\ndata:\n  1533: a/mux:mux\n", "---\nkind: ConfigMap\ndata: {1533: 'a/mux:mux'}\n")},
	"too large":           {"values.yaml", "sametimeIni: {}\n" + fill("a%d: b\n")},
}

func bomb(levels int) (text string) {
	name := "a"
	for i := range levels {
		next := string(rune('b' + i))
		text += next + ": &" + next + " [" + strings.Repeat("*"+name+",", 9) + "]\n"
		name = next
	}
	return text
}

func merges(n int) (text string) {
	for i := 1; i < n; i++ {
		text += fmt.Sprintf("a%d: &a%d {<<: [*a%d, *a%d]}\n", i, i, i-1, i-1)
	}
	return text
}

func nested(levels int) (text string) {
	for i := range levels {
		text += strings.Repeat(" ", i) + strings.Repeat("n", 60) + ":\n"
	}
	return text
}

// TestLarge is not run under the race detector, which multiplies what memory
// costs.
//
// TestLarge: files of a megabyte are read and judged in a second and with less
// than 100 MB in all.
func TestLarge(t *testing.T) {
	for name, c := range hostile {
		t.Run(name, func(t *testing.T) {
			tree := conftree.FromTexts(map[string]string{c.path: c.text})
			f, err := tree.Read(c.path)
			if err != nil {
				t.Fatal(err)
			}
			format := detect(f)
			if format == nil {
				t.Fatal("no format knows the file")
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			took := effort(t, func() { confdoc.Judge(readAs(tree, format, f), today) })
			runtime.ReadMemStats(&after)
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; took > time.Minute || used >= 100 {
				t.Errorf("takes %v and %d MB", took, used)
			}
		})
	}
}
