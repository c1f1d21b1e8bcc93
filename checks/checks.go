package checks

import "tlsaudit/audit"

// All lists every check, in the order reference pages show them.
var All = []*audit.Check{
	protocolOffered,
	protocolOnly,
	protocolMin,
	protocolTLSEnabled,
	protocolSecureOnly,
	protocolStrictTLS,

	suitePredicate,
	suiteNoWeak,
	suiteAEADOnly,
	suiteAEADAny,
	suitePFSOnly,
	suitePFSAny,
	suiteServerOrder,

	vulnPOODLE,
	vulnBEAST,
	vulnDROWN,

	cryptoStrength,
	cryptoHashAny,
	kxDH,
	kxTLS13Groups,
	cryptoQuantumVulnerable,
	pqHybridOffered,
	pqCNSA2,

	certChainTrusted,
	certChainComplete,
	certChainValid,
	certIdentity,
	certCNOnly,
	certCNInSAN,
	certSANPresent,
	certWildcard,
	certValidityNow,
	certValidityMax,
	certKeyMinBits,
	certKeyRSA,
	certKeyType,
	certKeyTypeAny,
	certMultipleTypes,
	certSigHash,
	certEKU,
	certKeyUsage,
	certVersion,
	certAIA,
	certBasicConstraints,
	certCRLDP,
	certIntermediateEKU,
	certNotBeforeSkew,
	certPathValidation,
	certPolicyOID,
	certRevocationPointer,
	certSANIPMatch,
	certSANLDH,
	certSCT,
	certSerial,
	certShortLived,
	certValiditySchedule,

	tlsRenegotiationSecure,
	tlsRenegotiationInsecure,
	tlsEMS,
	tlsETM,
	tlsCompression,
	tlsHeartbeat,
	tlsTruncatedHMAC,
	tlsClientCertificateURL,
	tlsECPointFormats,
	tlsFallbackSCSV,
	tlsALPN,
	tlsSessionTickets,
	tlsKexHash,
	ocspStapling,
	ocspValidity,
	ocspStatusRequestV2,

	endpointNodesAlike,

	httpHSTS,
	httpRedirect,
	httpCookieSecure,

	smtpStartTLSOffered,
	smtpStartTLSInjection,
	smtpAuthBeforeTLS,
	smtpImplicitTLS,
	smtpTLSEnforced,
	messagingStrongCrypto,
	messagingClientCertificate,
}

// ByID returns the check with the given id, or nil.
func ByID(id string) *audit.Check {
	for _, c := range All {
		if c.ID == id {
			return c
		}
	}
	return nil
}
