package postfix

import (
	"strings"

	"tlsaudit/audit"
)

// assumed is the version whose defaults are taken where nobody vouches for one:
// all since then have them.
const assumed = "3.6"

// perClient are parameters that exist for smtp and lmtp alike, with their
// defaults in 3.6 and later.
var perClient = map[string]string{
	"tls_security_level": "", "use_tls": "no", "enforce_tls": "no", "tls_enforce_peername": "yes", "tls_wrappermode": "no",
	"tls_protocols": ">=TLSv1", "tls_mandatory_protocols": ">=TLSv1", "tls_ciphers": "medium", "tls_mandatory_ciphers": "medium",
	"tls_exclude_ciphers": "", "tls_mandatory_exclude_ciphers": "", "tls_policy_maps": "", "tls_per_site": "",
	"tls_cert_file": "", "tls_key_file": "$P_tls_cert_file", "tls_eccert_file": "", "tls_eckey_file": "$P_tls_eccert_file",
	"tls_dcert_file": "", "tls_dkey_file": "$P_tls_dcert_file", "tls_chain_files": "", "tls_CAfile": "", "tls_CApath": "",
	"tls_trust_anchor_file": "", "tls_fingerprint_cert_match": "", "tls_verify_cert_match": "hostname", "tls_servername": "",
	"tls_fingerprint_digest":              "${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}",
	"tls_force_insecure_host_tlsa_lookup": "no", "tls_block_early_mail_reply": "no", "tls_note_starttls_offer": "no", "tls_connection_reuse": "no",
	"tls_loglevel": "0", "tls_scert_verifydepth": "9", "tls_session_cache_database": "", "tls_session_cache_timeout": "3600s",
	"dns_support_level": "", "sasl_auth_enable": "no", "sasl_security_options": "noplaintext, noanonymous", "sasl_password_maps": "",
	"sasl_tls_security_options": "$P_sasl_security_options", "sasl_tls_verified_security_options": "$P_sasl_tls_security_options",
}

// server are the parameters of smtpd.
var server = map[string]string{
	"smtpd_tls_security_level": "", "smtpd_use_tls": "no", "smtpd_enforce_tls": "no", "smtpd_tls_wrappermode": "no", "smtpd_tls_auth_only": "no",
	"smtpd_tls_protocols": ">=TLSv1", "smtpd_tls_mandatory_protocols": ">=TLSv1", "smtpd_tls_ciphers": "medium", "smtpd_tls_mandatory_ciphers": "medium",
	"smtpd_tls_exclude_ciphers": "", "smtpd_tls_mandatory_exclude_ciphers": "", "smtpd_tls_chain_files": "",
	"smtpd_tls_cert_file": "", "smtpd_tls_key_file": "$smtpd_tls_cert_file", "smtpd_tls_eccert_file": "", "smtpd_tls_eckey_file": "$smtpd_tls_eccert_file",
	"smtpd_tls_dcert_file": "", "smtpd_tls_dkey_file": "$smtpd_tls_dcert_file", "smtpd_tls_CAfile": "", "smtpd_tls_CApath": "",
	"smtpd_tls_ask_ccert": "no", "smtpd_tls_req_ccert": "no", "smtpd_tls_ccert_verifydepth": "9", "smtpd_tls_received_header": "no",
	"smtpd_tls_dh1024_param_file": "", "smtpd_tls_dh512_param_file": "", "smtpd_tls_eecdh_grade": "auto", "smtpd_tls_loglevel": "0",
	"smtpd_tls_fingerprint_digest":       "${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}",
	"smtpd_tls_always_issue_session_ids": "yes", "smtpd_tls_session_cache_database": "", "smtpd_tls_session_cache_timeout": "3600s",
	"smtpd_sasl_auth_enable": "no", "smtpd_sasl_security_options": "noanonymous", "smtpd_sasl_tls_security_options": "$smtpd_sasl_security_options",
	"smtpd_starttls_timeout": "${stress?{10}:{300}}s", "smtpd_discard_ehlo_keywords": "",
	"postscreen_tls_security_level": "$smtpd_tls_security_level", "postscreen_use_tls": "$smtpd_use_tls", "postscreen_enforce_tls": "$smtpd_enforce_tls",
	"postscreen_discard_ehlo_keywords": "$smtpd_discard_ehlo_keywords",
}

