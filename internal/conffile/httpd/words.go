package httpd

import "strings"

// spec is what is known about a directive. Only the words of TLS, and those
// that decide what is read and where it holds, are here: the server knows many
// hundred more, and modules of others add to them.
type spec struct {
	// min and max are the numbers of arguments; max -1 is any.
	min, max int
	// flag: the first argument is on or off.
	flag bool
	// where it may stand.
	where where
	// posture is set if the directive decides what is negotiated.
	posture bool
}

type where uint8

const (
	inServer where = 1 << iota // main server and virtual hosts
	inDir                      // Directory, Location, If
	inProxy                    // Proxy
	globalOnly
)

// coreWords are words of the server itself.
var coreWords = map[string]spec{
	"listen":          {min: 1, max: 2, where: globalOnly},
	"servername":      {min: 1, max: 1, where: inServer},
	"serverroot":      {min: 1, max: 1, where: globalOnly},
	"documentroot":    {min: 1, max: 1, where: inServer},
	"serveradmin":     {min: 1, max: 1, where: inServer},
	"errorlog":        {min: 1, max: 1, where: inServer},
	"include":         {min: 1, max: 1, where: inServer | inDir | inProxy},
	"loadmodule":      {min: 2, max: 2, where: inServer},
	"pidfile":         {min: 1, max: 1, where: globalOnly},
	"keepalive":       {min: 1, max: -1, flag: true, where: inServer},
	"servertokens":    {min: 1, max: 1, where: globalOnly},
	"namevirtualhost": {min: 1, max: 1, where: globalOnly},
}

// modSSL are the words of mod_ssl 2.4.71, and SSLPolicy of 2.5.
var modSSL = map[string]spec{
	"sslengine":                 {min: 1, max: 1, where: inServer, posture: true},
	"sslprotocol":               {min: 0, max: -1, where: inServer, posture: true},
	"sslciphersuite":            {min: 1, max: 2, where: inServer | inDir, posture: true},
	"sslhonorcipherorder":       {min: 1, max: -1, flag: true, where: inServer, posture: true},
	"sslcompression":            {min: 1, max: -1, flag: true, where: inServer, posture: true},
	"sslsessiontickets":         {min: 1, max: -1, flag: true, where: inServer, posture: true},
	"sslinsecurerenegotiation":  {min: 1, max: -1, flag: true, where: inServer, posture: true},
	"sslopensslconfcmd":         {min: 2, max: 2, where: inServer, posture: true},
	"sslfips":                   {min: 1, max: -1, flag: true, where: globalOnly, posture: true},
	"sslpolicy":                 {min: 1, max: 1, where: inServer, posture: true},
	"sslproxypolicy":            {min: 1, max: 1, where: inServer | inProxy, posture: true},
	"sslverifyclient":           {min: 1, max: 1, where: inServer | inDir},
	"sslverifydepth":            {min: 1, max: 1, where: inServer | inDir},
	"sslproxyengine":            {min: 1, max: -1, flag: true, where: inServer | inProxy, posture: true},
	"sslproxyprotocol":          {min: 0, max: -1, where: inServer | inProxy, posture: true},
	"sslproxyciphersuite":       {min: 1, max: 2, where: inServer | inProxy, posture: true},
	"sslproxyverify":            {min: 1, max: 1, where: inServer | inProxy, posture: true},
	"sslproxyverifydepth":       {min: 1, max: 1, where: inServer | inProxy},
	"sslproxycheckpeername":     {min: 1, max: -1, flag: true, where: inServer | inProxy, posture: true},
	"sslproxycheckpeercn":       {min: 1, max: -1, flag: true, where: inServer | inProxy, posture: true},
	"sslproxycheckpeerexpire":   {min: 1, max: -1, flag: true, where: inServer | inProxy, posture: true},
	"sslstrictsnivhostcheck":    {min: 1, max: -1, flag: true, where: inServer},
	"sslusestapling":            {min: 1, max: -1, flag: true, where: inServer},
	"sslcertificatefile":        {min: 1, max: 1, where: inServer},
	"sslcertificatekeyfile":     {min: 1, max: 1, where: inServer},
	"sslcertificatechainfile":   {min: 1, max: 1, where: inServer},
	"sslcacertificatefile":      {min: 1, max: 1, where: inServer | inDir},
	"sslcacertificatepath":      {min: 1, max: 1, where: inServer | inDir},
	"sslproxycacertificatefile": {min: 1, max: 1, where: inServer | inProxy},
	"sslproxycacertificatepath": {min: 1, max: 1, where: inServer | inProxy},
	"sslsessioncache":           {min: 1, max: 1, where: globalOnly},
	"sslsessioncachetimeout":    {min: 1, max: 1, where: inServer},
	"sslpassphrasedialog":       {min: 1, max: 1, where: globalOnly},
	"sslcryptodevice":           {min: 1, max: 1, where: globalOnly},
	"sslrandomseed":             {min: 2, max: 3, where: globalOnly},
	"sslstaplingcache":          {min: 1, max: 1, where: globalOnly},
}

