package confdoc

import (
	"regexp"

	"tlsaudit/audit"
)

// Redacted stands for a secret.
const Redacted = "[redacted]"

// NewSetting makes a setting, without its value if key or value have the form
// of a secret.
func NewSetting(key, value string, place audit.Place) audit.Setting {
	return audit.Setting{Key: key, Value: Redact(key, value), Place: place}
}

// Redact returns the value, or what of it may be shown: nothing if the key names
// a secret, and without the parts that have the form of one.
func Redact(key, value string) string {
	if secretKey.MatchString(key) {
		return Redacted
	}
	return RedactText(value)
}

// RedactText blanks out what has the form of a secret in any text, such as a
// line of a file in a diff or in an error.
func RedactText(text string) string { return secretForm.ReplaceAllString(text, Redacted) }

var (
	secretKey  = regexp.MustCompile(`(?i)passw|secret|community|passphrase|privatekey`)
	secretForm = regexp.MustCompile(`\{(xor|aes|hash)\}[^\s"'<>&]*`)
)
