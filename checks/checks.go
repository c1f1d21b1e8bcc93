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

	cryptoStrength,
	cryptoHashAny,
	kxDH,
	kxTLS13Groups,

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
	certKeyType,
	certKeyTypeAny,
	certMultipleTypes,
	certSigHash,
	certEKU,
	certKeyUsage,
	certVersion,
	certAIA,

	smtpStartTLSOffered,
	smtpStartTLSInjection,
	messagingStrongCrypto,
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
