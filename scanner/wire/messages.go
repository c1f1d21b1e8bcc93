package wire

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Handshake message types (RFC 8446 section 4, RFC 5246 section 7.4).
const (
	typeHelloRequest        = 0
	typeClientHello         = 1
	typeServerHello         = 2
	typeNewSessionTicket    = 4
	typeEncryptedExtensions = 8
	typeCertificate         = 11
	typeServerKeyExchange   = 12
	typeCertificateRequest  = 13
	typeServerHelloDone     = 14
	typeCertificateVerify   = 15
	typeFinished            = 20
	typeCertificateStatus   = 22
	typeSupplementalData    = 23
	typeMessageHash         = 254
)

const (
	// maxFlight bounds all handshake messages of an exchange together.
	maxFlight = 256 << 10
	// maxUseless bounds records and messages that bring nothing: empty ones,
	// warning alerts, ChangeCipherSpec, HelloRequest, heartbeats.
	maxUseless = 32
)

const (
	alertWarning     = 1
	alertFatal       = 2
	alertCloseNotify = 0
)

// errCCS is returned by next for a ChangeCipherSpec after ServerHello.
var errCCS = errors.New("the server changed to encryption")

// messages cuts the records of a stream into handshake messages and takes
// everything else out of the way.
type messages struct {
	stream
	flight *Flight
	limit  time.Time // the deadline set on the connection
	// open decrypts a record; nil while the peer speaks in clear.
	open func(header, payload []byte) (recordType byte, plain []byte, err error)

	// data: the handshake is over, and what the application says is passed over.
	data bool

	borrowed *buffers // where buf and pending come from, nil if they are its own

	pending  []byte // handshake bytes not yet consumed
	consumed int    // length of the message handed out last
	size     int    // handshake bytes so far
	useless  int
	alert    []byte // the first half of an alert cut in two
	warned   bool   // the last thing heard was a warning
}

// next returns the next whole message, header included; it is valid until the
// following call.
func (m *messages) next() ([]byte, error) {
	m.pending = m.pending[:copy(m.pending, m.pending[m.consumed:])]
	m.consumed = 0
	for {
		if len(m.pending) >= 4 {
			n := 4 + (int(m.pending[1])<<16 | int(m.pending[2])<<8 | int(m.pending[3]))
			if n > maxFlight {
				return nil, tooLarge("a handshake message of %d bytes is announced, more than the %d read", n, maxFlight)
			}
			if len(m.pending) >= n {
				m.consumed = n
				if m.pending[0] == typeHelloRequest && n == 4 && m.open == nil {
					if err := m.waste("HelloRequest"); err != nil {
						return nil, err
					}
					return m.next()
				}
				return m.pending[:n], nil
			}
		}
		if err := m.read(); err != nil {
			return nil, err
		}
	}
}

// read takes in one record.
func (m *messages) read() error {
	header, payload, err := m.record()
	if err != nil {
		return m.ended(err)
	}
	if m.flight.RecordVersion == 0 {
		m.flight.RecordVersion = uint16(header[1])<<8 | uint16(header[2])
	}
	recordType := header[0]
	switch {
	case m.open == nil:
	case recordType == recordApplication:
		if recordType, payload, err = m.open(header[:], payload); err != nil {
			return err
		}
	case recordType == recordHandshake:
		return malformed("a clear-text handshake message among encrypted ones")
	}
	switch recordType {
	case recordHandshake:
		if len(payload) == 0 {
			return m.waste("empty handshake record")
		}
		if m.size += len(payload); m.size > maxFlight {
			return tooLarge("more than %d bytes of handshake messages", maxFlight)
		}
		m.warned = false
		m.pending = append(m.pending, payload...)
		return nil
	case recordAlert:
		return m.alerts(payload)
	case recordCCS:
		if m.flight.Outcome == ServerHello && m.open == nil && m.flight.Version < 0x0304 {
			return errCCS
		}
		return m.waste("ChangeCipherSpec")
	case recordHeartbeat:
		return m.waste("heartbeat")
	case recordApplication:
		if m.data {
			return m.waste("application data")
		}
	}
	return malformed("a record of type %d where handshake messages are due", recordType)
}

// waste counts something that brings nothing.
func (m *messages) waste(what string) error {
	if m.useless++; m.useless > maxUseless {
		return tooLarge("more than %d records that carry nothing, the last a %s", maxUseless, what)
	}
	return nil
}

// alerts reads the alerts in a record. Only a fatal alert and close_notify are
// errors; warnings are remembered.
func (m *messages) alerts(payload []byte) error {
	if len(payload) == 0 {
		return m.waste("empty alert record")
	}
	for _, v := range payload {
		if m.alert = append(m.alert, v); len(m.alert) < 2 {
			continue
		}
		level, description := m.alert[0], m.alert[1]
		m.alert = m.alert[:0]
		switch {
		case level != alertWarning && level != alertFatal:
			return malformed("an alert of level %d", level)
		case level == alertFatal || description == alertCloseNotify:
			return m.refuse(level, description)
		}
		m.flight.Warnings = append(m.flight.Warnings, description)
		m.warned = true
		if err := m.waste("warning alert"); err != nil {
			return err
		}
	}
	return nil
}

func (m *messages) refuse(level, description uint8) error {
	m.flight.AlertLevel, m.flight.Alert = level, description
	return &fault{Alert, fmt.Errorf("alert %d, level %d", description, level)}
}

// ended gives the end of a connection its meaning: after a warning the server
// has said why.
func (m *messages) ended(err error) error {
	over := errors.Is(err, io.EOF) || isReset(err)
	if over && m.warned && len(m.pending) == 0 {
		w := m.flight.Warnings
		return m.refuse(alertWarning, w[len(w)-1])
	}
	return err
}
