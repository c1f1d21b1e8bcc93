package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

var errReset = &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}

func TestExchangeOutcomes(t *testing.T) {
	hello := serverHelloMessage(0x0303, 0xC02F)
	sh := inRecords(1000, hello)
	fatal40, warn112 := record(recordAlert, 2, 40), record(recordAlert, 1, 112)
	bombed := slices.Repeat([][]byte{[]byte("certificate")}, 5000)
	tests := []struct {
		name   string
		answer []byte
		end    error // io.EOF when nil
		want   Outcome
		stop   Outcome
		alert  int // level*1000 + description
	}{
		{"nothing, then FIN", nil, nil, Closed, 0, 0},
		{"nothing, then RST", nil, errReset, Reset, 0, 0},
		{"nothing, then another network error", nil, &net.OpError{Op: "read", Err: syscall.EHOSTUNREACH}, Reset, 0, 0},
		{"nothing, deadline", nil, os.ErrDeadlineExceeded, Timeout, 0, 0},
		{"closed on our side", nil, net.ErrClosed, Cancelled, 0, 0},
		{"half a record header", sh[:3], nil, Closed, 0, 0},
		{"half a record", sh[:30], nil, Closed, 0, 0},
		{"RST in mid record", sh[:30], errReset, Reset, 0, 0},
		{"fatal alert", fatal40, nil, Alert, 0, 2040},
		{"fatal alert, RST", fatal40, errReset, Alert, 0, 2040},
		{"fatal alert in two records", join(record(recordAlert, 2), record(recordAlert, 70)), nil, Alert, 0, 2070},
		{"two alerts in a record", record(recordAlert, 1, 112, 2, 40), nil, Alert, 0, 2040},
		{"close_notify", record(recordAlert, 1, 0), nil, Alert, 0, 1000},
		{"close_notify and silence", record(recordAlert, 1, 0), os.ErrDeadlineExceeded, Alert, 0, 1000},
		{"warning, a record header, FIN", join(warn112, []byte{22, 3, 3, 0, 9}), nil, Closed, 0, 0},
		{"warning and FIN", warn112, nil, Alert, 0, 1112},
		{"warning and RST", warn112, errReset, Alert, 0, 1112},
		{"warning and silence", warn112, os.ErrDeadlineExceeded, Timeout, 0, 0},
		{"warning, half a message, FIN", join(warn112, inRecords(3, hello)[:8]), nil, Closed, 0, 0},
		{"alert of no level", record(recordAlert, 0, 40), nil, Malformed, 0, 0},
		{"empty alert records", slices.Repeat(record(recordAlert), 100), nil, TooLarge, 0, 0},
		{"HTTP", []byte("HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n"), nil, NotTLS, 0, 0},
		{"one byte of something else", []byte("5"), nil, NotTLS, 0, 0},
		{"record type 22, not version 3", []byte{22, 9, 9, 0, 1, 0}, nil, NotTLS, 0, 0},
		{"SSLv2 answer nobody asked for", ssl2Answer(nil, 0x010080), nil, NotTLS, 0, 0},
		{"ServerHello, then FIN", sh, nil, ServerHello, Closed, 0},
		{"ServerHello, then RST", sh, errReset, ServerHello, Reset, 0},
		{"ServerHello, then silence", sh, os.ErrDeadlineExceeded, ServerHello, Timeout, 0},
		{"ServerHello, then alert", join(sh, fatal40), nil, ServerHello, Alert, 2040},
		{"warning, ServerHello, then FIN", join(warn112, sh), nil, ServerHello, Closed, 0},
		{"ServerHello, then plain text", join(sh, []byte("HTTP/1.1")), nil, ServerHello, Malformed, 0},
		{"ServerHello twice", join(sh, sh), nil, ServerHello, Malformed, 0},
		{"Certificate first", inRecords(1000, certificateMessage([]byte("x"))), nil, Malformed, 0, 0},
		{"Certificate twice", inRecords(1000, hello, certificateMessage([]byte("x")), certificateMessage([]byte("x"))), nil, ServerHello, Malformed, 0},
		{"Finished in clear", inRecords(1000, hello, handshake(typeFinished, 1, 2, 3)), nil, ServerHello, Malformed, 0},
		{"application data first", record(recordApplication, 1, 2, 3), nil, Malformed, 0, 0},
		{"record of 18433 bytes", []byte{22, 3, 3, 0x48, 1}, nil, Malformed, 0, 0},
		{"16 MB handshake length", record(recordHandshake, typeServerHello, 255, 255, 255), nil, TooLarge, 0, 0},
		{"16 MB certificate length", join(sh, record(recordHandshake, typeCertificate, 255, 255, 255)), nil, ServerHello, TooLarge, 0},
		{"more than 256 KiB", inRecords(16384, hello, slices.Repeat(handshake(typeSupplementalData, make([]byte, 1<<15)...), 9)), nil, ServerHello, TooLarge, 0},
		{"flood of warnings", slices.Repeat(record(recordAlert, 1, 112), 1000), nil, TooLarge, 0, 0},
		{"flood of warnings in a record", record(recordAlert, slices.Repeat([]byte{1, 112}, 8000)...), nil, TooLarge, 0, 0},
		{"flood of empty records", slices.Repeat(record(recordHandshake), 1000), nil, TooLarge, 0, 0},
		{"flood of CCS", slices.Repeat(record(recordCCS, 1), 1000), nil, TooLarge, 0, 0},
		{"flood of heartbeats", slices.Repeat(record(recordHeartbeat, 1), 1000), nil, TooLarge, 0, 0},
		{"flood of HelloRequest", inRecords(16000, slices.Repeat(handshake(typeHelloRequest), 1000)), nil, TooLarge, 0, 0},
		{"ServerHelloDone with content", inRecords(100, hello, handshake(typeServerHelloDone, 1)), nil, ServerHello, Malformed, 0},
		{"certificate list bomb, then FIN", inRecords(16384, hello, certificateMessage(bombed...)), nil, ServerHello, Closed, 0},
	}
	for _, test := range tests {
		for _, step := range []int{0, 1} {
			t.Run(fmt.Sprintf("%s, step %d", test.name, step), func(t *testing.T) {
				c := &fakeConn{answer: test.answer, end: test.end, step: step}
				f := Exchange(context.Background(), c, hello12().AppendTo(nil), UntilKeyExchange)
				alert := int(f.AlertLevel)*1000 + int(f.Alert)
				if f.Outcome != test.want || f.Stop != test.stop || alert != test.alert || f.Done || f.Err == nil {
					t.Error(brief(&f))
				}
				if len(f.Certificates) > maxCertificates || f.Bytes > maxFlight*2 {
					t.Errorf("%d certificates, %d bytes", len(f.Certificates), f.Bytes)
				}
				if answered := test.want == ServerHello; answered != (f.Suite == 0xC02F) {
					t.Error("ServerHello was not kept:", brief(&f))
				}
			})
		}
	}
}

