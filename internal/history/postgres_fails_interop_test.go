//go:build interop

package history_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tlsaudit/internal/history"
	"tlsaudit/internal/history/historytest"
)

// relay stands before a server, and stops to forward when it is told to: what is
// connected stays so, and nothing is answered any more.
type relay struct {
	net.Listener
	halt chan struct{}
	mu   sync.Mutex
	open []net.Conn
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{Listener: l, halt: make(chan struct{})}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				_ = in.Close()
				continue
			}
			r.mu.Lock()
			r.open = append(r.open, in, out)
			r.mu.Unlock()
			all.Go(func() { r.forward(in, out) })
			all.Go(func() { r.forward(out, in) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		r.mu.Lock()
		for _, c := range r.open {
			_ = c.Close()
		}
		r.mu.Unlock()
		all.Wait()
	})
	return r
}

func (r *relay) forward(from, to net.Conn) {
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		select {
		case <-r.halt:
			_, _ = io.Copy(io.Discard, from) // as a machine that hangs still has its socket
			return
		default:
		}
		if err != nil {
			_ = to.Close()
			return
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// TestPostgresFails: a server that hangs, refuses or gives few rights.
func TestPostgresFails(t *testing.T) {
	where := postgres(t)
	t.Run("hangs", func(t *testing.T) {
		u := must(url.Parse(where(t)))(t)
		r := newRelay(t, u.Host)
		u.Host = r.Addr().String()
		s := must(history.Open(t.Context(), u.String()))(t)
		finished := must(s.Begin(t.Context(), history.Run{Started: historytest.Night(0)}))(t)
		abandoned := must(s.Begin(t.Context(), history.Run{Started: historytest.Night(1)}))(t)
		dropped := must(s.Begin(t.Context(), history.Run{Started: historytest.Night(2)}))(t)
		close(r.halt)
		for _, w := range []*history.Writer{finished, abandoned, dropped} {
			if err := w.Observe(t.Context(), historytest.New(1, 1).Observation(0, 0)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(300 * time.Millisecond) // now they are writing
		ended := make(chan string, 4)
		began := time.Now()
		soon := func() (context.Context, context.CancelFunc) { return context.WithTimeout(t.Context(), time.Second) }
		go func() {
			ctx, cancel := soon()
			defer cancel()
			_, err := finished.Finish(ctx, small(0, "a.example.com tls R1=fail"), 0)
			ended <- fmt.Sprint("finish: ", err)
		}()
		go func() {
			ctx, cancel := soon()
			defer cancel()
			ended <- fmt.Sprint("abandon: ", abandoned.Abandon(ctx, "it hangs"))
		}()
		go func() {
			dropped.Drop()
			ended <- "drop"
		}()
		go func() {
			ctx, cancel := soon()
			defer cancel()
			ended <- fmt.Sprint("lease: ", s.Acquire(ctx, "run", "a", time.Minute))
		}()
		for range 4 {
			select {
			case what := <-ended:
				t.Logf("after %v %s", time.Since(began), what)
				if strings.HasSuffix(what, "<nil>") || strings.Contains(what, "tester") {
					t.Error("nothing was wrong, or the user is named: " + what)
				}
			case <-time.After(50 * time.Second):
				t.Fatal("it hangs for ever")
			}
		}
		_ = s.Close()
	})
	t.Run("few rights", func(t *testing.T) {
		dsn := where(t)
		s := must(history.Open(t.Context(), dsn))(t)
		keep(t, s, 0, small(0, "a.example.com tls R1=fail"))
		_ = s.Close()
		db := must(sql.Open("pgx", dsn))(t)
		defer db.Close()
		for _, statement := range []string{"CREATE ROLE auditor LOGIN", "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO auditor"} {
			must(db.Exec(statement))(t)
		}
		s = opened(t, strings.Replace(dsn, "tester@", "auditor@", 1))
		keep(t, s, 1, small(1, "a.example.com tls R1=pass"))
		must(s.Prune(t.Context(), history.Retention{Runs: 1}, historytest.Night(2)))(t)
		if v := must(s.Verify(t.Context(), ""))(t); len(v.Damage) > 0 {
			t.Error(v.Damage)
		}
	})
	t.Run("many make it", func(t *testing.T) {
		for range 3 {
			dsn := where(t)
			var all sync.WaitGroup
			for range 6 {
				all.Go(func() {
					s, err := history.Open(t.Context(), dsn)
					if err != nil {
						t.Error(err)
						return
					}
					_ = s.Close()
				})
			}
			all.Wait()
		}
	})
	t.Run("refuses", func(t *testing.T) {
		for user, want := range map[string]string{"nobody-we-know": "does not exist", "tester": "does not exist"} {
			_, err := history.Open(t.Context(), strings.Replace(where(t), "tester@", user+"@", 1)+"x")
			if err == nil || strings.Contains(err.Error(), user) || !strings.Contains(err.Error(), want) || !errors.Is(err, history.ErrFailed) {
				t.Error(err)
			}
		}
	})
	t.Run("a trigger", func(t *testing.T) {
		dsn := where(t)
		s := opened(t, dsn)
		behind(t, dsn, "CREATE RULE hide AS ON INSERT TO claim DO INSTEAD NOTHING")
		if v := must(s.Verify(t.Context(), ""))(t); len(v.Damage) != 1 || !strings.Contains(v.Damage[0], "hide") {
			t.Error(v.Damage)
		}
	})
}
