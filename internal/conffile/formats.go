package conffile

import "tlsaudit/internal/confdoc"

// Formats lists every format that is read. Of two that claim a file alike the
// first reads it.
var Formats = join(gatewayFormats)

func join(lists ...[]*confdoc.Format) (all []*confdoc.Format) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}
