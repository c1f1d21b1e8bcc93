package scanner

import (
	"cmp"
	"fmt"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// marks are the extensions of one ServerHello that speak of the session, a bit
// each, kept with every suite found.
type marks uint8

const (
	markRenegotiation marks = 1 << iota
	markExtendedMasterSecret
	markEncryptThenMAC
	markTicket
	markPoints
	markOtherPoints // ec_point_formats without uncompressed
	markServerName
)

func marksOf(f *wire.Flight) (m marks) {
	for _, known := range []struct {
		extension uint16
		mark      marks
	}{
		{wire.ExtRenegotiationInfo, markRenegotiation}, {wire.ExtExtendedMasterSecret, markExtendedMasterSecret},
		{wire.ExtEncryptThenMAC, markEncryptThenMAC}, {wire.ExtSessionTicket, markTicket}, {wire.ExtPointFormats, markPoints},
		{wire.ExtServerName, markServerName},
	} {
		if f.HasExtension(known.extension) {
			m |= known.mark
		}
	}
	if m&markPoints != 0 && !slices.Contains(f.PointFormats, 0) {
		m |= markOtherPoints
	}
	return m
}

// seenFeatures says what the ServerHellos of the enumeration showed about an
// accepted version: all of its hellos offer these extensions, and a server name
// if it is named.
func (x *version) seenFeatures(named bool) (facts []audit.FeatureFact) {
	if x.Answer != audit.Accepted || x.Version == audit.SSLv2 || x.Version >= audit.TLSv13 {
		return nil
	}
	all := func(tlsreg.Suite) bool { return true }
	facts = x.fold(facts, audit.FeatureSecureRenegotiation, markRenegotiation, all)
	if x.Version == audit.SSLv3 || x.style == styleMinimal {
		return facts // renegotiation is asked for among the suites; nothing else was
	}
	facts = x.fold(facts, audit.FeatureExtendedMasterSecret, markExtendedMasterSecret, all)
	facts = x.fold(facts, audit.FeatureEncryptThenMAC, markEncryptThenMAC, isCBC)
	facts = x.fold(facts, audit.FeatureSessionTicket, markTicket, all)
	if named {
		facts = x.fold(facts, audit.FeatureServerName, markServerName, all)
	}
	return x.fold(facts, audit.FeaturePointFormats, markPoints, func(s tlsreg.Suite) bool { return s.KX == "ECDHE" || s.KX == "ECDH" })
}

func isCBC(s tlsreg.Suite) bool { return s.Mode == "CBC" }

// fold adds the fact about one extension, from the handshakes of the suites it
// makes sense with. One that is there at times only is accepted if it is a
// ticket, which is a favour, and refused if it is a protection.
func (x *version) fold(facts []audit.FeatureFact, name audit.Feature, mark marks, with func(tlsreg.Suite) bool) []audit.FeatureFact {
	n, there, lacking := 0, 0, ""
	other := false
	for _, h := range x.hits {
		s, _ := tlsreg.SuiteByCode(audit.Code(h.code))
		if !with(s) {
			continue
		}
		n++
		if h.said&mark != 0 {
			there++
			other = other || mark == markPoints && h.said&markOtherPoints != 0
		} else if lacking == "" {
			lacking = suiteName(h.code)
		}
	}
	if n == 0 {
		return facts
	}
	f := audit.FeatureFact{Name: name, Version: x.Version, Answer: audit.Accepted, Evidence: fmt.Sprintf("extension in %d of %d ServerHello", there, n)}
	if there == 0 || there < n && name != audit.FeatureSessionTicket {
		f.Answer = audit.Refused
		if there > 0 {
			f.Evidence += ", not with " + lacking
		}
	}
	if name == audit.FeaturePointFormats && f.Answer == audit.Accepted {
		if f.Value = "uncompressed"; other {
			f.Value = "without uncompressed"
		}
	}
	return append(facts, f)
}

// listFeatures brings all that was learnt about the features of one version
// into the order of their declaration. Of unequal servers, what one of them
// refuses another may do, and a protection that one has another may lack.
func (x *version) listFeatures(torn, named bool, depth string) []audit.FeatureFact {
	if depth == DepthQuick {
		return nil
	}
	facts := slices.Concat(x.seenFeatures(named), x.asked)
	slices.SortStableFunc(facts, func(a, b audit.FeatureFact) int {
		return cmp.Compare(slices.Index(featureOrder, a.Name), slices.Index(featureOrder, b.Name))
	})
	for i := range facts {
		if torn && (facts[i].Answer == audit.Refused || facts[i].Answer == audit.Accepted && slices.Contains(protections, facts[i].Name)) {
			facts[i].Answer = audit.Undetermined
			facts[i].Evidence += "; the back ends disagree"
		}
	}
	return facts
}

// protections are features that all servers behind an address must have.
var protections = []audit.Feature{
	audit.FeatureSecureRenegotiation, audit.FeatureExtendedMasterSecret, audit.FeatureEncryptThenMAC, audit.FeatureFallbackSCSV,
	audit.FeatureSignatureAlgorithms, audit.FeatureServerName, audit.FeatureClientCertificateRequired,
}

var featureOrder = []audit.Feature{
	audit.FeatureSecureRenegotiation, audit.FeatureInsecureRenegotiation, audit.FeatureClientRenegotiation, audit.FeatureExtendedMasterSecret, audit.FeatureEncryptThenMAC,
	audit.FeatureSessionTicket, audit.FeatureTicketLifetime, audit.FeatureTicketResumption, audit.FeatureSessionIDResumption, audit.FeatureEarlyData, audit.FeaturePSKOnly,
	audit.FeatureClientCertificateRequired, audit.FeatureServerName, audit.FeatureNoServerName, audit.FeatureUnknownServerName, audit.FeatureRawPublicKey,
	audit.FeaturePointFormats, audit.FeatureCompression, audit.FeatureHeartbeat, audit.FeatureTruncatedHMAC,
	audit.FeatureClientCertificateURL, audit.FeatureStatusRequestV2, audit.FeatureALPN, audit.FeatureApplicationProtocols, audit.FeatureFallbackSCSV,
	audit.FeatureFFDHE, audit.FeatureReusesDHE, audit.FeatureReusesECDHE, audit.FeatureSignatureAlgorithms,
	audit.FeatureSignsMD5, audit.FeatureSignsSHA1, audit.FeatureSignsSHA224,
	audit.FeatureHeartbleed, audit.FeatureCCSInjection, audit.FeatureROBOT, audit.FeatureTicketbleed,
	audit.FeaturePOODLETLS, audit.FeaturePaddingOracle, audit.FeaturePaddingOracleAnywhere,
	audit.FeatureUnknownValues, audit.FeatureNewerVersions, audit.FeatureHelloSizes,
}
