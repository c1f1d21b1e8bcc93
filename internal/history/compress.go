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
	level := zstd.SpeedBetterCompression
	if len(base) > 0 {
		level = zstd.SpeedFastest // what is alike is found at any speed
	}
	encoder, err := newEncoder(base, level, window(len(base)+len(content)))
	if err != nil {
		return nil, err
	}
	return pack(encoder, content), encoder.Close()
}

func newEncoder(base []byte, level zstd.EncoderLevel, window int) (*zstd.Encoder, error) {
	options := []zstd.EOption{zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true), zstd.WithEncoderLevel(level), zstd.WithWindowSize(window)}
	if len(base) > 0 {
		options = append(options, zstd.WithEncoderDictRaw(dictionary, base))
	}
	encoder, err := zstd.NewWriter(nil, options...)
	if err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	return encoder, nil
}

func pack(encoder *zstd.Encoder, content []byte) []byte {
	return encoder.EncodeAll(content, make([]byte, 0, len(content)/8+64))
}

// press packs many contents that lean on the same few, or on none: making an
// encoder takes longer than using it. It is for one goroutine.
type press map[int64]*zstd.Encoder

// pressWindow is how far the encoders of a press reach.
const pressWindow = 1 << 20

// pack packs a content as compress does; base may be nil.
func (p press) pack(content []byte, base *object) ([]byte, error) {
	id, text, level := int64(0), []byte(nil), zstd.SpeedBetterCompression
	if base != nil {
		id, text, level = base.id, base.content, zstd.SpeedDefault
	}
	if len(text)+len(content) > pressWindow {
		return compress(content, text)
	}
	if p[id] == nil {
		encoder, err := newEncoder(text, level, pressWindow)
		if err != nil {
			return nil, err
		}
		p[id] = encoder
	}
	return pack(p[id], content), nil
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
