package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/inventory"
	"tlsaudit/internal/policy"
)

// origin says where the endpoints were looked at, and who answers for the run.
// Of stored evidence it is the machine that scanned, where the reports agree
// about it: the one that judges it again has seen no endpoint.
func (a *app) origin(f *auditFlags, s *stored) *audit.Origin {
	o := audit.Origin{Operator: f.operator}
	switch {
	case s != nil:
		o.Host = s.origin.Host
		o.Operator = cmp.Or(o.Operator, s.origin.Operator)
	case a.hostname != nil:
		// A machine without a name is no reason to stop: then it is not told.
		o.Host, _ = a.hostname()
	}
	if o == (audit.Origin{}) {
		return nil
	}
	return &o
}

// sourcesRead are the inventories and policy files of a run with the hashes of
// their content. Built-in profiles are told by the policies of the report; a
// pipe is gone once it was read.
func (f *auditFlags) sourcesRead(endpoints []string) ([]audit.FileRef, error) {
	var names []string
	for _, arg := range endpoints {
		if inventory.IsFile(arg) {
			names = append(names, arg)
		}
	}
	names = append(names, f.inventories...)
	if f.resume != "" {
		names = append(names, f.resume)
	}
	for _, name := range f.policies {
		if !slices.Contains(policy.ProfileIDs(), name) {
			names = append(names, name)
		}
	}
	var refs []audit.FileRef
	seen := map[string]bool{}
	for _, name := range names {
		if info, err := os.Stat(name); seen[name] || err != nil || !info.Mode().IsRegular() {
			continue
		}
		seen[name] = true
		sum, err := hashFile(name)
		if err != nil {
			return nil, fmt.Errorf("hashing %s: %w", name, err)
		}
		refs = append(refs, audit.FileRef{File: name, SHA256: sum})
	}
	return refs, nil
}

// hashFile is the SHA-256 of a file in lower-case hex.
func hashFile(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
