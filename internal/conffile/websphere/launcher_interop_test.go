//go:build interop

package websphere

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/internal/strictxml"
)

// TestAgainstLauncher gives random arguments to the launcher of Java and
// compares the properties they set: what separates arguments, what quotes do,
// and which of several wins.
func TestAgainstLauncher(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "javac", "-d", dir, "testdata/Properties.java").CombinedOutput(); err != nil {
		t.Fatalf("javac: %v\n%s", err, out)
	}
	g := rand.New(rand.NewPCG(3, 1850))
	for range 60 {
		var list []string
		for range 8 {
			list = append(list, randomArgument(g))
		}
		arguments := strings.Join(list, pick(g, " ", "  ", "\t", "\n"))
		cmd := exec.CommandContext(t.Context(), "java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", dir, "Properties")
		cmd.Env = append(os.Environ(), "JDK_JAVA_OPTIONS="+arguments)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("java with %q: %v", arguments, err)
		}
		java := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		slices.Sort(java)
		if diff := cmp.Diff(java, properties(t, arguments)); diff != "" {
			t.Errorf("%q (-java +here):\n%s", arguments, diff)
		}
	}
}

func pick(g *rand.Rand, list ...string) string { return list[g.IntN(len(list))] }

// randomArgument writes an argument that sets a property, in quotes or not.
func randomArgument(g *rand.Rand) string {
	argument := "-Dx." + pick(g, "a", "b", "c", "d", "e")
	if g.IntN(6) > 0 {
		argument += "="
		for range g.IntN(4) {
			argument += pick(g, "TLSv1", ",", `"a b"`, `'c "d'`, `"e 'f"`, `''`, `""`, `\`, "=", "1.2", `"	"`)
		}
	}
	switch g.IntN(5) {
	case 0:
		return `"` + strings.NewReplacer(`"`, "", "'", "").Replace(argument) + ` x"`
	case 1:
		return `'` + strings.NewReplacer(`"`, "", "'", "").Replace(argument) + `'y`
	}
	return argument
}

// properties writes what a server.xml with the arguments sets as Properties.java
// does.
func properties(t *testing.T, arguments string) (lines []string) {
	d := readText(t, Server, "server.xml", process(` genericJvmArguments="`+strictxml.Escape(arguments)+`"`, ""))
	if d.Broken() != nil || len(d.Gaps) > 0 {
		t.Errorf("%q: %+v %+v", arguments, d.Faults, d.Gaps)
		return nil
	}
	for _, list := range d.Syntax.([]*jvm)[0].counts {
		lines = append(lines, fmt.Sprintf("%s=%x", list[0].name, list[0].value))
	}
	slices.Sort(lines)
	return lines
}
