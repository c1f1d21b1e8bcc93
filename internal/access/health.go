package access

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// pulse remembers for a moment whether the server can do its work, so that who
// asks often, and no bound holds, costs no more than who asks seldom.
type pulse struct {
	// ready says whether the server can do its work; nil if it always can.
	ready func(context.Context) error

	mu    sync.Mutex // guards what follows, and that one asks at a time
	asked time.Time
	last  error
}

// How long an answer counts, and how long it may be waited for.
const (
	pulseCounts = time.Second
	pulseTime   = 5 * time.Second
)

// Ready sets what /readyz asks. It is called before the gate is used.
func (g *Gate) Ready(ready func(context.Context) error) { g.pulse.ready = ready }

// beats reports why the server cannot do its work, and whether that was found out
// just now.
func (p *pulse) beats(ctx context.Context, now func() time.Time) (fresh bool, err error) {
	if p.ready == nil {
		return false, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if age := now().Sub(p.asked); age >= 0 && age < pulseCounts {
		return false, p.last
	}
	// It is asked for all who wait, not for the one who may hang up.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pulseTime)
	defer cancel()
	p.last = p.ready(ctx)
	p.asked = now()
	return true, p.last
}

// health answers those who watch the process. It tells strangers nothing but
// yes and no.
func (g *Gate) health(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/readyz" {
		if fresh, err := g.pulse.beats(r.Context(), g.Now); err != nil {
			if fresh {
				g.Logf("not ready: %v", err)
			}
			refuse(w, http.StatusServiceUnavailable, "not ready")
			return
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "ok")
}
