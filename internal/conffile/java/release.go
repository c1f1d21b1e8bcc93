package java

import (
	"regexp"
	"strconv"
	"strings"

	"tlsaudit/internal/confdoc"
)

// release is a version of Java somebody vouches for.
type release struct {
	text  string
	major int
	// known is false if nobody did.
	known bool
}

var (
	update = regexp.MustCompile(`^(?:1\.)?([5-8])(?:\.0_|u|\.0\.)(\d+)$`)
	ibmSDK = regexp.MustCompile(`^([78])\.([01])\.(\d+)\.(\d+)$`)
)

func releaseOf(r *confdoc.Reader) release {
	version, ok := r.Version("java")
	if !ok {
		return release{}
	}
	text := strings.TrimPrefix(strings.TrimSpace(version), "1.")
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	major, err := strconv.Atoi(text[:n])
	return release{text: strings.TrimSpace(version), major: major, known: err == nil}
}

// lists are the values of jdk.tls.disabledAlgorithms the JDK comes with.
const (
	list17 = "SSLv3, TLSv1, TLSv1.1, DTLSv1.0, RC4, DES, MD5withRSA, DH keySize < 1024, EC keySize < 224, 3DES_EDE_CBC, anon, NULL, ECDH"
	list24 = list17 + ", TLS_RSA_*, rsa_pkcs1_sha1 usage HandshakeSignature, ecdsa_sha1 usage HandshakeSignature, dsa_sha1 usage HandshakeSignature"
	listOf = "SSLv3, RC4, DES, MD5withRSA, DH keySize < 1024, EC keySize < 224, 3DES_EDE_CBC, anon, NULL"
)

// builtIn is the list a release comes with, as far as it is known: TLS 1.0 and
// 1.1 are on it since April 2021.
func (r release) builtIn() (value string, known bool) {
	switch {
	case !r.known:
		return "", false
	case r.major >= 24:
		return list24, true
	case r.major >= 17:
		return list17, true
	case r.major == 16 || r.major == 11:
		first := map[int]string{16: "16.0.1", 11: "11.0.11"}[r.major]
		if confdoc.CompareVersions(r.text, first) >= 0 {
			return list17, true
		}
		return listOf, true
	case r.major > 8:
		return listOf, true
	}
	return r.old()
}

// old is the list of Java 7 and 8, of OpenJDK or IBM's SDK.
func (r release) old() (value string, known bool) {
	if m := ibmSDK.FindStringSubmatch(r.text); m != nil {
		first := map[string]string{"8.0": "8.0.6.30", "7.1": "7.1.4.85", "7.0": "7.0.10.85"}[m[1]+"."+m[2]]
		if first == "" {
			return "", false
		}
		if confdoc.CompareVersions(r.text, first) >= 0 {
			return list17, true
		}
		return listOf, true
	}
	m := update.FindStringSubmatch(r.text)
	if m == nil {
		return "", false
	}
	n, err := strconv.Atoi(m[2])
	if err != nil || m[1] != "7" && m[1] != "8" {
		return "", false
	}
	if m[1] == "8" && n >= 291 || m[1] == "7" && n >= 301 {
		return list17, true
	}
	return listOf, true
}

// tls13 says whether a release has TLS 1.3; unknown counts as yes.
func (r release) tls13() bool {
	if !r.known || r.major >= 11 {
		return true
	}
	if r.major > 8 {
		return false
	}
	if m := ibmSDK.FindStringSubmatch(r.text); m != nil {
		return confdoc.CompareVersions(r.text, "8.0.6.25") >= 0
	}
	m := update.FindStringSubmatch(r.text)
	if m == nil || r.major < 8 {
		return r.major == 8
	}
	n, err := strconv.Atoi(m[2])
	return err == nil && n >= 261
}

// patterns says whether a release reads entries such as TLS_RSA_*.
func (r release) patterns() (read, known bool) {
	switch {
	case !r.known:
		return false, false
	case r.major >= 24:
		return true, true
	case r.major == 17 && confdoc.CompareVersions(r.text, "17.0.15") <= 0:
		return false, true
	}
	return false, false
}
