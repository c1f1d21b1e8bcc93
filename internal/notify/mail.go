package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/textproto"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

const (
	// maxMail bounds a mail in bytes.
	maxMail = 512 << 10
	// maxTalk bounds what a mail server may say in one session, TLS included.
	maxTalk = 1 << 20
	// mailTimeout bounds each step of a session, mailSession all of it.
	mailTimeout = 30 * time.Second
	mailSession = 3 * time.Minute
)

// mailer is a channel that sends mail. Nothing but the greeting, EHLO and
// STARTTLS is said before TLS with a verified certificate.
type mailer struct {
	host            string
	port            int
	implicit, login bool
	ehlo            string
	user            string
	password        secret
	from            *mail.Address
	to              []*mail.Address
	tls             *tls.Config
	guard           guard
	lines           int
	retry           retry
	now             func() time.Time
}

// secrets implements channel.
func (m *mailer) secrets() []secret { return []secret{m.password} }

// compose implements channel.
func (m *mailer) compose(d *Digest, id string) ([]byte, error) {
	_, text, err := m.fitted(d, id)
	return text, err
}

// fitted is the mail with as many lines as it may have, and its bytes.
func (m *mailer) fitted(d *Digest, id string) (msg *gomail.Msg, text []byte, err error) {
	words := d.words()
	text, err = fit(m.lines, maxMail, func(lines int) ([]byte, error) {
		var b bytes.Buffer
		if msg, err = m.message(words.shorten(lines), d, id); err == nil {
			_, err = msg.WriteTo(&b)
		}
		return b.Bytes(), err
	})
	return msg, text, err
}

// send implements channel.
func (m *mailer) send(ctx context.Context, d *Digest, id string) error {
	msg, _, err := m.fitted(d, id)
	if err != nil {
		return &failure{certainty: refused, err: err}
	}
	return m.retry.do(ctx, func(ctx context.Context) error { return m.deliver(ctx, msg) })
}

// deliver sends a message once.
func (m *mailer) deliver(ctx context.Context, msg *gomail.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, mailSession)
	defer cancel()
	var conn net.Conn
	client, err := m.client(func(ctx context.Context, network, address string) (_ net.Conn, err error) {
		conn, err = m.connect(ctx, network, address)
		return conn, err
	})
	if err != nil {
		return &failure{certainty: refused, err: err}
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if conn != nil {
		defer conn.Close() // the library leaves it open when STARTTLS fails
		stop := context.AfterFunc(ctx, func() { conn.Close() })
		defer stop()
	}
	if err != nil {
		return beforeMail(err)
	}
	if err := secured(session); err != nil {
		return &failure{certainty: refused, err: err}
	}
	if err := client.SendWithSMTPClient(session, msg); err != nil {
		return mailFailure(err)
	}
	// It is delivered: what becomes of QUIT changes nothing.
	_ = client.CloseWithSMTPClient(session)
	return nil
}

func (m *mailer) client(dial gomail.DialContextFunc) (*gomail.Client, error) {
	policy, auth := gomail.TLSMandatory, gomail.SMTPAuthPlain
	if m.implicit {
		policy = gomail.NoTLS // it is there before the first word
	}
	if m.login {
		auth = gomail.SMTPAuthLogin
	}
	options := []gomail.Option{
		gomail.WithPort(m.port), gomail.WithTimeout(mailTimeout), gomail.WithHELO(m.ehlo), gomail.WithTLSPolicy(policy),
		gomail.WithTLSConfig(m.tls), gomail.WithDialContextFunc(dial), gomail.WithoutNoop(), gomail.WithoutRset(),
	}
	if m.user != "" {
		options = append(options, gomail.WithSMTPAuth(auth), gomail.WithUsername(m.user), gomail.WithPassword(m.password.reveal()))
	}
	client, err := gomail.NewClient(m.host, options...)
	if err != nil {
		return nil, fmt.Errorf("preparing the mail session: %w", err)
	}
	return client, nil
}

// connect opens the connection, which carries a bounded number of bytes.
func (m *mailer) connect(ctx context.Context, network, address string) (net.Conn, error) {
	plain, err := m.guard.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	conn := &bounded{Conn: plain, left: maxTalk}
	if !m.implicit {
		return conn, nil
	}
	secure := tls.Client(conn, m.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return secure, nil
}

// bounded is a connection that ends after so many bytes were read.
type bounded struct {
	net.Conn
	left int64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTalk
	}
	n, err := b.Conn.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

var errTalk = errors.New("the mail server says more than a mail server has to say")

// secured makes sure of what the library was told to: TLS, and a certificate
// that was verified.
func secured(session *smtp.Client) error {
	state, err := session.GetTLSConnectionState()
	if err != nil {
		return fmt.Errorf("the session is not encrypted: %w", err)
	}
	if !state.HandshakeComplete || len(state.VerifiedChains) == 0 {
		return errors.New("the mail server's certificate was not verified")
	}
	return nil
}

// beforeMail says what a failure before the message means: it has not arrived.
func beforeMail(err error) *failure {
	f := &failure{certainty: refused, err: err}
	var network net.Error
	var answer *textproto.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate), errors.Is(err, errForbidden):
	case errors.As(err, &answer):
		if answer.Code/100 == 4 {
			f.certainty = later
		}
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, context.DeadlineExceeded):
		f.certainty = later
	}
	return f
}

// mailFailure says what a failure while sending means. A server that answers
// with a code has refused; one that falls silent behind the last line may have
// taken the message.
func mailFailure(err error) *failure {
	f := &failure{certainty: unclear, err: err}
	var said *gomail.SendError
	if !errors.As(err, &said) {
		return f
	}
	switch {
	case said.ErrorCode()/100 == 4:
		f.certainty = later
	case said.ErrorCode()/100 == 5:
		f.certainty = refused
	case said.Reason == gomail.ErrSMTPDataClose, said.Reason == gomail.ErrSMTPReset, said.Reason == gomail.ErrAmbiguous:
	default:
		f.certainty = later // the line that ends the message was not sent
	}
	return f
}
