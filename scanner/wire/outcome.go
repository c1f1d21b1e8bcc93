package wire

import "fmt"

// Outcome is the way one exchange, or the rest of one, ended.
type Outcome uint8

// The outcomes.
const (
	// Nothing is the zero value: nothing was asked, nothing was learnt.
	Nothing Outcome = iota
	// ServerHello: the server chose a version and a cipher suite.
	ServerHello
	// HelloRetryRequest: a TLS 1.3 server chose a suite and asks for a share
	// of the group it chose.
	HelloRetryRequest
	// Alert: the server refused in words. A warning alert with nothing but the
	// end of the connection after it, and close_notify, count as well.
	Alert
	// Closed: the server ended the connection in an orderly way (FIN).
	Closed
	// Reset: the connection was broken off (RST, or another network error).
	Reset
	// Timeout: the deadline passed.
	Timeout
	// NotTLS: the first bytes belong to no TLS record; see Flight.First.
	NotTLS
	// SSL2ServerHello: the server answered in SSLv2.
	SSL2ServerHello
	// SSL2Error: the server answered with an SSLv2 ERROR message, whose code
	// is in Flight.Alert. It speaks SSLv2, but agreed to nothing.
	SSL2Error
	// Malformed: the server sent TLS records that cannot be understood.
	Malformed
	// TooLarge: the server sent, or announced, more than is read.
	TooLarge
	// Unsupported: the server chose something lawful that ReadTLS13 has no
	// keys for: a suite, a group, or an older version.
	Unsupported
	// Cancelled: the context was cancelled, or the connection was closed on
	// our side.
	Cancelled
	// DialFailed: there was no connection. It is never returned by this
	// package; the scanner uses it to have one word for every ending.
	DialFailed
)

var outcomeNames = [...]string{
	"nothing", "server-hello", "hello-retry-request", "alert", "closed", "reset", "timeout", "not-tls",
	"ssl2-server-hello", "ssl2-error", "malformed", "too-large", "unsupported", "cancelled", "dial-failed",
}

// String returns a short name such as "server-hello".
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("invalid(%d)", uint8(o))
}

// Until says how far Exchange reads.
type Until uint8

const (
	// UntilServerHello stops after ServerHello, HelloRetryRequest or the SSLv2
	// SERVER-HELLO.
	UntilServerHello Until = iota
	// UntilKeyExchange reads the whole clear-text flight, to ServerHelloDone.
	// A TLS 1.3 ServerHello ends it, because nothing after it is in clear, and
	// so does ChangeCipherSpec (a resumed session).
	UntilKeyExchange
)
