package history

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
)

// holder names who holds a lease: a program, and which of its leases it is.
type holder struct {
	owner
	Nonce string `json:"nonce"`
}

// NewHolder makes a name for a new lease of this program. Another program on the
// machine can tell by it whether this one is still there.
func NewHolder() string {
	text, err := json.Marshal(holder{thisProcess(), rand.Text()[:8]})
	if err != nil {
		return "" // a struct of words always encodes
	}
	return string(text)
}

// HolderGone reports whether the program that made the name of a holder certainly
// ended. What cannot be told, such as on another machine, is not gone.
func HolderGone(name string) bool { return dead(name) }

// HolderText says who a holder is.
func HolderText(name string) string {
	var h holder
	if err := json.Unmarshal([]byte(name), &h); err != nil || h.PID <= 0 {
		return name
	}
	return fmt.Sprintf("process %d on %s", h.PID, cmp.Or(h.Host, "a machine without a name"))
}