// common are the parameters of no program in particular.
var common = map[string]string{
	"tls_high_cipherlist": "aNULL:-aNULL:HIGH:@STRENGTH", "tls_medium_cipherlist": "aNULL:-aNULL:HIGH:MEDIUM:+RC4:@STRENGTH",
	"tls_low_cipherlist": "aNULL:-aNULL:HIGH:MEDIUM:LOW:+RC4:@STRENGTH", "tls_export_cipherlist": "aNULL:-aNULL:HIGH:MEDIUM:LOW:EXPORT:+RC4:@STRENGTH",
	"tls_null_cipherlist": "eNULL:!aNULL", "tls_preempt_cipherlist": "no", "tls_ssl_options": "", "tls_disable_workarounds": "",
	"tls_eecdh_auto_curves": "X25519 X448 prime256v1 secp521r1 secp384r1", "tls_eecdh_strong_curve": "prime256v1", "tls_eecdh_ultra_curve": "secp384r1",
	"tls_config_file": "default", "tls_config_name": "", "tls_append_default_CA": "no", "tls_daemon_random_bytes": "32", "tls_dane_digests": "sha512 sha256",
	"tls_fast_shutdown_enable": "yes", "tls_legacy_public_key_fingerprints": "no", "tls_random_bytes": "32", "tls_random_exchange_name": "${data_directory}/prng_exch",
	"tls_random_prng_update_period": "3600s", "tls_random_reseed_period": "3600s", "tls_random_source": "dev:/dev/urandom", "tls_server_sni_maps": "",
	"tls_session_ticket_cipher": "aes-256-cbc", "tls_wildcard_matches_multiple_labels": "yes",
	"compatibility_level": "0", "inet_interfaces": "all", "disable_dns_lookups": "no", "master_service_disable": "", "relayhost": "",
	"smtp_host_lookup": "dns", "lmtp_host_lookup": "dns", "smtp_tls_secure_cert_match": "nexthop, dot-nexthop", "lmtp_tls_secure_cert_match": "nexthop",
	"smtp_tls_dane_insecure_mx_policy": "${{$smtp_tls_security_level} == {dane} ? {dane} : {may}}",
	"tlsproxy_client_policy_maps":      "${tlsproxy_client_policy:$smtp_tls_policy_maps}", "tlsproxy_client_security_level": "${tlsproxy_client_level:$smtp_tls_security_level}",
	"tlsproxy_client_loglevel_parameter": "smtp_tls_loglevel", "tlsproxy_tls_security_level": "$smtpd_tls_security_level",
	"tlsproxy_use_tls": "$smtpd_use_tls", "tlsproxy_enforce_tls": "$smtpd_enforce_tls", "tlsproxy_client_use_tls": "$smtp_use_tls", "tlsproxy_client_enforce_tls": "$smtp_enforce_tls",
	"tlsproxy_service_name": "tlsproxy", "tlsmgr_service_name": "tlsmgr", "tlsproxy_watchdog_timeout": "10s",
	"config_directory": "/etc/postfix", "mail_name": "Postfix", "smtputf8_enable": "${{$compatibility_level} <level {1} ? {no} : {yes}}",
}

// computed are parameters whose defaults a machine or a build sets, so that no
// file tells them.
var computed = []string{
	"myhostname", "mydomain", "myorigin", "mynetworks", "mydestination", "mail_version", "mail_release_date", "data_directory", "queue_directory", "command_directory",
	"daemon_directory", "meta_directory", "shlib_directory", "sample_directory", "html_directory", "manpage_directory", "readme_directory", "mail_owner", "default_privs",
	"setgid_group", "sendmail_path", "newaliases_path", "mailq_path", "default_database_type", "multi_instance_name", "process_id", "process_name", "syslog_name",
	"inet_protocols", "openssl_path", "alias_maps", "alias_database", "mail_spool_directory", "smtpd_banner", "local_recipient_maps", "relay_domains",
}

// defaults are the defaults of 3.6, by name.
var defaults = buildDefaults()

// known has every name that has a default or is computed.
var known = buildKnown()

func buildDefaults() map[string]string {
	all := map[string]string{}
	for name, value := range perClient {
		for _, program := range []string{"smtp", "lmtp"} {
			all[program+"_"+name] = strings.ReplaceAll(value, "$P_", "$"+program+"_")
		}
	}
	for _, table := range []map[string]string{server, common} {
		for name, value := range table {
			all[name] = value
		}
	}
	for name := range server { // tlsproxy has a twin of each
		if twin, ok := strings.CutPrefix(name, "smtpd_tls_"); ok && all["tlsproxy_tls_"+twin] == "" && twin != "auth_only" && twin != "wrappermode" && twin != "received_header" && !strings.HasPrefix(twin, "session_cache") {
			all["tlsproxy_tls_"+twin] = "$" + name
		}
	}
	for _, twin := range []string{"CAfile", "CApath", "cert_file", "chain_files", "dcert_file", "dkey_file", "eccert_file", "eckey_file", "fingerprint_digest", "key_file", "loglevel", "per_site", "scert_verifydepth"} {
		all["tlsproxy_client_"+twin] = "$smtp_tls_" + twin
	}
	return all
}

func buildKnown() map[string]bool {
	all := map[string]bool{}
	for name := range defaults {
		all[name] = true
	}
	for _, name := range computed {
		all[name] = true
	}
	return all
}

// value is what a parameter comes to for one program.
type value struct {
	name string
	// text is expanded; def is where it comes from, nil for a default.
	text string
	def  *definition
	// open is set if the machine decides a part of it; err if Postfix cannot
	// expand it, or it was too large to.
	open bool
	err  error
}

// given reports whether a file says it.
func (v value) given() bool { return v.def != nil }

// place is where it stands, zero for a default.
func (v value) place() audit.Place {
	if v.def == nil {
		return audit.Place{}
	}
	return v.def.place()
}

// String is the parameter in a message.
func (v value) String() string {
	if v.def == nil {
		return v.name + " = " + shown(v.name, v.text) + " (default)"
	}
	s := v.name + " = " + shown(v.name, v.def.value)
	if text := shown(v.name, v.text); oneLine(v.def.value) != oneLine(v.text) {
		s += " (" + text + ")"
	}
	if v.def.service != nil {
		s = "-o " + s
	}
	return s
}

// yes reads a boolean; ok is false if Postfix would stop for it.
func (v value) yes() (yes, ok bool) {
	switch strings.ToLower(v.text) {
	case "yes":
		return true, true
	case "no":
		return false, true
	}
	return false, false
}

// is reports whether it is yes.
func (v value) is() bool {
	yes, _ := v.yes()
	return yes
}
