package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tlsaudit": main})
}

// TestScripts runs testdata/script: what a person types and what comes back.
// Each script finds endpoints in its environment, named after the hosts of the
// demo ($www, $legacy, $mail2 ...) and $dead, and the CA in ca.pem.
func TestScripts(t *testing.T) {
	zoo, err := fixtures.Demo(context.Background(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	// Scripts run in parallel, after this function has returned.
	t.Cleanup(func() {
		if err := zoo.Close(); err != nil {
			t.Error(err)
		}
	})
	tarpit := stall(t, nil)
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			for _, e := range zoo.Endpoints {
				name, _, _ := strings.Cut(e.Target.Host, ".")
				if strings.HasSuffix(e.Target.Host, ".net") || strings.HasSuffix(e.Target.Host, ".org") {
					name = strings.ReplaceAll(e.Target.Host, ".", "_")
				}
				env.Setenv(name, e.Target.Subject())
			}
			env.Setenv("dead", "https://dead.example.com:1?ip=127.0.0.1")
			env.Setenv("tarpit", "https://tarpit.example.com:"+tarpit+"?ip=127.0.0.1")
			if err := os.WriteFile(filepath.Join(env.WorkDir, "ca.pem"), zoo.CA, 0o600); err != nil {
				return err
			}
			return settle(filepath.Join(env.WorkDir, "estate"), zoo)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":            wantCode,
			"report":          wantReport,
			"holds":           wantFindings,
			"follow":          follow,
			"second-terminal": secondTerminal,
			"cut-short":       cutShort,
			"dark":            goDark,
			"flip":            flipByte,
		},
	})
}

// wantFindings requires findings of a verdict: "holds report.json fail IHS-01".
func wantFindings(ts *testscript.TestScript, _ bool, args []string) {
	var r struct{ Findings []audit.Finding }
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &r); err != nil {
		ts.Fatalf("%s: %v", args[0], err)
	}
	found := map[string]bool{}
	for i := range r.Findings {
		if r.Findings[i].Verdict.String() == args[1] {
			found[r.Findings[i].Rule] = true
		}
	}
	for _, rule := range args[2:] {
		if !found[rule] {
			ts.Fatalf("%s: no finding of %s is %s", args[0], rule, args[1])
		}
	}
}

// settle puts the estate of docs/estate.md into a folder, with the endpoints of
// the demo where its inventory names them.
func settle(folder string, zoo *fixtures.Zoo) error {
	if err := os.CopyFS(folder, os.DirFS(filepath.Join("..", "..", "docs", "examples", "estate"))); err != nil {
		return err
	}
	name := filepath.Join(folder, "inventory.yaml")
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	inventory := string(text)
	for _, e := range zoo.Endpoints {
		inventory = strings.ReplaceAll(inventory, e.Target.Protocol+"://"+e.Target.Host, e.Target.Subject())
	}
	return os.WriteFile(name, []byte(inventory), 0o600)
}

// stall listens, accepts and never says anything; it returns the port, and
// tells of each connection on accepted if that is not nil and has room.
func stall(t *testing.T, accepted chan<- struct{}) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
			select {
			case accepted <- struct{}{}:
			default:
			}
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// wantCode runs a command and requires an exit code: "code 3 tlsaudit audit ...".
func wantCode(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// wantReport reads a JSON report and requires summary values:
// "report report.json complete=false fail=0".
func wantReport(ts *testscript.TestScript, _ bool, args []string) {
	var r audit.Report
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &r); err != nil {
		ts.Fatalf("%s: %v", args[0], err)
	}
	s := r.Summary
	got := map[string]string{
		"schema": r.Schema, "complete": fmt.Sprint(r.Complete),
		"subjects": fmt.Sprint(s.Subjects), "judged": fmt.Sprint(s.Judged), "unknown": fmt.Sprint(s.Unknown),
		"fail": fmt.Sprint(s.Fail), "warn": fmt.Sprint(s.Warn),
	}
	for _, arg := range args[1:] {
		key, want, _ := strings.Cut(arg, "=")
		if got[key] != want {
			ts.Fatalf("%s: %s is %q, want %q", args[0], key, got[key], want)
		}
	}
}

// cutShort copies a JSON report as one of a run that was stopped:
// "cut-short report.json stopped.json".
func cutShort(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	cut := strings.Replace(text, `"complete": true,`, `"complete": false, "incomplete": "interrupted", "stopped": true,`, 1)
	if cut == text {
		ts.Fatalf("%s is no complete report", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(cut), 0o600))
}

// goDark copies the evidence of a JSON report as if no endpoint had answered:
// "dark report.json evidence.json".
func goDark(ts *testscript.TestScript, _ bool, args []string) {
	var r struct {
		Schema   string           `json:"schema"`
		Summary  audit.Summary    `json:"summary"`
		Evidence []audit.Evidence `json:"evidence"`
		Findings []audit.Finding  `json:"findings"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &r))
	for i := range r.Evidence {
		if o := r.Evidence[i].Observed; o != nil {
			r.Evidence[i].Observed = &audit.Observation{Target: o.Target, Reach: audit.ReachUnreachable, Reason: "the plug was pulled"}
		}
	}
	text, err := json.Marshal(&r)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), text, 0o600))
}

// flipByte changes one byte in the last quarter of a file: "flip audits.db".
func flipByte(ts *testscript.TestScript, _ bool, args []string) {
	name := ts.MkAbs(args[0])
	text, err := os.ReadFile(name)
	ts.Check(err)
	text[len(text)*3/4] ^= 0x20
	ts.Check(os.WriteFile(name, text, 0o600))
}
