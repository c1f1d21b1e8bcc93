package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
)

// version is set by release builds: -ldflags "-X main.version=1.2.3".
var version = ""

// tool identifies this build in reports. Outside a release build the version
// is the commit it was built from, so that a report can be traced.
func tool() audit.Tool {
	v := version
	if info, ok := debug.ReadBuildInfo(); ok && v == "" {
		v = "devel"
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				v += "+" + s.Value[:12]
			}
		}
	}
	return audit.Tool{Name: "tlsaudit", Version: cmp.Or(v, "devel")}
}

func versionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.stdout, "tlsaudit %s (%s, %s/%s)\nreport schema %s\n",
				tool().Version, runtime.Version(), runtime.GOOS, runtime.GOARCH, audit.SchemaV1)
			return err
		},
	}
}
