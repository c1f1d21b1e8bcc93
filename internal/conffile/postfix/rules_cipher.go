package postfix

import (
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

var cipherRules = []*confdoc.Rule{
	{
		ID: "PF-06", Check: "config.ciphers", Title: "no weak ciphers are allowed",
		Doc:    "The grades low and export take ciphers below 128 bits, null takes some that do not encrypt. The lists behind the grades are not meant to be edited.",
		Detect: "Grade in force, and the words of a list that is set in the files. Anonymous ciphers are no objection: opportunistic TLS verifies nobody.",
		Of:     confdoc.OfListener, Level: audit.Must, Severity: audit.High, Confidence: "documented",
		Judge: ownEnd(weakCiphers),
	},
	{
		ID: "PF-10", Check: "config.certificate", Title: "a client certificate has a future",
		Doc:    "Public authorities stop to issue certificates for client authentication: leaf certificates of Chrome's root program from 2027-03-15 on are for servers only. A peer that checks the purpose then refuses the certificate.",
		Detect: "smtp_tls_chain_files, smtp_tls_cert_file or smtp_tls_eccert_file. The certificate itself is not read.",
		Of:     confdoc.OfClient, Level: audit.May, Severity: audit.Low, Confidence: "documented",
		Text:  "openssl x509 -in CERTIFICATE -noout -ext extendedKeyUsage shows the purposes; where no peer asks for a certificate, remove the parameter: postconf -X smtp_tls_cert_file smtp_tls_key_file",
		Judge: ownEnd(clientCertificate),
	},
	{
		ID: "PF-11", Check: "config.certificate", Title: "the certificate is one that was made for the server",
		Doc:    "The package ssl-cert makes a certificate of its own, snakeoil, so that something is there: nobody else has signed it and its name is that of the installation. With smtpd_tls_cert_file = none only anonymous ciphers remain.",
		Detect: "The word snakeoil in the name of a file, or none.",
		Of:     confdoc.OfServer, Level: audit.Should, Severity: audit.Medium, Confidence: "documented",
		Text:  "postconf -e 'smtpd_tls_chain_files = /etc/postfix/key-and-chain.pem' && postfix reload; the file holds the key, the certificate and all intermediate ones",
		Judge: ownEnd(sampleCertificate),
	},
}

func weakCiphers(_ *confdoc.Case, e *end) []confdoc.Result {
	switch {
	case e.security.level == "none":
		return confdoc.Moot("no TLS is spoken")
	case e.security.level == "", e.ciphers.open():
		return []confdoc.Result{confdoc.Undecided(e.at(e.ciphers.grade), "the ciphers are not told: "+e.origin(e.ciphers.grade))}
	}
	why, v := e.ciphers.weakness(e.scope)
	if why == "" {
		return nil
	}
	name, text := v.name, "high"
	if v.name == e.ciphers.list.name { // excluding leaves the list as it is
		x := e.ciphers.exclude[0]
		name, text = x.name, strings.Join(append(words(x.text, colonSeparators), weakWordsIn(e.ciphers)...), ", ")
	}
	return []confdoc.Result{violated(e.at(v), e.command(name, text), e.setAll(name, text), "%s: %s", why, v)}
}

// weakWordsIn are the weak words of a list that nothing excludes.
func weakWordsIn(c ciphers) (list []string) {
	for _, w := range words(c.list.text, colonSeparators) {
		for _, weak := range weakWords {
			if strings.EqualFold(w, weak) && len(missing(w, c.excluded())) > 0 {
				list = append(list, w)
			}
		}
	}
	return list
}

// excluded are all words that are taken away.
func (c ciphers) excluded() string {
	list := append([]string{}, c.extra...)
	for _, v := range c.exclude {
		list = append(list, v.text)
	}
	return strings.Join(list, " ")
}

func clientCertificate(_ *confdoc.Case, e *end) []confdoc.Result {
	for _, name := range []string{"chain_files", "cert_file", "eccert_file"} {
		if v := e.value(e.program + "_tls_" + name); v.text != "" {
			return []confdoc.Result{confdoc.Violated(e.at(v), "the client shows a certificate, which has to be fit for client authentication: "+v.String())}
		}
	}
	return confdoc.Moot("the client shows no certificate")
}

func sampleCertificate(_ *confdoc.Case, e *end) []confdoc.Result {
	if e.security.level == "none" {
		return confdoc.Moot("no TLS is spoken")
	}
	for _, name := range []string{"chain_files", "cert_file", "eccert_file", "dcert_file"} {
		switch v := e.value("smtpd_tls_" + name); {
		case strings.Contains(strings.ToLower(v.text), "snakeoil"):
			return []confdoc.Result{confdoc.Violated(e.at(v), "a certificate nobody signed: "+v.String())}
		case name == "cert_file" && strings.EqualFold(v.text, "none"):
			return []confdoc.Result{confdoc.Violated(e.at(v), "no certificate: only anonymous ciphers, and no TLS 1.3")}
		}
	}
	return nil
}
