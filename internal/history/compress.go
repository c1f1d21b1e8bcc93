package history

import (
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// maxContent bounds one content: more than a report's evidence may have.
const maxContent = 256 << 20

// dictionary is the number a base goes by in what leans on it.
const dictionary = 1

// compress packs a content; base is what it leans on, if it does.
func compress(content, base []byte) ([]byte, error) {
	options := []zstd.EOption{zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true)}
	if len(base) > 0 {
		options = append(options, zstd.WithEncoderDictRaw(dictionary, base), zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithWindowSize(window(len(base)+len(content))))
	} else {
		options = append(options, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithWindowSize(window(len(content))))
	}
	encoder, err := zstd.NewWriter(nil, options...)
	if err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	packed := encoder.EncodeAll(content, make([]byte, 0, len(content)/8+64))
	return packed, encoder.Close()
}

// window is the smallest one that reaches over so many bytes.
func window(size int) int {
	w := zstd.MinWindowSize
	for w < size && w < 8<<20 {
		w *= 2
	}
	return w
}

// decompress undoes compress; size is what it must come to.
func decompress(packed, base []byte, size int64) ([]byte, error) {
	if size < 0 || size > maxContent {
		return nil, errors.New("its size is not believable")
	}
	options := []zstd.DOption{zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(uint64(max(size, 16<<20)))}
	if len(base) > 0 {
		options = append(options, zstd.WithDecoderDictRaw(dictionary, base))
	}
	decoder, err := zstd.NewReader(nil, options...)
	if err != nil {
		return nil, err
	}
	defer decoder.Close()
	content, err := decoder.DecodeAll(packed, make([]byte, 0, size))
	if err == nil && int64(len(content)) != size {
		err = errors.New("it has not the size it should")
	}
	return content, err
}

// inflate undoes compress where the size is not known.
func inflate(packed []byte) ([]byte, error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(maxContent))
	if err != nil {
		return nil, err
	}
	defer decoder.Close()
	return decoder.DecodeAll(packed, nil)
}
