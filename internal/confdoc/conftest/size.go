package conftest

import "testing"

// Large is how many bytes a text has that is made to ask for much work: a
// megabyte, and with -short, where it is not time that is tried, an eighth.
func Large() int {
	if testing.Short() {
		return 1 << 17
	}
	return 1 << 20
}
