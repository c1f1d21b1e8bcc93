package sametime

import "tlsaudit/internal/confdoc"

// Formats are all formats of this package.
var Formats = []*confdoc.Format{Managed, Plugin, SilentInstall, INI, MuxEnv, Compose, HelmValues, Ingress}
