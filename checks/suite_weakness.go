package checks

// brokenness says why a suite protects nothing worth the name, or "".
func brokenness(s *seenSuite) string {
	switch r := s.Reg; {
	case r.Enc == "NULL":
		return "no encryption"
	case r.Auth == "anon" || r.Auth == "NULL":
		return "no authentication"
	case r.Export:
		return "export-grade key"
	case r.Enc == "RC4" || r.Enc == "RC2" || r.Enc == "IDEA" || r.Enc == "DES":
		return r.Enc + " encryption"
	case r.MAC == "MD5":
		return "MD5 message authentication"
	case r.StrengthBits < 112:
		return "effective strength of " + bits(r.StrengthBits)
	}
	return ""
}

// weakness says why a suite is no longer fit, or "". It includes brokenness.
func weakness(s *seenSuite) string {
	if why := brokenness(s); why != "" {
		return why
	}
	switch r := s.Reg; {
	case r.Enc == "3DES":
		return "3DES encryption, 64-bit blocks (SWEET32)"
	case r.StrengthBits < 128:
		return "effective strength of " + bits(r.StrengthBits)
	}
	return ""
}

func strongEnough(s *seenSuite) bool { return weakness(s) == "" }
