package dashboard

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// patientHistory answers when its context ends, as a history does that is asked
// while the server stops.
type patientHistory struct {
	*fake
	asked chan bool
}

func (p *patientHistory) Run(ctx context.Context, _ string) (*history.Run, error) {
	p.asked <- true
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestBrokenOff breaks requests off before they have an answer: what is read then
// is no empty page and no empty report.
func TestBrokenOff(t *testing.T) {
	for _, address := range []string{"/runs/latest/download/json", "/runs/latest", "/subject/record.json?s=x&run=latest"} {
		p := &patientHistory{newFake(), make(chan bool, 9)}
		c := testConfig(p.fake, operator)
		c.History = p
		if strings.HasPrefix(address, "/subject") {
			c.History = recordless{p}
		}
		base, stop := context.WithCancel(t.Context())
		server := httptest.NewUnstartedServer(newDashboard(t, c))
		server.Config.BaseContext = func(net.Listener) context.Context { return base }
		server.Start()
		t.Cleanup(server.Close)
		go func() {
			<-p.asked
			stop()
		}()
		answer, err := server.Client().Get(server.URL + address)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(text), "broken off") || answer.Header.Get("Content-Disposition") != "" {
			t.Errorf("%s: %s with %d bytes, %v", address, answer.Status, len(text), err)
		}
	}
}

// recordless waits in place of giving a record.
type recordless struct{ *patientHistory }

func (r recordless) Record(ctx context.Context, _, _ string) (*audit.Record, error) {
	_, err := r.Run(ctx, "")
	return nil, err
}

// TestEventsEnd: streams end when the server stops; their requests do not.
func TestEventsEnd(t *testing.T) {
	ending := make(chan struct{})
	c := testConfig(newFake(), viewer)
	c.Ending, c.Tick = ending, time.Hour
	server := httptest.NewServer(newDashboard(t, c))
	defer server.Close()
	answer, err := server.Client().Get(server.URL + "/audit/" + runName(41) + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	close(ending)
	ended := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(answer.Body)
		ended <- string(text)
	}()
	select {
	case text := <-ended:
		if !strings.HasPrefix(text, "data: ") {
			t.Errorf("it told %q", text)
		}
	case <-time.After(5 * time.Second):
		t.Error("the stream goes on")
	}
}
