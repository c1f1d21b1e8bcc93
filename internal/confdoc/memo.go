package confdoc

import (
	"sync"

	"tlsaudit/internal/cipherstring"
)

// Memo keeps what cipher strings select: an estate has few of them, in many
// files, and each change is judged by reading its file again. It may be used by
// several goroutines; a nil Memo keeps nothing.
type Memo struct {
	mu    sync.Mutex
	known map[memoKey]memoValue
}

type memoKey struct {
	class cipherstring.OpenSSLVersion
	text  string
}

type memoValue struct {
	selection cipherstring.OpenSSLSelection
	err       error
}

// maxMemo bounds the strings that are kept.
const maxMemo = 4096

// Ciphers is what class.Ciphers returns. Nobody may write to the result.
func (m *Memo) Ciphers(class cipherstring.OpenSSLVersion, text string) (cipherstring.OpenSSLSelection, error) {
	if m == nil {
		return class.Ciphers(text)
	}
	key := memoKey{class, text}
	m.mu.Lock()
	v, ok := m.known[key]
	m.mu.Unlock()
	if ok {
		return v.selection, v.err
	}
	v.selection, v.err = class.Ciphers(text)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= maxMemo {
		m.known = map[memoKey]memoValue{}
	}
	m.known[key] = v
	return v.selection, v.err
}