func TestExchangeSurvives(t *testing.T) {
	flight := flight12()
	tests := []struct {
		name   string
		answer []byte
		step   int
	}{
		{"one record", inRecords(16384, flight), 0},
		{"one byte per record", inRecords(1, flight), 0},
		{"one byte per record and read", inRecords(1, flight), 1},
		{"three bytes per record", inRecords(3, flight), 7},
		{"useless things first", join(record(recordHandshake), record(recordCCS, 1), record(recordAlert, 1, 112), record(recordHeartbeat, 1, 2), inRecords(100, handshake(typeHelloRequest), flight)), 0},
		{"warnings in between", join(inRecords(100, flight[:150]), record(recordAlert, 1, 41), inRecords(100, flight[150:])), 0},
	}
	var want Flight
	for i, test := range tests {
		f := Exchange(context.Background(), &fakeConn{answer: test.answer, step: test.step}, hello12().AppendTo(nil), UntilKeyExchange)
		if f.Outcome != ServerHello || !f.Done || f.Suite != 0xC02F || f.Group != 29 || f.SigAlg != 0x0804 || f.ALPN != "h2" || len(f.Certificates) != 2 ||
			string(f.Certificates[1]) != "intermediate" || string(f.OCSP) != "staple" || !slices.Equal(f.CertificateRequest.SigAlgs, []uint16{0x0403}) ||
			string(f.CertificateRequest.Authorities[0]) != "dn" || !bytes.Equal(f.CertificateRequest.Types, []byte{1, 64}) || string(f.SessionID) != "session" {
			t.Errorf("%s: %s", test.name, brief(&f))
		}
		if i == 0 {
			want = f
		} else if f.Random != want.Random || !slices.Equal(f.Extensions, want.Extensions) {
			t.Errorf("%s: differs", test.name)
		}
	}
}

func TestExchangeKeepsBytes(t *testing.T) {
	f := Exchange(context.Background(), &fakeConn{answer: []byte("554 no service here\r\nmore"), step: 2}, hello12().AppendTo(nil), UntilServerHello)
	if got := string(f.First); f.Outcome != NotTLS || !strings.HasPrefix(got, "554 no service here\r\n") {
		t.Errorf("%s, first bytes %q", brief(&f), got)
	}
	f = Exchange(context.Background(), &fakeConn{answer: bytes.Repeat([]byte("x"), 9999)}, hello12().AppendTo(nil), UntilServerHello)
	if len(f.First) != 64 {
		t.Errorf("%d first bytes", len(f.First))
	}
}

func TestExchangeHugeChain(t *testing.T) {
	chain := slices.Repeat([][]byte{bytes.Repeat([]byte{1}, 2000)}, 100)
	answer := inRecords(16384, serverHelloMessage(0x0303, 0x2F), certificateMessage(chain...), handshake(typeServerHelloDone))
	f := Exchange(context.Background(), &fakeConn{answer: answer, step: 1400}, hello12().AppendTo(nil), UntilKeyExchange)
	if !f.Done || len(f.Certificates) != 100 || f.CertificatesTruncated {
		t.Error(brief(&f))
	}
	answer = inRecords(16384, serverHelloMessage(0x0303, 0x2F), certificateMessage(append(chain, []byte{1})...), handshake(typeServerHelloDone))
	f = Exchange(context.Background(), &fakeConn{answer: answer}, hello12().AppendTo(nil), UntilKeyExchange)
	if !f.Done || len(f.Certificates) != 100 || !f.CertificatesTruncated {
		t.Error(brief(&f))
	}
}