// ibmSSL are the words of mod_ibm_ssl whose arguments are known.
var ibmSSL = map[string]spec{
	"sslenable":          {min: 0, max: 0, where: inServer, posture: true},
	"ssldisable":         {min: 0, max: 0, where: inServer, posture: true},
	"sslprotocoldisable": {min: 1, max: -1, where: inServer, posture: true},
	"sslprotocolenable":  {min: 1, max: -1, where: inServer, posture: true},
	"sslcipherspec":      {min: 1, max: -1, where: inServer, posture: true},
	"sslfipsenable":      {min: 0, max: 0, where: inServer, posture: true},
	"sslfipsdisable":     {min: 0, max: 0, where: inServer, posture: true},
	"sslattributeset":    {min: 2, max: 2, where: inServer, posture: true},
	"sslclientauth":      {min: 1, max: -1, where: inServer},
	"keyfile":            {min: 1, max: -1, where: inServer},
	"sslstashfile":       {min: 1, max: 1, where: inServer},
	"sslservercert":      {min: 1, max: 1, where: inServer},
	"sslproxyengine":     {min: 1, max: 1, flag: true, where: inServer, posture: true},
}

// Further words, known by name only. Those of mod_ssl are what 2.4.71 lists.
var (
	moreModSSL = set(`SSLCADNRequestFile SSLCADNRequestPath SSLCARevocationCheck SSLCARevocationFile SSLCARevocationPath SSLLog SSLLogLevel
		SSLOCSPDefaultResponder SSLOCSPEnable SSLOCSPNoVerify SSLOCSPOverrideResponder SSLOCSPProxyURL SSLOCSPResponderCertificateFile
		SSLOCSPResponderTimeout SSLOCSPResponseMaxAge SSLOCSPResponseTimeSkew SSLOCSPUseRequestNonce SSLOptions SSLProxyCARevocationCheck
		SSLProxyCARevocationFile SSLProxyCARevocationPath SSLProxyMachineCertificateChainFile SSLProxyMachineCertificateFile
		SSLProxyMachineCertificatePath SSLRenegBufferSize SSLRequire SSLRequireSSL SSLSRPUnknownUserSeed SSLSRPVerifierFile
		SSLSessionTicketKeyFile SSLStaplingErrorCacheTimeout SSLStaplingFakeTryLater SSLStaplingForceURL SSLStaplingResponderTimeout
		SSLStaplingResponseMaxAge SSLStaplingResponseTimeSkew SSLStaplingReturnResponderErrors SSLStaplingStandardCacheTimeout SSLUserName
		SSLVHostSNIPolicy SSLClientHelloVars SSLMutex`)
	moreIBMSSL = set(`SSLV2Timeout SSLV3Timeout SSLTrace SSLFakeBasicAuth SSLCipherBan SSLCipherRequire SSLVersion SSLClientAuthGroup
		SSLClientAuthRequire SSLClientAuthVerify SSLCacheEnable SSLCacheDisable SSLCachePortFilename SSLCachePath SSLCacheErrorLog
		SSLCacheTraceLog SSLCRLHostname SSLCRLPort SSLCRLUserID SSLPKCSDriver SSLInsecureRenegotiation SSLRenegotiation SSLUnknownRevocationStatus SSLOCSPResponderURL SSLOCSPEnable
		SSLServerCertSAN SSLSuiteBMode SSLSupportedGroups SSLSNIMap SSLSNIServerCert SSLPKCS7Cert SSLTicketEnable SSLCheckCertificateExpiration SSLAllowNonCriticalBasicConstraints SSLALPN SSLProxySSLServerCert`)
	// forI are words of IBM HTTP Server for i, another server.
	forI = set(`SSLAppName`)
)

func set(text string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(text) {
		m[strings.ToLower(w)] = true
	}
	return m
}

// dialect is what differs between the two while reading.
type dialect struct {
	format string
	own    map[string]spec
	more   map[string]bool
	other  map[string]spec
	// alien are words of the other dialect that this one has not.
	alien map[string]bool
	// modules are the names of its own module, versionKey that of its version.
	modules    []string
	versionKey string
	server     string
}

var (
	apacheDialect = newDialect("httpd", modSSL, moreModSSL, ibmSSL, moreIBMSSL, []string{"mod_ssl.c", "ssl_module"}, "Apache httpd")
	ihsDialect    = newDialect("ihs", ibmSSL, moreIBMSSL, modSSL, moreModSSL, []string{"mod_ibm_ssl.c", "ibm_ssl_module"}, "IBM HTTP Server")
)

func newDialect(name string, own map[string]spec, more map[string]bool, other map[string]spec, otherMore map[string]bool, modules []string, server string) *dialect {
	d := &dialect{format: name, own: own, more: more, other: other, alien: map[string]bool{}, modules: modules, versionKey: name, server: server}
	for w := range other {
		d.alien[w] = true
	}
	for w := range otherMore {
		d.alien[w] = true
	}
	for w := range own {
		delete(d.alien, w)
	}
	for w := range more {
		delete(d.alien, w)
	}
	return d
}

// spec returns what is known about a word.
func (d *dialect) spec(name string) (spec, bool) {
	if s, ok := d.own[name]; ok {
		return s, true
	}
	s, ok := coreWords[name]
	return s, ok
}

// decides reports whether a word changes what is negotiated, or may bring in
// words that do: lines nobody can place must not hold such.
func (d *dialect) decides(name string) bool {
	s, ok := d.own[name]
	return ok && s.posture || name == "include" || name == "includeoptional" || name == "use" || name == "<virtualhost"
}
