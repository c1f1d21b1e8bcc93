// Package baseline compares the findings of a run with those of an earlier one,
// so that a gate can stop what is new and let pass what is known.
//
// A baseline is an earlier JSON report, or the compact file Write makes of one
// (schema tlsaudit/baseline/v1). Only what failed, warned or was waived is
// kept, as fingerprint, verdict and severity.
//
// A finding is known when the baseline has it at least as grave. It is new when
// the baseline does not have it, when it fails where it warned, when its
// severity rose, and when it was waived then and is not now: a waiver accepts a
// risk for a time, and a baseline must not prolong it. A verdict of unknown is
// neither; it leaves the run incomplete, baseline or not.
//
// Invariants: nothing the baseline says turns a finding into a pass; a file
// that cannot be read to its end is an error and no shorter baseline.
package baseline
