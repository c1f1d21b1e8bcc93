package report

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

func TestJoinedSums(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		a, b := make([]byte, random.IntN(300)), make([]byte, random.IntN(5000))
		for _, text := range [][]byte{a, b} {
			for i := range text {
				text[i] = byte(random.Uint32())
			}
		}
		if got, want := joined(crc32.ChecksumIEEE(a), crc32.ChecksumIEEE(b), int64(len(b))), crc32.ChecksumIEEE(append(a, b...)); got != want {
			t.Fatalf("%d and %d bytes: %08x, want %08x", len(a), len(b), got, want)
		}
	}
}

// TestBodyStaysWhole writes more than memory is given and reads it back, with
// other blocks before and behind it, as a sheet has them.
func TestBodyStaysWhole(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	random := rand.New(rand.NewPCG(3, 4))
	var b body
	var want bytes.Buffer
	for want.Len() < 4*inMemory {
		row := make([]byte, 1000)
		for i := range row {
			row[i] = byte(random.Uint32())
		}
		want.Write(row)
		if _, err := b.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.end(); err != nil {
		t.Fatal(err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 || b.recent.Len() > 2*inMemory {
		t.Errorf("%d temporary files, %d bytes in memory", len(files), b.recent.Len())
	}
	var first, second, all bytes.Buffer
	for _, to := range []*bytes.Buffer{&first, &second} {
		if n, err := b.WriteTo(to); err != nil || n != b.packed() || int64(to.Len()) != n {
			t.Errorf("%d bytes of %d, %v", n, b.packed(), err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("written again it is another text")
	}
	pack, _ := flate.NewWriter(&all, packLevel)
	_, _ = pack.Write([]byte("before"))
	_ = pack.Flush()
	all.Write(first.Bytes())
	pack, _ = flate.NewWriter(&all, packLevel)
	_, _ = pack.Write([]byte("behind"))
	_ = pack.Close()
	got, err := io.ReadAll(flate.NewReader(&all))
	if err != nil || string(got) != "before"+want.String()+"behind" {
		t.Errorf("%d bytes came back, %v", len(got), err)
	}
	if b.sum != crc32.ChecksumIEEE(want.Bytes()) || b.size != int64(want.Len()) {
		t.Errorf("sum %08x of %d bytes", b.sum, b.size)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("%d temporary files are left", len(files))
	}
}

// TestWorkbookLeavesNothingBehind: neither a workbook that was written nor one
// that could not be leaves a file in the temporary folder.
func TestWorkbookLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	r := zooReport()
	r.Records = estate{endpoints: 600, findings: 30}
	if w := write(t, Workbook, r, Options{}); len(w) < inMemory {
		t.Fatalf("%d bytes: nothing was too large for memory", len(w))
	}
	if err := Workbook.Write(failing{}, r, Options{}); err == nil || !strings.Contains(err.Error(), "no space") {
		t.Errorf("a disk that is full: %v", err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("%d temporary files are left", len(files))
	}
	t.Setenv("TMPDIR", dir+"/not/there")
	if err := Workbook.Write(io.Discard, r, Options{}); err == nil || !strings.Contains(err.Error(), "temporary file of a sheet") {
		t.Errorf("no temporary folder: %v", err)
	}
}

// failing is a disk that is full.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// TestSheetsHaveNoSizesToGuess: every member says its sizes before its content,
// so that readers that do not look at the end of the file can read it.
func TestSheetsHaveNoSizesToGuess(t *testing.T) {
	workbook := write(t, Workbook, auditReport(), Options{})
	archive, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatal(err)
	}
	sheets := 0
	for _, member := range archive.File {
		if strings.HasPrefix(member.Name, "xl/worksheets/sheet") && member.Flags&8 == 0 {
			sheets++
		}
	}
	if want := len(sheetNames) + 3 - len(papers); sheets != want {
		t.Errorf("%d sheets say their sizes, want %d", sheets, want)
	}
	if all := membersOf(t, workbook); len(all) != len(archive.File) {
		t.Errorf("%d members of %d", len(all), len(archive.File))
	}
}

// TestCellsReadBack holds the cells we write against the library's reading.
func TestCellsReadBack(t *testing.T) {
	r := manyPeers(1, "gateway")
	for _, text := range []string{"plain", " leading and trailing ", "_x0041_", "_x005F_", "_x005f_x0041_", "_x00_", "a & b < c > d \"e\" 'f'", "=1+1", "é漢😀", "_", "__x0041__", "tail_x0", "_xGGGG_"} {
		record := r.Records.(zoo)[0]
		record.Evidence.Observed.Target.System = text
		f := open(t, write(t, Workbook, r, Options{}))
		if got := columnOf(t, rowsOf(t, f, "Endpoints"), "System")[0]; got != text {
			t.Errorf("%q is read as %q", text, got)
		}
	}
}

// TestSerial: the library and we agree on the number of a day.
func TestSerial(t *testing.T) {
	for _, day := range []time.Time{firstSerial, zooNow, time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(9999, 12, 31, 12, 0, 0, 0, time.UTC)} {
		got, err := excelize.ExcelDateToTime(serial(day), false)
		if err != nil || got.Sub(day).Abs() > time.Second {
			t.Errorf("%v is %v, which is %v, %v", day, serial(day), got, err)
		}
	}
	for _, day := range []time.Time{firstSerial.Add(-time.Second), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if text, ok := cellValue(day).(string); !ok {
			t.Errorf("%v: %v", day, text)
		}
	}
}

func TestLetters(t *testing.T) {
	for i, got := range letters(800) {
		if want, err := excelize.ColumnNumberToName(i + 1); err != nil || got != want {
			t.Fatalf("column %d: %s, want %s, %v", i+1, got, want, err)
		}
	}
}
