package conffile

import (
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conffile/connections"
	"tlsaudit/internal/conffile/domino"
	"tlsaudit/internal/conffile/exim"
	"tlsaudit/internal/conffile/haproxy"
	"tlsaudit/internal/conffile/httpd"
	"tlsaudit/internal/conffile/java"
	"tlsaudit/internal/conffile/liberty"
	"tlsaudit/internal/conffile/nginx"
	"tlsaudit/internal/conffile/postfix"
	"tlsaudit/internal/conffile/sametime"
	"tlsaudit/internal/conffile/websphere"
)

// Formats lists every format that is read. Of two that claim a file alike the
// first reads it.
var Formats = join(
	[]*confdoc.Format{httpd.Apache, httpd.IHS, nginx.Format, haproxy.Format, postfix.Format, postfix.PolicyMap, exim.Format},
	[]*confdoc.Format{websphere.ClientProps, websphere.Security, websphere.Server, websphere.Plugin, liberty.Format},
	[]*confdoc.Format{java.Security, java.Options, connections.Format},
	sametime.Formats,
	[]*confdoc.Format{domino.Format},
	gatewayFormats,
)

func join(lists ...[]*confdoc.Format) (all []*confdoc.Format) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}
