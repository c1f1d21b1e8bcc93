package websphere

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// TestOverride: a file that is put over java.security by a JVM argument is
// looked at; one that is weak or not there fails.
func TestOverride(t *testing.T) {
	const on = "-Dcom.ibm.jsse2.overrideDefaultTLS=true "
	const weak, strong = "jdk.tls.disabledAlgorithms=SSLv3\n", "jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1, RC4, 3DES_EDE_CBC, DH keySize < 2048\n"
	for _, v := range []struct {
		name, argument, file string
		want                 audit.Verdict
		rule                 string
		open                 bool // nothing else passes
	}{
		{"weak", "-Djava.security.properties=x.security", weak, audit.Fail, "JVM-02", false},
		{"weak and whole", "-Djava.security.properties==x.security", weak, audit.Fail, "JVM-02", false},
		{"whole, without a list", "-Djava.security.properties==x.security", "security.provider.1=SUN\n", audit.Fail, "JVM-02", false},
		{"whole, without providers", "-Djava.security.properties==x.security", strong, audit.Fail, "JVM-02", false},
		{"whole", "-Djava.security.properties==x.security", "security.provider.1=SUN\n" + strong, audit.Warn, "JVM-02", false},
		{"with RC4", "-Djava.security.properties=x.security", "jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1, 3DES_EDE_CBC\n", audit.Fail, "JVM-02", false},
		{"with groups of 1024 bits", "-Djava.security.properties=x.security", "jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1, RC4, 3DES_EDE_CBC, DH keySize < 1024\n", audit.Fail, "JVM-02", false},
		{"without a word about groups", "-Djava.security.properties=x.security", "jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1, RC4, 3DES_EDE_CBC\n", audit.Fail, "JVM-02", false},
		{"strong", "-Djava.security.properties=x.security", strong, audit.Pass, "JVM-02", false},
		{"strong, by variable", "-Djava.security.properties=${USER_INSTALL_ROOT}/x.security", strong, audit.Pass, "JVM-02", false},
		{"about something else", "-Djava.security.properties=x.security", "networkaddress.cache.ttl=5\n", audit.Pass, "JVM-02", false},
		{"not there", "-Djava.security.properties=y.security", weak, audit.Fail, "JVM-02", true},
		{"another variable", "-Djava.security.properties=${HOME}/x.security", strong, audit.Fail, "JVM-02", true},
		{"refused by Java", "-Djava.security.properties=x.security", "a=\\u12\n", audit.Fail, "JVM-02", true},
		{"no effect", "-Djdk.tls.disabledAlgorithms=SSLv3", "", audit.Warn, "JVM-06", false},
		{"none", "-Da=b", "", audit.Pass, "JVM-02", false},
	} {
		t.Run(v.name, func(t *testing.T) {
			const name = "profiles/P/config/cells/C/nodes/N/servers/S/server.xml"
			texts := map[string]string{name: process(` genericJvmArguments="`+on+v.argument+`"`, ""), "profiles/P/x.security": v.file}
			d := readFile(t, Server, &confdoc.Reader{Tree: conftree.FromTexts(texts)}, name)
			list := confdoc.Judge(d.Document, demands)
			if !slices.Contains(found(list, v.want), v.rule) {
				t.Errorf("%s is not %v: fail %v, warn %v", v.rule, v.want, found(list, audit.Fail), found(list, audit.Warn))
			}
			if v.open && len(found(list, audit.Pass)) > 2 {
				t.Errorf("passed: %v", found(list, audit.Pass))
			}
			if v.want == audit.Pass {
				return
			}
			for _, j := range list {
				for _, fix := range j.Fixes {
					after := confdoc.Judge(d.change(t, fix.Edits).Document, demands)
					if diff := cmp.Diff([]string(nil), found(after, audit.Fail, audit.Warn, audit.Unknown)); diff != "" || len(fix.Edits) == 0 {
						t.Errorf("after the change: %s %s", diff, fix.None)
					}
				}
			}
		})
	}
}
