//go:build interop

package interop

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tlsaudit/audit"
)

// apacheLatent is Apache httpd told to speak TLS 1.0 to 1.3 with OpenSSL's
// default suites. OpenSSL 3 does not sign for TLS 1.0 and 1.1 at its default
// security level, so both are configured and do not work: latent.
func apacheLatent(t *testing.T, k *keys) endpoint {
	t.Helper()
	return apache(t, `
SSLProtocol -all +TLSv1 +TLSv1.1 +TLSv1.2 +TLSv1.3
SSLCipherSuite DEFAULT
SSLHonorCipherOrder on
SSLCertificateFile `+k.RSA.Cert+`
SSLCertificateKeyFile `+k.RSA.Key+`
SSLCertificateFile `+k.ECDSA.Cert+`
SSLCertificateKeyFile `+k.ECDSA.Key, endpoint{Leaves: []keyPair{k.RSA, k.ECDSA}, Preference: audit.PreferenceServer})
}

func apache(t *testing.T, tls string, e endpoint) endpoint {
	t.Helper()
	dir, port := folder(t), freePort(t)
	modules := ""
	for _, m := range []string{"mpm_event", "authz_core", "ssl", "socache_shmcb"} {
		modules += fmt.Sprintf("LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", m, m)
	}
	write(t, dir, "htdocs/index.html", "hello\n")
	config := write(t, dir, "httpd.conf", modules+fmt.Sprintf(`
ServerRoot %[1]s
DefaultRuntimeDir %[1]s
PidFile %[1]s/httpd.pid
ErrorLog %[1]s/error.log
Listen 127.0.0.1:%[2]d
ServerName %[3]s
User nobody
Group nogroup
StartServers 1
DocumentRoot %[1]s/htdocs
SSLEngine on
%[4]s
`, dir, port, serverName, tls))
	start(t, port, dir, []string{"apache2", "-X", "-f", config}, filepath.Join(dir, "error.log"))
	e.Protocol, e.Port = "https", port
	return e
}

// nginxHardened is the recommendation of Mozilla's "intermediate" form cut to
// three suites, plus TLS 1.3.
func nginxHardened(t *testing.T, k *keys) endpoint {
	t.Helper()
	return nginx(t, pair(k.RSA)+`
ssl_protocols TLSv1.2 TLSv1.3;
ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305;
ssl_prefer_server_ciphers off;`, endpoint{Leaves: []keyPair{k.RSA}, Preference: audit.PreferenceClient})
}

// nginxLatent speaks TLS 1.2 alone, TLS 1.0 and 1.1 being configured but out of
// reach of OpenSSL's default security level.
func nginxLatent(t *testing.T, k *keys) endpoint {
	t.Helper()
	return nginx(t, pair(k.RSA)+`
ssl_protocols TLSv1 TLSv1.1 TLSv1.2;
ssl_ciphers DEFAULT;
ssl_prefer_server_ciphers on;`, endpoint{Leaves: []keyPair{k.RSA}, Preference: audit.PreferenceServer})
}

// nginxEverything accepts all that this OpenSSL can do, in the server's order.
func nginxEverything(t *testing.T, k *keys) endpoint {
	t.Helper()
	return nginx(t, pair(k.RSA)+pair(k.ECDSA)+`
ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
ssl_ciphers `+everything+`;
ssl_conf_command Ciphersuites `+suites13+`;
ssl_prefer_server_ciphers on;`, endpoint{Leaves: []keyPair{k.RSA, k.ECDSA}, Preference: audit.PreferenceServer})
}

func pair(p keyPair) string {
	return fmt.Sprintf("ssl_certificate %s;\nssl_certificate_key %s;\n", p.Cert, p.Key)
}

func nginx(t *testing.T, tls string, e endpoint) endpoint {
	t.Helper()
	dir, port := folder(t), freePort(t)
	tls = strings.ReplaceAll(tls, "PORT", strconv.Itoa(int(port))) // for a listener of its own
	config := write(t, dir, "nginx.conf", fmt.Sprintf(`
daemon off;
worker_processes 1;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path %[1]s/body;
  proxy_temp_path %[1]s/proxy;
  fastcgi_temp_path %[1]s/fastcgi;
  uwsgi_temp_path %[1]s/uwsgi;
  scgi_temp_path %[1]s/scgi;
  server {
    listen 127.0.0.1:%[2]d ssl;
    server_name %[3]s;
    %[4]s
    location / { return 204; }
  }
}
`, dir, port, serverName, tls))
	start(t, port, dir, []string{"nginx", "-p", dir, "-c", config, "-e", filepath.Join(dir, "error.log")}, filepath.Join(dir, "error.log"))
	e.Protocol, e.Port = "https", port
	return e
}

// haproxyLegacy is HAProxy with TLS 1.1 really switched on, and TLS 1.0 and 1.3
// really off.
func haproxyLegacy(t *testing.T, k *keys) endpoint {
	t.Helper()
	return haproxy(t, k, "ssl-min-ver TLSv1.1 ssl-max-ver TLSv1.2 ciphers ECDHE+AES:DHE+AESGCM:AES256-SHA:@SECLEVEL=0")
}

// haproxyLatent has TLS 1.0 and 1.1 switched on, but not at a security level at
// which they work.
func haproxyLatent(t *testing.T, k *keys) endpoint {
	t.Helper()
	return haproxy(t, k, "ssl-min-ver TLSv1.0 ciphers HIGH:!aNULL")
}

func haproxy(t *testing.T, k *keys, bind string) endpoint {
	t.Helper()
	dir, port := folder(t), freePort(t)
	config := write(t, dir, "haproxy.cfg", fmt.Sprintf(`
global
  maxconn 200
  tune.ssl.default-dh-param 2048
defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 5s
frontend tls
  bind 127.0.0.1:%d ssl crt %s %s
  http-request return status 204
`, port, k.RSA.Both, bind))
	start(t, port, dir, []string{"haproxy", "-db", "-f", config})
	return endpoint{Protocol: "https", Port: port, Leaves: []keyPair{k.RSA}, Preference: audit.PreferenceServer}
}
