package history_test

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// TestDamagedLog: a byte of the log that changed before it was folded into the file
// is found, and what was committed behind it does not go without a word. A log that
// was being written when the machine stopped is no damage.
func TestDamagedLog(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history.db")
	s := opened(t, file)
	for i := range 8 {
		must(s.Claim(t.Context(), historytest.Night(i).String(), historytest.Night(i)))(t)
	}
	content, log := must(os.ReadFile(file))(t), must(os.ReadFile(file+"-wal"))(t)
	size := 24 + int(binary.BigEndian.Uint32(log[8:]))
	frames := (len(log) - 32) / size
	var last int // the frame the last transaction but one ends with
	for i := range frames - 1 {
		if binary.BigEndian.Uint32(log[32+i*size+4:]) != 0 {
			last = i
		}
	}
	// recovered is how many claims there are when the log is taken up; -1 if it is not.
	recovered := func(log []byte) int {
		t.Helper()
		left := filepath.Join(t.TempDir(), "history.db")
		if err := errors.Join(os.WriteFile(left, content, 0o600), os.WriteFile(left+"-wal", log, 0o600)); err != nil {
			t.Fatal(err)
		}
		s, err := history.Open(t.Context(), left)
		if damage := new(history.DamageError); errors.As(err, &damage) {
			return -1
		}
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		n := 0
		for i := range 8 {
			if !must(s.Claim(t.Context(), historytest.Night(i).String(), historytest.Night(i)))(t) {
				n++
			}
		}
		return n
	}
	if n := recovered(log); n != 8 {
		t.Fatalf("%d claims", n)
	}
	for at := 32; at < 32+last*size; at += size/2 + 3 {
		flipped := append([]byte(nil), log...)
		flipped[at] ^= 4
		if n := recovered(flipped); n >= 0 {
			t.Errorf("byte %d of frame %d: %d claims are left", (at-32)%size, (at-32)/size, n)
		}
	}
	flipped := append([]byte(nil), log...)
	flipped[20] ^= 4
	if n := recovered(flipped); n >= 0 {
		t.Errorf("its head: %d claims are left", n)
	}
	// A transaction that did not come to its end is as if it had not been.
	if n := recovered(log[:32+(frames-1)*size+size/2]); n < 6 {
		t.Errorf("cut off: %d claims", n)
	}
	flipped = append([]byte(nil), log...)
	flipped[len(log)-1] ^= 4
	if n := recovered(flipped); n < 6 {
		t.Errorf("its end: %d claims", n)
	}
}
