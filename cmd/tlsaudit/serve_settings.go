package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"crypto/tls"
	"crypto/x509"

	"tlsaudit/audit"
	"tlsaudit/internal/access"
	"tlsaudit/internal/notify"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/schedule"
	"tlsaudit/internal/strictyaml"
	"tlsaudit/scanner"
)

// maxServeFile bounds the configuration in bytes.
const maxServeFile = 1 << 20

// serveFile is serve.yaml. Every key is described in docs/serve.md.
type serveFile struct {
	DB        string              `yaml:"db"`
	Listen    string              `yaml:"listen"`
	TLS       *tlsSection         `yaml:"tls"`
	Access    *accessSection      `yaml:"access"`
	Audit     strictyaml.Node     `yaml:"audit"`
	Schedules []schedule.Schedule `yaml:"schedules"`
	Notify    strictyaml.Node     `yaml:"notify"`
}

type tlsSection struct {
	Certificate string `yaml:"certificate,required"`
	Key         string `yaml:"key,required"`
}

type accessSection struct {
	Hosts     []string     `yaml:"hosts"`
	Proxies   []string     `yaml:"proxies"`
	Tokens    string       `yaml:"tokens"`
	LocalRole string       `yaml:"local_role"`
	OIDC      *oidcSection `yaml:"oidc"`
}

// settings are what flags and configuration say together.
type settings struct {
	db, listen, cert, key, tokens, localRole string
	hosts, proxies                           []string
	oidc                                     *oidcSection
	schedules                                []schedule.Schedule
	notify                                   *notify.Config
	audit                                    auditFlags
	// args are what is audited beside the inventories.
	args []string
}

// parseServe reads a configuration.
func parseServe(file string, data []byte) (*serveFile, error) {
	doc := &serveFile{}
	if err := strictyaml.Decode(file, data, maxServeFile, doc); err != nil {
		return nil, err
	}
	if err := schedule.Check(doc.Schedules, scanner.Depths); err != nil {
		return nil, err
	}
	return doc, nil
}

// settings joins flags and configuration: what a flag says counts.
func (a *app) settings(f *serveFlags, args []string) (*settings, error) {
	if err := refuseEmpty(f.given, []emptyFlag{{"config", f.config}, {"db", f.db}, {"listen", f.listen}, {"tls-cert", f.cert}, {"tls-key", f.key}, {"tokens", f.tokens}}); err != nil {
		return nil, err
	}
	set := &settings{args: args}
	doc, dir := &serveFile{}, ""
	if f.config != "" {
		data, err := strictyaml.ReadFile(f.config, maxServeFile)
		if err != nil {
			return nil, cannotRead(f.config, err)
		}
		if doc, err = parseServe(f.config, data); err != nil {
			return nil, err
		}
		dir = filepath.Dir(f.config)
	}
	if err := doc.flags(f, dir); err != nil {
		return nil, err
	}
	tlsPart, part := cmp.Or(doc.TLS, &tlsSection{}), cmp.Or(doc.Access, &accessSection{})
	set.db = a.database(cmp.Or(f.db, fileBesideUnless(dir, doc.DB, isDSN)))
	set.listen = f.listen
	if !f.given("listen") {
		set.listen = cmp.Or(doc.Listen, f.listen)
	}
	set.cert, set.key = cmp.Or(f.cert, fileBeside(dir, tlsPart.Certificate)), cmp.Or(f.key, fileBeside(dir, tlsPart.Key))
	set.tokens, set.localRole = cmp.Or(f.tokens, fileBeside(dir, part.Tokens)), cmp.Or(f.localRole, part.LocalRole)
	set.hosts, set.proxies = override(f.hosts, part.Hosts), override(f.proxies, part.Proxies)
	if set.oidc = part.OIDC; set.oidc != nil {
		set.oidc.ClientSecretFile, set.oidc.CAFile = fileBeside(dir, set.oidc.ClientSecretFile), fileBeside(dir, set.oidc.CAFile)
	}
	var err error
	if set.schedules = doc.Schedules; len(f.schedules) > 0 {
		if set.schedules, err = schedule.FromFlags(f.schedules, f.zone); err != nil {
			return nil, err
		}
	} else if f.given("zone") {
		return nil, usageError("--zone is the zone of --schedule, and there is none", `add --schedule "0 3 * * *"; schedules of a configuration have a zone each`)
	}
	if !doc.Notify.IsZero() {
		if set.notify, err = notify.Section(doc.Notify, dir); err != nil {
			return nil, err
		}
	}
	set.audit = f.audit
	set.audit.given = func(name string) bool { return slices.Contains(servedFlags, name) && f.given(name) }
	set.audit.quiet = true
	return set, nil
}

