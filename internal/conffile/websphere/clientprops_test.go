package websphere

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

const head = "com.ibm.ssl.performURLHostNameVerification=true\n"

func TestClientProps(t *testing.T) {
	tests := []struct {
		name, text string
		neighbours map[string]string
		min        audit.Version
		want       []string // fail and warn
		unknown    []string
		versions   [][]string
	}{
		{name: "compliant", text: head + "com.ibm.ssl.defaultAlias=A\ncom.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.2\n", versions: [][]string{{"TLSv1.2"}}},
		{name: "a weak block after a good one", text: head + "com.ibm.ssl.defaultAlias=B\ncom.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.2\ncom.ibm.ssl.alias=B\ncom.ibm.ssl.protocol=SSL_TLSv2\n",
			want: []string{"WAS-02 alias B"}, versions: [][]string{nil, {"TLSv1.0", "TLSv1.1", "TLSv1.2"}}},
		{name: "a good block after a weak one", text: head + "com.ibm.ssl.defaultAlias=A\ncom.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLS\ncom.ibm.ssl.alias=B\ncom.ibm.ssl.protocol=TLSv1.2\n",
			want: []string{"WAS-02 alias A"}, versions: [][]string{{"TLSv1.0"}, nil}},
		{name: "without a protocol", text: head + "com.ibm.ssl.alias=A\ncom.ibm.ssl.securityLevel=HIGH\n", want: []string{"WAS-02 alias A"}, versions: [][]string{{"TLSv1.0", "TLSv1.1", "TLSv1.2"}}},
		{name: "an alias ends the file", text: head + "com.ibm.ssl.alias=A", want: []string{"WAS-02 alias A"}, versions: [][]string{{"TLSv1.0", "TLSv1.1", "TLSv1.2"}}},
		{name: "1.3 is wanted", min: audit.TLSv13, text: head + "com.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.3,TLSv1.2\n", want: []string{"WAS-02 alias A"}, versions: [][]string{{"TLSv1.2", "TLSv1.3"}}},
		{name: "a value without a value", text: head + "com.ibm.ssl.alias=A\ncom.ibm.ssl.protocol\n", unknown: []string{"WAS-02 alias A", "WAS-08 alias A"}, versions: [][]string{nil}},
		{name: "trailing blanks stay", text: head + "com.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.2 \n", unknown: []string{"WAS-02 alias A", "WAS-08 alias A"}, versions: [][]string{{"TLSv1.2"}}},
		{name: "twice, both weak", text: head + "com.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1\ncom.ibm.ssl.protocol=SSL_TLS\n", want: []string{"WAS-02 alias A"}, versions: [][]string{{"TLSv1.0"}}},
		{name: "twice, the last weak", text: head + "com.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.2\ncom.ibm.ssl.protocol=SSL_TLS\n", want: []string{"WAS-02 alias A"}, versions: [][]string{{"TLSv1.0"}}},
		{name: "twice, the first weak", text: head + "com.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1\ncom.ibm.ssl.protocol=TLSv1.2\n", unknown: []string{"WAS-02 alias A"}, versions: [][]string{{"TLSv1.2"}}},
		{name: "two blocks of a name", text: head + "com.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.2\ncom.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.2\n",
			unknown: []string{"WAS-02 alias A", "WAS-08 alias A", "WAS-02 alias A~2", "WAS-08 alias A~2"}, versions: [][]string{{"TLSv1.2"}, {"TLSv1.2"}}},
		{name: "a protocol before the first alias", text: head + "com.ibm.ssl.protocol=SSL_TLSv2\ncom.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.2\n", versions: [][]string{{"TLSv1.2"}}},
		{name: "a good protocol before the first alias only", text: head + "com.ibm.ssl.protocol=TLSv1.2\ncom.ibm.ssl.alias=A\n", unknown: []string{"WAS-02 alias A", "WAS-08 alias A"}, versions: [][]string{{"TLSv1.2"}}},
		{name: "a weak protocol before the first alias only", text: head + "com.ibm.ssl.protocol=TLSv1\ncom.ibm.ssl.alias=A\n", want: []string{"WAS-02 alias A"}, unknown: []string{"WAS-08 alias A"}, versions: [][]string{{"TLSv1.0"}}},
		{name: "no alias", text: head + "com.ibm.ssl.protocol=TLSv1.2\n", unknown: []string{"WAS-10"}},
		{name: "the default is not there", text: head + "com.ibm.ssl.defaultAlias=X\ncom.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.2\n", unknown: []string{"WAS-10", "WAS-02 alias A", "WAS-08 alias A"}, versions: [][]string{{"TLSv1.2"}}},
		{name: "an unused weak block", text: head + "com.ibm.ssl.defaultAlias=A\ncom.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.2\ncom.ibm.ssl.alias=B\ncom.ibm.ssl.protocol=TLSv1\ncom.ibm.ssl.securityLevel=LOW\n",
			want: []string{"WAS-02 alias B (warn)", "WAS-08 alias B (warn)"}, versions: [][]string{{"TLSv1.2"}, nil}},
		{name: "selected by target", text: head + "com.ibm.ssl.defaultAlias=A\ncom.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.2\ncom.ibm.ssl.alias=B\ncom.ibm.ssl.protocol=TLSv1\ncom.ibm.ssl.dynamicSelectionInfo=LDAP,h,636\n",
			want: []string{"WAS-02 alias B"}, versions: [][]string{{"TLSv1.2"}, {"TLSv1.0"}}},
		{name: "named by soap.client.props", neighbours: map[string]string{"soap.client.props": "com.ibm.ssl.alias=B\n"},
			text: head + "com.ibm.ssl.defaultAlias=A\ncom.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.2\ncom.ibm.ssl.alias=B\ncom.ibm.ssl.protocol=TLSv1\n",
			want: []string{"WAS-02 alias B"}, versions: [][]string{{"TLSv1.2"}, {"TLSv1.0"}}},
		{name: "suites", text: head + "com.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.2\ncom.ibm.ssl.enabledCipherSuites=SSL_RSA_WITH_3DES_EDE_CBC_SHA\n", want: []string{"WAS-05 alias A"}, versions: [][]string{{"TLSv1.2"}}},
		{name: "continued", text: head + "com.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.1,\\\n   TLSv1.2\n", want: []string{"WAS-02 alias A"}, versions: [][]string{{"TLSv1.1", "TLSv1.2"}}},
		{name: "escaped", text: head + "com.ibm.ssl.al\\u0069as : A\ncom.ibm.ssl.protocol \\u0053SL_TLSv2\n", want: []string{"WAS-02 alias A"}, versions: [][]string{{"TLSv1.0", "TLSv1.1", "TLSv1.2"}}},
		{name: "CR", text: strings.ReplaceAll(head+"com.ibm.ssl.alias=A\ncom.ibm.ssl.securityLevel=MEDIUM\n", "\n", "\r"), want: []string{"WAS-02 alias A", "WAS-08 alias A (warn)"}, versions: [][]string{{"TLSv1.0", "TLSv1.1", "TLSv1.2"}}},
		{name: "host names", text: strings.Replace(head, "true", "false", 1) + "com.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.2\n", want: []string{"WAS-10 (warn)"}, versions: [][]string{{"TLSv1.2"}}},
		{name: "host names not told", text: "com.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.2\n", unknown: []string{"WAS-10"}, versions: [][]string{{"TLSv1.2"}}},
		{name: "in comments", text: head + "#com.ibm.ssl.protocol=TLSv1 \\\ncom.ibm.ssl.alias=A\n! com.ibm.ssl.protocol=TLSv1\ncom.ibm.ssl.protocol=TLSv1.2\n#com.ibm.ssl.alias=B\n", versions: [][]string{{"TLSv1.2"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			texts := map[string]string{"properties/ssl.client.props": tt.text}
			for name, text := range tt.neighbours {
				texts["properties/"+name] = text
			}
			d := readFile(t, ClientProps, &confdoc.Reader{Tree: conftree.FromTexts(texts)}, "properties/ssl.client.props")
			demands := demands
			if tt.min != 0 {
				demands.Min = tt.min
			}
			list := confdoc.Judge(d.Document, demands)
			var objections []string
			for _, j := range list {
				one := []confdoc.Judgement{j}
				objections = append(objections, found(one, audit.Fail)...)
				for _, w := range found(one, audit.Warn) {
					objections = append(objections, w+" (warn)")
				}
			}
			if diff := cmp.Diff(tt.want, objections); diff != "" {
				t.Errorf("objections (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.unknown, unknownOf(list), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("unknown (-want +got):\n%s", diff)
			}
			var versions [][]string
			for _, l := range d.Listeners {
				versions = append(versions, versionsOf(l))
			}
			if diff := cmp.Diff(tt.versions, versions); diff != "" {
				t.Errorf("versions (-want +got):\n%s", diff)
			}
			if failing, mended := mend(t, d, demands); failing != mended {
				t.Errorf("changes for %d of %d findings", mended, failing)
			}
		})
	}
}

// TestClientPropsText looks at what a change leaves alone.
func TestClientPropsText(t *testing.T) {
	const before = "# a\r\ncom.ibm.ssl.alias = A \\\r\n  \r\n  com.ibm.ssl.protocol : SSL_TLSv2\r\n# b \\\r\ncom.ibm.ssl.alias=B\r\n"
	d := readText(t, ClientProps, "ssl.client.props", before)
	list := confdoc.Judge(d.Document, demands)
	var edits []conftree.Edit
	for _, j := range list {
		for _, fix := range j.Fixes {
			edits = append(edits, fix.Edits...)
		}
	}
	const after = "# a\r\ncom.ibm.ssl.alias = A \\\r\n  \r\n  com.ibm.ssl.protocol : TLSv1.2\r\n# b \\\r\ncom.ibm.ssl.alias=B\r\ncom.ibm.ssl.protocol=TLSv1.2\r\n"
	if diff := cmp.Diff(after, d.change(t, edits).Main().Text); diff != "" {
		t.Error(diff)
	}
}

func TestClientPropsEncodings(t *testing.T) {
	text := "com.ibm.ssl.alias=A\ncom.ibm.ssl.protocol=TLSv1.2\n"
	for name, tt := range map[string]struct {
		text []byte
		want string // the finding about the file
	}{
		"UTF-8 with a mark":             {[]byte("\xef\xbb\xbf" + text), "LOAD-03"},
		"UTF-8 with a mark and comment": {[]byte("\xef\xbb\xbf# a\n" + text), "LOAD-03"},
		"two NUL bytes":                 {[]byte(strings.Replace(text, "=A", "=A\x00\x00", 1)), "LOAD-03"},
		"two NUL bytes in a comment":    {[]byte("# \x00\x00\n" + text), ""},
		"UTF-16":                        {utf16le(text), "LOAD-02"},
		"a malformed escape":            {[]byte(text + "a=\\u12\n"), "LOAD-02"},
		"ISO-8859-1":                    {[]byte(text + "# \xe4\n"), ""},
	} {
		tree := conftree.FromBytes(map[string][]byte{"ssl.client.props": tt.text})
		list := confdoc.Judge(readFile(t, ClientProps, &confdoc.Reader{Tree: tree}, "ssl.client.props").Document, demands)
		var got string
		for _, f := range list[0].Findings {
			if strings.HasPrefix(f.Rule, "LOAD") && f.Verdict != audit.Pass {
				got = f.Rule
			}
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
		if (tt.want == "LOAD-02" || name == "UTF-8 with a mark") && len(found(list, audit.Pass)) > 2 {
			t.Errorf("%s: %v pass", name, found(list, audit.Pass))
		}
	}
}

func utf16le(s string) []byte {
	b := []byte{0xff, 0xfe}
	for i := range len(s) {
		b = append(b, s[i], 0)
	}
	return b
}

func TestUsedBy(t *testing.T) {
	texts := map[string]string{
		"p/ssl.client.props":  "com.ibm.ssl.defaultAlias=A\ncom.ibm.ssl.alias=A\ncom.ibm.ssl.alias=B\ncom.ibm.ssl.alias=C\ncom.ibm.ssl.dynamicSelectionInfo=LDAP,h,1\ncom.ibm.ssl.alias=D\n",
		"p/sas.client.props":  "com.ibm.ssl.alias=B\n",
		"p/soap.client.props": "com.ibm.ssl.alias=A\n",
	}
	d := readFile(t, ClientProps, &confdoc.Reader{Tree: conftree.FromTexts(texts)}, "p/ssl.client.props")
	var got []string
	for _, l := range d.Listeners {
		for _, s := range l.Settings {
			if s.Key == "used-by" {
				got = append(got, l.Listener+": "+s.Value)
			}
		}
	}
	want := []string{"alias A: soap.client.props", "alias A: com.ibm.ssl.defaultAlias", "alias B: sas.client.props", "alias C: connections that match com.ibm.ssl.dynamicSelectionInfo"}
	if diff := cmp.Diff(want, got); diff != "" || len(d.Files) != 3 {
		t.Errorf("%d files (-want +got):\n%s", len(d.Files), diff)
	}
}
