package websphere

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"tlsaudit/internal/strictxml"
)

// consolePath is where a console changes a repertoire.
const consolePath = "Security > SSL certificate and key management > SSL configurations > %s > Quality of protection (QoP) settings"

// wsadmin writes the console path and the command that set some attributes of a
// repertoire; what is not set keeps its value.
func wsadmin(c *config, setting *strictxml.Element, set map[string]string) string {
	get := func(name, otherwise string) string {
		if v, ok := set[name]; ok {
			return v
		}
		return cmp.Or(setting.Value(name), otherwise)
	}
	var changes []string
	for _, one := range []struct{ name, label string }{{"sslProtocol", "Protocol"}, {"securityLevel", "Cipher suite groups"}, {"enabledCiphers", "Selected ciphers"}} {
		if v, ok := set[one.name]; ok {
			changes = append(changes, one.label+": "+v)
		}
	}
	alias, scope := word(c.alias, "ALIAS"), word(c.scope, "SCOPE")
	command := fmt.Sprintf(`AdminTask.modifySSLConfig('[-alias %s -scopeName %s -sslProtocol %s -jsseProvider %s -clientAuthentication %s -clientAuthenticationSupported %s -securityLevel %s -enabledCiphers "%s"]')`,
		alias, scope, word(get("sslProtocol", "TLSv1.2"), "PROTOCOL"), word(get("jsseProvider", "IBMJSSE2"), "IBMJSSE2"),
		truth(get("clientAuthentication", "false")), truth(get("clientAuthenticationSupported", "false")),
		word(get("securityLevel", "HIGH"), "HIGH"), cipherWords(get("enabledCiphers", "")))
	return fmt.Sprintf("Console: "+consolePath+" → %s → Apply → Save.\nwsadmin (Jython): %s then AdminConfig.save()",
		alias, strings.Join(changes, "; "), command)
}

var (
	plainWord  = regexp.MustCompile(`^[\w.:()/,-]{1,200}$`)
	quotedWord = regexp.MustCompile(`^[\w.:()/, -]{1,200}$`)
	cipherList = regexp.MustCompile(`^[A-Z0-9_ ]*$`)
)

// word writes a value of a file into a command; what could break out of it is
// left for a person to fill in.
func word(s, placeholder string) string {
	switch {
	case plainWord.MatchString(s):
		return s
	case quotedWord.MatchString(s):
		return `"` + s + `"`
	}
	return "<" + placeholder + ">"
}

func truth(s string) string {
	if s == "true" {
		return s
	}
	return "false"
}

func cipherWords(s string) string {
	if cipherList.MatchString(s) {
		return s
	}
	return "<CIPHERS>"
}
