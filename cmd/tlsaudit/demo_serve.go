package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/internal/strictyaml"
)

// The files "demo --serve" leaves for the audits run against it.
const (
	demoInventoryFile = "demo-inventory.yaml"
	demoCAFile        = "demo-ca.pem"
)

// The heads are also how the program knows files of its own, which it may
// overwrite: the ports and the keys differ each time.
const (
	demoInventoryHead = "# Written by tlsaudit demo --serve; the servers run as long as it does.\n"
	demoCAHead        = "# Written by tlsaudit demo --serve; nothing but its servers is certified by this.\n"
)

// mayReplace refuses a file that does not begin as this command writes it.
func mayReplace(path, head string) error {
	text, err := strictyaml.ReadFile(path, len(head))
	if errors.Is(err, fs.ErrNotExist) || err == nil && strings.HasPrefix(string(text), head) {
		return nil
	}
	return &audit.InputError{Place: audit.Place{File: path}, Cause: "the file exists and was not written by this command: it is not overwritten",
		Hint: "choose another folder with --dir", Err: err}
}

// demoServe runs the demo's endpoints until it is interrupted or the time is
// over, for a person to try the program on.
func (a *app) demoServe(ctx context.Context, dir string, limit time.Duration) error {
	if limit < 0 {
		return usageError(fmt.Sprintf("--for %s is negative", limit), "write it as 60s or 10m; leave it off to serve until Ctrl-C")
	}
	inventory, ca := filepath.Join(dir, demoInventoryFile), filepath.Join(dir, demoCAFile)
	if err := cmp.Or(mayReplace(inventory, demoInventoryHead), mayReplace(ca, demoCAHead)); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return cannotWrite(dir, err)
	}
	zoo, err := fixtures.Demo(ctx, a.now())
	if err != nil {
		return fmt.Errorf("starting the demo's servers: %w", err)
	}
	defer zoo.Close()
	if err := writeWhole(ca, append([]byte(demoCAHead), zoo.CA...)); err != nil {
		return cannotWrite(ca, err)
	}
	if err := writeWhole(inventory, demoInventory(zoo)); err != nil {
		return cannotWrite(inventory, err)
	}
	a.serveTour(dir, zoo, limit)
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	<-ctx.Done()
	if stop := (interrupted{}); errors.As(context.Cause(ctx), &stop) {
		fmt.Fprintln(a.stderr, "stopped")
	}
	return nil
}

func (a *app) serveTour(dir string, zoo *fixtures.Zoo, limit time.Duration) {
	until := "until Ctrl-C"
	if limit > 0 {
		until = "for " + limit.String()
	}
	w := cleaner{a.stderr}
	fmt.Fprintf(w, "wrote %s   %d endpoints, on loopback only\n", filepath.Join(dir, demoInventoryFile), len(zoo.Endpoints))
	fmt.Fprintf(w, "wrote %s           the CA that certifies the good ones\n", filepath.Join(dir, demoCAFile))
	words := []string{"tlsaudit", "audit", "-i", filepath.Join(dir, demoInventoryFile), "--ca", filepath.Join(dir, demoCAFile)}
	if policy := filepath.Join(dir, "policy.yaml"); isFile(policy) {
		words = append(words, "-p", policy)
	}
	if waivers := filepath.Join(dir, "waivers.yaml"); isFile(waivers) {
		words = append(words, "--waivers", waivers)
	}
	// On loopback a peer that stays silent for so long will not answer.
	words = append(words, "--timeout", "8s", "-o", filepath.Join(dir, "report.json"))
	fmt.Fprintf(w, "serving %s; next, in another terminal\n  %s\n", until, shellLine(words...))
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// demoInventory lists the endpoints as the systems of an imaginary company, one
// endpoint a line, each below what is right or wrong with it.
func demoInventory(zoo *fixtures.Zoo) []byte {
	systems := []struct {
		name, owner string
		has         func(*audit.Target) bool
	}{
		{"web", "web team", func(t *audit.Target) bool { return t.Protocol == "https" }},
		{"mail", "messaging team", func(t *audit.Target) bool { return t.Direction == "inbound" }},
		{"partners", "messaging team", func(t *audit.Target) bool { return t.Direction == "outbound" }},
		{"chat", "collaboration team", func(t *audit.Target) bool { return t.Protocol == "sametime" }},
	}
	var b strings.Builder
	b.WriteString(demoInventoryHead + "systems:\n")
	left := slices.Clone(zoo.Endpoints)
	for _, s := range systems {
		fmt.Fprintf(&b, "- name: %s\n  owner: %s\n  environment: demo\n  endpoints:\n", s.name, s.owner)
		left = slices.DeleteFunc(left, func(e fixtures.Endpoint) bool {
			if !s.has(&e.Target) {
				return false
			}
			fmt.Fprintf(&b, "  # %s\n  - {protocol: %s, host: %s, port: %d, ip: %s%s%s}\n", e.About,
				e.Target.Protocol, e.Target.Host, e.Target.Port, e.Target.IP, setting("product", e.Target.Product), setting("direction", e.Target.Direction))
			return true
		})
	}
	if len(left) > 0 {
		panic("an endpoint of the demo belongs to no system: " + left[0].Target.Subject())
	}
	return []byte(b.String())
}

func setting(key, value string) string {
	if value == "" {
		return ""
	}
	return ", " + key + ": " + value
}
