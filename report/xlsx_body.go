package report

import (
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// inMemory is the number of compressed bytes a sheet keeps before it goes on in
// a temporary file.
const inMemory = 256 << 10

// body holds the rows of one worksheet as they will stand in the archive: a run
// of deflate blocks (RFC 1951) that ends on a byte, so that other blocks can
// stand before and behind it. Whatever the number of rows, memory is that of one
// compressor and of inMemory bytes; the rest is in a file without a name of its
// own that Close removes.
type body struct {
	pack   *flate.Writer
	recent bytes.Buffer // not yet in file
	file   *os.File
	filed  int64  // bytes in file
	sum    uint32 // CRC-32 of the rows
	size   int64  // of the rows in bytes
	ended  bool
}

// Write appends rows.
func (b *body) Write(rows []byte) (int, error) {
	if b.pack == nil {
		pack, err := flate.NewWriter(&b.recent, packLevel)
		if err != nil {
			return 0, err
		}
		b.pack = pack
	}
	b.sum = crc32.Update(b.sum, crc32.IEEETable, rows)
	b.size += int64(len(rows))
	n, err := b.pack.Write(rows)
	if err == nil && b.recent.Len() > inMemory {
		err = b.spill()
	}
	return n, err
}

// packLevel of deflate: the levels above cost twice the time for a tenth of the
// size.
const packLevel = 4

func (b *body) spill() error {
	if b.file == nil {
		file, err := os.CreateTemp("", "tlsaudit-*.rows")
		if err != nil {
			return fmt.Errorf("temporary file of a sheet: %w", err)
		}
		b.file = file
	}
	n, err := b.recent.WriteTo(b.file)
	b.filed += n
	if err != nil {
		return fmt.Errorf("temporary file of a sheet: %w", err)
	}
	return nil
}

// end finishes the last block. No rows may follow.
func (b *body) end() error {
	if b.ended || b.pack == nil {
		return nil
	}
	b.ended = true
	err := b.pack.Flush()
	b.pack = nil // the compressor is the greatest part of a small sheet
	return err
}

// packed is the number of bytes WriteTo writes.
func (b *body) packed() int64 { return b.filed + int64(b.recent.Len()) }

// WriteTo writes the blocks; it can be repeated.
func (b *body) WriteTo(w io.Writer) (int64, error) {
	var n int64
	if b.file != nil {
		copied, err := io.Copy(w, io.NewSectionReader(b.file, 0, b.filed))
		if err != nil {
			return copied, err
		}
		n = copied
	}
	more, err := w.Write(b.recent.Bytes())
	return n + int64(more), err
}

// Close removes the temporary file.
func (b *body) Close() error {
	if b.file == nil {
		return nil
	}
	name := b.file.Name()
	err := b.file.Close()
	if removed := os.Remove(name); err == nil {
		err = removed
	}
	b.file = nil
	return err
}

// linear is a linear map over GF(2) of 32 bits: what becomes of each.
type linear [32]uint32

func (m *linear) times(v uint32) (sum uint32) {
	for i := 0; v != 0; i, v = i+1, v>>1 {
		if v&1 != 0 {
			sum ^= m[i]
		}
	}
	return sum
}

func (m *linear) squared() (q linear) {
	for i := range m {
		q[i] = m.times(m[i])
	}
	return q
}

// joined is the CRC-32 of two texts one behind the other, made of the sums of
// both and the length of the second: a zero byte more is a linear map of the
// sum, so that n of them are its n-th power.
func joined(first, second uint32, length int64) uint32 {
	var zero linear
	for i := range zero {
		bit := uint32(1) << i
		zero[i] = crc32.IEEETable[bit&0xff] ^ bit>>8
	}
	for ; length > 0; length >>= 1 {
		if length&1 != 0 {
			first = zero.times(first)
		}
		zero = zero.squared()
	}
	return first ^ second
}
