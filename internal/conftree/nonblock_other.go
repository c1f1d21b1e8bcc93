//go:build !unix

package conftree

const nonblock = 0
