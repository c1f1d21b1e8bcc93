//go:build unix

package conftree

import (
	"io/fs"
	"os"
	"syscall"
)

// nonblock makes opening a pipe return at once, should one take the place of a
// file between the look and the opening.
const nonblock = syscall.O_NONBLOCK

// secondName reports whether a file has more than one name.
func secondName(info fs.FileInfo) bool {
	system, ok := info.Sys().(*syscall.Stat_t)
	return ok && system.Nlink > 1
}

// sameOwner gives a file the owner and group of another, as far as allowed.
func sameOwner(file *os.File, as fs.FileInfo) {
	if system, ok := as.Sys().(*syscall.Stat_t); ok {
		if err := file.Chown(int(system.Uid), int(system.Gid)); err != nil {
			_ = file.Chown(-1, int(system.Gid)) // the group at least
		}
	}
}
