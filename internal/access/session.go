package access

import (
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
			delete(s.byID, key)
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
	s.byID[sha256.Sum256([]byte(secret))] = &session{Identity: id, token: token, form: random(), made: now, seen: now}
	return secret
}

// over reports whether a session has run out. A clock that was set back ends
// it too.
func (s *sessions) over(one *session, now time.Time) bool {
	return now.Sub(one.seen) > s.idle || now.Sub(one.made) > s.absolute || now.Before(one.made.Add(-s.idle))
}

func (s *sessions) dropOldest(of func(*session) bool) {
	var oldest *session
	var at [sha256.Size]byte
	for key, one := range s.byID {
		if of(one) && (oldest == nil || one.seen.Before(oldest.seen)) {
			oldest, at = one, key
		}
	}
	delete(s.byID, at) // nothing where there is none
}

// find returns the session of a secret, nil if it has none or it has run out; the
// caller holds mu. Looking up by a digest tells nothing by the time it takes.
func (s *sessions) find(secret string) *session {
	if secret == "" || len(secret) > maxSecret {
		return nil
	}
	key := sha256.Sum256([]byte(secret))
	found := s.byID[key]
	if found != nil && s.over(found, s.now()) {
		delete(s.byID, key)
		return nil
	}
	return found
}

// use finds the session of a secret and takes note that it is used.
func (s *sessions) use(secret string) (one session, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.find(secret)
	if found == nil {
		return session{}, false
	}
	found.seen = s.now()
	return *found, true
}

// live reports whether a session goes on, which is no use of it.
func (s *sessions) live(secret string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.find(secret) != nil
}

// end ends the session of a secret.
func (s *sessions) end(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, sha256.Sum256([]byte(secret)))
}

// len is how many sessions there are.
func (s *sessions) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.byID)
}
