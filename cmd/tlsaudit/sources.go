package main

import (
	"iter"

	"tlsaudit/audit"
	"tlsaudit/internal/inventory"
	"tlsaudit/scanner"
)

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
