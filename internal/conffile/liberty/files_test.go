package liberty

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
	"tlsaudit/internal/conftree"
)

// TestFiles: what files beside server.xml bring about.
func TestFiles(t *testing.T) {
	const dir = "wlp/usr/servers/one/"
	include := func(attrs, before, after string) string {
		return "<server>" + feature12 + endpoint1 + before + "<include " + attrs + "/>" + after + "</server>"
	}
	good, weak := `<ssl id="defaultSSLConfig" sslProtocol="TLSv1.2" `+suites12+`/>`, `<ssl id="defaultSSLConfig" sslProtocol="TLSv1" `+suites12+`/>`
	only := func(e string) string { return "<server>" + e + "</server>" }
	tests := []struct {
		name  string
		files map[string]string
		want  audit.Verdict // of LIB-01
		gap   string
	}{
		{"included", map[string]string{"server.xml": include(`location="tls.xml"`, "", ""), "tls.xml": only(weak)}, fail, ""},
		{"include before", map[string]string{"server.xml": include(`location="tls.xml"`, "", good), "tls.xml": only(weak)}, pass, ""},
		{"include behind", map[string]string{"server.xml": include(`location="tls.xml"`, good, ""), "tls.xml": only(weak)}, fail, ""},
		{"replaced", map[string]string{"server.xml": include(`location="tls.xml" onConflict="REPLACE"`, good, ""), "tls.xml": only(`<ssl id="defaultSSLConfig" sslProtocol="TLSv1"/>`)}, fail, ""},
		{"replaced by nothing set", map[string]string{"server.xml": include(`location="tls.xml" onConflict="replace"`, good, ""), "tls.xml": only(`<ssl id="defaultSSLConfig"/>`)}, unknown, ""},
		{"ignored", map[string]string{"server.xml": include(`location="tls.xml" onConflict="IGNORE"`, good, ""), "tls.xml": only(weak)}, pass, ""},
		{"ignored, nothing to conflict with", map[string]string{"server.xml": include(`location="tls.xml" onConflict="ignore"`, "", ""), "tls.xml": only(weak)}, fail, ""},
		{"ignored, in front", map[string]string{"server.xml": include(`location="tls.xml" onConflict="ignore"`, "", good), "tls.xml": only(weak)}, unknown, "onConflict"},
		{"unknown onConflict", map[string]string{"server.xml": include(`location="tls.xml" onConflict="maybe"`, good, ""), "tls.xml": only(good)}, unknown, "onConflict"},
		{"missing", map[string]string{"server.xml": include(`location="tls.xml"`, good, "")}, unknown, "not read"},
		{"missing and optional", map[string]string{"server.xml": include(`location="tls.xml" optional="true"`, good, "")}, unknown, "not among the files"},
		{"missing and optional, in a folder that was given", map[string]string{"server.xml": include(`location="tls.xml" optional="true"`, good, ""), "jvm.log": ""}, pass, ""},
		{"missing and optional, in a folder that was not given", map[string]string{"server.xml": include(`location="more/tls.xml" optional="true"`, good, ""), "jvm.log": ""}, unknown, "not among the files"},
		{"missing and optional, in another folder that was given", map[string]string{"server.xml": include(`location="more/tls.xml" optional="true"`, good, ""), "more/README": ""}, pass, ""},
		{"a no-break space", map[string]string{"server.xml": only(feature12 + endpoint1 + "<ssl id=\"defaultSSLConfig\" sslProtocol=\"TLSv1.2\u00a0\" " + suites12 + "/>")}, unknown, ""},
		{"outside", map[string]string{"server.xml": include(`location="../../../../../tls.xml" optional="true"`, good, "")}, unknown, "not followed"},
		{"absolute", map[string]string{"server.xml": include(`location="/opt/tls.xml"`, good, "")}, unknown, "include"},
		{"from the net", map[string]string{"server.xml": include(`location="http://config.example.com/tls.xml"`, good, "")}, unknown, "not fetched"},
		{"no location", map[string]string{"server.xml": include(``, good, "")}, unknown, "no location"},
		{"shared folder", map[string]string{"server.xml": include(`location="${shared.config.dir}/tls.xml"`, good, ""), "../../shared/config/tls.xml": only(weak)}, fail, ""},
		{"own folder", map[string]string{"server.xml": include(`location="${server.config.dir}/more/tls.xml"`, good, ""), "more/tls.xml": only(weak)}, fail, ""},
		{"variable of bootstrap.properties in the location", map[string]string{"server.xml": include(`location="${which}.xml"`, good, ""), "bootstrap.properties": "which=tls", "tls.xml": only(weak)}, fail, ""},
		{"unknown variable in the location", map[string]string{"server.xml": include(`location="${which}.xml"`, good, "")}, unknown, "variable which"},
		{"folder", map[string]string{"server.xml": include(`location="more/"`, "", ""), "more/a.xml": only(weak), "more/b.xml": only(good), "more/c.txt": only(weak)}, pass, ""},
		{"within", map[string]string{"server.xml": include(`location="a/a.xml"`, "", ""), "a/a.xml": only(`<include location="b.xml"/>`), "a/b.xml": only(weak)}, fail, ""},
		{"itself", map[string]string{"server.xml": include(`location="a.xml"`, good, ""), "a.xml": only(`<include location="a.xml"/>`)}, unknown, "includes itself"},
		{"each other", map[string]string{"server.xml": include(`location="a.xml"`, good, ""), "a.xml": only(`<include location="server.xml"/>`)}, unknown, "includes itself"},
		{"not well-formed", map[string]string{"server.xml": include(`location="a.xml"`, good, ""), "a.xml": "<server>"}, unknown, ""},
		{"another root", map[string]string{"server.xml": include(`location="a.xml"`, good, ""), "a.xml": "<config/>"}, unknown, ""},
		{"defaults", map[string]string{"server.xml": only(feature12 + endpoint1 + good), "configDropins/defaults/x.xml": only(weak)}, pass, ""},
		{"defaults alone", map[string]string{"server.xml": only(feature12 + endpoint1), "configDropins/defaults/x.xml": only(weak)}, fail, ""},
		{"overrides", map[string]string{"server.xml": only(feature12 + endpoint1 + good), "configDropins/overrides/x.xml": only(weak)}, fail, ""},
		{"overrides in order", map[string]string{"server.xml": only(feature12 + endpoint1 + good), "configDropins/overrides/a.xml": only(weak), "configDropins/overrides/B.XML": only(good)}, pass, ""},
		{"bootstrap.properties", map[string]string{"server.xml": only(feature12 + endpoint1 + `<ssl id="defaultSSLConfig" sslProtocol="${tls}" ` + suites12 + `/>`), "bootstrap.properties": "tls = TLSv1"}, fail, ""},
		{"server.xml beats bootstrap.properties", map[string]string{"server.xml": only(feature12 + endpoint1 + `<variable name="tls" value="TLSv1.2"/><ssl id="defaultSSLConfig" sslProtocol="${tls}" ` + suites12 + `/>`), "bootstrap.properties": "tls = TLSv1"}, pass, ""},
		{"bootstrap.properties beats a default", map[string]string{"server.xml": only(feature12 + endpoint1 + `<variable name="tls" defaultValue="TLSv1.2"/><ssl id="defaultSSLConfig" sslProtocol="${tls}" ` + suites12 + `/>`), "bootstrap.properties": "tls = TLSv1"}, fail, ""},
		{"included bootstrap.properties", map[string]string{"server.xml": only(feature12 + endpoint1 + `<ssl id="defaultSSLConfig" sslProtocol="${tls}" ` + suites12 + `/>`), "bootstrap.properties": "bootstrap.include=more.properties", "more.properties": "tls=TLSv1.2"}, pass, ""},
		{"server.env", map[string]string{"server.xml": only(feature12 + endpoint1 + `<ssl id="defaultSSLConfig" sslProtocol="${env.TLS_LEVEL}" ` + suites12 + `/>`), "server.env": "# comment\nTLS_LEVEL=TLSv1\n"}, fail, ""},
		{"server.env in capitals", map[string]string{"server.xml": only(feature12 + endpoint1 + `<ssl id="defaultSSLConfig" sslProtocol="${tls.level}" ` + suites12 + `/>`), "server.env": "TLS_LEVEL=TLSv1.2\n"}, pass, ""},
		{"jvm.options", map[string]string{"server.xml": only(feature12 + endpoint1 + `<ssl id="defaultSSLConfig" sslProtocol="${tls}" ` + suites12 + `/>`), "jvm.options": "#-Dtls=TLSv1\n-Dtls=TLSv1.2\n"}, pass, ""},
		{"folder of variables", map[string]string{"server.xml": only(feature12 + endpoint1 + `<ssl id="defaultSSLConfig" sslProtocol="${tls}" ` + suites12 + `/>`), "variables/tls": "TLSv1.2\n"}, pass, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			texts := map[string]string{}
			for name, text := range test.files {
				name = dir + name
				for strings.Contains(name, "/../") {
					i := strings.Index(name, "/../")
					name = name[:strings.LastIndexByte(name[:i], '/')+1] + name[i+4:]
				}
				texts[name] = text
			}
			r := &confdoc.Reader{Tree: conftree.FromTexts(texts)}
			d := conftest.Read(t, Format, r, dir+"server.xml")
			conftest.CheckDocument(t, d)
			if got := conftest.Verdicts(d)["LIB-01"]; got != test.want {
				t.Errorf("LIB-01 is %v, want %v; faults %v, gaps %v", got, test.want, d.Faults, d.Gaps)
			}
			gaps := fmt.Sprint(d.Gaps)
			if test.gap == "" && len(d.Gaps) > 0 || !strings.Contains(gaps, test.gap) {
				t.Errorf("gaps %v, want %q", gaps, test.gap)
			}
			if test.want == fail {
				if mended, n := conftest.Mend(t, Format, r, dir+"server.xml"); n == 0 || len(conftest.Bad(mended)) > 0 {
					t.Errorf("%v left after %d changes", conftest.Bad(mended), n)
				}
			}
		})
	}
}

// TestBounds: files that draw each other in, and variables in variables, end.
func TestBounds(t *testing.T) {
	texts := map[string]string{"server.xml": "<server>" + feature12 + endpoint1 + `<include location="0.xml"/></server>`}
	for i := range 40 {
		texts[fmt.Sprintf("%d.xml", i)] = fmt.Sprintf(`<server><include location="%d.xml"/><include location="%d.xml"/></server>`, i+1, i+1)
	}
	texts["40.xml"] = `<server><ssl id="defaultSSLConfig" sslProtocol="${v0}"/>`
	for i := range 40 {
		texts["40.xml"] += fmt.Sprintf(`<variable name="v%d" value="${v%d}${v%d}"/>`, i, i+1, i+1)
	}
	texts["40.xml"] += `<variable name="v40" value=""/></server>`
	start := time.Now()
	d := conftest.Read(t, Format, &confdoc.Reader{Tree: conftree.FromTexts(texts)}, "server.xml")
	if got := conftest.Verdicts(d)["LIB-01"]; got != unknown {
		t.Errorf("LIB-01 is %v", got)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %v", took)
	}
}
