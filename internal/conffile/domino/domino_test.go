package domino

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
	"tlsaudit/internal/conftree"
)

func TestSamples(t *testing.T) {
	tree := conftest.OpenSamples(t)
	for _, s := range conftest.SamplesOf(t, "domino") {
		t.Run(path.Base(s.Path), func(t *testing.T) {
			d := conftest.Read(t, Format, &confdoc.Reader{Tree: tree}, s.Path)
			conftest.CheckDocument(t, d)
			conftest.CheckSample(t, d, s)
			if s.Rules == nil && s.Kind != "noncompliant" {
				if d.Broken() == nil || conftest.Verdicts(d)["DOM-01"] != audit.Unknown {
					t.Errorf("not unknown: %v", conftest.Verdicts(d))
				}
			}
		})
	}
}

func TestSniff(t *testing.T) {
	tree := conftest.OpenSamples(t)
	for _, s := range conftest.SamplesOf(t, "domino") {
		f, err := tree.Read(s.Path)
		if err != nil {
			t.Fatal(err)
		}
		if got := sniff(f); got < 50 && f.Text != "" {
			t.Errorf("%s: %d", s.Path, got)
		}
	}
	for _, other := range []string{"sametime/sametime.noncompliant-legacy.ini", "postfix/noncompliant-old/main.cf", "apache/ssl.compliant.conf"} {
		f, err := tree.Read(other)
		if err != nil {
			t.Fatal(err)
		}
		if got := sniff(f); got != 0 {
			t.Errorf("%s: %d, want 0", other, got)
		}
	}
}

