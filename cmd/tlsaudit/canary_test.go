//go:build !race

package main

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/report"
)

// canary stands in every place of a configuration file that may hold a secret.
const canary = "Canary-7f3a9c"

// xored is the canary as WebSphere writes it.
func xored() string {
	b := []byte(canary)
	for i := range b {
		b[i] ^= 0x5f
	}
	return "{xor}" + base64.StdEncoding.EncodeToString(b)
}

// secretFiles are configuration files of every format that holds secrets, each
// with something to mend beside them.
var secretFiles = map[string]string{
	"ssl.client.props": "com.ibm.ssl.defaultAlias=DefaultSSLSettings\ncom.ibm.ssl.alias=DefaultSSLSettings\ncom.ibm.ssl.keyStorePassword=XOR\ncom.ibm.ssl.protocol=SSL_TLSv2\n" +
		"com.ibm.ssl.trustStorePassword=SECRET\ncom.ibm.ssl.keyStorePass\\\n  word=SECRET\n",
	"security.xml": `<?xml version="1.0" encoding="UTF-8"?>
<security:Security xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI" xmlns:security="http://www.ibm.com/websphere/appserver/schemas/5.0/security.xmi" xmi:id="Security_1">
  <authDataEntries xmi:id="J_1" alias="db" userId="u" password="SECRET"/><userRegistries xmi:id="W_1" serverPassword="XOR" bindPassword="{aes}SECRET"/>
  <repertoire xmi:id="SSLConfig_1" alias="CellDefaultSSLSettings" managementScope="M_1"><setting xmi:id="S_1" securityLevel="HIGH" sslProtocol="SSL_TLSv2" keyStore="K_1"/></repertoire>
  <keyStores xmi:id="K_1" name="K" password="XOR" location="key.p12" type="PKCS12"/>
  <managementScopes xmi:id="M_1" scopeName="(cell):CELL" scopeType="cell"/>
</security:Security>
`,
	"was/server.xml": `<?xml version="1.0" encoding="UTF-8"?>
<process:Server xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI" xmlns:processexec="http://www.ibm.com/websphere/appserver/schemas/5.0/processexec.xmi" xmlns:process="http://www.ibm.com/websphere/appserver/schemas/5.0/process.xmi" xmi:id="Server_1" name="server1">
  <processDefinitions xmi:type="processexec:JavaProcessDef" xmi:id="P_1">
    <jvmEntries xmi:id="J_1" genericJvmArguments="-Djavax.net.ssl.keyStorePassword=SECRET -Dhttps.protocols=TLSv1 -Dx=XOR"/>
  </processDefinitions>
</process:Server>
`,
	"liberty/server.xml":       "<server><featureManager><feature>ssl-1.0</feature></featureManager><keyStore id=\"defaultKeyStore\" password=\"SECRET\"/><ssl id=\"defaultSSLConfig\" keyStoreRef=\"defaultKeyStore\" sslProtocol=\"SSL_TLSv2\"/><httpEndpoint id=\"e\" httpPort=\"9080\" httpsPort=\"9443\"/></server>\n",
	"pw/server.xml":            "<server>\n<featureManager><feature>ssl-1.0</feature></featureManager>\n<variable name=\"pw\" defaultValue=\"SECRET\"/>\n<variable name=\"dbpass\" value=\"SECRET\"/>\n<ssl id=\"defaultSSLConfig\" keyStoreRef=\"defaultKeyStore\" sslProtocol=\"SSL_TLSv2\"/>\n<keyStore id=\"defaultKeyStore\" password=\"${pw}\"/>\n<httpEndpoint id=\"e\" httpPort=\"9080\" httpsPort=\"9443\"/>\n</server>\n",
	"jvm.options":              "-Djavax.net.ssl.trustStorePassword=SECRET\n-Dhttps.protocols=TLSv1\n",
	"mux.env":                  "STI__Debug__VPMX_PORT=1533\nSTI__Debug__VPMX_TLS_PORT=1533\nSTI__Config__ST_TLS_KEY_STORE_PASSWORD=SECRET\nSTI__Config__ST_TLS_SECURITY_LEVEL=0\n",
	"sametime.ini":             "[Connectivity]\nVPS_PORT=1516\n[Config]\nST_TLS_KEY_STORE_PASSWORD=SECRET\nST_TLS_MIN_PROTOCOL_VERSION=0x301\n[Debug]\nVPMX_PORT=1533\n",
	"plugin_customization.ini": "com.ibm.collaboration.realtime.community/host=im.example.com\ncom.ibm.collaboration.realtime.community/connectionType=direct\ncom.ibm.collaboration.realtime.community/proxyPassword=SECRET\n",
	"silentinstall.ini":        "STSERVERNAME=im.example.com\nSTCONNECTIONTYPE75=direct\nSTPROXYPASSWORD=SECRET\n",
	"values.yaml":              "sametimeIni:\n  STI__Config__ST_TLS_KEY_STORE_PASSWORD: \"SECRET\"\n  STI__Config__ST_TLS_MIN_PROTOCOL_VERSION: \"0x301\"\nmongoUrl: \"mongodb://user:SECRET@db.example.com/x?tlsAllowInvalidCertificates=true\"\n",
	"docker-compose.yml":       "services:\n  mux:\n    environment:\n      STI__Debug__VPMX_PORT: \"1533\"\n      STI__Config__ST_TLS_KEY_STORE_PASSWORD: \"SECRET\"\n",
	"list/docker-compose.yml":  "services:\n  mux:\n    command: [\"run\", \"--password\", \"SECRET\"]\n    environment:\n      - KEY_PASSWORD=SECRET\n      - STI__Debug__VPMX_PORT=1533\n      - DBPASS=SECRET\n",
	"deploy.yaml":              "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n      - env:\n        - name: X_PASSWORD\n          # kept here\n          value: SECRET\n        - name: STI__Debug__VPMX_PORT\n          value: \"1533\"\n        - name: DBPASS\n          value: SECRET\n---\nkind: Secret\nstringData:\n  a: SECRET\n",
	"postfix/main.cf":          "smtpd_tls_security_level = may\nsmtp_tls_security_level = may\nsmtp_sasl_password_maps = inline:{mx.example.com=user:SECRET}\nproxy_url = http://user:SECRET@relay.example.com/\n",
	"postfix/master.cf":        "smtp inet n - y - - smtpd\nsmtp unix - - y - - smtp -o smtp_sasl_password_maps=inline:{x=u:SECRET}\n",
	"exim4.conf":               "hide ldap_default_servers = ldap.example.com\nhide mysql_servers = localhost/exim/exim/SECRET\nopenssl_options = -no_sslv3\ntls_advertise_hosts = *\nbegin transports\nremote:\n  driver = smtp\nbegin authenticators\nlogin:\n  driver = plaintext\n  public_name = LOGIN\n  client_send = : user : SECRET\n",
	"haproxy.cfg":              "global\n  stats socket /run/x\ndefaults\n  mode http\nuserlist u\n  user admin insecure-password SECRET\nfrontend f\n  bind :8443 ssl crt /etc/x.pem ssl-min-ver TLSv1.0\n  default_backend b\n  stats auth admin:SECRET # to look at\nbackend b\n  http-request set-header X-Api-Key SECRET\n  http-check send hdr X-Auth-Token SECRET\n  http-request set-header Authorization \"Basic SECRET\"\n  server s 127.0.0.1:80\n",
	"nginx.conf":               "events {}\nhttp {\n  server {\n    listen 443 ssl;\n    ssl_protocols TLSv1 TLSv1.2;\n    proxy_set_header Authorization \"Basic SECRET\";\n    proxy_set_header X-Api-Key SECRET;\n    set $db_password SECRET;\n    if ($http_x_api_key != \"SECRET\") { return 403; }\n    location / { proxy_pass https://user:SECRET@backend.example.com/; }\n  }\n}\n",
	"httpd.conf":               "LoadModule ssl_module modules/mod_ssl.so\nListen 443\nDefine DBPASS SECRET\nDefine DB_PASSWORD SECRET\nDefine LDAP_BINDPW SECRET\nDBDParams \"host=db user=u password=SECRET\"\n<VirtualHost *:443>\nSSLEngine on\nSetEnv DBPASS SECRET\nAuthBasicFake demo SECRET\nSSLProtocol all\nSSLPassPhraseDialog builtin\nRequestHeader set X-Api-Key SECRET\nRequestHeader set Authorization \"Basic SECRET\"\nProxyPass / https://user:SECRET@backend.example.com/\n</VirtualHost>\n",
	"notes.ini":                "[Notes]\nDirectory=/data\nHTTP_PASSWORD=SECRET\nSSL_DISABLE_TLS_10=0\nMailServerPassword=SECRET\n",
	// what cannot be read must not tell what stands there either
	"broken/ssl.client.props": "com.ibm.ssl.alias=A\ncom.ibm.ssl.keyStorePassword=\\u12SECRET\ncom.ibm.ssl.protocol=SSL_TLSv2\n",
	"broken/security.xml":     "<?xml version=\"1.0\"?><security:Security xmlns:security=\"http://www.ibm.com/websphere/appserver/schemas/5.0/security.xmi\"><keyStores password=\"SECRET\" password=\"XOR\"/></security:Security>",
	"broken/values.yaml":      "sametimeIni:\n  STI__Config__ST_TLS_KEY_STORE_PASSWORD: \"SECRET\n  x: [\n",
	"broken/httpd.conf":       "LoadModule ssl_module x\n<VirtualHost *:443>\nSSLEngine on\nSSLProtocol password=SECRET\n",
	"broken/nginx.conf":       "events {}\nhttp { server { listen 443 ssl; proxy_set_header Authorization \"Basic SECRET\"",
}

