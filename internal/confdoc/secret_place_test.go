package confdoc_test

import (
	"strings"
	"testing"
	"time"

	"tlsaudit/internal/confdoc"
)

// hiddenPlaces are texts that hold a secret by where it stands, of which the
// canary must not be left.
var hiddenPlaces = []string{
	// variables
	"Define DB_PASSWORD CANARY", "  DEFINE DBPASS \"CANARY two\"", "define DBPASSWORD CANARY", "Define DBPWD CANARY", "Define LDAP_BINDPW CANARY", "SetEnv DBPASS CANARY", "setenv DBPASS CANARY", `SetEnv "DB_PASSWORD" "CANARY"`,
	"presetenv DB_PASSWORD CANARY", "fastcgi_param DB_PASSWORD CANARY;", "location / { uwsgi_param API_TOKEN CANARY; }", "set $db_password CANARY;", "map $http_x $api_key { default CANARY; }", "http-request set-var(txn.api_key) str(CANARY)",
	"DBPASS=CANARY", "dbpw: CANARY", "ldap_bindpw = CANARY", "rootpw CANARY", "rootpass=CANARY", "MYPW=CANARY", "LDAPPW = CANARY", "requirepass CANARY", "pswd=CANARY", "passkey=CANARY", "DB_CREDS=CANARY", "-Ddbpass=CANARY -Dx=y", "-Dpw=CANARY",
	"import_environment = DBPASS=CANARY TZ", "environment:\n  - 'KEYPASS=CANARY'",
	// fields of HTTP
	"RequestHeader set X-Api-Key CANARY", `RequestHeader set "X-Auth-Token" "CANARY two" env=x`, "Header always set X-Api-Key CANARY", `RequestHeader set Cookie "session=CANARY"`, "RequestHeader set Proxy-Authorization CANARY", "#RequestHeader add X-Secret CANARY",
	"proxy_set_header X-Api-Key CANARY;", "proxy_set_header X-Auth-Token 'CANARY';", "proxy_set_header Authorization CANARY;", "location / { proxy_set_header X-Vault-Token \"CANARY two\"; }", "grpc_set_header X-Api-Key CANARY;", `auth_http_header X-Auth-Key "CANARY";`,
	"http-request set-header X-Api-Key CANARY", "http-request add-header X-Auth-Token a\\ CANARY if x", "http-request set-header Authorization CANARY", "http-check send hdr X-Api-Key CANARY", `option httpchk GET / HTTP/1.1\r\nX-Api-Key:\ CANARY`,
	"http-request deny unless { req.hdr(X-Api-Key) -m str CANARY }", "acl ok req.hdr(X-Api-Key) CANARY", "acl ok http_auth_bearer -m str CANARY", `SetEnvIf X-Api-Key "CANARY" ok`, `<If "%{HTTP:X-Api-Key} == 'CANARY'">`, "RewriteCond %{HTTP:X-Api-Key} !=CANARY",
	`if ($http_x_api_key != "CANARY") { return 403; }`, "if ($arg_token = CANARY) { return 403; }",
	// directives
	"AuthBasicFake demo CANARY", `  AuthBasicFake "demo" "CANARY two"`, "MDExternalAccountBinding kid CANARY", `secure_link_md5 "$uri CANARY";`, "  stats auth admin:CANARY # comment", "createUser u SHA CANARY AES CANARY", "trapsink host CANARY", "snmp community CANARY",
	"snmp:\n  community: CANARY", "snmp.community.string: CANARY", "snmpCommunity: CANARY", "server_condition = ${if eq{$auth2}{CANARY}}", "server_condition = ${if crypteq{$auth3}{CANARY}}", "server_condition = \"${if and {{eq{$2}{user}}{eq{$3}{CANARY}}}}\"",
	"basicAuth: u:CANARY", "//u:CANARY@host.example.com/x",
	// elements
	`<variable name="pw" defaultValue="CANARY"/>`, `<variable name="db.pw" value="CANARY"/>`, `<variable defaultValue="CANARY" name="dbpass"/>`, "<variable name=\"dbpass\"\n   defaultValue=\"CANARY\"/>", `<variable name='keypass' value='CANARY'></variable>`,
	`<entry key="dbpass">CANARY</entry>`, `<property name="db.password" x="y">CANARY</property>`, `<property name="password"><value>CANARY</value></property>`, "<name>db.password</name>\n<value>CANARY</value>", "<param-name>db.pw</param-name><param-value>CANARY</param-value>",
	// names of properties over several lines
	"com.ibm.ssl.keyStorePass\\\n  word=CANARY", "com.ibm.ssl.key\\\n  StorePass\\\n  word=CANARY", "com.ibm.ssl.keyStorePassword\\\n  =CANARY", "com.ibm.ssl.keyStorePassword\\\n  CANARY", `com.ibm.ssl.keyStorePasswor\d=CANARY`, `keyStorePassword\ =CANARY`, `keyStorePassword\:x=CANARY`,
	"keyStore\\u0050assword=\\\n CANARY", "keyStore\\u0050ass\\\n  word=\\\n CANARY",
	// YAML and JSON
	"- name: DB_PASSWORD\n\n  value: CANARY", "- name: DB_PASSWORD\n  # one\n  # two\n  value: CANARY", "- name: DBPASS\n  value: CANARY", `- {name: "DBPASS", value: "CANARY"}`, "? KEY_PASSWORD\n: CANARY", `command: ["run", "--password", "CANARY"]`, "args:\n  - --password\n  - CANARY",
	"kind: Secret\nstringData:\n  tls.key: CANARY\n  user: CANARY\n  a: |\n    CANARY", "stringData:\n  x: CANARY\nkind: Secret",
	"kubectl create secret generic x --from-literal=CANARY", `kubectl create secret generic x --from-literal "k=a CANARY"`, "kubectl create secret generic x --from-literal='k=a CANARY'",
	"x={plain}CANARY", "x={os400}CANARY", "x={custom:mine}CANARY", "x={rsa}CANARY",
}

