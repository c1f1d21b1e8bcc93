package sametime

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// configuration is what is really set, by parameter; a parameter that is not
// there is not set. The oracle reads this and never the files made of it.
type configuration map[string]string

var sectionOf = map[string]string{
	"VPMX_PORT": "Debug", "VPMX_TLS_PORT": "Debug", "VPMX_DISABLE_CONFIGURATION_UPDATE": "Debug",
	"ST_TLS_MIN_PROTOCOL_VERSION": "Config", "STMUX_TLS_MIN_PROTOCOL_VERSION": "Config", "ST_TLS_MAX_PROTOCOL_VERSION": "Config", "STMUX_TLS_MAX_PROTOCOL_VERSION": "Config",
	"ST_TLS_SECURITY_LEVEL": "Config", "STMUX_TLS_SECURITY_LEVEL": "Config", "ST_TLS_KEY_STORE_FILE": "Config", "VPMX_CAPACITY": "Config",
}

func choices(name string) []string {
	switch {
	case strings.HasSuffix(name, "_VERSION"):
		return []string{"0x300", "0x301", "0x302", "0x303", "0X303"}
	case strings.HasSuffix(name, "_LEVEL"):
		return []string{"0", "1", "2", "3", "4"}
	case strings.HasSuffix(name, "_PORT"):
		return []string{"0", "0", "1533", "1533", "1600"}
	case strings.HasSuffix(name, "_FILE"):
		return []string{"/local/keystore.p12"}
	case strings.HasSuffix(name, "_UPDATE"):
		return []string{"0", "1", "1", "1"}
	}
	return []string{"20000"}
}

func generate(r *rand.Rand) configuration {
	c := configuration{}
	for _, name := range names() {
		chance := 0.6
		if strings.HasPrefix(name, "STMUX_") || strings.HasSuffix(name, "MAX_PROTOCOL_VERSION") {
			chance = 0.15
		}
		if r.Float64() < chance {
			c[name] = pick(r, choices(name))
		}
	}
	return c
}

