package audit

import "net/netip"

// Node is another address of a name, as compared with the one the observation
// is about. Only what both were seen to do is compared.
type Node struct {
	IP    netip.Addr `json:"ip"`
	Reach Reach      `json:"reach"`
	// Reason explains a Reach other than "tls", in one line.
	Reason string `json:"reason,omitempty"`
	// Differs says what the node does otherwise, one line for each fact.
	Differs []string `json:"differs,omitempty"`
	// Open names what was established at one of the two only, or at neither
	// though it was asked.
	Open []string `json:"open,omitempty"`
}
