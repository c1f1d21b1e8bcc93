package notify

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func patient() retry {
	return retry{attempts: 5, first: time.Second, most: 5 * time.Second, patience: time.Minute, budget: 10 * time.Minute, random: func() float64 { return 1 }}
}

func TestRetry(t *testing.T) {
	down := &failure{certainty: later, err: errors.New("down")}
	busy := func(d time.Duration) error {
		return &failure{certainty: later, after: d, err: errors.New("busy")}
	}
	tests := []struct {
		name   string
		fails  []error
		adjust func(*retry)
		want   []time.Duration // when the attempts are made
		err    string
	}{
		{"at once", nil, nil, []time.Duration{0}, ""},
		{"doubling, bounded", []error{down, down, down, down}, nil, []time.Duration{0, 1e9, 3e9, 7e9, 12e9}, ""},
		{"with the least jitter", []error{down, down, down}, func(r *retry) { r.random = func() float64 { return 0 } }, []time.Duration{0, 5e8, 15e8, 35e8}, ""},
		{"given up", []error{down, down, down, down, down, down}, nil, []time.Duration{0, 1e9, 3e9, 7e9, 12e9}, "tried 5 times: down"},
		{"refused", []error{&failure{certainty: refused, err: errors.New("no")}}, nil, []time.Duration{0}, "no"},
		{"unclear", []error{down, &failure{certainty: unclear, err: errors.New("silence")}}, nil, []time.Duration{0, 1e9}, "silence"},
		{"not classified", []error{errors.New("odd")}, nil, []time.Duration{0}, "odd"},
		{"as the receiver asks", []error{busy(20 * time.Second)}, nil, []time.Duration{0, 20e9}, ""},
		{"the receiver asks for less", []error{busy(time.Millisecond)}, nil, []time.Duration{0, 1e9}, ""},
		{"the receiver asks for too much", []error{busy(time.Hour)}, nil, []time.Duration{0}, "the receiver asks to be left alone for 1h0m0s: busy"},
		{"out of time", []error{busy(50 * time.Second), busy(50 * time.Second)}, func(r *retry) { r.budget = 70 * time.Second }, []time.Duration{0, 50e9}, "stopped after 2 attempts: busy"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := patient()
				if tt.adjust != nil {
					tt.adjust(&r)
				}
				began := time.Now()
				var at []time.Duration
				err := r.do(t.Context(), func(context.Context) error {
					at = append(at, time.Since(began))
					if len(at) <= len(tt.fails) {
						return tt.fails[len(at)-1]
					}
					return nil
				})
				if diff := cmp.Diff(tt.want, at); diff != "" {
					t.Errorf("attempts (-want +got):\n%s", diff)
				}
				said := ""
				if err != nil {
					said = err.Error()
				}
				if said != tt.err {
					t.Errorf("error %q, want %q", said, tt.err)
				}
			})
		})
	}
}

// TestRetryStops: a program that is told to end does not wait for a receiver.
func TestRetryStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(1500*time.Millisecond, cancel)
		began, attempts := time.Now(), 0
		err := patient().do(ctx, func(context.Context) error {
			attempts++
			return &failure{certainty: later, err: errors.New("down")}
		})
		if d := time.Since(began); d != 1500*time.Millisecond || attempts != 2 || err == nil {
			t.Errorf("ended after %s and %d attempts: %v", d, attempts, err)
		}
		if certain, _ := certaintyOf(err); certain != later {
			t.Error("it is not known any more that nothing arrived")
		}
	})
}

func TestRetryAfter(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"": 0, "120": 2 * time.Minute, "-1": 0, "soon": 0, "99999999999999999999": 0,
		"Sun, 22 Nov 2026 03:31:00 GMT": time.Minute, "Sun, 22 Nov 2020 03:31:00 GMT": 0,
	} {
		if got := retryAfter(in, today); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