func names() (list []string) {
	for name := range sectionOf {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

// oracle is what must be read and said.
type oracle struct {
	plain, tls audit.Answer
	versions   []string
	verdicts   map[string]string
}

func (c configuration) oracle(underscored bool) (o oracle) {
	value := func(suffix, fallback string) string {
		if v, ok := c["STMUX_"+suffix]; ok {
			return strings.ToLower(v)
		}
		if v, ok := c["ST_"+suffix]; ok {
			return strings.ToLower(v)
		}
		return fallback
	}
	order := []string{"0x300", "0x301", "0x302", "0x303"}
	low, high := slices.Index(order, value("TLS_MIN_PROTOCOL_VERSION", "0x303")), slices.Index(order, value("TLS_MAX_PROTOCOL_VERSION", "0x303"))
	level := value("TLS_SECURITY_LEVEL", "0")
	plain, hasPlain := c["VPMX_PORT"]
	secure := c["VPMX_TLS_PORT"]
	tls := secure != "" && secure != "0"
	store := c["ST_TLS_KEY_STORE_FILE"] != ""
	o.verdicts = map[string]string{"ST-03": "unknown", "ST-04": "pass", "ST-05": "not-applicable", "ST-07": "pass"}
	o.plain, o.tls = audit.Undetermined, audit.Undetermined
	if tls {
		o.tls = audit.Accepted
	}
	legacyOnly := false
	switch {
	case hasPlain && plain != "0", !hasPlain && !tls:
		o.plain, o.verdicts["ST-03"] = audit.Accepted, "fail"
		if !tls {
			o.tls, legacyOnly = audit.Refused, true
		}
	case hasPlain && tls && c["VPMX_DISABLE_CONFIGURATION_UPDATE"] == "1":
		if o.plain = audit.Refused; store {
			o.verdicts["ST-03"] = "pass"
		}
	}
	o.versions = []string{}
	for i, name := range []string{"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2"} {
		if !legacyOnly && low <= i && i <= high {
			o.versions = append(o.versions, name)
		}
	}
	switch {
	case low < 3 || high < 3:
		o.verdicts["ST-04"] = "fail"
	case legacyOnly:
		o.verdicts["ST-04"] = "not-applicable"
	}
	if level == "0" {
		o.verdicts["ST-07"] = "fail"
	}
	if underscored {
		o.verdicts["ST-05"] = "fail"
	}
	return o
}

// writer puts a configuration into the syntax of a format, with everything in
// it that must not count.
type writer struct {
	*rand.Rand
	c configuration
	// underscored is set when a name with single underscores was written.
	underscored bool
	// named is set when any variable was.
	named bool
}

func (w *writer) often(p float64) bool { return w.Float64() < p }

func (w *writer) other(name string) string {
	return pick(w.Rand, choices(name))
}

// shuffled lists the parameters that are set, in any order.
func (w *writer) shuffled() []string {
	var list []string
	for _, name := range names() {
		if _, ok := w.c[name]; ok {
			list = append(list, name)
		}
	}
	w.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
	return list
}

func (w *writer) ini() string {
	var b strings.Builder
	eol := pick(w.Rand, []string{"\n", "\r\n"})
	section := ""
	for _, name := range w.shuffled() {
		if section != sectionOf[name] {
			section = sectionOf[name]
			b.WriteString(pick(w.Rand, []string{"", " "}) + "[" + section + "]" + eol)
		}
		if w.often(0.3) {
			b.WriteString(pick(w.Rand, []string{";", "; ", "#", " ;"}) + name + "=" + w.other(name) + eol)
		}
		b.WriteString(pick(w.Rand, []string{"", "", "  ", "\t"}) + name + pick(w.Rand, []string{"=", " = ", "\t="}) + w.c[name] + pick(w.Rand, []string{"", "", " "}) + eol)
	}
	return b.String() + "[ST_BB_NAMES]" + eol + "VP_X=1" + eol
}

// wrong is a name of the same parameter that sets nothing.
func (w *writer) wrong(name string) string {
	w.underscored, w.named = true, true
	return pick(w.Rand, []string{"STI_%s_%s", "STI__%s_%s", "STI_%s__%s"})
}

func (w *writer) env(set configuration) string {
	var b strings.Builder
	eol := pick(w.Rand, []string{"\n", "\r\n"})
	outer := w.c
	w.c = set
	defer func() { w.c = outer }()
	for _, name := range w.shuffled() {
		right := "STI__" + sectionOf[name] + "__" + name
		w.named = true
		if w.often(0.2) {
			b.WriteString("# " + right + "=" + w.other(name) + eol)
		}
		if w.often(0.2) {
			b.WriteString(right + "=" + w.other(name) + eol) // the next line beats it
		}
		if w.often(0.07) {
			b.WriteString(fmt.Sprintf(w.wrong(name), sectionOf[name], name) + "=" + w.other(name) + eol)
		}
		value := set[name]
		value = pick(w.Rand, []string{value, value, `"` + value + `"`, "'" + value + "'", value + "   # " + w.other(name)})
		b.WriteString(pick(w.Rand, []string{"", "", "export ", "  "}) + right + pick(w.Rand, []string{"=", "=", " = "}) + value + eol)
	}
	return b.String() + "OTHER=1" + eol
}

func (w *writer) compose() (compose, env string) {
	above, below := configuration{}, configuration{}
	for _, name := range w.shuffled() {
		switch {
		case w.often(0.4):
			below[name] = w.c[name]
		case w.often(0.5):
			below[name] = w.other(name)
			above[name] = w.c[name]
		default:
			above[name] = w.c[name]
		}
	}
	env = w.env(below)
	var b strings.Builder
	b.WriteString("x-common: &common\n  restart: always\nservices:\n  web:\n    image: hclsametime/web:12\n  mux:\n    <<: *common\n    image: hclsametime/mux:12.0.3\n    env_file:\n")
	b.WriteString(pick(w.Rand, []string{"      - mux.env\n", "      - ./mux.env\n", "      - path: mux.env\n        required: true\n"}))
	if len(above) == 0 {
		return b.String(), env
	}
	b.WriteString("    environment:\n")
	list := w.often(0.5)
	outer := w.c
	w.c = above
	for _, name := range w.shuffled() {
		right := "STI__" + sectionOf[name] + "__" + name
		w.named = true
		switch value := above[name]; {
		case list:
			b.WriteString("      - " + pick(w.Rand, []string{right + "=" + value, `"` + right + "=" + value + `"`}) + "\n")
		case strings.HasPrefix(value, "0x"):
			b.WriteString("      " + right + `: "` + value + "\"\n")
		default:
			b.WriteString("      " + right + ": " + pick(w.Rand, []string{`"` + value + `"`, "'" + value + "'"}) + "  # " + w.other(name) + "\n")
		}
	}
	w.c = outer
	return b.String(), env
}

// write makes the files of a configuration; the first is the one to read.
func (w *writer) write(format string) (main string, texts map[string]string) {
	switch format {
	case "sametime-ini":
		return "sametime.ini", map[string]string{"sametime.ini": w.ini()}
	case "mux-env":
		return "mux.env", map[string]string{"mux.env": w.env(w.c)}
	}
	compose, env := w.compose()
	return "d/docker-compose.yml", map[string]string{"d/docker-compose.yml": compose, "d/mux.env": env}
}

// TestOracle: random configurations, written with comments, repetitions,
// wrong names, quotes and overrides, are read as what was put into them; and
// what fails is mended by changes that hold.
func TestOracle(t *testing.T) {
	formats := map[string]*confdoc.Format{"sametime-ini": INI, "mux-env": MuxEnv, "compose": Compose}
	failing, left := 0, 0
	for seed := range uint64(900) {
		name := []string{"sametime-ini", "mux-env", "compose"}[seed%3]
		w := &writer{Rand: rand.New(rand.NewPCG(seed, 7))}
		w.c = generate(w.Rand)
		main, texts := w.write(name)
		tree := conftree.FromTexts(texts)
		f, err := tree.Read(main)
		if err != nil {
			t.Fatal(err)
		}
		d := readAs(tree, formats[name], f)
		want := w.c.oracle(w.underscored)
		if name != "sametime-ini" && w.named && !w.underscored {
			want.verdicts["ST-05"] = "pass"
		}
		if problem := compare(d, want); problem != "" {
			t.Fatalf("seed %d, %s, %v: %s\n%v", seed, name, w.c, problem, texts)
		}
		failing += count(d)
		after, _ := try(t, tree, d, func(why string, _ *confdoc.Document) { t.Logf("seed %d, %s: %s", seed, name, why) })
		left += count(after)
	}
	t.Logf("%d failing findings, %d left", failing, left)
	if failing < 500 || left > 0 {
		t.Errorf("of %d failing findings %d are left when all changes are made", failing, left)
	}
}

// count is the number of failing findings.
func count(d *confdoc.Document) (n int) {
	for _, f := range findings(d) {
		if f.Verdict == audit.Fail {
			n++
		}
	}
	return n
}

func compare(d *confdoc.Document, want oracle) string {
	if b := d.Broken(); b != nil {
		return "broken: " + b.Message
	}
	i := slices.IndexFunc(d.Listeners, func(l *confdoc.Listener) bool { return l.Listener == "mux" })
	if i < 0 {
		return "no multiplexer"
	}
	l := d.Listeners[i]
	if l.Plain != want.plain || l.TLS != want.tls {
		return fmt.Sprintf("plain %v, TLS %v; want %v, %v", l.Plain, l.TLS, want.plain, want.tls)
	}
	if got := enabled(d); !slices.Equal(got, want.versions) {
		return fmt.Sprintf("versions %v, want %v", got, want.versions)
	}
	for _, j := range confdoc.Judge(d, today) {
		for _, f := range j.Findings {
			if verdict, ok := want.verdicts[f.Rule]; ok && f.Verdict.String() != verdict {
				return fmt.Sprintf("%s is %v (%s), want %s", f.Rule, f.Verdict, f.Message, verdict)
			}
		}
	}
	return ""
}
