package report

import (
	"io"

	"tlsaudit/audit"
)

var Workbook = Format{Name: "xlsx", Ext: ".xlsx", Write: func(io.Writer, *audit.Report, Options) error { return nil }}
