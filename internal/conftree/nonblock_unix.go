//go:build unix

package conftree

import "syscall"

// nonblock makes opening a pipe return at once, should one take the place of a
// file between the look and the opening.
const nonblock = syscall.O_NONBLOCK
