package engine

import (
	"encoding/binary"
	"sync"

	"tlsaudit/audit"
)

// remedies are those written so far: the rules about one endpoint often come
// to the same want, and so do endpoints. Several goroutines may ask at once.
// Nobody writes to a remedy once it is here.
type remedies struct {
	mu    sync.Mutex
	known map[string]*audit.Remedy // by product and want
	size  int
}

// maxRemedies is about how many bytes of remedies are remembered.
const maxRemedies = 1 << 20

// trim forgets the remedies when they have become too many. It is not done
// between those of one endpoint, so that they share what is equal.
func (r *remedies) trim() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || r.size > maxRemedies {
		r.known, r.size = map[string]*audit.Remedy{}, 0
	}
}

// get returns the remedy for a want, which write writes if it is not known.
func (r *remedies) get(product string, w *audit.Want, write func(string, audit.Want) *audit.Remedy) *audit.Remedy {
	key := appendWant(make([]byte, 0, 2<<10), product, w)
	r.mu.Lock()
	defer r.mu.Unlock()
	remedy, ok := r.known[string(key)]
	if !ok {
		remedy = write(product, *w)
		r.known[string(key)] = remedy
		r.size += len(key)
		if remedy != nil {
			r.size += len(remedy.Text)
		}
	}
	return remedy
}

// appendWant appends all that a remedy is made of. Each text is there with its
// length: names of suites may come from a file anybody wrote.
func appendWant(b []byte, product string, w *audit.Want) []byte {
	order := uint64(0)
	if w.ServerOrder != nil {
		order = 1 + flag(*w.ServerOrder)
	}
	for _, n := range [...]uint64{flag(w.Client), uint64(w.MinVersion), flag(w.Strong), order, uint64(w.MinDHBits), flag(w.StartTLS), flag(w.TLSOnly), uint64(len(w.Versions))} {
		b = binary.AppendUvarint(b, n)
	}
	for _, v := range w.Versions {
		b = binary.AppendUvarint(b, uint64(v))
	}
	for _, list := range [...][]string{w.AllowSuites, w.ForbidSuites, w.TLS13Suites, w.Groups, {product, w.Certificate, w.Other}} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, text := range list {
			b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
		}
	}
	return b
}

func flag(set bool) uint64 {
	if set {
		return 1
	}
	return 0
}
