package wire

// cursor reads a message front to back. A read beyond the end yields zeros and
// sets bad, so that a parser asks once, at its end, whether all was there.
type cursor struct {
	b   []byte
	bad bool
}

// bytes returns the next n bytes without copying them.
func (c *cursor) bytes(n int) []byte {
	if n > len(c.b) {
		c.bad, c.b = true, nil
		return nil
	}
	v := c.b[:n:n]
	c.b = c.b[n:]
	return v
}

// uint reads a number of width bytes, 4 at most.
func (c *cursor) uint(width int) int {
	n := 0
	for _, v := range c.bytes(width) {
		n = n<<8 | int(v)
	}
	return n
}

func (c *cursor) uint8() uint8   { return uint8(c.uint(1)) }
func (c *cursor) uint16() uint16 { return uint16(c.uint(2)) }

// vector reads a length of width bytes and then that many bytes.
func (c *cursor) vector(width int) []byte { return c.bytes(c.uint(width)) }

// sub is vector as a cursor of its own.
func (c *cursor) sub(width int) cursor {
	b := c.vector(width)
	return cursor{b: b, bad: c.bad}
}

// more reports whether there is something left to read.
func (c *cursor) more() bool { return len(c.b) > 0 && !c.bad }

// end reports whether everything was read and nothing was missing.
func (c *cursor) end() bool { return len(c.b) == 0 && !c.bad }

// uint16s reads the rest as two-byte values. An odd length sets bad.
func (c *cursor) uint16s() []uint16 {
	if len(c.b)%2 != 0 {
		c.bad = true
		return nil
	}
	var list []uint16
	if len(c.b) > 0 {
		list = make([]uint16, 0, len(c.b)/2)
	}
	for c.more() {
		list = append(list, c.uint16())
	}
	return list
}

// bitLen is the size in bits of a big-endian number; trimmed removes its
// leading zeros.
func bitLen(b []byte) int {
	b = trimmed(b)
	if len(b) == 0 {
		return 0
	}
	n := 8 * (len(b) - 1)
	for v := b[0]; v > 0; v >>= 1 {
		n++
	}
	return n
}

func trimmed(b []byte) []byte {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	return b
}