// It runs the program hundreds of times, one after the other: there is no race to
// be found, and under the race detector it takes minutes.

// TestCanaries wants no secret of a configuration file in any output: reports of
// every format, patches, progress, errors.
func TestCanaries(t *testing.T) {
	folder := t.TempDir()
	for name, text := range secretFiles {
		path := filepath.Join(folder, "conf", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		text = strings.ReplaceAll(strings.ReplaceAll(text, "SECRET", canary), "XOR", xored())
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) []byte {
		var out bytes.Buffer
		a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &out, getenv: func(string) string { return "" }, now: time.Now}
		if code := a.run(args); code != exitFindings && code != exitIncomplete {
			t.Fatalf("%v: exit code %d\n%s", args, code, out.String())
		}
		return out.Bytes()
	}
	outputs := map[string][]byte{}
	conf := filepath.Join(folder, "conf")
	for _, format := range report.Formats {
		path := filepath.Join(folder, "report"+format.Ext)
		outputs["the console beside "+format.Name] = run("audit", conf, "-v", "-o", path)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if format.Name == "xlsx" {
			data = unpacked(t, data)
		}
		outputs[format.Name] = data
	}
	outputs["the patch"] = run("fix", conf)
	outputs["what --write says"] = run("fix", "--write", conf)
	for name := range secretFiles {
		for _, as := range []string{"httpd", "ihs", "nginx", "security-xml", "postfix", "mux-env", "helm-values", "liberty", "haproxy"} {
			outputs[name+" as "+as] = runAny(t, "audit", filepath.Join(conf, name), "--as", as, "-v", "-f", "json")
		}
	}
	if !bytes.Contains(outputs["json"], []byte("[redacted]")) || !bytes.Contains(outputs["the patch"], []byte("TLSv1.2")) {
		t.Errorf("nothing was redacted, or nothing mended: the test sees nothing: %s", outputs["the patch"])
	}
	for where, text := range outputs {
		for _, secret := range []string{canary, xored(), strings.TrimPrefix(xored(), "{xor}")} {
			if i := bytes.Index(text, []byte(secret)); i >= 0 {
				t.Errorf("%s tells a secret: ...%s...", where, text[max(0, i-120):min(len(text), i+40)])
			}
		}
	}
	// applying a change must not lose a secret either
	for name, text := range secretFiles {
		data, err := os.ReadFile(filepath.Join(conf, name))
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.Count(text, "SECRET"); bytes.Count(data, []byte(canary)) < want {
			t.Errorf("%s lost a secret when it was mended", name)
		}
	}
}

// runAny runs a command, whatever its exit code.
func runAny(t *testing.T, args ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &out, getenv: func(string) string { return "" }, now: time.Now}
	if code := a.run(args); code == exitInternal {
		t.Errorf("%v: internal error\n%s", args, out.String())
	}
	return out.Bytes()
}
