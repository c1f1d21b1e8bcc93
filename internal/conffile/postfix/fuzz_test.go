package postfix

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// seeds adds the samples, and what the reader has to survive.
func seeds(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob("../../../fixtures/config/postfix/*/*")
	if err != nil || len(files) < 9 {
		f.Fatalf("samples: %v %v", files, err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b), "smtp inet n - y - - smtpd\n -o { smtpd_tls_protocols = TLSv1 }\n", "example.com encrypt protocols=TLSv1\n", false)
	}
	f.Add("a = $a $a\nsmtpd_tls_protocols = $a", "submission inet n - n - - smtpd -o a=b -o", "[x]:25 none\n.y may ciphers=low match=a", true)
	f.Add("smtpd_tls_protocols\n = >=TLSv1\n # c\n\n , !TLSv1.2\n", "smtp inet n - n - - postscreen\ntlsproxy unix - - n - 0 tlsproxy", "x\ny {a=b}", false)
	f.Add("smtp_tls_policy_maps = inline:{ {a.example = may}, b=none } hash:/etc/postfix/tls_policy\r\ncompatibility_level=3.11\r\n", "smtp unix - - n - - smtp\n", "a verify\n", true)
	f.Add("smtp_tls_policy_maps = inline inline:} static:{", "smtp unix - - n - - smtp\n", "a \n\x00e", false)
	f.Add("a = b", "smtp inet n - n - - smtpd -o smtpd_tls_ciphers=low -o smtpd_tls_exclude_ciphers=x\x00 y", ".y may ciphers=l\x00\x04=a\n", false)
	f.Add("smtpd_tls_security_level = verify\rsmtpd_tls_wrappermode = yes\x00 x", "smtps inet n - n - - smtpd -o smtpd_tls_security_level = may", "b secure match=hostname", false)
}

// FuzzRead reads and judges any three files: nothing panics, every place lies in
// a file of the document, and what is offered as a change can be applied.
func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, main, master, policy string, marked bool) {
		tree := conftree.FromTexts(map[string]string{"postfix/master.cf": master, "postfix/tls_policy": policy, "postfix/main.cf": main})
		for _, file := range []string{"main.cf", "master.cf", "tls_policy"} {
			text, err := tree.Read("postfix/" + file)
			if err != nil {
				continue
			}
			if marked {
				text = conftree.NewFile(text.Path, text.Name, text.Text, conftree.Encoding{Charset: "utf-8", BOM: true})
			}
			format := Format
			if file == "tls_policy" {
				format = PolicyMap
			}
			format.Sniff(text)
			versions := map[string]string{"postfix": "3.4.5", "openssl": "3.0.19"}
			if len(main)%4 == 0 { // slow: all versions of OpenSSL are asked
				versions = nil
			}
			d := format.Read(&confdoc.Reader{Tree: tree, Versions: versions}, text)
			d.Format = format
			confdoc.Settle(d)
			inspect(t, d, len(main)%8 == 0)
		}
	})
}

// inspect checks all places of a document and all changes.
func inspect(t *testing.T, d *confdoc.Document, ciphers bool) {
	t.Helper()
	inside := func(what string, p audit.Place) {
		if p.File == "" {
			return
		}
		for _, f := range d.Files {
			if f.Name == p.File && p.Line >= 1 && p.Line <= f.Lines() {
				return
			}
		}
		t.Fatalf("%s points at %v, outside of the files", what, p)
	}
	for _, fault := range d.Faults {
		inside("a fault", fault.Place)
	}
	for _, gap := range d.Gaps {
		inside("a gap", gap.Place)
	}
	for _, s := range d.Settings {
		inside("a setting", s.Place)
	}
	for i, l := range d.Listeners {
		if l.Place != nil {
			inside("a listener", *l.Place)
		}
		for _, s := range l.Settings {
			inside("a setting", s.Place)
		}
		for _, v := range l.Versions {
			if v.Place != nil {
				inside("a version", *v.Place)
			}
		}
		if i > 1 {
			continue // as for those before
		}
		server := true
		for _, want := range []audit.Want{{MinVersion: audit.TLSv12}, {Versions: []audit.Version{audit.TLSv13}}, {Strong: ciphers}, {ServerOrder: &server}, {StartTLS: true}} {
			if edits, err := establish(d, l, want); err == nil {
				applicable(t, edits)
			}
		}
	}
	for _, j := range confdoc.Judge(d, demands) {
		for _, f := range j.Findings {
			if f.Place != nil {
				inside(f.Rule, *f.Place)
			}
			if strings.Contains(f.Message, "internal error") {
				t.Fatalf("%s: %s", f.Rule, f.Message)
			}
		}
		for _, fix := range j.Fixes {
			applicable(t, fix.Edits)
			if strings.Contains(fix.None, "internal error") {
				t.Fatal(fix.None)
			}
		}
	}
}

