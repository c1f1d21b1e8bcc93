//go:build !unix

package main

// maxInFlight bounds the connections open at once.
func maxInFlight() int { return 512 }
