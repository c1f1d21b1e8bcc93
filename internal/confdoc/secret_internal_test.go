package confdoc

import (
	"slices"
	"testing"
)

// TestKeyParts holds that no name of a secret is passed over for want of a part.
func TestKeyParts(t *testing.T) {
	for _, name := range slices.Concat(secretEndings, secretWords, secretInside, keyEndings, snmp, []string{"community", "key", "keys", "salt"}) {
		if classify(name) == harmless {
			t.Errorf("%s is no name of a secret", name)
		}
		if !containsAny(name, keyParts) {
			t.Errorf("%s has none of the parts that are looked for", name)
		}
	}
	for name, want := range map[string]keyClass{
		"savePassword": switchSecret, "STSAVEPASSWORD": switchSecret, "a/b.savePassword": switchSecret, "keyStorePassword": certain, "password_file": aboutSecret, "SSLCertificateKeyFile": harmless,
		"proxy_pass": harmless, "auth_pass": certain, "bypass": harmless, "ServerTokens": harmless, "access_token": certain, "ticket_key": encodedKey, "tls_privatekey": keyMaterial,
		"com.ibm.collaboration.realtime.community/host": harmless, "community": community, "ST_COMMUNITY_ID": harmless, "": harmless, "muxTlsConfigSecret": aboutSecret,
	} {
		if got := classify(name); got != want {
			t.Errorf("%s is of class %d, want %d", name, got, want)
		}
	}
}
