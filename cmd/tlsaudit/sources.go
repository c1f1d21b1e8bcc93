package main

import (
	"iter"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/internal/inventory"
	"tlsaudit/internal/pki"
	"tlsaudit/scanner"
)

// source is where observations come from: probes of targets, or stored
// evidence, whichever is set.
type source struct {
	targets iter.Seq2[audit.Target, error]
	anchors *pki.Anchors
	stored  *stored
	resumed *resumed
	count   int
	// read are the inventories and policy files.
	read []audit.FileRef
	// nodes are the names that are audited at several addresses, with a target for
	// each.
	nodes [][]audit.Target
	// inventory names the list of targets for the history, leftOut is what of it was
	// not picked; nil if all of it is audited.
	inventory string
	leftOut   *history.LeftOut
	// gap says what belongs to the targets and could not be listed.
	gap string
}

// sourceOf reads what the arguments name; endpoints are those of args that are
// targets or inventories. Without any, something else that can be judged by
// itself is enough: a table of the policy, or configuration files.
func (a *app) sourceOf(f *auditFlags, args, endpoints []string, other bool) (source, error) {
	if len(f.from) > 0 {
		if err := f.onlyStored("--from", args); err != nil {
			return source{}, err
		}
		s, err := readStored(f.from)
		if err != nil {
			return source{}, err
		}
		read, err := f.sourcesRead(nil)
		return source{stored: s, count: s.count, read: read}, err
	}
	// Configuration files are judged without: then a hundred roots need not be read.
	probes := len(endpoints)+len(f.inventories) > 0
	anchors, err := pki.LoadAnchors(f.anchors, probes && (f.systemRoots || len(f.anchors) == 0))
	if err != nil {
		return source{}, err
	}
	list, count, err := a.targets(endpoints, f.inventories, other)
	if err != nil {
		return source{}, err
	}
	read, err := f.sourcesRead(endpoints)
	if err != nil {
		return source{}, err
	}
	earlier, err := f.openResumed(anchors, a.now)
	return source{targets: list, anchors: anchors, resumed: earlier, count: count, read: read}, err
}

// protocols are the scanner's, without what it takes to speak them.
func protocols() []audit.Protocol {
	var list []audit.Protocol
	for _, p := range scanner.Protocols {
		list = append(list, p.Protocol)
	}
	return list
}

// targets returns the targets named by arguments and inventory files, and how
// many there are. It reads them through once before anything is probed: a fault
// in the last line of an inventory must not surface after an hour of scanning. That there is none is an error
// unless there is something other to judge.
func (a *app) targets(args, files []string, other bool) (iter.Seq2[audit.Target, error], int, error) {
	sequence := inventory.Targets(args, files, a.stdin, protocols())
	count := 0
	for _, err := range sequence {
		if err != nil {
			return nil, 0, err
		}
		count++
	}
	if count == 0 && !other {
		return nil, 0, withCode(exitNothing, &audit.InputError{
			Cause: "nothing to audit: no target was given",
			Hint:  "name an endpoint (tlsaudit audit https://www.example.com), an inventory (-i inventory.yaml) or configuration files (tlsaudit audit conf/)",
		})
	}
	return sequence, count, nil
}

// each is a list of targets as a sequence.
func each(targets []audit.Target) iter.Seq2[audit.Target, error] {
	return func(yield func(audit.Target, error) bool) {
		for _, t := range targets {
			if !yield(t, nil) {
				return
			}
		}
	}
}
