package conffile

import (
	"fmt"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// counted is the toy, with a count of how often it is read. What is called
// "stubborn" is written anew and stays as it was.
func counted(text string, reads *int) *Document {
	f := toy()
	read, establish := f.Read, f.Establish
	f.Read = func(r *confdoc.Reader, main *conftree.File) *confdoc.Document {
		*reads++
		return read(r, main)
	}
	f.Establish = func(d *confdoc.Document, l *confdoc.Listener, want audit.Want) ([]conftree.Edit, error) {
		if strings.HasPrefix(l.Names[0], "stubborn") {
			want.MinVersion = audit.TLSv11
		}
		return establish(d, l, want)
	}
	return Load([]Source{{Tree: conftree.FromTexts(map[string]string{"a.toy": text}), Paths: []string{"a.toy"}, Named: true, As: f}}).Documents[0]
}

// TestMendsManyAtOnce mends a file of hundreds of findings, with few readings of
// it: one for each took minutes where there are thousands, and more than 200 were never mended.
func TestMendsManyAtOnce(t *testing.T) {
	const n = 500
	for name, c := range map[string]struct {
		stubborn map[int]bool
		most     int
	}{
		"all can be mended": {nil, 10},
		"three cannot":      {map[int]bool{0: true, 234: true, n - 1: true}, 60},
	} {
		t.Run(name, func(t *testing.T) {
			var before, want strings.Builder
			for i := range n {
				line := fmt.Sprintf("listen %d host%d.example.com ", i+1, i)
				if c.stubborn[i] {
					line = fmt.Sprintf("listen %d stubborn%d.example.com ", i+1, i)
				}
				fmt.Fprintln(&before, line+"TLSv1.0")
				if c.stubborn[i] {
					fmt.Fprintln(&want, line+"TLSv1.0")
				} else {
					fmt.Fprintln(&want, line+"TLSv1.2")
				}
			}
			reads := 0
			d := counted(before.String(), &reads)
			m := sampleJudge.Mend(d, []*Document{d}, "")
			if reads > c.most {
				t.Errorf("the file is read %d times, at most %d are enough", reads, c.most)
			}
			if len(m.Gone) != n-len(c.stubborn) || len(m.Left) != len(c.stubborn) {
				t.Errorf("%d findings are gone and %d left, of %d with %d that cannot be mended", len(m.Gone), len(m.Left), n, len(c.stubborn))
			}
			if len(m.Changes) != 1 || m.Changes[0].After != want.String() {
				t.Error("the text is not the one in which each line is mended that can be")
			}
		})
	}
}

// TestMendsOneByOne wants a file of a few findings to be mended one at a time,
// since what mends one may mend another, which then needs no lines of its own.
func TestMendsOneByOne(t *testing.T) {
	reads := 0
	d := counted("listen 1 a.example.com TLSv1.0\nlisten 2 b.example.com TLSv1.0\nlisten 3 c.example.com TLSv1.1\n", &reads)
	m := sampleJudge.Mend(d, []*Document{d}, "")
	if want := 1 + 3; reads != want || len(m.Gone) != 3 {
		t.Errorf("%d readings, %d findings gone; want %d and 3", reads, len(m.Gone), want)
	}
}
