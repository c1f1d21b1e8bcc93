package wire

import (
	"context"
	"crypto/rsa"
	"crypto/tls"
	"fmt"
	"math/big"
	"net"
	"testing"
	"time"
)

// reacted waits a little for what comes.
func reacted(t *testing.T, s *Session) Reaction {
	t.Helper()
	return s.React(context.Background(), 5*time.Second)
}

func begin(t *testing.T, config *tls.Config, version, suite uint16, edit func(*Hello)) *Session {
	t.Helper()
	c := serve(t, func(c net.Conn) {
		server := tls.Server(c, config)
		_ = server.Handshake()
		buf := make([]byte, 64)
		_, _ = server.Read(buf)
	})
	h := &Hello{Version: version, Suites: []uint16{suite, 0x00FF}, Groups: []uint16{29, 23, 24, 25}, SigAlgs: WideSigAlgs, SNI: "example.com"}
	if edit != nil {
		edit(h)
	}
	s := Begin(context.Background(), c, h)
	t.Cleanup(s.End)
	if !s.Open() {
		t.Fatalf("0x%04X at 0x%04X: %s", suite, version, brief(&s.Flight))
	}
	return s
}

// TestSeals: a right Finished is taken by the standard library with every suite
// it has keys for, and each wrong one is refused, which is seen in clear.
func TestSeals(t *testing.T) {
	key := keys()["rsa"].Public().(*rsa.PublicKey)
	for _, version := range []uint16{0x0301, 0x0302, 0x0303} {
		for _, suite := range []uint16{0x002F, 0x0035, 0x000A, 0x003C, 0xC013, 0xC014, 0xC009, 0xC023, 0xC027, 0x009C, 0x009D, 0xC02F, 0xC02B, 0xC030} {
			_, padded := Keyed(suite)
			if sha256 := suite == 0x003C || suite == 0xC023 || suite == 0xC027; (!padded || sha256) && version < 0x0303 {
				continue
			}
			kind := "rsa"
			if suite == 0xC009 || suite == 0xC023 || suite == 0xC02B {
				kind = "ecdsa"
			}
			config := &tls.Config{Certificates: []tls.Certificate{certificate(t, kind)}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite}}
			for _, seal := range Seals {
				if !padded && seal != SealRight {
					continue
				}
				t.Run(fmt.Sprintf("%04X/%04X/%d", version, suite, seal), func(t *testing.T) {
					s := begin(t, config, version, suite, func(h *Hello) { h.EMS = suite == 0x002F })
					if err := s.Key(PublicKey{key.N, key.E}); err != nil {
						t.Fatal(err)
					}
					out, err := s.Finish(seal)
					if err != nil {
						t.Fatal(err)
					}
					if err := s.Send(out); err != nil {
						t.Fatal(err)
					}
					want := Reaction{Outcome: Alert, Alert: 20, Record: recordAlert, Length: 2}
					if seal == SealRight {
						want = Reaction{Outcome: ServerHello, Record: recordCCS, Length: 1}
					}
					if got := reacted(t, s); got != want {
						t.Errorf("got %+v, want %+v", got, want)
					}
				})
			}
		}
	}
}

// TestTicket: the ticket comes before ChangeCipherSpec, and takes the session up.
func TestTicket(t *testing.T) {
	key := keys()["rsa"].Public().(*rsa.PublicKey)
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t, "rsa")}, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{0xC02F, 0x002F}}
	config.SetSessionTicketKeys([][32]byte{{1}})
	s := begin(t, config, 0x0303, 0xC02F, func(h *Hello) { h.Ticket = true })
	if err := s.Key(PublicKey{key.N, key.E}); err != nil {
		t.Fatal(err)
	}
	out, err := s.Finish(SealRight)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(out); err != nil {
		t.Fatal(err)
	}
	ticket, accepted, last := s.Ticket(context.Background(), 5*time.Second)
	if !accepted || len(ticket) == 0 {
		t.Fatalf("a ticket of %d bytes, accepted %v, %s", len(ticket), accepted, last)
	}
	c := serve(t, func(c net.Conn) { _ = tls.Server(c, config).Handshake() })
	again := &Hello{Version: 0x0303, Suites: []uint16{0xC02F}, Groups: []uint16{29}, SigAlgs: WideSigAlgs, SNI: "example.com", Ticket: true, TicketData: ticket, SessionID: []byte{7}}
	f := Exchange(context.Background(), c, again.AppendTo(nil), UntilKeyExchange)
	if !f.Resumed || len(f.SessionID) != 1 || f.SessionID[0] != 7 {
		t.Errorf("resumed %v, %d bytes of session id: %s", f.Resumed, len(f.SessionID), brief(&f))
	}
}

