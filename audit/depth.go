package audit

import (
	"fmt"
	"slices"
)

// The scan depths, each asking what the one before it asks and more.
const (
	// DepthQuick asks what the effective policy forbids, for certificates, and
	// control probes.
	DepthQuick = "quick"
	// DepthStandard asks for all versions, suites, groups and certificates, who
	// decides, and the features of a session.
	DepthStandard = "standard"
	// DepthDeep adds the server's order of suites, signature schemes, what a
	// server cannot bear, and the safe probes for known attacks.
	DepthDeep = "deep"
)

// Depths lists the depths, shallowest first.
var Depths = []string{DepthQuick, DepthStandard, DepthDeep}

// NotAskedAt says in one line that what was not asked at the depth of this
// observation, and which depth would ask. It is empty if that depth was reached:
// then something else must be the reason.
func (o *Observation) NotAskedAt(what, depth string) string {
	if o.Depth == "" || slices.Index(Depths, o.Depth) >= slices.Index(Depths, depth) {
		return ""
	}
	return fmt.Sprintf("%s is not asked at depth %s: --depth %s asks it", what, o.Depth, depth)
}
