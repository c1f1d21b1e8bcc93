package access

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"
)

// sessions are those who have signed in. They live in memory: a restart signs
// everybody out.
type sessions struct {
	now            func() time.Time
	idle, absolute time.Duration
	most, each     int

	mu   sync.Mutex // guards what follows
	byID map[[sha256.Size]byte]*session
}

// session is one browser that is signed in.
type session struct {
	Identity
	// token is what it signed in with; the zero value for others.
	token Token
	// form is the secret of its forms.
	form       string
	made, seen time.Time
	// cancel ends the requests under way, by a number.
	cancel map[int]context.CancelFunc
	next   int
}

func newSessions(now func() time.Time, idle, absolute time.Duration, most, each int) *sessions {
	return &sessions{now: now, idle: idle, absolute: absolute, most: most, each: each, byID: map[[sha256.Size]byte]*session{}}
}

// start makes a session and returns its secret. Where there are too many, those
// that ran out go first, then the one of the same person not used for longest,
// then anybody's.
func (s *sessions) start(id Identity, token Token) (secret string) {
	secret = random()
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	own := 0
	for key, one := range s.byID {
		if s.over(one, now) {
			s.drop(key)
		} else if one.Name == id.Name && one.Via == id.Via {
			own++
		}
	}
	if own >= s.each {
		s.dropOldest(func(o *session) bool { return o.Name == id.Name && o.Via == id.Via })
	}
	if len(s.byID) >= s.most {
		s.dropOldest(func(*session) bool { return true })
	}
	s.byID[sha256.Sum256([]byte(secret))] = &session{Identity: id, token: token, form: random(), made: now, seen: now, cancel: map[int]context.CancelFunc{}}
	return secret
}

// over reports whether a session has run out. A clock that was set back ends
// it too.
func (s *sessions) over(one *session, now time.Time) bool {
	return now.Sub(one.seen) > s.idle || now.Sub(one.made) > s.absolute || now.Before(one.made.Add(-s.idle))
}

// drop ends a session and what it has under way; the caller holds mu.
func (s *sessions) drop(key [sha256.Size]byte) {
	for _, cancel := range s.byID[key].cancel {
		cancel()
	}
	delete(s.byID, key)
}

func (s *sessions) dropOldest(of func(*session) bool) {
	var oldest *session
	var at [sha256.Size]byte
	for key, one := range s.byID {
		if of(one) && (oldest == nil || one.seen.Before(oldest.seen)) {
			oldest, at = one, key
		}
	}
	if oldest != nil {
		s.drop(at)
	}
}

// use finds the session of a secret and takes note that it is used. The context
// it returns ends with the session; release must be called when the request has
// been answered. Looking up by a digest tells nothing by the time it takes.
func (s *sessions) use(ctx context.Context, secret string) (one session, within context.Context, release func(), ok bool) {
	if secret == "" || len(secret) > maxSecret {
		return session{}, ctx, nil, false
	}
	key := sha256.Sum256([]byte(secret))
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.byID[key]
	if found == nil {
		return session{}, ctx, nil, false
	}
	now := s.now()
	if s.over(found, now) {
		s.drop(key)
		return session{}, ctx, nil, false
	}
	found.seen = now
	within, cancel := context.WithTimeout(ctx, found.made.Add(s.absolute).Sub(now))
	number := found.next
	found.next++
	found.cancel[number] = cancel
	return *found, within, func() {
		cancel()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(found.cancel, number)
	}, true
}

// end ends the session of a secret.
func (s *sessions) end(secret string) {
	key := sha256.Sum256([]byte(secret))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID[key] != nil {
		s.drop(key)
	}
}

// len is how many sessions there are.
func (s *sessions) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.byID)
}
