package audit

import "time"

// Conflict is a demand of one chosen profile that another contradicts. It is
// shown, never averaged.
type Conflict struct {
	// A and B are rules as "profile/rule".
	A string `json:"a"`
	B string `json:"b"`
	// Subject is what they disagree about, such as "TLSv1.2" or
	// "TLS_CHACHA20_POLY1305_SHA256".
	Subject string `json:"subject"`
	// Text is the whole sentence.
	Text string `json:"text"`
	// From is when the conflict begins to exist, if that lies ahead.
	From time.Time `json:"from,omitzero"`
}
