package conffile

import (
	"path"
	"strings"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// named is what a file's name counts for beside its content, generic what it
// counts for if the pattern is one of many programs, such as "*.conf". A name is
// enough by itself for a file that is empty.
const (
	named   = 30
	generic = 10
)

// ByName returns the format of a name or an alias, nil if there is none.
func ByName(name string) *confdoc.Format {
	for _, f := range Formats {
		if strings.EqualFold(f.Name, name) {
			return f
		}
		for _, alias := range f.Aliases {
			if strings.EqualFold(alias, name) {
				return f
			}
		}
	}
	return nil
}

// Names lists the names of all formats.
func Names() []string {
	names := make([]string, len(Formats))
	for i, f := range Formats {
		names[i] = f.Name
	}
	return names
}

// Detect finds out what a file is, by its content and by its name; nil if it is
// no configuration file of any format listed.
func Detect(f *conftree.File) *confdoc.Format { return find(f, false) }

// find is Detect; of a file that was named by itself the name is enough where no
// reader knows the content. Names in YAML, such as values.yaml, are everybody's.
func find(f *conftree.File, byName bool) *confdoc.Format {
	byName = byName && !strings.HasSuffix(f.Path, ".yaml") && !strings.HasSuffix(f.Path, ".yml")
	if format := detect(f, byName); format != nil || len(f.Text) <= looked {
		return format
	}
	// a long comment in front must not hide what follows
	rest := f.LineAt(looked) + 1
	if rest > f.Lines() {
		return nil
	}
	_, start := f.Line(rest)
	return detect(conftree.NewFile(f.Path, f.Name, f.Text[start:], f.Encoding), byName)
}

// looked is how much of a file the readers look at to know it.
const looked = 64 << 10

func detect(f *conftree.File, byName bool) *confdoc.Format {
	var best *confdoc.Format
	most := 0
	empty := strings.TrimSpace(f.Text) == ""
	for _, format := range Formats {
		score := 0
		if format.Sniff != nil {
			score = min(format.Sniff(f), 100)
		}
		if counts := nameCounts(format, f.Path); score > 0 || empty || byName && counts >= named {
			score += counts
		}
		if score > most {
			best, most = format, score
		}
		if most >= 100+named {
			break
		}
	}
	if most < named {
		return nil
	}
	return best
}

// nameCounts says what the base name counts for.
func nameCounts(format *confdoc.Format, name string) (counts int) {
	base := strings.ToLower(path.Base(name))
	for _, pattern := range format.Names {
		if ok, err := path.Match(strings.ToLower(pattern), base); !ok || err != nil {
			continue
		}
		if strings.HasPrefix(pattern, "*") {
			counts = max(counts, generic)
			continue
		}
		// the longer the pattern, the surer: ssl.client.props* before ssl.*
		counts = max(counts, named+min(len(pattern), 20)-1)
	}
	return counts
}
