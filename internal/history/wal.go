package history

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// What was committed last stands in the log beside the file until it is folded in.
// A program that opens a log another one left behind takes it up to the first frame
// that is not as its sum says, and drops the rest without a word: the end of a
// transaction that was being written when the machine stopped looks like that. But
// nothing is written behind a transaction before it is on the disk, so that whole
// frames of a later one tell of damage.

// checkLog is a DamageError if the log lost what was committed.
func (s *Store) checkLog() error {
	name := s.source.file + "-wal"
	for range 3 { // who is writing meanwhile may be read half way, but not at the same place again
		lost, err := logLost(name)
		if err != nil || !lost {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return &DamageError{What: "the log beside the file, " + filepath.Base(name) + ", is damaged, and with it what was written last"}
}

// The sizes of the parts of a log, see the file format of SQLite.
const (
	logHead   = 32
	frameHead = 24
	// commitWord and saltWord are places in the head of a frame, logSalts in that of the
	// log.
	commitWord, saltWord, logSalts = 4, 8, 16
)

// logLost reports whether there are whole frames behind a transaction that is not
// whole.
func logLost(name string) (bool, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	var head [logHead]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return false, cutOff(err) // nothing was written yet
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if head[3]&1 == 1 {
		order = binary.BigEndian
	}
	sum := sumOf(head[logHead-8:])
	size := binary.BigEndian.Uint32(head[8:])
	if (logSum{}).over(order, head[:logHead-8]) != sum || size < 512 || size > 1<<16 {
		info, err := f.Stat()
		return err == nil && info.Size() > logHead, err // then all of it is dropped
	}
	frame := make([]byte, frameHead+int(size))
	var broken, ended bool
	for {
		if _, err := io.ReadFull(in, frame); err != nil {
			return false, cutOff(err)
		}
		stored := sumOf(frame[frameHead-8:])
		whole := string(frame[saltWord:saltWord+8]) == string(head[logSalts:logSalts+8]) && sum.over(order, frame[:saltWord]).over(order, frame[frameHead:]) == stored
		switch {
		case whole && ended:
			return true, nil
		case !whole:
			broken = true
		}
		ended = ended || broken && binary.BigEndian.Uint32(frame[commitWord:]) != 0
		sum = stored
	}
}

// cutOff makes nothing of the end of a file, wherever it comes.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// logSum is the sum of a log up to a place.
type logSum struct{ a, b uint32 }

func sumOf(b []byte) logSum {
	return logSum{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}
}

func (s logSum) over(order binary.ByteOrder, b []byte) logSum {
	for ; len(b) >= 8; b = b[8:] {
		s.a += order.Uint32(b) + s.b
		s.b += order.Uint32(b[4:]) + s.a
	}
	return s
}
