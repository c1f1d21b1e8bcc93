package audit

// Role says which end of a connection a configuration is about.
type Role string

// The roles.
const (
	RoleServer Role = "server"
	RoleClient Role = "client"
)

// Declared is what configuration files say about one listener or client, in
// the words in which an endpoint is observed. Every fact names the place it
// was read from. The text in it comes from files and is hostile; secrets were
// taken out when the files were read.
type Declared struct {
	// File is the file that was named; what it includes is told by places.
	File string `json:"file"`
	// Format is the name of the reader, Product one of Products.
	Format  string `json:"format"`
	Product string `json:"product"`
	// ProductVersion is the version the files are read for; Assumed is set when
	// nobody said which it is, so that facts that depend on it are undetermined.
	ProductVersion string `json:"product_version,omitempty"`
	Assumed        bool   `json:"assumed,omitempty"`
	// Listener names the listener, client, alias or service within the file.
	Listener string `json:"listener"`
	Role     Role   `json:"role"`
	// Protocol is the application protocol it speaks, the name of an entry of
	// scanner.Protocols, where the file tells; otherwise empty.
	Protocol string `json:"protocol,omitempty"`
	// Binds are the addresses listened on, "address:port" or ":port" for all;
	// Names the server names it answers to; the first of a port, Default, gets
	// those that match nobody's.
	Binds   []string `json:"binds,omitempty"`
	Names   []string `json:"names,omitempty"`
	Default bool     `json:"default,omitempty"`
	// TLS says whether TLS is spoken at all: Accepted, Refused (plain text only)
	// or Undetermined. Plain says the same about plain text on the same port.
	TLS   Answer `json:"tls"`
	Plain Answer `json:"plain"`
	// Configured are the versions the lines of the file allow by themselves,
	// before what other files, the library and its defaults take away. Posture
	// has what is in effect.
	Configured []Version `json:"configured,omitempty"`
	Posture
	// Settings are the settings that count, in the order read.
	Settings []Setting `json:"settings"`
	// Gaps say what could not be decided and why, one line each.
	Gaps  []string `json:"gaps,omitempty"`
	Place *Place   `json:"place,omitempty"`
}

// Setting is one setting of a configuration file as it stands there.
type Setting struct {
	Key string `json:"key"`
	// Value is what is written, or "[redacted]" for a secret.
	Value string `json:"value"`
	Place Place  `json:"place"`
	// Note says what becomes of the value: "not in force: the virtual host has
	// its own", "default of 2.4".
	Note string `json:"note,omitempty"`
}
