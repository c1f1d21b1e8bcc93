package attest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// payloadType is the type of an in-toto statement in an envelope.
const payloadType = "application/vnd.in-toto+json"

// maxEnvelope is the size of an envelope in bytes.
const maxEnvelope = 8 << 20

// Envelope is a DSSE envelope (Dead Simple Signing Envelope 1.0): the payload
// as it was signed, and the signatures.
type Envelope struct {
	PayloadType string      `json:"payloadType"`
	Payload     []byte      `json:"payload"`
	Signatures  []Signature `json:"signatures"`
}

// Signature is one of an envelope. KeyID is that of the key, as KeyID makes it,
// and proves nothing by itself.
type Signature struct {
	KeyID string `json:"keyid"`
	Sig   []byte `json:"sig"`
}

// SignatureName is the file of the signature of a manifest.
func SignatureName(manifest string) string {
	return strings.TrimSuffix(manifest, ".json") + ".intoto.json"
}

// authenticated is the text that is signed: DSSE's pre-authentication encoding
// of type and payload.
func authenticated(kind string, payload []byte) []byte {
	return append(fmt.Appendf(nil, "DSSEv1 %d %s %d ", len(kind), kind, len(payload)), payload...)
}

// Sign signs a statement.
func Sign(s *Statement, key ed25519.PrivateKey) ([]byte, error) {
	payload, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	payload = ascii(payload)
	id, err := KeyID(key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	e := Envelope{payloadType, payload, []Signature{{id, ed25519.Sign(key, authenticated(payloadType, payload))}}}
	text, err := e.encode()
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	return text, nil
}

// encode writes an envelope as it is stored.
func (e *Envelope) encode() ([]byte, error) {
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(ascii(text), '\n'), nil
}

// ReadEnvelope reads a signed statement; whether it is true is for Verify.
func ReadEnvelope(in io.Reader) (*Envelope, *Statement, error) {
	text, err := bounded(in, maxEnvelope)
	if err != nil {
		return nil, nil, err
	}
	e, s := &Envelope{}, &Statement{}
	if err := decode(text, e); err != nil {
		return nil, nil, err
	}
	written, err := e.encode()
	switch {
	case err != nil || !bytes.Equal(written, text):
		return nil, nil, errors.New("it is not as it was written")
	case e.PayloadType != payloadType:
		return nil, nil, fmt.Errorf("its payload is a %q, and %q is wanted", clipped(e.PayloadType), payloadType)
	case len(e.Signatures) == 0:
		return nil, nil, errors.New("it holds no signature")
	case len(e.Signatures) > 16:
		return nil, nil, errors.New("it holds more than 16 signatures")
	}
	if err := decode(e.Payload, s); err != nil {
		return nil, nil, fmt.Errorf("its payload: %w", err)
	}
	if s.Type != statementType || s.PredicateType != predicateType {
		return nil, nil, fmt.Errorf("its payload is not a statement about a test result, but %q about %q", clipped(s.Type), clipped(s.PredicateType))
	}
	return e, s, nil
}

// Verify reports what keeps a signature of the key from being found in the
// envelope.
func (e *Envelope) Verify(key ed25519.PublicKey) error {
	id, err := KeyID(key)
	if err != nil {
		return err
	}
	text := authenticated(e.PayloadType, e.Payload)
	named := false
	for _, s := range e.Signatures {
		if s.KeyID != id {
			continue
		}
		named = true
		if len(s.Sig) == ed25519.SignatureSize && ed25519.Verify(key, text, s.Sig) {
			return nil
		}
	}
	if named {
		return errors.New("the signature does not fit: what was signed, or the signature, was changed")
	}
	return fmt.Errorf("it is signed by another key (%s), not by this one (%s)", short(e.Signatures[0].KeyID), short(id))
}

// short is how much of a key's id a message needs.
func short(id string) string { return clipped(id[:min(len(id), 16)]) }

// about reports what keeps a statement from being about the manifest of these
// bytes and this name, and exactly its artefacts.
func (s *Statement) about(m *Manifest, text []byte, file string) error {
	want := subjects(m, text, file)
	sameSource := func(a, b Resource) bool { return a.Name == b.Name && a.Digest["sha256"] == b.Digest["sha256"] }
	if s.Predicate.Command != m.Command || !slices.EqualFunc(s.Predicate.RenderedFrom, rendered(m), sameSource) {
		return errors.New("it speaks about what another command made, or of other reports")
	}
	have := map[string]string{}
	for _, r := range s.Subject {
		if _, twice := have[r.Name]; twice {
			return fmt.Errorf("it speaks twice about %q", clipped(r.Name))
		}
		have[r.Name] = r.Digest["sha256"]
	}
	for _, r := range want {
		got, there := have[r.Name]
		switch {
		case !there:
			return fmt.Errorf("it does not speak about %q", clipped(r.Name))
		case got != r.Digest["sha256"]:
			return fmt.Errorf("it speaks about another %q", clipped(r.Name))
		}
		delete(have, r.Name)
	}
	if len(have) > 0 {
		return fmt.Errorf("it speaks about %q, which the manifest does not list", clipped(slices.Min(slices.Collect(maps.Keys(have)))))
	}
	return nil
}
