package wire

// Extension types (IANA "TLS ExtensionType Values") that are sent or read.
const (
	ExtServerName              uint16 = 0
	ExtClientCertificateURL    uint16 = 2
	ExtTruncatedHMAC           uint16 = 4
	ExtStatusRequest           uint16 = 5
	ExtSupportedGroups         uint16 = 10
	ExtPointFormats            uint16 = 11
	ExtSignatureAlgorithms     uint16 = 13
	ExtHeartbeat               uint16 = 15
	ExtALPN                    uint16 = 16
	ExtStatusRequestV2         uint16 = 17
	ExtSCT                     uint16 = 18
	ExtServerCertificate       uint16 = 20 // server_certificate_type, RFC 7250
	ExtPadding                 uint16 = 21
	ExtEncryptThenMAC          uint16 = 22
	ExtExtendedMasterSecret    uint16 = 23
	ExtSessionTicket           uint16 = 35
	ExtPreSharedKey            uint16 = 41
	ExtEarlyData               uint16 = 42
	ExtSupportedVersions       uint16 = 43
	ExtCookie                  uint16 = 44
	ExtPSKModes                uint16 = 45
	ExtCertAuthorities         uint16 = 47
	ExtSignatureAlgorithmsCert uint16 = 50
	ExtKeyShare                uint16 = 51
	ExtRenegotiationInfo       uint16 = 0xFF01
)
