package conffile

import (
	"errors"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/gateway"
)

// gatewayFormats are the tables of enforced connections of e-mail gateways.
// They are read and judged by package gateway; its rows are the subjects.
var gatewayFormats = []*confdoc.Format{
	gatewayFormat("enforced-tls", "enforced TLS connections of an e-mail gateway (Forcepoint)", []string{"enforced-tls*.json", "enforced-tls*.csv"}, "enforced-tls-json", "enforced-tls-csv"),
	gatewayFormat("exchange", "send connectors of Exchange as JSON", []string{"*sendconnector*.json", "*outboundconnector*.json"}, "exchange"),
	gatewayFormat("cisco", "destination controls of a Cisco gateway", []string{"*destconfig*"}, "cisco-esa"),
	gatewayFormat("sendmail", "Sendmail's access map", []string{"access", "sendmail-access*"}, "sendmail"),
}

// table is what such a document says, kept for its judge.
type table struct{ *gateway.Table }

// gatewayFormat wraps readers of package gateway, the first that detects a file.
func gatewayFormat(name, title string, names []string, readers ...string) *confdoc.Format {
	var format *confdoc.Format
	format = &confdoc.Format{
		Name: name, Title: title, Product: "generic", Names: names,
		Sniff: func(f *conftree.File) int {
			for _, reader := range gateway.Formats {
				for _, wanted := range readers {
					if reader.Name == wanted && reader.Detect(f.Name, f.Text) {
						return 60
					}
				}
			}
			return 0
		},
		Read: func(_ *confdoc.Reader, main *conftree.File) *confdoc.Document {
			d := &confdoc.Document{Format: format, Files: []*conftree.File{main}}
			reader := ""
			if len(readers) == 1 {
				reader = readers[0]
			}
			t, err := gateway.Read(reader, main.Name, []byte(main.Text))
			if err != nil {
				fault := confdoc.Fault{Message: err.Error(), Place: main.Place(0)}
				var input *audit.InputError
				if errors.As(err, &input) {
					fault = confdoc.Fault{Message: input.Cause, Place: input.Place, Hint: input.Hint}
				}
				d.Faults = append(d.Faults, fault)
				return d
			}
			t.Policy = tableName(main.Name)
			d.Syntax, d.Elsewhere = &table{t}, true
			return d
		},
	}
	return format
}

// tableName is the name of a table's file in the subjects of its rows, of whose
// parts "/" is the sign between.
func tableName(file string) string {
	return strings.ReplaceAll(confdoc.SafeName(file), "/", "_")
}

// rows judges the rows of a document that is a gateway's table.
func rows(d *confdoc.Document, now time.Time) []audit.Record {
	t, ok := d.Syntax.(*table)
	if !ok {
		return nil
	}
	records := t.Findings(now)
	for i := range records {
		for k := range records[i].Findings {
			records[i].Findings[k].Profile = confdoc.Profile
		}
	}
	return records
}