func TestRules(t *testing.T) {
	const off = "DISABLE_SSLV3=1\nSSL_DISABLE_TLS_10=1\nSSL_DISABLE_TLS_11=1\n"
	tests := []struct {
		name, release, text string
		want                map[string]audit.Verdict
		versions            []string
	}{
		{"all off", "", off, map[string]audit.Verdict{"DOM-01": audit.Pass, "DOM-02": audit.Pass, "DOM-03": audit.NotApplicable}, []string{"TLSv1.2"}},
		{"names ignore case", "", strings.ToLower(off), map[string]audit.Verdict{"DOM-01": audit.Pass, "DOM-02": audit.Pass}, []string{"TLSv1.2"}},
		{"nothing set, release unknown", "", "KitType=2\n", map[string]audit.Verdict{"DOM-01": audit.Unknown, "DOM-02": audit.Unknown}, []string{"TLSv1.2"}},
		{"nothing set in 12", "12.0.2", "ServerTasks=HTTP\n", map[string]audit.Verdict{"DOM-01": audit.Unknown, "DOM-02": audit.Unknown}, []string{"TLSv1.2"}},
		{"switch in a comment", "", ";SSL_DISABLE_TLS_10=1\nSSL_DISABLE_TLS_11=1\nDISABLE_SSLV3=1\n", map[string]audit.Verdict{"DOM-01": audit.Unknown}, []string{"TLSv1.2"}},
		{"switch in a comment of 10", "10.0.1", "#SSL_DISABLE_TLS_10=1\nSSL_DISABLE_TLS_11=1\n", map[string]audit.Verdict{"DOM-01": audit.Fail}, []string{"TLSv1.0", "TLSv1.2"}},
		{"off by default from 12 on", "12.0.2", "DISABLE_SSLV3=1\nSSL_DISABLE_TLS_11=1\n", map[string]audit.Verdict{"DOM-01": audit.Pass}, []string{"TLSv1.2"}},
		{"12 with a 0 that means nothing", "12.0.2", "DISABLE_SSLV3=1\nSSL_DISABLE_TLS_11=1\nSSL_DISABLE_TLS_10=0\n", map[string]audit.Verdict{"DOM-01": audit.Pass}, []string{"TLSv1.2"}},
		{"brought back in 12", "14.0", "DISABLE_SSLV3=1\nSSL_DISABLE_TLS_11=1\nSSL_ENABLE_TLS_10=1\n", map[string]audit.Verdict{"DOM-01": audit.Fail}, []string{"TLSv1.0", "TLSv1.2"}},
		{"brought back, release unknown", "", "DISABLE_SSLV3=1\nSSL_DISABLE_TLS_11=1\nSSL_ENABLE_TLS_10=1\n", map[string]audit.Verdict{"DOM-01": audit.Fail}, []string{"TLSv1.0", "TLSv1.2"}},
		{"both", "", off + "SSL_ENABLE_TLS_10=1\n", map[string]audit.Verdict{"DOM-01": audit.Unknown}, []string{"TLSv1.2"}},
		{"both before 12", "11.0.1", off + "SSL_ENABLE_TLS_10=1\n", map[string]audit.Verdict{"DOM-01": audit.Pass}, []string{"TLSv1.2"}},
		{"twice, differently", "", off + "SSL_DISABLE_TLS_10=0\n", map[string]audit.Verdict{"DOM-01": audit.Unknown}, []string{"TLSv1.2"}},
		{"twice, alike", "", off + off, map[string]audit.Verdict{"DOM-01": audit.Pass}, []string{"TLSv1.2"}},
		{"a word", "", "DISABLE_SSLV3=yes\nSSL_DISABLE_TLS_10=1\nSSL_DISABLE_TLS_11=1\n", map[string]audit.Verdict{"DOM-01": audit.Pass, "DOM-02": audit.Unknown}, []string{"TLSv1.2"}},
		{"SSLv3 on", "", "DISABLE_SSLV3 = 0\nSSL_DISABLE_TLS_10=1\nSSL_DISABLE_TLS_11=1\n", map[string]audit.Verdict{"DOM-01": audit.Pass, "DOM-02": audit.Fail}, []string{"SSLv3", "TLSv1.2"}},
		{"weak suites, release unknown", "", off + "SSLCipherSpec=0005C030\n", map[string]audit.Verdict{"DOM-03": audit.Warn}, []string{"TLSv1.2"}},
		{"weak suites of 9", "9.0.1FP10", off + "SSLCipherSpec=000AC030\n", map[string]audit.Verdict{"DOM-03": audit.Fail}, []string{"TLSv1.2"}},
		{"only weak suites of 9", "9.0.1FP10", off + "SSLCipherSpec=0005000A\n", map[string]audit.Verdict{"DOM-03": audit.Fail}, []string{"TLSv1.2"}},
		{"weak suites ignored", "12.0", off + "SSLCipherSpec=0005\n", map[string]audit.Verdict{"DOM-03": audit.NotApplicable}, []string{"TLSv1.2"}},
		{"good suites of 9", "9.0.1FP10", off + "SSLCipherSpec=C030C02F\n", map[string]audit.Verdict{"DOM-03": audit.Pass}, []string{"TLSv1.2"}},
		{"garbled suites", "9.0.1FP10", off + "SSLCipherSpec=C030C0\n", map[string]audit.Verdict{"DOM-03": audit.Unknown}, []string{"TLSv1.2"}},
		{"no TLS 1.2", "8.5.3", off, map[string]audit.Verdict{"DOM-01": audit.Pass}, nil},
		{"no TLS at all", "8.5.3", off + "SSL_DISABLE_TLS_13=1\n", map[string]audit.Verdict{"DOM-01": audit.Fail}, nil},
		{"options", "", off + "SSL_ENABLE_INSECURE_RENEGOTIATE=1\nSSL_USE_CLIENT_CIPHER_ORDER=1\n", map[string]audit.Verdict{"DOM-04": audit.Warn, "DOM-05": audit.Warn}, []string{"TLSv1.2"}},
		{"outside of the section", "", off + "[Other]\nSSL_DISABLE_TLS_11=1\n", map[string]audit.Verdict{"DOM-01": audit.Unknown}, []string{"TLSv1.2"}},
		{"outside, and not inside", "", "[Notes]\nDISABLE_SSLV3=1\n[Other]\nSSL_DISABLE_TLS_11=1\nSSL_DISABLE_TLS_10=1\n", map[string]audit.Verdict{"DOM-01": audit.Unknown, "DOM-02": audit.Unknown}, []string{"TLSv1.2"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := test.text
			if !strings.HasPrefix(text, "[") {
				text = "[Notes]\n" + text
			}
			versions := map[string]string{}
			if test.release != "" {
				versions["domino"] = test.release
			}
			d := conftest.ReadText(t, Format, "notes.ini", text, versions)
			conftest.CheckDocument(t, d)
			got := conftest.Verdicts(d)
			for id, want := range test.want {
				if got[id] != want {
					t.Errorf("%s is %v, want %v", id, got[id], want)
				}
			}
			if diff := cmp.Diff(test.versions, conftest.Enabled(d)); diff != "" {
				t.Errorf("versions (-want +got):\n%s", diff)
			}
		})
	}
}

