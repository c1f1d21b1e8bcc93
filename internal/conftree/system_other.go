//go:build !unix

package conftree

import (
	"io/fs"
	"os"
)

const nonblock = 0

func secondName(fs.FileInfo) bool { return false }

func sameOwner(*os.File, fs.FileInfo) {}
