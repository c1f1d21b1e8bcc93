package history

import (
	"context"
	"slices"
)

// applicationID marks a SQLite file as ours ("tlsA").
const applicationID = 0x746c7341

// migrations make the tables, one after the other; user_version counts those
// that were done. What is released is never changed, only added to.
var migrations = []migration{{statements: schemaV1}, {schemaFleet, (*tx).sumFleet}, {schemaTallies, (*tx).bindTallies}}

// migration is one step: statements, and what they cannot do.
type migration struct {
	statements string
	then       func(*tx, context.Context) error
}

// schemaV1 makes the first tables. Every row ends with sum, the beginning of a
// digest of all its other values, so that a value that changed by itself is
// noticed. Times are microseconds since 1970 and verdicts and severities are
// numbers, so that rows compare as their values do. Nothing is NULL: absent is 0,
// or empty.
const schemaV1 = `
CREATE TABLE link (
	seq {id}, run {text}, content {blob}, digest {blob}, scope {text}, at {int}, pruned {int}, sum {int}
){rowid};
CREATE UNIQUE INDEX link_run ON link (run);
CREATE INDEX link_scope ON link (scope, seq);

CREATE TABLE run (
	id {text}, seq {int}, state {text}, started {int}, finished {int}, cause {text}, actor {text}, schedule {text}, slot {int}, depth {text},
	policy {text}, policy_sha256 {text}, tool {text}, whole {int}, why {text}, exit_code {int}, summary {blob}, changes {blob}, head {int}, pruned {int}, sum {int},
	PRIMARY KEY (id)
){rowless};
CREATE INDEX run_seq ON run (seq);
CREATE INDEX run_state ON run (state, id);

CREATE TABLE heartbeat (
	run {text}, at {int}, owner {text}, sum {int}, PRIMARY KEY (run)
){rowless};
CREATE TABLE staging (
	run {text}, subject {text}, at {int}, data {blob}, sum {int}, PRIMARY KEY (run, subject)
){rowid};

CREATE TABLE object (
	id {id}, hash {blob}, kind {int}, base {int}, depth {int}, size {int}, data {blob}, sum {int}
){rowid};
CREATE UNIQUE INDEX object_hash ON object (hash, kind);
CREATE TABLE uses (
	object {int}, used {int}, sum {int}, PRIMARY KEY (object, used)
){rowless};
CREATE INDEX uses_used ON uses (used);

CREATE TABLE subject (
	id {id}, subject {text}, system {text}, protocol {text}, reach {text}, reason {text}, unreachable_since {int}, first_seen {int}, last_seen {int}, last_run {int},
	audits {int}, verdict {int}, severity {int}, worst {int}, fail {int}, warn {int}, unknown {int}, pass {int}, waived {int}, expires {int}, sum {int}
){rowid};
CREATE UNIQUE INDEX subject_subject ON subject (subject);
CREATE INDEX subject_worst ON subject (worst, subject);
CREATE INDEX subject_verdict ON subject (verdict, worst, subject);
CREATE INDEX subject_system ON subject (system, worst, subject);
CREATE INDEX subject_protocol ON subject (protocol, worst, subject);
CREATE INDEX subject_expires ON subject (expires, subject);
CREATE INDEX subject_seen ON subject (last_seen, subject);

CREATE TABLE result (
	run {int} REFERENCES link (seq) DEFERRABLE INITIALLY DEFERRED, subject {int} REFERENCES subject (id) DEFERRABLE INITIALLY DEFERRED, facts {int}, findings {int}, declared {int}, varying {blob}, reach {text}, reason {text}, verdict {int}, severity {int}, worst {int},
	fail {int}, warn {int}, unknown {int}, pass {int}, waived {int}, expires {int}, sum {int}, PRIMARY KEY (run, subject)
){rowless};
CREATE INDEX result_subject ON result (subject, run);

CREATE TABLE rule (
	id {id}, profile {text}, rule {text}, chk {text}, sum {int}
){rowid};
CREATE UNIQUE INDEX rule_name ON rule (profile, rule);
CREATE TABLE finding (
	id {id}, fingerprint {text}, rule {int} REFERENCES rule (id) DEFERRABLE INITIALLY DEFERRED, subject {int} REFERENCES subject (id) DEFERRABLE INITIALLY DEFERRED, verdict {int}, fact {int}, severity {int}, weight {int}, worst {int}, message {text},
	is_open {int}, first_seen {int}, last_seen {int}, since {int}, fixed_at {int}, toggles {int}, toggle1 {int}, toggle2 {int}, toggle3 {int}, sum {int}
){rowid};
CREATE UNIQUE INDEX finding_fingerprint ON finding (fingerprint);
CREATE INDEX finding_subject ON finding (subject, is_open, worst, id);
CREATE INDEX finding_worst ON finding (is_open, worst, id);
CREATE INDEX finding_rule ON finding (rule, is_open, worst, id);
CREATE INDEX finding_first ON finding (is_open, first_seen, id);
CREATE INDEX finding_toggle ON finding (toggle3, id);

CREATE TABLE change (
	run {int} REFERENCES link (seq) DEFERRABLE INITIALLY DEFERRED, number {int}, kind {text}, subject {int}, finding {int}, verdict {int}, severity {int}, text {text}, first_seen {int}, last_seen {int}, since {int},
	fixed_at {int}, toggles {int}, flapping {int}, sum {int}, PRIMARY KEY (run, number)
){rowless};
CREATE TABLE rule_count (
	run {int} REFERENCES link (seq) DEFERRABLE INITIALLY DEFERRED, rule {int} REFERENCES rule (id) DEFERRABLE INITIALLY DEFERRED, severity {int}, fail {int}, warn {int}, unknown {int}, pass {int}, waived {int}, none {int}, sum {int}, PRIMARY KEY (run, rule)
){rowless};
CREATE TABLE system_count (
	run {int} REFERENCES link (seq) DEFERRABLE INITIALLY DEFERRED, system {text}, subjects {int}, fail {int}, warn {int}, unknown {int}, pass {int}, waived {int}, sum {int}, PRIMARY KEY (run, system)
){rowless};

CREATE TABLE certificate (
	id {id}, sha256 {text}, name {text}, issuer {text}, serial {text}, key_name {text}, signature {text}, not_before {int}, not_after {int}, client_auth {int},
	leaf {int}, subjects {int}, sample {text}, sum {int}
){rowid};
CREATE UNIQUE INDEX certificate_sha256 ON certificate (sha256);
CREATE INDEX certificate_end ON certificate (not_after, sha256);
CREATE TABLE presents (
	subject {int} REFERENCES subject (id) DEFERRABLE INITIALLY DEFERRED, certificate {int} REFERENCES certificate (id) DEFERRABLE INITIALLY DEFERRED, leaf {int}, sum {int}, PRIMARY KEY (subject, certificate)
){rowless};
CREATE INDEX presents_certificate ON presents (certificate, subject);

CREATE TABLE lease (
	name {text}, holder {text}, until {int}, sum {int}, PRIMARY KEY (name)
){rowless};
CREATE TABLE slot (
	schedule {text}, at {int}, sum {int}, PRIMARY KEY (schedule)
){rowless};
CREATE TABLE claim (
	name {text}, at {int}, sum {int}, PRIMARY KEY (name)
){rowless};
CREATE TABLE log (
	id {id}, at {int}, actor {text}, role {text}, action {text}, detail {text}, remote {text}, digest {blob}, sum {int}
){rowid};
`

