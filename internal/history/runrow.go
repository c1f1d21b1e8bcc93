package history

import (
	"encoding/json"
	"fmt"
)

// runRow is a run as the table holds it.
func runRow(r *Run, seq, head int64, pruned bool) (row, error) {
	summary, err := json.Marshal(&r.Summary)
	if err != nil {
		return nil, fmt.Errorf("encoding the summary of a run: %w", err)
	}
	changes, err := json.Marshal(&r.Changes)
	if err != nil {
		return nil, fmt.Errorf("encoding the changes of a run: %w", err)
	}
	fleet := ""
	if r.Reported() {
		counts, err := json.Marshal(&r.Fleet)
		if err != nil {
			return nil, fmt.Errorf("encoding the fleet of a run: %w", err)
		}
		fleet = string(counts)
	}
	return values(r.ID, seq, string(r.State), r.Started, r.Finished, r.Trigger, r.Actor, r.Schedule, r.Slot, r.Depth, r.Policy, r.PolicySHA256, r.Tool,
		r.Whole, r.Why, r.ExitCode, summary, changes, head, pruned, r.Inventory, r.Part, fleet), nil
}

// runOf makes a run of its row. The digest is in the chain.
func runOf(v row) (*Run, error) {
	t := runTable
	r := &Run{
		ID: t.text(v, "id"), Seq: t.int(v, "seq"), State: RunState(t.text(v, "state")), Started: t.time(v, "started"), Finished: t.time(v, "finished"), Trigger: t.text(v, "cause"),
		Actor: t.text(v, "actor"), Schedule: t.text(v, "schedule"), Slot: t.time(v, "slot"), Depth: t.text(v, "depth"), Policy: t.text(v, "policy"),
		PolicySHA256: t.text(v, "policy_sha256"), Tool: t.text(v, "tool"), Whole: t.int(v, "whole") != 0, Why: t.text(v, "why"), ExitCode: int(t.int(v, "exit_code")),
		Inventory: t.text(v, "inventory"), Part: t.int(v, "part") != 0,
	}
	if err := json.Unmarshal(t.bytes(v, "summary"), &r.Summary); err != nil {
		return nil, &DamageError{What: "the summary of the run " + r.ID + " cannot be read"}
	}
	if err := json.Unmarshal(t.bytes(v, "changes"), &r.Changes); err != nil {
		return nil, &DamageError{What: "the changes of the run " + r.ID + " cannot be read"}
	}
	if fleet := t.text(v, "fleet"); fleet != "" {
		if err := json.Unmarshal([]byte(fleet), &r.Fleet); err != nil {
			return nil, &DamageError{What: "the fleet of the run " + r.ID + " cannot be read"}
		}
	}
	return r, nil
}
