package hypertext

import "fmt"

// Segment is where a part of a bar lies, in thousandths of it, and how much of
// the whole it is.
type Segment struct {
	X, Width int
	Percent  string
}

// Bar lays out numbers side by side. One that is there is seen: it takes at
// least four thousandths, at the cost of the largest. Nothing is laid out of
// nothing.
func Bar(numbers ...int) []Segment {
	total, largest := 0, 0
	for i, n := range numbers {
		total += n
		if n > numbers[largest] {
			largest = i
		}
	}
	segments, left := make([]Segment, len(numbers)), 1000
	for i, n := range numbers {
		segments[i].Percent = ShareText(n, total)
		if n > 0 && i != largest {
			segments[i].Width = max(int(int64(n)*1000/int64(total)), 4)
			left -= segments[i].Width
		}
	}
	if total > 0 {
		segments[largest].Width = left
	}
	x := 0
	for i := range segments {
		segments[i].X = x
		x += segments[i].Width
	}
	return segments
}

// ShareText is a percentage, rounded down: only what is whole is 100 %, and what
// is there is never 0 %.
func ShareText(n, total int) string {
	switch {
	case n == 0 || total <= 0:
		return "0 %"
	case int64(n)*100 < int64(total):
		return "under 1 %"
	}
	return fmt.Sprintf("%d %%", int64(n)*100/int64(total))
}
