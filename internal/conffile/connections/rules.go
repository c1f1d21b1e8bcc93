package connections

import (
	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

var rules = []*confdoc.Rule{
	{
		ID: "CON-01", Check: "config.protocol", Title: "com.ibm.connections.SSLProtocol is set", Of: confdoc.OfClient,
		Doc:    "Without the property the applications choose the protocol version themselves. Copies of the vendor's instruction leave its name empty.",
		Detect: "A genericProperty of that exact name as a child of properties, both in the namespace of the configuration. In a comment, without a name, in another case, outside of properties or in another namespace it does not count.",
		Level:  audit.Must, Severity: audit.High, Confidence: "documented",
		Refs:  []string{"HCL Connections 8, Forcing traffic to be sent over TLS 1.2"},
		Text:  `<genericProperty name="com.ibm.connections.SSLProtocol">TLSv1.2</genericProperty> as last child of <properties>`,
		Judge: isSet,
	},
	{
		ID: "CON-02", Check: "config.protocol", Title: "com.ibm.connections.SSLProtocol is a version the policy allows", Of: confdoc.OfClient,
		Doc:    "The value goes to Java as it is: TLS, SSL and SSL_TLSv2 stand for several versions, old ones among them.",
		Detect: "The text of the property without the blanks around it. Several values that differ, and lists, are unknown.",
		Level:  audit.Must, Severity: audit.High, Confidence: "documented",
		Refs:  []string{"HCL Connections 8, Forcing traffic to be sent over TLS 1.2"},
		Text:  `<genericProperty name="com.ibm.connections.SSLProtocol">TLSv1.2</genericProperty>`,
		Judge: isEnough,
	},
	{
		ID: "CON-04", Check: "config.transport", Title: "all traffic goes over TLS", Of: confdoc.OfDocument,
		Doc:    "Whatever version is set, a link that begins with http:// is clear text.",
		Detect: "interService href, ssl_href of static and of dynamic hosts, ssl_enabled of services in use, seedlistSettings allowUnsecuredTransfer, forceConfidentialCommunications, appreg.protocol.",
		Level:  audit.Must, Severity: audit.High, Confidence: "documented",
		Text:  `interService href="https://...", ssl_enabled="true", allowUnsecuredTransfer="false", forceConfidentialCommunications enabled="true", appreg.protocol https`,
		Judge: allSecure,
	},
	{
		ID: "CON-06", Check: "config.protocol", Title: "com.ibm.connections.SSLProtocol is set once", Of: confdoc.OfDocument,
		Doc:    "Which of several counts is not documented.",
		Detect: "Properties of that name in force, whatever their values.",
		Level:  audit.Should, Severity: audit.Low, Confidence: "documented",
		Text:  "keep one line and delete the others",
		Judge: isSingle,
	},
}
