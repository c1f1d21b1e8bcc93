// Package metrics answers /metrics: what a history says about the fleet, every
// subject at its latest result, and about the newest runs, in the text format of
// Prometheus.
//
// Names and labels are those of the prometheus report format, so that the same
// alerts serve a program that runs for years and one that writes a file and ends;
// docs/metrics.md lists them. Values are gauges read from the history when they
// are asked for; nothing is counted in memory but notifications.
//
// Invariants: a family has no more series than its bound, whatever is in the
// history, and tlsaudit_series_dropped says how many are missing; a label is
// printable, of bounded length, and two that differ stay different; what is not
// known has no series, least of all a good value. When the history cannot be read
// the values are those read last and tlsaudit_source_up is 0.
package metrics