func TestExchangeResumed(t *testing.T) {
	answer := join(inRecords(100, serverHelloMessage(0x0303, 0x2F), handshake(typeNewSessionTicket, 1, 2)), record(recordCCS, 1))
	f := Exchange(context.Background(), &fakeConn{answer: answer}, hello12().AppendTo(nil), UntilKeyExchange)
	if !f.Done || !f.Resumed || f.Outcome != ServerHello {
		t.Error(brief(&f))
	}
}

// A server that hangs up while the hello is being written may have answered.
func TestExchangeAnswerBeforeBrokenWrite(t *testing.T) {
	for _, test := range []struct {
		answer []byte
		want   Outcome
	}{{record(recordAlert, 2, 70), Alert}, {nil, Reset}} {
		c := &fakeConn{answer: test.answer, end: errReset, sendErr: &net.OpError{Op: "write", Err: syscall.EPIPE}}
		if f := Exchange(context.Background(), c, hello12().AppendTo(nil), UntilServerHello); f.Outcome != test.want {
			t.Error(brief(&f))
		}
	}
}

func TestExchangeOverTCP(t *testing.T) {
	hello := hello12().AppendTo(nil)
	if f := Exchange(ample(t), script(t, nil, reset), hello, UntilServerHello); f.Outcome != Reset {
		t.Error("reset:", brief(&f))
	}
	if f := Exchange(ample(t), script(t, nil, hangUp), hello, UntilServerHello); f.Outcome != Closed {
		t.Error("closed:", brief(&f))
	}
	if f := Exchange(ample(t), script(t, record(recordAlert, 1, 40), hangUp), hello, UntilServerHello); f.Outcome != Alert || f.Alert != 40 || len(f.Warnings) != 1 {
		t.Error("warning and FIN:", brief(&f))
	}
	if f := Exchange(within(t, 30*time.Millisecond), script(t, nil), hello, UntilServerHello); f.Outcome != Timeout {
		t.Error("tarpit:", brief(&f))
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := script(t, inRecords(100, serverHelloMessage(0x0303, 0x2F)), func(c net.Conn) {
		cancel()
		_, _ = io.Copy(io.Discard, c)
	})
	if f := Exchange(ctx, c, hello, UntilKeyExchange); f.Outcome != Cancelled && f.Stop != Cancelled {
		t.Error("cancelled:", brief(&f))
	}
	if f := Exchange(ctx, script(t, nil), hello, UntilKeyExchange); f.Outcome != Cancelled {
		t.Error("cancelled before:", brief(&f))
	}
}

// The deadline is absolute: one byte a second does not move it, before the
// first record, inside one, or in plain text.
func TestExchangeDrip(t *testing.T) {
	answers := map[string][]byte{
		"handshake":  inRecords(100, serverHelloMessage(0x0303, 0x2F)),
		"plain text": []byte(strings.Repeat("x", 60)),
		"empty":      slices.Repeat(record(recordHandshake), 20),
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := net.Pipe()
				done := make(chan struct{})
				go func() {
					defer close(done)
					defer server.Close()
					readHello(server)
					for i := range answer {
						time.Sleep(time.Second)
						if _, err := server.Write(answer[i : i+1]); err != nil {
							return
						}
					}
				}()
				ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
				defer cancel()
				start := time.Now()
				f := Exchange(ctx, client, hello12().AppendTo(nil), UntilServerHello)
				want, spent := Timeout, time.Since(start)
				client.Close()
				<-done
				if name == "plain text" {
					want = NotTLS
				}
				if f.Outcome != want || spent > 15*time.Second {
					t.Errorf("after %v: %s", spent, brief(&f))
				}
			})
		})
	}
}

// Without a deadline, there still is one.
func TestExchangeWithoutDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		defer server.Close()
		defer client.Close()
		go readHello(server)
		start := time.Now()
		f := Exchange(context.Background(), client, hello12().AppendTo(nil), UntilServerHello)
		if f.Outcome != Timeout || time.Since(start) != maxWait || !errors.Is(f.Err, os.ErrDeadlineExceeded) {
			t.Errorf("after %v: %s", time.Since(start), brief(&f))
		}
	})
}

func BenchmarkExchange(b *testing.B) {
	answer := inRecords(16384, flight12())
	hello := enumerationHello().AppendTo(nil)
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	for _, until := range []Until{UntilServerHello, UntilKeyExchange} {
		b.Run(fmt.Sprint(until), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				client, server := net.Pipe()
				go func() {
					var buf [2048]byte
					_, _ = server.Read(buf[:])
					_, _ = server.Write(answer)
				}()
				f := Exchange(ctx, client, hello, until)
				if !f.Done {
					b.Fatal(brief(&f))
				}
				client.Close()
				server.Close()
			}
		})
	}
}