func TestSecretsInPlaces(t *testing.T) {
	for _, form := range hiddenPlaces {
		text := strings.ReplaceAll(form, "CANARY", canary)
		for _, text := range []string{text, strings.ReplaceAll(text, "\n", "\r\n")} {
			if got := confdoc.RedactText(text); strings.Contains(got, canary) || !strings.Contains(got, confdoc.Redacted) {
				t.Errorf("%q\n  is shown as %q", text, got)
			}
			clean := confdoc.Redactor("x = y\n" + text + "\nz = w")
			for line := range strings.SplitSeq(text, "\n") {
				if got := clean(strings.TrimSuffix(line, "\r")); strings.Contains(got, canary) {
					t.Errorf("%q\n  as a line is shown as %q", text, got)
				}
			}
		}
	}
}

// TestPlacesAreShown holds that what only resembles such places stays readable.
func TestPlacesAreShown(t *testing.T) {
	for _, text := range []string{
		"Define SRVROOT /etc/httpd", "SetEnv HTTPS on", "fastcgi_param HTTPS on;", "proxy_set_header Host $host;", "proxy_set_header Authorization $http_authorization;", "proxy_set_header X-Forwarded-Proto https;", "proxy_set_header Cookie $http_cookie;",
		`Header always set Strict-Transport-Security "max-age=63072000"`, `add_header Public-Key-Pins "pin; max-age=1";`, "RequestHeader set X-Forwarded-Proto https", "RequestHeader unset X-Api-Key", "RequestHeader set X-Api-Key %{API}e",
		"http-request set-header X-Forwarded-Proto https", "http-request set-header X-Api-Key %[var(txn.k)]", "http-request set-header X-SSL-Client-CN %{+Q}[ssl_c_s_dn(cn)]", "acl ok req.hdr(X-Api-Key) -m found", "acl x hdr(host) -i www.example.com",
		"map $http_upgrade $connection_upgrade {\n  default upgrade;\n}", "proxy_cache_bypass $http_pragma;", "ssl_password_file /etc/nginx/pass;", `<variable name="httpsPort" defaultValue="9443"/>`, `<property name="Protocol">https</property>`, `<keyStore id="a">x</keyStore>`,
		"- name: ST_TLS_MIN\n  value: \"0x301\"", "args:\n  - --port\n  - \"1533\"", `command: ["run", "--port", "1533"]`, "kind: ConfigMap\ndata:\n  a: b", "kind: Secret\nmetadata:\n  name: x", "kind: ConfigMap\ndata:\n  a: b\n---\nkind: Secret\nmetadata:\n  name: x",
		"jdk.tls.disabledAlgorithms=SSLv3, \\\n  TLSv1, TLSv1.1", "hosts = a : \\\n  b", `location ~ \.php$ {`, "Look at Preferences > Server Communities: \"im.example.com\"", "community: im.example.com", "eq{$1}{$2}", "smtp      inet  n       -       n       -       -       smtpd",
	} {
		if got := confdoc.RedactText(text); got != text {
			t.Errorf("%s\n  is shown as %s", text, got)
		}
	}
}

// TestPlacesTime puts texts to the redactor that nearly are such places.
func TestPlacesTime(t *testing.T) {
	for _, piece := range []string{
		"key\\\n", "a\\a", "define a ", "define password \"", "<a name=\"x\" ", "<name>x</name>", "- --a\n", `"--a",`, "hdr(x) -i ", "kind: Secret\ndata:\n", "proxy_set_header ", "map a b {", "- name: password\n# x\n", "snmp community: x ", "eq{$1}{", "createuser ",
	} {
		text := strings.Repeat(piece, 1<<19/len(piece))
		start := time.Now()
		confdoc.Redactor(text)
		if took := time.Since(start); took > time.Minute {
			t.Errorf("512 KiB of %q takes %v", piece, took)
		} else {
			t.Logf("%-20q %v", piece, took)
		}
	}
}