// TestUnknownRelease: what a rule cannot tell, the posture does not tell either,
// so that a standard beside it is unknown and no failure.
func TestUnknownRelease(t *testing.T) {
	for _, test := range []struct {
		release, text string
		want          map[audit.Version]audit.Answer
	}{
		{"", "", map[audit.Version]audit.Answer{audit.SSLv3: audit.Undetermined, audit.TLSv10: audit.Undetermined, audit.TLSv11: audit.Undetermined}},
		{"", "DISABLE_SSLV3=0\nSSL_ENABLE_TLS_10=1\n", map[audit.Version]audit.Answer{audit.SSLv3: audit.Accepted, audit.TLSv10: audit.Accepted, audit.TLSv11: audit.Undetermined}},
		{"12.0.2", "", map[audit.Version]audit.Answer{audit.SSLv3: audit.Undetermined, audit.TLSv10: audit.Refused, audit.TLSv11: audit.Undetermined}},
		{"11.0.1", "", map[audit.Version]audit.Answer{audit.SSLv3: audit.Undetermined, audit.TLSv10: audit.Accepted, audit.TLSv11: audit.Undetermined}},
	} {
		versions := map[string]string{}
		if test.release != "" {
			versions["domino"] = test.release
		}
		l := conftest.ReadText(t, Format, "notes.ini", "[Notes]\nServerTasks=HTTP\n"+test.text, versions).Listeners[0]
		for v, want := range test.want {
			if got := l.Version(v).Answer; got != want {
				t.Errorf("release %q, %q: %s is %s, want %s", test.release, test.text, v, got, want)
			}
			if listed := slices.Contains(l.Configured, v); listed != (want == audit.Accepted) {
				t.Errorf("release %q, %q: %s among the versions configured: %v", test.release, test.text, v, listed)
			}
		}
	}
}

