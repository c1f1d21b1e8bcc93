package confdoc

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// keyClass says how sure the name of a setting is of holding a secret.
type keyClass uint8

const (
	harmless keyClass = iota
	// encodedKey: a key of some kind; secret if the value is long and encoded.
	encodedKey
	// keyMaterial: a private key, unless it is the path of one.
	keyMaterial
	// aboutSecret: the name speaks of a secret and goes on, as in
	// password_file; secret unless the value is what the name then asks for.
	aboutSecret
	// switchSecret: whether to do something with a secret; secret unless a switch.
	switchSecret
	// community: an SNMP community, in places where no other one is meant.
	community
	// certain: the name of a secret.
	certain
)

var (
	secretEndings = []string{
		"password", "passwords", "passwd", "passwort", "kennwort", "passphrase", "passcode", "pwd", "secret", "secretkey", "apikey", "accesskey", "accountkey",
		"sharedkey", "masterkey", "encryptionkey", "encryption.key", "signingkey", "deskey", "aeskey", "hmackey", "credential", "credentials", "keypass", "storepass",
		"authtoken", "accesstoken", "bearertoken", "refreshtoken", "bytearray", "passwordhash", "passwordxor", "passwordenc", "passwordencoded",
		"pw", "psw", "pswd", "passw", "passwrd", "passkey", "creds",
		// of Exim: what is said to log in, and databases with who logs in there
		"client_send", "mysql_servers", "pgsql_servers", "oracle_servers", "redis_servers",
	}
	secretWords  = []string{"pass", "pw", "psk", "pin", "token", "otp"}
	secretInside = []string{"password", "passwd", "passphrase", "passwort", "secret", "pwd"}
	keyEndings   = []string{"privatekey", "private.key", "private_key", "private-key"}
	// not of those words: where requests are passed on to
	passedOn = []string{"proxypass", "fastcgipass", "uwsgipass", "scgipass", "grpcpass", "memcachedpass", "httppass"}
	// words and names that end in "pass" and are no passwords
	passing       = []string{"bypass", "compass", "trespass", "surpass", "overpass", "underpass", "onepass", "twopass", "multipass", "singlepass", "firstpass", "secondpass", "proxypass"}
	snmp          = []string{"rocommunity", "rwcommunity", "rocommunity6", "rwcommunity6", "trapcommunity", "com2sec", "communitystring", "snmpcommunity"}
	switchesFirst = []string{
		"save", "remember", "allow", "require", "need", "use", "prompt", "promptfor", "ask", "askfor", "show", "hide", "has", "change", "reset", "force",
		"enable", "disable", "encrypt", "check", "verify", "validate", "empty", "cache", "keep", "no", "loginby", "by",
	}
	// references to a Kubernetes object that holds the secret
	objectNames = []string{"configsecret", "existingsecret", "tlssecret", "pullsecret", "secretname"}
)

// classify judges a key by the last of the names it consists of.
func classify(key string) keyClass {
	if strings.ContainsFunc(key, invisible) {
		key = strings.Map(func(r rune) rune {
			if invisible(r) {
				return -1
			}
			return r
		}, key)
	}
	if i := strings.LastIndexAny(key, "/:"); i >= 0 && i+1 < len(key) {
		key = key[i+1:]
	}
	if len(key) > 200 {
		key = key[len(key)-200:]
	}
	lower := strings.TrimRight(strings.ToLower(key), "0123456789._-[]+? ")
	compact := strings.Map(dropSeparators, lower)
	switch last := lastWord(strings.TrimRight(key, "0123456789._-[]+? ")); {
	case slices.Contains(snmp, compact), compact == "community", compact == "communities", strings.Contains(compact, "snmp") && strings.Contains(compact, "commun"):
		return community
	case slices.Contains(passedOn, compact):
		return harmless
	case hasSuffix(compact, objectNames):
		return aboutSecret
	case hasSuffix(compact, secretEndings), hasSuffix(lower, secretEndings), slices.Contains(secretWords, last),
		strings.HasSuffix(compact, "pass") && !hasSuffix(compact, passing):
		if isSwitch(compact, last) {
			return switchSecret
		}
		return certain
	case hasSuffix(lower, keyEndings) || hasSuffix(compact, keyEndings):
		return keyMaterial
	case slices.ContainsFunc(secretInside, func(s string) bool { return strings.Contains(compact, s) }):
		return aboutSecret
	case last == "key" || last == "keys" || last == "salt":
		return encodedKey
	}
	return harmless
}

