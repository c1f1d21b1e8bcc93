package metrics

import (
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics answers scrapes and counts notifications. It may be used by several
// goroutines.
type Metrics struct {
	options       Options
	notifications *prometheus.CounterVec
	scrapes       chan struct{} // holds one while the history is read

	mu       sync.Mutex // guards what follows
	last     *snapshot
	channels map[string]bool
}

// New makes metrics of a source.
func New(o Options) *Metrics {
	if o.Targets <= 0 || o.Targets > maxTargets {
		o.Targets = maxTargets
	}
	m := &Metrics{
		options: o, scrapes: make(chan struct{}, 1), channels: map[string]bool{},
		notifications: prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + "notifications_total", Help: "Notifications by channel and by what became of them: sent or failed."}, []string{"channel", "result"}),
	}
	for _, channel := range o.Channels {
		m.channel(channel)
	}
	return m
}

// maxChannels bounds the channels that are counted by name.
const maxChannels = 50

// Notified counts a notification that was sent, or given up if err is not nil.
// The channel is the name the operator gave it.
func (m *Metrics) Notified(channel string, err error) {
	sent, failed := m.channel(channel)
	if err != nil {
		failed.Inc()
		return
	}
	sent.Inc()
}

// channel returns the counters of a channel. Both are there as soon as one is
// asked for, and those that are configured from the start: Prometheus sees no
// increase in a series that begins with 1.
func (m *Metrics) channel(name string) (sent, failed prometheus.Counter) {
	name = label(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.channels[name] && len(m.channels) >= maxChannels {
		name = "other"
	}
	m.channels[name] = true
	return m.notifications.WithLabelValues(name, "sent"), m.notifications.WithLabelValues(name, "failed")
}

// ServeHTTP answers a scrape. Scrapes at the same time read the history one after
// the other, and the later ones find it read.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	select {
	case m.scrapes <- struct{}{}:
	case <-r.Context().Done():
		http.Error(w, "the scrape was given up", http.StatusServiceUnavailable)
		return
	}
	s, up := m.snapshot(r)
	<-m.scrapes
	registry := prometheus.NewRegistry()
	for _, c := range []prometheus.Collector{m.notifications, &collector{m.options, s, up}} {
		if err := registry.Register(c); err != nil {
			http.Error(w, "metrics cannot be collected", http.StatusInternalServerError)
			return
		}
	}
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError}).ServeHTTP(w, r)
}

// snapshot is what is in the history, or was when it could last be read.
func (m *Metrics) snapshot(r *http.Request) (s *snapshot, up bool) {
	m.mu.Lock()
	before := m.last
	m.mu.Unlock()
	s, err := read(r.Context(), m.options.Source, m.options.Targets, before)
	if err != nil {
		if m.options.Logf != nil {
			m.options.Logf("metrics: reading the history: %v", err)
		}
		return before, false
	}
	m.mu.Lock()
	m.last = s
	m.mu.Unlock()
	return s, true
}