func TestDamage(t *testing.T) {
	good := "[Notes]\nDISABLE_SSLV3=1\nSSL_DISABLE_TLS_10=1\nSSL_DISABLE_TLS_11=1\n"
	utf16 := conftree.Encoding{Charset: "utf-16le", BOM: true}
	plain := conftree.Encoding{Charset: "utf-8"}
	tests := []struct {
		name, text string
		enc        conftree.Encoding
		broken     bool
	}{
		{"good", good, plain, false},
		{"crlf", strings.ReplaceAll(good, "\n", "\r\n"), plain, false},
		{"long comment", ";" + strings.Repeat("x", 70000) + "\n" + good, plain, false},
		{"blank in a comment", "; a\u00a0b\n" + good, plain, false},
		{"cr only", strings.ReplaceAll(good, "\n", "\r"), plain, true},
		{"utf-16", good, utf16, true},
		{"bom", good, conftree.Encoding{Charset: "utf-8", BOM: true}, true},
		{"nul", strings.Replace(good, "TLS_10", "TLS\x00\x00_10", 1), plain, true},
		{"no-break space", "; a\u00a0b\n" + strings.Replace(good, "10=", "10\u00a0=", 1), plain, true},
		{"blank lines", " \n\n", plain, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := conftree.NewFile("notes.ini", "notes.ini", test.text, test.enc)
			d := Format.Read(&confdoc.Reader{Tree: conftree.FromTexts(nil)}, f)
			d.Format = Format
			confdoc.Settle(d)
			conftest.CheckDocument(t, d)
			want := audit.Pass
			if test.broken {
				want = audit.Unknown
			}
			if got := conftest.Verdicts(d)["DOM-01"]; (d.Broken() != nil) != test.broken || got != want {
				t.Errorf("broken %v, DOM-01 %v", d.Broken(), got)
			}
		})
	}
	if got := conftest.Verdicts(conftest.ReadText(t, Format, "notes.ini", strings.TrimSuffix(good, "=1\n")+"=1", nil))["DOM-01"]; got != audit.Unknown {
		t.Errorf("DOM-01 of a file cut off: %v", got)
	}
	if got := conftest.Verdicts(conftest.ReadText(t, Format, "notes.ini", strings.TrimPrefix(good, "[Notes]\n"), nil))["DOM-01"]; got != audit.Unknown {
		t.Errorf("DOM-01 of a file without a section: %v", got)
	}
}

