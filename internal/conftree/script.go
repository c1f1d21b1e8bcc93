package conftree

import (
	"bytes"
	"slices"
)

// maxChanges is how many lines may differ before a diff gives up looking for
// the fewest, and replaces all between the first and the last.
const maxChanges = 1000

// script returns how to make the lines of a into those of b: ' ' keeps a line,
// '-' drops one of a, '+' adds one of b.
func script(a, b []string) []byte {
	lead := 0
	for lead < min(len(a), len(b)) && a[lead] == b[lead] {
		lead++
	}
	tail := 0
	for tail < min(len(a), len(b))-lead && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	x, y := numbered(a[lead:len(a)-tail], b[lead:len(b)-tail])
	middle, ok := shortest(x, y)
	if !ok {
		middle = append(bytes.Repeat([]byte{'-'}, len(x)), bytes.Repeat([]byte{'+'}, len(y))...)
	}
	return slices.Concat(bytes.Repeat([]byte{' '}, lead), middle, bytes.Repeat([]byte{' '}, tail))
}

// numbered gives equal lines equal numbers, so that comparing them is cheap.
func numbered(a, b []string) (x, y []int) {
	numbers := map[string]int{}
	number := func(lines []string) []int {
		list := make([]int, len(lines))
		for i, line := range lines {
			n, ok := numbers[line]
			if !ok {
				n = len(numbers)
				numbers[line] = n
			}
			list[i] = n
		}
		return list
	}
	return number(a), number(b)
}

// shortest is the greedy algorithm of Myers ("An O(ND) Difference Algorithm and
// Its Variations", 1986): for ever more changes it keeps how far each diagonal
// gets, and walks back from the end. ok is false if there are too many changes.
func shortest(a, b []int) (marks []byte, ok bool) {
	most := min(len(a)+len(b), maxChanges)
	reach := make([]int, 2*most+3) // reach[most+1+k]: how far in a on diagonal k
	middle := most + 1
	var trace [][]int // reach of the diagonals -d..d before step d
	for d := 0; d <= most; d++ {
		trace = append(trace, slices.Clone(reach[middle-d-1:middle+d+2]))
		for k := -d; k <= d; k += 2 {
			x := reach[middle+k-1] + 1
			if k == -d || k != d && reach[middle+k-1] < reach[middle+k+1] {
				x = reach[middle+k+1]
			}
			for x < len(a) && x-k < len(b) && a[x] == b[x-k] {
				x++
			}
			reach[middle+k] = x
			if x >= len(a) && x-k >= len(b) {
				return walkBack(len(a), len(b), trace), true
			}
		}
	}
	return nil, false
}

func walkBack(x, y int, trace [][]int) (marks []byte) {
	for d := len(trace) - 1; d > 0; d-- {
		reach := func(k int) int { return trace[d][k+d+1] }
		k := x - y
		from := k - 1
		if k == -d || k != d && reach(k-1) < reach(k+1) {
			from = k + 1
		}
		startX := reach(from)
		startY := startX - from
		for x > startX && y > startY {
			marks = append(marks, ' ')
			x, y = x-1, y-1
		}
		if x == startX {
			marks = append(marks, '+')
		} else {
			marks = append(marks, '-')
		}
		x, y = startX, startY
	}
	for ; x > 0; x-- {
		marks = append(marks, ' ')
	}
	slices.Reverse(marks)
	return marks
}
