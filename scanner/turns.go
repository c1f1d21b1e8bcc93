package scanner

import "sync"

// turns lets questions be put side by side, or one alone. It is what
// sync.RWMutex is, but waiting for it is waiting for time to pass as far as
// testing/synctest can tell, so that simulated scans need no real time.
type turns struct {
	mu      sync.Mutex
	changed *sync.Cond
	sharing int
	alone   bool
	// waiting questions that want to be alone go before new ones that do not.
	waiting int
}

// begin locks t and makes what a zero value lacks.
func (t *turns) begin() {
	t.mu.Lock()
	if t.changed == nil {
		t.changed = sync.NewCond(&t.mu)
	}
}

// RLock waits until nobody is alone, or wants to be.
func (t *turns) RLock() {
	t.begin()
	defer t.mu.Unlock()
	for t.alone || t.waiting > 0 {
		t.changed.Wait()
	}
	t.sharing++
}

// RUnlock ends what RLock began.
func (t *turns) RUnlock() {
	t.begin()
	defer t.mu.Unlock()
	t.sharing--
	t.changed.Broadcast()
}

// Lock waits until there is nobody else.
func (t *turns) Lock() {
	t.begin()
	defer t.mu.Unlock()
	t.waiting++
	for t.alone || t.sharing > 0 {
		t.changed.Wait()
	}
	t.waiting--
	t.alone = true
}

// Unlock ends what Lock began.
func (t *turns) Unlock() {
	t.begin()
	defer t.mu.Unlock()
	t.alone = false
	t.changed.Broadcast()
}