// schemaFleet adds what tells which subjects there are: the inventory each was
// audited under, which was called the scope of a run, and since when it is not in
// it any more. Of findings it adds since when they have been open: of those that
// were closed before only the time of their verdict is known.
const schemaFleet = `
ALTER TABLE run ADD COLUMN inventory {text} DEFAULT '';
ALTER TABLE run ADD COLUMN part {int} DEFAULT 0;
ALTER TABLE run ADD COLUMN fleet {text} DEFAULT '';
ALTER TABLE subject ADD COLUMN inventory {text} DEFAULT '';
ALTER TABLE subject ADD COLUMN gone_since {int} DEFAULT ` + noTime + `;
ALTER TABLE finding ADD COLUMN opened {int} DEFAULT ` + noTime + `;
UPDATE finding SET opened = CASE WHEN toggles = 0 THEN first_seen ELSE since END WHERE is_open = 1;
DROP INDEX finding_first;
CREATE INDEX finding_opened ON finding (is_open, opened, id);
CREATE INDEX finding_all ON finding (worst, id);
UPDATE subject SET inventory = COALESCE((SELECT l.scope FROM link AS l WHERE l.seq = subject.last_run), '');
CREATE INDEX subject_gone ON subject (gone_since, subject) WHERE gone_since > ` + noTime + `;
`

