package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// noArguments refuses positional arguments as a usage error.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError(fmt.Sprintf("%s takes no arguments, got %q", c.CommandPath(), args[0]), c.CommandPath()+" --help")
	}
	return nil
}

// subcommandOnly takes no argument but a subcommand. Cobra reports an unknown
// one as a plain error; here it is a usage error with a suggestion.
func subcommandOnly(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := c.CommandPath() + " --help lists the commands"
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean: " + c.CommandPath() + " " + strings.Join(near, ", ")
	} else if c == c.Root() {
		hint += "; to audit an endpoint: tlsaudit audit " + args[0]
	}
	return usageError(fmt.Sprintf("%q is not a command of %s", args[0], c.CommandPath()), hint)
}

// emptyFlag is a flag that has to name something when it is given, and its
// value.
type emptyFlag struct{ name, value string }

// refuseEmpty refuses flags that are given and name nothing: a variable that is
// not set, in a pipeline, must not switch off what the flag asks for.
func refuseEmpty(given func(name string) bool, flags []emptyFlag) error {
	for _, flag := range flags {
		if flag.value == "" && given(flag.name) {
			return usageError("--"+flag.name+" is given and empty", "give --"+flag.name+" a value, or leave it off; in a script, see whether its variable is set")
		}
	}
	return nil
}

// exactlyOne requires one positional argument.
func exactlyOne(what, example string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return usageError(c.CommandPath()+" needs one argument: "+what, example)
		case len(args) > 1:
			return usageError(c.CommandPath()+" takes one argument, got more: "+args[1], example)
		}
		return nil
	}
}

// completeFrom offers fixed values for a flag in shell completion.
func completeFrom(c *cobra.Command, flag string, values []string) {
	completeLater(c, flag, func() []string { return values })
}

// completeLater offers values that take time to find: only a shell waits for
// them, not every start.
func completeLater(c *cobra.Command, flag string, values func() []string) {
	err := c.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return values(), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the flag is not declared: a defect of this package
	}
}

// ehloName is a host name or an address literal as RFC 5321 section 4.1.3
// allows behind EHLO; whatever else would let a flag inject SMTP commands.
var ehloName = regexp.MustCompile(`^(\[[0-9A-Za-z.:]{1,60}\]|[0-9A-Za-z]([0-9A-Za-z.-]{0,250}[0-9A-Za-z])?)$`)
