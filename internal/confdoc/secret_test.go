package confdoc_test

import (
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// canary stands in the place of every secret below.
const canary = "Kanari3nvogel+geheim"

// hidden are texts of which the canary must not be left.
var hidden = []string{
	// names with a value behind them
	"password=CANARY", "Password = CANARY", "passwd: CANARY", "PASSPHRASE=CANARY", `bindPassword="CANARY"`, `serverPassword='CANARY'`,
	"com.ibm.ssl.keyStorePassword=CANARY", "com.ibm.ssl.trustStorePassword : CANARY", "com.ibm.SOAP.loginPassword CANARY", "STPROXYPASSWORD=CANARY",
	"STI__Config__ST_TLS_KEY_STORE_PASSWORD=CANARY", "ST_TLS_TRUST_STORE_PASSWORD=CANARY with a word", "export DB_PASSWORD='CANARY'", "- DB_PASSWORD=CANARY",
	`      MONGO_PASSWORD: "CANARY"`, "com.ibm.collaboration.realtime.community/proxyPassword=CANARY", "#password=CANARY", "# old: password = CANARY", ";password=CANARY",
	"password.1=CANARY", "passwords[0]=CANARY", "STPASSWORDSOMETHING=CANARY", "savePassword=CANARY", "clientSecret=CANARY", "client_secret: CANARY", "api_key=CANARY", "apiKey: CANARY",
	"db.pass=CANARY", "auth_pass CANARY", "keypass=CANARY", "userPw=CANARY", "accessToken=CANARY", "psk=CANARY", "password := CANARY", "'password' => 'CANARY'", "passwordHash=CANARY",
	"password /CANARY", "smtp_sasl_password_maps = inline:{example.com=joe:CANARY}", "smtp_sasl_password_maps = static:joe:CANARY", "ssl_password_file = CANARY",
	"password=''0aCANARY", "password='')aCANARY", "MYSQL_ROOT_PASSWORD: CANARY", "[client]\npassword = CANARY two\nhost = x", "host=db user=u password=CANARY dbname=d", "Server=db;Pwd=CANARY;", "http://x.test/?user=a&password=CANARY&b=c",
	// damaged
	"ST_KEY_STORE_P\x00\x00ASSWORD=CANARY", "password\u00a0=\u00a0CANARY", "\u00a0password\u200b: CANARY", "\ufeffpassword=CANARY", "# a\rpassword CANARY\rSSLProxyPassPhrase CANARY\rx=y", "# a\rpassword = CANARY and more\rx=y", "password = “CANARY”",
	// directives
	"AuthLDAPBindPassword CANARY", "AuthLDAPBindPassword \"CANARY two\"", "  SSLProxyPassPhrase CANARY", "rocommunity CANARY default", "com2sec ro default CANARY", "snmp-server community CANARY RO",
	"SetEnv DB_PASSWORD CANARY", "ENV DB_PASSWORD CANARY", "#AuthLDAPBindPassword CANARY", "    user joe insecure-password CANARY", "    user joe password CANARY groups g", "machine mail.example.com login joe password CANARY",
	"    stats auth admin:CANARY", "hide mysql_servers = localhost/db/user/CANARY", "mysql_servers = localhost/db/user/CANARY", "client_send = ^joe^CANARY", "server_secret = CANARY", `SecretKey="CANARY"`,
	"snmpCommunity=CANARY", `<snmp community="CANARY"/>`,
	// options of commands
	"-Djavax.net.ssl.keyStorePassword=CANARY", `genericJvmArguments="-Xmx1g -Djavax.net.ssl.trustStorePassword=CANARY -Dx=y"`, "keytool -storepass CANARY -keystore k.p12", "keytool -keystore k.jks -keypass CANARY",
	"run --password CANARY now", "run --password=CANARY now", "openssl rsa -passin pass:CANARY -in k", "kubectl create secret generic s --from-literal=x=CANARY", `kubectl create secret generic s --from-literal "x=CANARY"`,
	"kubectl create secret generic s --from-literal=user=joe --from-literal=anything='CANARY two'", "curl -u joe:CANARY https://x.test", "curl --user joe:CANARY https://x.test", "-Dfoo.Password=CANARY two words -Dbar=1",
	// elements and attributes
	`<keyStore id="d" password="CANARY"/>`, "<keyStore\n  password=\"CANARY\"/>", "<keyStore password=\n    \"CANARY\"/>", `<password>CANARY</password>`, `<ns:bindPassword enc="no">CANARY</ns:bindPassword>`, "<password>\n  CANARY\n</password>",
	`<properties xmi:id="P_1" name="com.ibm.ssl.keyStorePassword" value="CANARY"/>`, `<properties value="CANARY" name="bindPassword"/>`, "<property\n name=\"proxyPassword\"\n value=\"CANARY\"/>", `<privateKey xmi:id="K" byteArray="CANARY"/>`,
	`<authDataEntries alias="a" userId="u" password="CANARY" description=""/>`, `<variable name="db.password" defaultValue="x" value="CANARY"/>`,
	// JSON and YAML
	`{"password": "CANARY", "x": 1}`, `{"name":"DB_PASSWORD","value":"CANARY"}`, `{"value":"CANARY","name":"DB_PASSWORD"}`, `"{\"password\":\"CANARY\"}"`, "- name: ST_PASSWORD\n  value: CANARY", "- value: CANARY\n  name: ST_PASSWORD",
	"password: |\n  CANARY\n  more\nx: y", "  password: >-\n    CANARY\n", "passwords:\n  - CANARY\n  - CANARY", "passwords:\n- CANARY\n", "password:\n  CANARY\n", "{password: CANARY, user: x}", "x: {user: joe, password: CANARY}",
	// over several lines
	"password=ab\\\n  CANARY", "password=\\\nCANARY\nx=y", "com.ibm.ssl.keyStorePassword={xor}ab\\\n   CANARY", "smtp_sasl_password_maps =\n  inline:{\n  { example.com = joe:CANARY } }", "password = a\n   CANARY\nx = y",
	// forms
	"x={xor}CANARY", "x={XOR}CANARY", "x={aes}CANARY", "x={aes-256}CANARY", "x={hash}CANARY", "x={SSHA}CANARY", "x=&#123;xor&#125;CANARY", `x=\u007bxor\u007dCANARY`, "x=%7Bxor%7DCANARY", "x=ENC(CANARY)", "a {xor}CANARY",
	"mongodb://joe:CANARY@db.example.com:27017/x", "url=https://joe:pa/CANARY@x.test/", "url=https://joe:p@CANARY@x.test/", "https://CANARY@git.example.com/x", "ldaps://cn=a:CANARY@x", "jdbc:oracle:thin:scott/CANARY@//db.test:1521/x",
	"x $6$salt$CANARYCANARY", "root:$2y$10$CANARYCANARY:x", `RequestHeader set Authorization "Basic CANARYQ="`, "Authorization: Bearer CANARY", `proxy_set_header Authorization "Basic CANARY-x";`, `  http-request set-header Authorization Basic\ CANARY-x`, `add_header X "Bearer CANARY-x";`,
	"smtp unix - - y - - smtp -o smtp_sasl_password_maps=inline:{x=u:CANARY}", `DBDParams "host=db user=u password=CANARY"`, "authorization: CANARY",
	"[mail.example.com]:587 joe:CANARY", "mail.example.com   joe@example.com:CANARY", "joe@example.com\tjoe:CANARY",
	"-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----", "x: |\n  -----BEGIN RSA PRIVATE KEY-----\n  CANARY\n  -----END RSA PRIVATE KEY-----\n", `"-----BEGIN EC PRIVATE KEY-----\nCANARY\n-----END EC PRIVATE KEY-----\n"`,
	"-----BEGIN OPENSSH PRIVATE KEY-----\nCANARY\n", "tls_privatekey = CANARY", "encryptionKey=CANARY", "wlp.password.encryption.key=CANARY", "com.ibm.websphere.ltpa.3DESKey=CANARY\\=", "com.ibm.websphere.ltpa.PrivateKey=CANARY", "sharedKey: CANARYCANARY",
	"ticketKey=CANARYCANARYCANARY", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwCANARY", `pass\u0077ord=CANARY`, `\u0070assword : CANARY`,
}

func TestSecretsAreHidden(t *testing.T) {
	for _, form := range hidden {
		text := strings.ReplaceAll(form, "CANARY", canary)
		if got := confdoc.RedactText(text); strings.Contains(got, canary) || !strings.Contains(got, confdoc.Redacted) {
			t.Errorf("%s\n  is shown as %s", text, got)
		}
		if got := confdoc.RedactText(strings.ReplaceAll(text, "\n", "\r\n")); strings.Contains(got, canary) {
			t.Errorf("%s\n  with CR LF is shown as %q", text, got)
		}
		// line by line, as in a diff
		clean := confdoc.Redactor("x = y\n" + text + "\nz = w")
		for line := range strings.SplitSeq(text, "\n") {
			if got := clean(line); strings.Contains(got, canary) {
				t.Errorf("%s\n  as a line is shown as %s", text, got)
			}
		}
	}
}

// shown are texts that have something to do with secrets and hold none.
var shown = []string{
	"savePassword=true", "STPASSWORDSOMETHING=true", "password_check_dictionary = off", `savePassword="false"`, "STSAVEPASSWORD=false", "com.ibm.collaboration.realtime.community/savePassword=true", "com.ibm.collaboration.realtime.community/loginByToken=true",
	"com.ibm.collaboration.realtime.community/host=im.example.com", "com.ibm.collaboration.realtime.community/connectionType=tls-direct", "STCOMMUNITYNAME=Example", `STI__Config__ST_COMMUNITY_ID: "example"`,
	`<managed-community id="im.example.com" host="im.example.com" savePassword="false"/>`, `<managed-community-action type="update" managed-community-id="im.example.com"/>`, "<managed-community id=\"x\">\n  <a/>\n</managed-community>",
	"  community:\n    image: hclsametime/community:12.0.3", "      - community", "muxTlsConfigSecret: mux-secret", "ldapConfigSecret: ldap-config-secret", "secretName: tls-example", "  secretKeyRef:\n    name: x\n    key: y",
	"ssl_password_file /etc/nginx/pass;", "smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd", "smtp_sasl_password_maps = proxy:mysql:/etc/postfix/sasl.cf, hash:$config_directory/sasl_passwd",
	"SSLPassPhraseDialog exec:/usr/bin/ask", "SSLPassPhraseDialog builtin", "tls_privatekey = /etc/exim4/exim.key", "ssl_certificate_key /etc/ssl/private/x.key;", "tls_privatekey  = TLSDIR/mail.key", "smtpd_tls_key_file = /etc/ssl/private/x.key",
	`<properties xmi:id="P" name="com.ibm.websphere.security.util.passwordEncryption" value="false"/>`, "passwordEncryption=aes", "passwordExpiryDays=30", "password_policy: strict", "password=${DB_PASSWORD}", "password: {{ .Values.password }}", "password=", `password=""`,
	"        proxy_pass http://backend;", "    fastcgi_pass unix:/run/php.sock;", "ProxyPass /a http://b.example.com/", "ServerTokens Prod", "ssl_session_tickets off;", "SSLSessionTicketKeyFile /etc/x.key",
	"# The password is asked for at the start", "# Passwords must be long", "smtpd     pass  -       -       y       -       -       smtpd", "# service type  private unpriv  chroot", "example.com   encrypt", ".example.com  secure match=.example.com:nexthop",
	"example.com  smtp:[mail.example.com]:25", "example.com  relay:x", "    www.example.com  backend:8080;", "    server_name www.example.com;", "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256;", "jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1, RC4, DES",
	"com.ibm.ssl.enabledCipherSuites=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "http://im.example.com:8080/path", "ldap://ldap.example.com/dc=x?mail", "AuthType Basic\nAuthName \"x\"", "SSLProtocol -all +TLSv1.2", "bind :443 ssl crt /etc/haproxy/x.pem alpn h2",
	"certificateKeyAlias=default", "keyStoreType=PKCS12", `keyFileName="${CONFIG_ROOT}/key.p12"`, "basic authentication", "    server a 10.0.0.1:443 check ssl verify required", "SSLCipherSpec TLS_RSA_WITH_AES_128_CBC_SHA", "include hash:/etc/x",
	"bypassCache=1", "-Dhttps.protocols=TLSv1.2 -Xmx1g", "hosts = localhost : 10.0.0.1", "compass = north", "proxy_cache_bypass $cookie_x;", "smtp_tls_policy_maps = inline:{example.com=encrypt}",
}

func TestWhatIsNoSecretIsShown(t *testing.T) {
	for _, text := range shown {
		if got := confdoc.RedactText(text); got != text {
			t.Errorf("%s\n  is shown as %s", text, got)
		}
	}
}

func TestRedact(t *testing.T) {
	at := audit.Place{File: "f", Line: 1}
	for _, c := range []struct{ key, value, want string }{
		{"com.ibm.ssl.keyStorePassword", "WebAS", confdoc.Redacted},
		{"com.ibm.ssl.keyStorePassword", "", ""},
		{"password", "true", confdoc.Redacted},
		{"savePassword", "true", "true"},
		{"savePassword", "hunter2", confdoc.Redacted},
		{"community", "public", confdoc.Redacted},
		{"com.ibm.collaboration.realtime.community/host", "im.example.com", "im.example.com"},
		{"genericJvmArguments", "-Xmx1g -Djavax.net.ssl.keyStorePassword=abc -Dcom.x=y", "-Xmx1g -Djavax.net.ssl.keyStorePassword=" + confdoc.Redacted + " -Dcom.x=y"},
		{"genericJvmArguments", "-Djavax.net.ssl.keyStorePassword=abc def -Dcom.x=y", "-Djavax.net.ssl.keyStorePassword=" + confdoc.Redacted + " -Dcom.x=y"},
		{"uri", "mongodb://joe:abc@db.example.com/x", "mongodb://" + confdoc.Redacted + "@db.example.com/x"},
		{"smtp_sasl_password_maps", "inline:{x=y:z}", confdoc.Redacted},
		{"tls_privatekey", "/etc/exim4/exim.key", "/etc/exim4/exim.key"},
		{"key_store_p\x00assword", "x", confdoc.Redacted},
		{"password\u00a0", "x", confdoc.Redacted},
		{"proxy_pass", "http://backend", "http://backend"},
		{"ssl_session_ticket_key", "/etc/nginx/ticket.key", "/etc/nginx/ticket.key"},
		{"keyStorePassword", "/etc/x", confdoc.Redacted},
		{"ST_PASSWORD_FILE", "/run/secrets/x", "/run/secrets/x"},
		{"passwordFile", "hunter2", confdoc.Redacted},
	} {
		if got := confdoc.NewSetting(c.key, c.value, at).Value; got != c.want {
			t.Errorf("%s %s is shown as %s, want %s", c.key, c.value, got, c.want)
		}
	}
}

// TestRedactTime puts texts to the redactor that make it look as far as it can.
func TestRedactTime(t *testing.T) {
	for _, piece := range []string{
		"password=x ", "password_file=x ", "name=password ", "name=password_file value=x ", "<password ", "<password>", "password: |\n", "password=\\\n", "password_file=\\\n", "password_file=\n ",
		"://a:b", "-----BEGIN PRIVATE KEY-----\n", `\u0070assword=x `, "user password x ", "{xor}", `"password_file":"`, "community ", "A1b", " \t", "passwords:\n- ",
	} {
		text := strings.Repeat(piece, 1<<20/len(piece))
		start := time.Now()
		confdoc.Redactor(text)
		t.Logf("%-20q %v", piece, time.Since(start))
		if took := time.Since(start); took > time.Minute {
			t.Errorf("1 MB of %q takes %v", piece, took)
		}
	}
}

func FuzzRedact(f *testing.F) {
	for _, form := range hidden {
		f.Add(form, "", "")
		f.Add(form, "x = y\n", "\nz = w")
	}
	f.Fuzz(func(t *testing.T, form, before, after string) {
		// a known form stays one between other lines
		known := false
		for _, h := range hidden {
			known = known || h == form
		}
		text := strings.ReplaceAll(form, "CANARY", canary)
		if known && before == "" && after == "" {
			if got := confdoc.RedactText(text); strings.Contains(got, canary) {
				t.Errorf("%q is shown as %q", text, got)
			}
		}
		whole := before + text + after
		got := confdoc.RedactText(whole)
		if strings.Count(got, canary) > strings.Count(whole, canary) {
			t.Errorf("%q grew to %q", whole, got)
		}
		// a name that nobody mistakes always hides what follows it
		line := "password=" + strings.Map(func(r rune) rune {
			if r == '\n' || r == '\r' {
				return -1
			}
			return r
		}, before) + canary
		if before != "" && before[0] != '"' && before[0] != '\'' && before[0] != '\\' && !strings.ContainsAny(before[:1], " \t=>:|") {
			if got := confdoc.RedactText(line); strings.Contains(got, canary) {
				t.Errorf("%q is shown as %q", line, got)
			}
		}
		clean := confdoc.Redactor(whole)
		for l := range strings.SplitSeq(whole, "\n") {
			clean(l)
		}
	})
}