// noTime is the zero time as tables hold it.
const noTime = "-62135596800000000"

// schemaTallies makes what tells of rows that were taken out, and of what is left
// of pruned runs.
const schemaTallies = `
CREATE TABLE tally (
	name {text}, n {int}, total {int}, sum {int}, PRIMARY KEY (name)
){rowless};
CREATE TABLE remains (
	run {id}, changes {blob}, rules {blob}, systems {blob}, proof {blob}, sum {int}
){rowid};
ALTER TABLE link ADD COLUMN log {int} DEFAULT 0;
`

// table names the columns of a table as they stand in it, without the sum. The
// first keys of them are its key.
type table struct {
	name    string
	keys    int
	columns []string
}

// The tables.
var (
	linkTable        = newTable("link", 1, "seq", "run", "content", "digest", "scope", "at", "pruned", "log")
	runTable         = newTable("run", 1, "id", "seq", "state", "started", "finished", "cause", "actor", "schedule", "slot", "depth", "policy", "policy_sha256", "tool", "whole", "why", "exit_code", "summary", "changes", "head", "pruned", "inventory", "part", "fleet")
	heartbeatTable   = newTable("heartbeat", 1, "run", "at", "owner")
	stagingTable     = newTable("staging", 2, "run", "subject", "at", "data")
	objectTable      = newTable("object", 1, "id", "hash", "kind", "base", "depth", "size", "data")
	usesTable        = newTable("uses", 2, "object", "used")
	subjectTable     = newTable("subject", 1, "id", "subject", "system", "protocol", "reach", "reason", "unreachable_since", "first_seen", "last_seen", "last_run", "audits", "verdict", "severity", "worst", "fail", "warn", "unknown", "pass", "waived", "expires", "inventory", "gone_since")
	resultTable      = newTable("result", 2, "run", "subject", "facts", "findings", "declared", "varying", "reach", "reason", "verdict", "severity", "worst", "fail", "warn", "unknown", "pass", "waived", "expires")
	ruleTable        = newTable("rule", 1, "id", "profile", "rule", "chk")
	findingTable     = newTable("finding", 1, "id", "fingerprint", "rule", "subject", "verdict", "fact", "severity", "weight", "worst", "message", "is_open", "first_seen", "last_seen", "since", "fixed_at", "toggles", "toggle1", "toggle2", "toggle3", "opened")
	changeTable      = newTable("change", 2, "run", "number", "kind", "subject", "finding", "verdict", "severity", "text", "first_seen", "last_seen", "since", "fixed_at", "toggles", "flapping")
	ruleCountTable   = newTable("rule_count", 2, "run", "rule", "severity", "fail", "warn", "unknown", "pass", "waived", "none")
	systemCountTable = newTable("system_count", 2, "run", "system", "subjects", "fail", "warn", "unknown", "pass", "waived")
	certificateTable = newTable("certificate", 1, "id", "sha256", "name", "issuer", "serial", "key_name", "signature", "not_before", "not_after", "client_auth", "leaf", "subjects", "sample")
	presentsTable    = newTable("presents", 2, "subject", "certificate", "leaf")
	leaseTable       = newTable("lease", 1, "name", "holder", "until")
	slotTable        = newTable("slot", 1, "schedule", "at")
	claimTable       = newTable("claim", 1, "name", "at")
	remainsTable     = newTable("remains", 1, "run", "changes", "rules", "systems", "proof")
	tallyTable       = newTable("tally", 1, "name", "n", "total")
	logTable         = newTable("log", 1, "id", "at", "actor", "role", "action", "detail", "remote", "digest")
)

// tables are all tables but that of their tallies.
var tables = []*table{
	linkTable, runTable, heartbeatTable, stagingTable, objectTable, usesTable, subjectTable, resultTable, ruleTable, findingTable, changeTable,
	ruleCountTable, systemCountTable, certificateTable, presentsTable, remainsTable, leaseTable, slotTable, claimTable, logTable,
}

func newTable(name string, keys int, columns ...string) *table {
	return &table{name: name, keys: keys, columns: columns}
}

// column is the place of a column in the rows of the table.
func (t *table) column(name string) int { return slices.Index(t.columns, name) }
