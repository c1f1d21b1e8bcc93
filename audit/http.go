package audit

// HTTP is what one request for "/" over TLS, and one in plain HTTP to the same
// host, were answered. No body is read and no redirect followed.
type HTTP struct {
	// Answer is Accepted if an HTTP response came over TLS, Refused if what came
	// is none, Undetermined if nothing did; Reason says more about the latter two.
	Answer Answer `json:"answer"`
	Reason string `json:"reason,omitempty"`
	// Status is the status code of the response.
	Status int `json:"status,omitempty"`
	// HSTS is the header Strict-Transport-Security; nil if there is none.
	HSTS *HSTS `json:"hsts,omitempty"`
	// Cookies are those the response sets, 50 at most: names, never values.
	Cookies []Cookie `json:"cookies,omitempty"`
	// Plain is the answer in plain HTTP; nil if that was not asked.
	Plain *PlainHTTP `json:"plain,omitempty"`
}

// HSTS is the header Strict-Transport-Security (RFC 6797 section 6.1). Of
// several headers clients heed the first.
type HSTS struct {
	// Value is the header as sent, shortened.
	Value string `json:"value"`
	// Fault says why clients ignore the header; empty if they heed it.
	Fault string `json:"fault,omitempty"`
	// MaxAge is in seconds.
	MaxAge            int64 `json:"max_age"`
	IncludeSubDomains bool  `json:"include_subdomains,omitempty"`
	// Preload asks to be put into the lists browsers come with.
	Preload bool `json:"preload,omitempty"`
	// More counts the further headers, which are ignored.
	More int `json:"more,omitempty"`
}

// Cookie is a cookie that was set.
type Cookie struct {
	Name   string `json:"name"`
	Secure bool   `json:"secure"`
}

// PlainHTTP is how the host answers on port 80.
type PlainHTTP struct {
	// Answer is Accepted if an HTTP response came, Refused if the port is closed
	// or speaks something else, Undetermined if that was not found out.
	Answer Answer `json:"answer"`
	Reason string `json:"reason,omitempty"`
	Status int    `json:"status,omitempty"`
	// Location is the scheme and host a response leads on to, without path and
	// query, such as "https://www.example.com".
	Location string `json:"location,omitempty"`
}