// flags sets the flags of audit that stand in the configuration and were not
// given on the command line.
func (doc *serveFile) flags(f *serveFlags, dir string) error {
	if doc.Audit.IsZero() {
		return nil
	}
	if !doc.Audit.IsMapping() {
		return doc.Audit.Fault("write flags of tlsaudit audit, such as inventory: [inventory.yaml]", "the section audit: is a mapping")
	}
	given := map[string]bool{}
	for _, name := range servedFlags {
		given[name] = f.given(name)
	}
	for _, name := range doc.Audit.Keys() {
		n := doc.Audit.Get(name)
		if err := strictyaml.Choose(name, servedFlags); err != nil {
			choice := (*strictyaml.ChoiceError)(nil)
			_ = errors.As(err, &choice)
			return n.Fault(choice.Hint(), "the key %v", err)
		}
		if given[name] {
			continue
		}
		values := []strictyaml.Node{n}
		if n.IsList() {
			var err error
			if values, err = n.Items(); err != nil {
				return err
			}
		}
		for _, v := range values {
			text := fmt.Sprint(v.Any())
			if v.IsMapping() || v.IsList() {
				return v.Fault("write a value, or a list of values", "this is not the value of a flag")
			}
			if slices.Contains(fileFlags, name) {
				text = fileBesideUnless(dir, text, func(name string) bool { return slices.Contains(policy.ProfileIDs(), name) })
			}
			if err := f.set(name, text); err != nil {
				return v.Fault("see tlsaudit serve --help", "%s: %v", name, err)
			}
		}
	}
	return nil
}

// fileBeside is a file as the configuration means it: relative to its folder.
func fileBeside(dir, file string) string {
	if file == "" || filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(dir, file)
}

func fileBesideUnless(dir, file string, not func(string) bool) string {
	if not(file) {
		return file
	}
	return fileBeside(dir, file)
}

func override(flag, file []string) []string {
	if len(flag) > 0 {
		return flag
	}
	return file
}

// open makes the issuer's client.
func (o *oidcSection) open(now func() time.Time) (*access.OIDC, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CAFile != "" {
		data, err := o.read("ca_file", o.CAFile, maxAuthorities, "a PEM file with the certificates of the issuer's authorities, and nothing else")
		if err != nil {
			return nil, err
		}
		transport.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(data) {
			return nil, o.fault("ca_file", errors.New("there is no certificate in "+o.CAFile), "a PEM file with the certificates of the issuer's authorities")
		}
	}
	var secret string
	if o.ClientSecretFile != "" {
		data, err := o.read("client_secret_file", o.ClientSecretFile, maxClientSecret, "a file that holds the client's secret alone")
		if err != nil {
			return nil, err
		}
		if secret = strings.TrimSpace(string(data)); secret == "" {
			return nil, o.fault("client_secret_file", errors.New(o.ClientSecretFile+" is empty"), "a file that holds the client's secret; leave the key off for a client without one")
		}
	}
	scopes := o.Scopes
	if scopes == nil {
		scopes = []string{"openid", "profile", "email"}
	}
	return &access.OIDC{
		Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: secret, Redirect: o.RedirectURL, Scopes: scopes, GroupsClaim: o.GroupsClaim,
		Viewers: o.Viewers, Operators: o.Operators, Client: access.IssuerClient(transport), Now: now,
	}, nil
}

// maxAuthorities and maxClientSecret bound the files of the section, in bytes.
const maxAuthorities, maxClientSecret = 4 << 20, 4096

// read reads a file of the section, whole or not at all.
func (o *oidcSection) read(key, name string, max int, wanted string) ([]byte, error) {
	data, err := strictyaml.ReadWhole(name, max)
	if err != nil {
		return nil, o.fault(key, err, wanted)
	}
	return data, nil
}

func (o *oidcSection) fault(key string, err error, wanted string) error {
	return &audit.InputError{Place: o.Place, Cause: "access.oidc." + key + ": " + err.Error(), Hint: "name " + wanted, Err: err}
}
