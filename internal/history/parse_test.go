package history

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestRunIDs(t *testing.T) {
	last := ""
	for i := range 1000 {
		id := newID(time.UnixMilli(1_700_000_000_000 + int64(i)))
		if len(id) != idLength || id <= last || strings.Trim(id, idLetters) != "" {
			t.Fatalf("%s behind %s", id, last)
		}
		last = id
	}
	for text, want := range map[string]runRef{"latest": {}, "latest~0": {}, "latest~12": {back: 12}, "01h": {back: -1, prefix: "01H"}} {
		if got, err := parseRun(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "latest~", "latest~-1", "latest~x", "latest~99999999999", "U", "a%", "01'", last + "0", "Latest~1"} {
		if got, err := parseRun(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestDSN(t *testing.T) {
	for _, dsn := range []string{"history.db", "./a b.db", "C:history.db", "postgres://user:secret@localhost/db", "postgresql:///db?host=sock"} {
		s, err := parseDSN(dsn)
		if err != nil || strings.Contains(s.String(), "secret") {
			t.Errorf("%q: %s %v", dsn, s, err)
		}
	}
	for _, dsn := range []string{"", "mysql://x", "http://x", "sqlite://x", "file:x?mode=memory", ":memory:", "a\x00b", strings.Repeat("x", 5000), "postgres://user:secret@host:port/db", "postgres://%zz:secret@x", "host=x password=secret", "PASSWORD = secret", "postgres:secret@x"} {
		if s, err := parseDSN(dsn); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %s %v", dsn, s, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"latest~3", "01HABC", "history.db", "postgres://a:b@c/d", cursor{"worst/s", []any{int64(5), "x"}}.String(), "WyJhIiwxXQ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if ref, err := parseRun(text); err == nil && (ref.back < 0) != (ref.prefix != "") {
			t.Errorf("%q: %+v", text, ref)
		}
		if s, err := parseDSN(text); err == nil && s.file == "" && s.postgres == nil {
			t.Errorf("%q is nowhere", text)
		}
		if c, err := parseCursor(text, "worst/s", int64(0), ""); err == nil && c != nil {
			again, err := parseCursor(c.String(), "worst/s", int64(0), "")
			if err != nil || !slices.Equal(again.values, c.values) {
				t.Errorf("%q: %+v, and again %+v, %v", text, c, again, err)
			}
		}
	})
}

// FuzzStored reads what a database may hold that somebody else wrote to.
func FuzzStored(f *testing.F) {
	packed, err := compress([]byte(`{"subject":"s"}`), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed, []byte{varyingVersion, 0, 0, 0, 0}, int64(15), `{"host":"a","pid":1}`)
	f.Fuzz(func(t *testing.T, packed, varying []byte, size int64, by string) {
		if size < 1<<20 { // what is larger is refused by the same comparison
			_, _ = decompress(packed, nil, size)
		}
		_, _ = unstage(packed)
		r := varyingReader{rest: varying}
		for range 5 {
			r.time()
			r.number()
		}
		_ = dead(by)
	})
}