func TestFix(t *testing.T) {
	t.Run("sample", func(t *testing.T) {
		r := &confdoc.Reader{Tree: conftest.OpenSamples(t)}
		const name = "domino/notes.noncompliant-1001.ini"
		before := conftest.Bad(conftest.Read(t, Format, r, name))
		if !slices.Equal(before, []string{"DOM-01", "DOM-02", "DOM-03"}) {
			t.Fatalf("before: %v", before)
		}
		d, n := conftest.Mend(t, Format, r, name)
		if left := conftest.Bad(d); len(left) > 0 || n == 0 {
			t.Errorf("left after %d changes: %v", n, left)
		}
		want := `[Notes]
NotesProgram=/opt/ibm/domino/notes/latest/linux
Directory=/local/notesdata
KitType=2
ServerTasks=replica,router,update,amgr,adminp,http
SSLCipherSpec=C030
;SSL_DISABLE_TLS_10=1
SSL_DISABLE_TLS_10=1
Ssl_Disable_Tls_11 = 1
DISABLE_SSLV3=1
`
		if diff := cmp.Diff(want, d.Main().Text); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	for _, text := range []string{
		"[Notes]\r\nSSL_ENABLE_TLS_10=1\r\nSSL_DISABLE_TLS_11=0\r\nDISABLE_SSLV3=0\r\n\r\n[Other]\r\nx=1\r\n",
		"[Notes]\nSSL_DISABLE_TLS_11=0\nSSL_DISABLE_TLS_11=0\nSSL_USE_CLIENT_CIPHER_ORDER=1\nDISABLE_SSLV3=0\nSSL_ENABLE_INSECURE_RENEGOTIATE=1\n",
		"[Notes]\nSSLCipherSpec=0005000A\nSSL_DISABLE_TLS_11=0\n",
		"[Other]\n;SSL_DISABLE_TLS_10=1\n;DISABLE_SSLV3=1\n[Notes]\nSSL_DISABLE_TLS_11=0\n[More]\nx=1\n",
	} {
		for _, release := range []string{"", "9.0.1FP10", "11.0.1", "12.0"} {
			versions := map[string]string{}
			if release != "" {
				versions["domino"] = release
			}
			r := &confdoc.Reader{Tree: conftree.FromTexts(map[string]string{"notes.ini": text}), Versions: versions}
			d, n := conftest.Mend(t, Format, r, "notes.ini")
			if left := conftest.Bad(d); len(left) > 0 || n == 0 {
				t.Errorf("%s, release %q: %v left after %d changes:\n%s", text, release, left, n, d.Main().Text)
			}
			if strings.Contains(text, "\r\n") && strings.Count(d.Main().Text, "\n") != strings.Count(d.Main().Text, "\r\n") {
				t.Errorf("line ends are mixed: %q", d.Main().Text)
			}
		}
	}
}

func TestEstablish(t *testing.T) {
	yes := true
	tests := []struct {
		name, release string
		want          audit.Want
		line          string // "" for an error
	}{
		{"lowest version", "", audit.Want{MinVersion: audit.TLSv12}, "SSL_DISABLE_TLS_11=1"},
		{"versions", "", audit.Want{Versions: []audit.Version{audit.TLSv12, audit.TLSv13}}, "SSL_DISABLE_TLS_10=1"},
		{"only TLS 1.3", "", audit.Want{MinVersion: audit.TLSv13}, ""},
		{"order", "", audit.Want{ServerOrder: &yes}, "SSL_USE_CLIENT_CIPHER_ORDER=0"},
		{"suites of 9", "9.0.1FP10", audit.Want{Strong: true}, "SSLCipherSpec=C02CC030C02BC02F009F009E"},
		{"suites of 9 by name", "9.0.1FP10", audit.Want{AllowSuites: []string{"TLS_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}}, "SSLCipherSpec=C02F\n"},
		{"suites of 12", "12.0", audit.Want{Strong: true}, ""},
		{"suites of an unknown release", "", audit.Want{Strong: true}, ""},
		{"a certificate", "", audit.Want{Certificate: "RSA 2048"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := conftest.ReadText(t, Format, "notes.ini", "[Notes]\nKitType=2\n", map[string]string{"domino": test.release})
			edits, err := establish(d, d.Listeners[0], test.want)
			if test.line == "" {
				if err == nil {
					t.Fatalf("no error, but %v", edits)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			texts, err := conftree.Apply(edits)
			if err != nil {
				t.Fatal(err)
			}
			if got := texts["notes.ini"]; !strings.Contains(got, test.line) {
				t.Errorf("%q is missing in:\n%s", test.line, got)
			}
		})
	}
}

// TestSecrets: a password that stands in notes.ini appears nowhere.
func TestSecrets(t *testing.T) {
	const canary = "C4naryS3cret"
	d := conftest.ReadText(t, Format, "notes.ini", "[Notes]\nSSL_KEYRING_PASSWORD="+canary+"\nSSLPassword = {xor}"+canary+"\nHTTP_TLS_SECRET="+canary+"\nSSL_DISABLE_TLS_10="+canary+"\n", nil)
	for _, s := range slices.Concat(d.Settings, d.Listeners[0].Settings) {
		if strings.Contains(s.Value, canary) && s.Key != "SSL_DISABLE_TLS_10" {
			t.Errorf("%s tells %q", s.Key, s.Value)
		}
	}
	for _, j := range confdoc.Judge(d, conftest.Demands) {
		for _, f := range j.Findings {
			if strings.Contains(f.Message+f.Evidence, canary) {
				t.Errorf("%s tells: %s", f.Rule, f.Message)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("[Notes]\nSSL_DISABLE_TLS_10=1\n;SSL_DISABLE_TLS_11=1\nDISABLE_SSLV3=0\nSSLCipherSpec=000A0005C030\n", "")
	f.Add("[Notes]\r\nSSL_ENABLE_TLS_10=1\r[Other]\nsslcipherspec=00\n", "12.0")
	f.Add("=\n[notes\n#=\nSSLCipherSpec = \nSSL_USE_CLIENT_CIPHER_ORDER=9", "9.0.1 FP3")
	f.Fuzz(func(t *testing.T, text, release string) {
		versions := map[string]string{}
		if release != "" {
			versions["domino"] = release
		}
		r := &confdoc.Reader{Tree: conftree.FromTexts(map[string]string{"notes.ini": text}), Versions: versions}
		d := conftest.Read(t, Format, r, "notes.ini")
		conftest.CheckDocument(t, d)
		conftest.CheckFixes(t, r, d)
		sniff(d.Main())
	})
}
