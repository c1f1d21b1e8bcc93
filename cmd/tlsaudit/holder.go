package main

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// holder says which process holds a lease, so that another one on the same
// machine can see whether it is still there.
type holder struct {
	host string
	// place tells boots and process namespaces apart: process 7 of one container is
	// not process 7 of another. Empty where the system does not tell.
	place string
	pid   int
	// begun is when the process began, as the system counts: numbers are used again.
	begun string
	// nonce tells two leases of one process apart.
	nonce string
}

// thisHolder is this process.
func (a *app) thisHolder() holder {
	h := holder{pid: os.Getpid(), nonce: rand.Text()[:8]}
	if a.hostname != nil {
		h.host, _ = a.hostname() // a machine without a name
	}
	if place := processPlace(); place != "" {
		sum := sha256.Sum256([]byte(place))
		h.place = hex.EncodeToString(sum[:6])
	}
	h.begun, _ = processBegun(h.pid)
	return h
}

// String is how a holder is written into a database.
func (h holder) String() string {
	return strings.Join([]string{strings.ReplaceAll(h.host, "/", "_"), h.place, strconv.Itoa(h.pid), h.begun, h.nonce}, "/")
}

// parseHolder reads what String wrote.
func parseHolder(text string) (h holder, ok bool) {
	part := strings.Split(text, "/")
	if len(part) != 5 {
		return h, false
	}
	pid, err := strconv.Atoi(part[2])
	return holder{part[0], part[1], pid, part[3], part[4]}, err == nil && pid > 0
}

// life is what is known about another process.
type life int

const (
	unseen life = iota // on another machine, or the system does not tell
	alive
	dead
)

// sees tells whether the process that wrote itself into a lease is still there.
func (h holder) sees(text string) life {
	other, ok := parseHolder(text)
	if !ok || h.place == "" || other.place != h.place || other.host != strings.ReplaceAll(h.host, "/", "_") || other.begun == "" {
		return unseen
	}
	switch begun, there := processBegun(other.pid); {
	case !there || begun != "" && begun != other.begun:
		return dead
	case begun == "":
		return unseen
	}
	return alive
}

// describeHolder names a holder for a person.
func describeHolder(text string) string {
	if h, ok := parseHolder(text); ok {
		return fmt.Sprintf("process %d on %s", h.pid, cmp.Or(h.host, "a machine without a name"))
	}
	return text
}
