package conffile

import (
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conffile/connections"
	"tlsaudit/internal/conffile/domino"
	"tlsaudit/internal/conffile/exim"
)

// Formats lists every format that is read. Of two that claim a file alike the
// first reads it.
var Formats = join(
	[]*confdoc.Format{connections.Format, domino.Format, exim.Format},
	gatewayFormats,
)

func join(lists ...[]*confdoc.Format) (all []*confdoc.Format) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}