// invisible reports whether a character is none that anybody sees in a name.
func invisible(r rune) bool {
	return r == 0 || r > 0x7f && (unicode.IsSpace(r) || unicode.Is(unicode.Cf, r))
}

func dropSeparators(r rune) rune {
	if strings.ContainsRune("._-", r) {
		return -1
	}
	return r
}

func hasSuffix(s string, endings []string) bool {
	return slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(s, e) })
}

// isSwitch reports whether the key asks whether to do something with a secret.
func isSwitch(compact, last string) bool {
	for _, ending := range append([]string{last}, secretEndings...) {
		if before, ok := strings.CutSuffix(compact, ending); ok && hasSuffix(before, switchesFirst) {
			return true
		}
	}
	return false
}

// lastWord is the last of the words of a name such as keyPass or auth_pass, in
// lower case.
func lastWord(name string) string {
	end := len(name)
	start := end
	for start > 0 {
		c := rune(name[start-1])
		if !unicode.IsLetter(c) {
			break
		}
		start--
		if unicode.IsUpper(c) && start+1 < end && unicode.IsLower(rune(name[start+1])) {
			break
		}
		// a capital behind a small letter begins the word
		if unicode.IsUpper(c) && start > 0 && unicode.IsLower(rune(name[start-1])) {
			break
		}
	}
	return strings.ToLower(name[start:end])
}

var (
	switchValue = regexp.MustCompile(`(?i)^(true|false|yes|no|on|off|0|1|enabled?|disabled?)$`)
	reference   = regexp.MustCompile(`^(\$\{[A-Za-z_][\w.]*\}|\$\(env\.\w+\)|\{\{-?\s*\.[\w.]+\s*-?\}\}|@[A-Z_]+@)$`)
	simple      = regexp.MustCompile(`^[A-Za-z0-9][\w.+-]{0,60}$`)
	// one path, or several, each behind the kinds of tables they are
	paths      = regexp.MustCompile(`^\s*(["']?\|?([a-z]+:)*(/|\./|~/|\$\{?\w+\}?/|[A-Za-z]:[\\/])[\w$./\\{}@~-]*["']?[,;\s]*)+$`)
	inlineMap  = regexp.MustCompile(`(?i)\b(inline|static|randmap|data|pass|fd|env):`)
	keyFile    = regexp.MustCompile(`^["']?[\w$./\\{}:@~-]*[/\\][\w$./\\{}@~-]*\.(key|pem|p8|pk8|der|crt|txt|conf)["']?$`)
	lowerPath  = regexp.MustCompile(`^["']?(/[a-z0-9_.@-]{1,40})+["']?$`)
	encoded    = regexp.MustCompile(`^["']?([A-Za-z0-9+/_-]{24,}(\\?=){0,2}|[0-9A-Fa-f]{32,})["']?$`)
	wantsPath  = regexp.MustCompile(`(?i)(file|path|maps?|dialog|dir|directory|location|program|command|script|exec|from)s?$`)
	wantsName  = regexp.MustCompile(`(?i)(name|ref|alias|id|configsecret|existingsecret|tlssecret|pullsecrets?)$`)
	wantsWords = regexp.MustCompile(`(?i)(expir\w*|length|min\w*|max\w*|age|days|retry|retries|attempts?|timeout|count|history|interval|policy|algorithm|encryption|type|format|mode|method|scheme|dialog)$`)
)

// secret reports whether the value of a key must not be shown.
func secret(key, value string) bool {
	class := classify(key)
	if class == harmless {
		return false
	}
	bare := strings.Trim(strings.TrimSpace(value), `"'`)
	if bare == "" || reference.MatchString(bare) {
		return false
	}
	key = strings.TrimRight(key, "[]._-0123456789")
	switch class {
	case encodedKey:
		return encoded.MatchString(bare) && !lowerPath.MatchString(bare)
	case keyMaterial:
		return !keyFile.MatchString(bare) && !lowerPath.MatchString(bare)
	case switchSecret:
		return !switchValue.MatchString(bare)
	case aboutSecret:
		switch {
		case switchValue.MatchString(bare):
			return false
		case wantsPath.MatchString(key) && paths.MatchString(bare) && !inlineMap.MatchString(bare):
			return false
		case wantsName.MatchString(key), wantsWords.MatchString(key):
			return !simple.MatchString(bare)
		}
	}
	return true
}