// TestProbesRefused: what the standard library says to each probe.
func TestProbesRefused(t *testing.T) {
	key := keys()["rsa"].Public().(*rsa.PublicKey)
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t, "rsa")}, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{0x002F}}
	for name, probe := range map[string]func(*Session) []byte{
		"heartbeat":      func(s *Session) []byte { b, _ := s.FaultyHeartbeat(); return b },
		"early CCS":      func(s *Session) []byte { return s.ChangeCipherSpec() },
		"clear Finished": func(s *Session) []byte { return s.ClearFinished() },
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, config, 0x0303, 0x002F, nil)
			if err := s.Send(probe(s)); err != nil {
				t.Fatal(err)
			}
			if got := reacted(t, s); got.Outcome != Alert || got.Alert != 10 {
				t.Errorf("got %+v", got)
			}
		})
	}
	for _, form := range Blocks {
		s := begin(t, config, 0x0303, 0x002F, nil)
		out, err := s.KeyTransport(PublicKey{key.N, key.E}, form, true)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Send(out); err != nil {
			t.Fatal(err)
		}
		if got := reacted(t, s); got.Outcome != Alert || got.Alert != 20 {
			t.Errorf("block %d: got %+v", form, got)
		}
	}
}

// TestBlocks: each block is what it says, and below the modulus.
func TestBlocks(t *testing.T) {
	k := PublicKey{keys()["rsa"].Public().(*rsa.PublicKey).N, 65537}
	premaster := make([]byte, 48)
	for i := range premaster {
		premaster[i] = 0xA1
	}
	premaster[0], premaster[1] = 3, 3
	for _, form := range Blocks {
		b := k.block(form, premaster)
		zero := 2
		for zero < len(b) && b[zero] != 0 {
			zero++
		}
		typed := b[0] == 0 && b[1] == 2
		want := len(b) - 49
		switch form {
		case BlockZeroEarly:
			want--
		case BlockNoZero:
			want = len(b)
		}
		if typed != (form != BlockType) || zero != want || new(big.Int).SetBytes(b).Cmp(k.N) >= 0 {
			t.Errorf("block %d: typed %v, zero at %d of %d, want %d", form, typed, zero, len(b), want)
		}
		if version := b[len(b)-48]; (version == 2) != (form == BlockVersion) {
			t.Errorf("block %d: version %d", form, version)
		}
	}
	for name, k := range map[string]PublicKey{"none": {}, "tiny": {big.NewInt(15), 3}, "negative": {new(big.Int).Neg(k.N), 3}, "huge": {new(big.Int).Lsh(k.N, 8000), 3}, "no exponent": {k.N, 0}} {
		if _, err := k.raw([]byte{1}); err == nil {
			t.Errorf("%s: encrypted with it", name)
		}
	}
}

// FuzzSession plays any bytes as the server of a whole keyed session.
func FuzzSession(f *testing.F) {
	flight := flight12()
	f.Add(inRecords(16384, flight), byte(0))
	f.Add(append(inRecords(50, flight), 24, 3, 3, 0, 4, 2, 0, 1, 9), byte(1))
	f.Add(append(inRecords(50, flight), 20, 3, 3, 0, 1, 1), byte(2))
	f.Fuzz(func(t *testing.T, answer []byte, what byte) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		c := &fakeConn{answer: answer}
		h := &Hello{Version: 0x0303, Suites: []uint16{0xC013, 0x002F, 0x0033}, Groups: []uint16{29}, SigAlgs: WideSigAlgs}
		s := Begin(ctx, c, h)
		defer s.End()
		checkFlight(t, &s.Flight)
		if !s.Open() {
			return
		}
		n, _ := rsaModulus()
		k := PublicKey{n, 3}
		switch what % 3 {
		case 0:
			r := s.React(ctx, time.Second)
			if r.Outcome == Nothing || r.Length > maxRecord {
				t.Errorf("%+v", r)
			}
		case 1:
			if _, err := s.KeyTransport(k, Block(what%5), true); err != nil {
				t.Error(err)
			}
		case 2:
			if s.Key(k) != nil {
				return
			}
			if _, err := s.Finish(Seal(what % 5)); err != nil {
				t.Error(err)
			}
			if ticket, _, _ := s.Ticket(ctx, time.Second); len(ticket) > maxTicket {
				t.Errorf("a ticket of %d bytes", len(ticket))
			}
		}
	})
}

func rsaModulus() (*big.Int, bool) {
	return new(big.Int).SetString("1"+fmt.Sprintf("%0256d", 7), 16)
}
