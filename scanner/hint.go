package scanner

import "slices"

// fewOdd is how many chunks refused differently are looked into.
const fewOdd = 6

// hint asks for chunks as fine as level before the end is believed.
//
// A suite the server chooses and then fails with hides all others in its
// chunk. To cut chunks finely for every server would double the cost of a scan,
// so it is done where something points to such a suite: by certificate, where a
// chunk was refused by anything but alert 40; in halves, where a whole was
// refused whose part was taken; down to the suite, where a few chunks were
// refused in other ways than the rest; and one level more than the last that
// found something. A server that refuses in one and the same way, always with
// alert 40, gives no hint; there only the cut at the usual level helps.
func (x *elimination) hint(level int) { x.depth = max(x.depth, min(level, x.deepest)) }

// finer goes to the next level, if there is a reason to and chunks to cut.
func (x *elimination) finer(chunks [][]uint16) bool {
	if x.level >= x.depth || !slices.ContainsFunc(chunks, func(c []uint16) bool { return len(c) > 1 }) {
		return false
	}
	x.level++
	return true
}

// balk makes chunks smaller than one of n members, which was too long.
func (x *elimination) balk(n int) { x.most, x.limited = min(x.most, max(tiny, n/2)), true }

// weigh draws the hints from a round in which some chunks were refused by
// anything but alert 40.
func (x *elimination) weigh(chunks [][]uint16, odd []*reply) {
	if len(odd) == 0 {
		return
	}
	if x.most >= minimalChunk { // else chunks are small already
		x.hint(byKey)
	}
	first := odd[0]
	if len(odd) < len(chunks) || slices.ContainsFunc(odd, func(r *reply) bool { return r.Outcome != first.Outcome || r.Alert != first.Alert }) {
		x.mixed = true
	}
	// Many are no accident: it is how this server refuses them.
	if x.mixed && len(odd) <= fewOdd {
		x.hint(max(halves, x.level+1))
	}
}