func applicable(t *testing.T, edits []conftree.Edit) {
	t.Helper()
	if _, err := conftree.Apply(edits); err != nil {
		t.Fatal(err)
	}
}

// TestBounded reads inputs of a megabyte made to be slow.
func TestBounded(t *testing.T) {
	const size = 1 << 20
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	for name, files := range map[string][2]string{
		"references":  {"a = " + fill("$b") + "\nb = " + strings.Repeat("$c", 1000) + "\nc = " + strings.Repeat("x", 1000) + "\nsmtpd_tls_protocols = $a\n", ""},
		"nested":      {"smtpd_tls_protocols = " + strings.Repeat("${a:", size/5) + strings.Repeat("}", size/5) + "\n", ""},
		"doubling":    {"a1 = x\n" + doubling() + "smtpd_tls_protocols = $a60\n", ""},
		"braces":      {"smtpd_tls_exclude_ciphers = " + fill("{") + "\n", fill("{")},
		"definitions": {fill("a = b\n"), ""},
		"duplicates":  {fill("smtpd_tls_protocols = TLSv1\n"), ""},
		"services":    {"smtpd_tls_security_level = may\n", fill("smtp inet n - n - - smtpd -o smtpd_tls_protocols=TLSv1\n")},
		"many":        {"smtpd_tls_security_level = may\nsmtpd_tls_cert_file = /c\n", manyServices(size)},
		"options":     {"smtpd_tls_security_level = may\n", "smtp inet n - n - - smtpd" + fill(" -o smtpd_tls_protocols=TLSv1")},
		"words":       {"smtpd_tls_protocols = " + fill("!TLSv1 ") + "\nsmtpd_tls_exclude_ciphers = " + fill("RC4 ") + "\nsmtpd_tls_security_level = may\n", ""},
		"blank":       {fill(" \n"), fill("\n")},
		"comments":    {"a = b\n" + fill("# \n"), ""},
		"continued":   {"smtpd_tls_protocols = a\n" + fill(" b\n"), "smtp inet n - n - - smtpd\n" + fill(" -o smtpd_tls_protocols=TLSv1\n")},
		"nul":         {fill("\x00"), fill("\x00\n")},
		"carriage":    {fill("a=b\r"), fill("#\r")},
		"inline":      {"smtp_tls_policy_maps = inline:{" + fill("{a = may} ") + "}\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			tree := texts("main.cf", files[0], "master.cf", files[1])
			start := time.Now()
			d, _ := load(t, Format, tree, "etc/main.cf", nil)
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			} else {
				t.Logf("%v, %d listeners, %d faults", took.Round(time.Millisecond), len(d.Listeners), len(d.Faults))
			}
		})
	}
	t.Run("policy", func(t *testing.T) {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			b.WriteString(strings.Repeat("a", i%20) + string(rune('a'+i%26)) + ".example.com encrypt protocols=TLSv1 ciphers=low\n")
		}
		start := time.Now()
		load(t, PolicyMap, texts("tls_policy", b.String()), "etc/tls_policy", nil)
		if took := time.Since(start); took > time.Minute {
			t.Errorf("took %v", took)
		}
	})
}

func doubling() string {
	var b strings.Builder
	for i := 2; i <= 60; i++ {
		n := func(i int) string { return "a" + string(rune('0'+i/10)) + string(rune('0'+i%10)) }
		b.WriteString(strings.Replace(n(i), "a0", "a", 1) + " = $" + strings.Replace(n(i-1), "a0", "a", 1) + "$" + strings.Replace(n(i-1), "a0", "a", 1) + "\n")
	}
	return b.String()
}

func manyServices(size int) string {
	var b strings.Builder
	for i := 1; b.Len() < size; i++ {
		b.WriteString("127.0.0.1:" + strings.Repeat("1", i%5+1) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26)) + " inet n - n - - smtpd -o smtpd_tls_protocols=TLSv1\n")
	}
	return b.String()
}
