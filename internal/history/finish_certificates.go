package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tlsaudit/audit"
)

// maxShown bounds how many certificates a change tells of.
const maxShown = 3

// certificates keeps who presents what, and notes another leaf. A subject that
// was not reached, or whose certificates were not read, is not known to present
// others: what it presented last stays.
func (f *finisher) certificates(ctx context.Context, s *seen) error {
	o := s.record.Evidence.Observed
	if o == nil {
		return nil
	}
	for _, leaf := range leavesOf(&o.Posture) {
		s.expires = min(s.expires, endOf(leaf))
	}
	if !s.reached() || o.Reach == audit.ReachTLS && len(o.Chains) == 0 && o.ChainsAnswer != audit.Accepted {
		return nil
	}
	s.current = s.expires
	if s.was != nil && s.was.factsHash == s.factsHash {
		return nil
	}
	before, err := f.presentedBy(ctx, s.id)
	if err != nil {
		return err
	}
	if s.was != nil && o.Reach == audit.ReachTLS {
		whole, err := f.chainsWhole(ctx, s)
		if err != nil {
			return err
		}
		if words := otherLeaves(before, leavesOf(&o.Posture), whole, o.ChainsAnswer == audit.Accepted); words != "" {
			if err := f.change(ctx, ChangeCertificate, s.id, words, nil); err != nil {
				return err
			}
		}
	}
	return f.present(ctx, s.id, before, &o.Posture)
}

// presented is a certificate as the table has it.
type presented struct {
	id       int64
	sha256   string
	key      string
	issuer   string
	notAfter time.Time
	leaf     bool
}

// presentedBy lists what a subject presents.
func (f *finisher) presentedBy(ctx context.Context, subject int64) (list []presented, err error) {
	err = f.query(ctx, "SELECT c.id, c.sha256, c.key_name, c.issuer, c.not_after, p.leaf FROM presents AS p JOIN certificate AS c ON c.id = p.certificate WHERE p.subject = ? ORDER BY c.sha256", []any{subject}, func(rows *sql.Rows) error {
		var p presented
		var end, leaf int64
		err := rows.Scan(&p.id, &p.sha256, &p.key, &p.issuer, &end, &leaf)
		p.notAfter, p.leaf = moment(end), leaf != 0
		list = append(list, p)
		return err
	})
	return list, err
}

// chainsWhole reports whether the chains of every kind of certificate were read
// when the subject last spoke TLS.
func (f *finisher) chainsWhole(ctx context.Context, s *seen) (bool, error) {
	id := s.was.facts
	if s.was.state.Reach != audit.ReachTLS {
		var err error
		if id, err = f.factsInTLS(ctx, s); err != nil || id == 0 {
			return false, err
		}
	}
	at, err := f.objects.get(ctx, f.tx, id)
	if err != nil {
		return false, err
	}
	var earlier struct {
		Observed struct {
			ChainsAnswer audit.Answer `json:"chains_answer"`
		} `json:"observed"`
	}
	err = json.Unmarshal(at.content, &earlier)
	return earlier.Observed.ChainsAnswer == audit.Accepted, err
}

// leavesOf are the distinct leaves of a posture by fingerprint.
func leavesOf(p *audit.Posture) (list []*audit.Certificate) {
	for i := range p.Chains {
		if c := p.Chains[i].Certificates; len(c) > 0 && c[0].SHA256 != "" {
			list = append(list, &c[0])
		}
	}
	slices.SortFunc(list, func(a, b *audit.Certificate) int { return strings.Compare(a.SHA256, b.SHA256) })
	return slices.CompactFunc(list, func(a, b *audit.Certificate) bool { return a.SHA256 == b.SHA256 })
}

// endOf is when a certificate ends, behind all others if that is not known.
func endOf(c *audit.Certificate) int64 {
	if c.NotAfter.IsZero() {
		return never
	}
	return micros(c.NotAfter)
}

// otherLeaves says which leaves are presented in the place of which; empty if
// none is known to differ. What was not read on one side is not another one.
func otherLeaves(before []presented, now []*audit.Certificate, wasWhole, isWhole bool) string {
	before = slices.DeleteFunc(slices.Clone(before), func(p presented) bool { return !p.leaf })
	if len(before) == 0 || len(now) == 0 {
		return ""
	}
	fresh := slices.DeleteFunc(slices.Clone(now), func(c *audit.Certificate) bool {
		return slices.ContainsFunc(before, func(p presented) bool { return p.sha256 == c.SHA256 })
	})
	dropped := slices.DeleteFunc(slices.Clone(before), func(p presented) bool {
		return slices.ContainsFunc(now, func(c *audit.Certificate) bool { return p.sha256 == c.SHA256 })
	})
	// One in the place of the only one is another one, however much else could not
	// be read.
	single := len(before) == 1 && len(now) == 1 && len(fresh) == 1 && before[0].key == keyName(&now[0].Key)
	if !single && !wasWhole {
		fresh = nil
	}
	if !single && !isWhole {
		dropped = nil
	}
	var words []string
	for _, c := range fresh {
		key := keyName(&c.Key)
		at := slices.IndexFunc(dropped, func(p presented) bool { return p.key == key })
		if at < 0 {
			words = append(words, "a further certificate ("+key+") valid to "+day(c.NotAfter))
			continue
		}
		text := "another certificate (" + key + "): valid to " + day(c.NotAfter) + ", was to " + day(dropped[at].notAfter)
		if c.Issuer != dropped[at].issuer {
			text += "; issued by " + c.Issuer
		}
		words = append(words, text)
		dropped = slices.Delete(dropped, at, at+1)
	}
	for _, p := range dropped {
		words = append(words, "the certificate ("+p.key+") valid to "+day(p.notAfter)+" is not presented any more")
	}
	if more := len(words) - maxShown; more > 0 {
		words = append(words[:maxShown], "and "+strconv.Itoa(more)+" more")
	}
	return strings.Join(words, "; ")
}

// keyName is a key in short: "rsa 2048", "ecdsa secp256r1", "ed25519".
func keyName(k *audit.Key) string {
	switch {
	case k.Type == "":
		return "unreadable"
	case k.Curve != "":
		return k.Type + " " + k.Curve
	case k.Bits > 0 && (k.Type == "rsa" || k.Type == "dsa"):
		return k.Type + " " + strconv.Itoa(k.Bits)
	}
	return k.Type
}

func day(t time.Time) string {
	if t.IsZero() {
		return "an unknown day"
	}
	return t.UTC().Format(time.DateOnly)
}

// present puts what a subject presents in the place of what it did.
func (f *finisher) present(ctx context.Context, subject int64, before []presented, p *audit.Posture) error {
	leaf := map[string]bool{}
	first := map[string]*audit.Certificate{}
	for i := range p.Chains {
		for j := range p.Chains[i].Certificates {
			if c := &p.Chains[i].Certificates[j]; c.SHA256 != "" {
				leaf[c.SHA256] = leaf[c.SHA256] || j == 0
				if first[c.SHA256] == nil {
					first[c.SHA256] = c
				}
			}
		}
	}
	for _, b := range before {
		if is, there := leaf[b.sha256]; there && is == b.leaf {
			delete(first, b.sha256)
			continue
		}
		f.touched[b.id] = true
		if _, err := f.remove(ctx, presentsTable, "subject = ? AND certificate = ?", subject, b.id); err != nil {
			return err
		}
	}
	for _, sha256 := range slices.Sorted(maps.Keys(first)) {
		id, err := f.certificate(ctx, first[sha256])
		if err != nil {
			return err
		}
		f.touched[id] = true
		if err := f.insert(ctx, presentsTable, values(subject, id, leaf[sha256])); err != nil {
			return err
		}
	}
	return nil
}

// certificate returns the number of a certificate, which is entered if it is new.
// Who presents it is counted at the end of the run.
func (f *finisher) certificate(ctx context.Context, c *audit.Certificate) (id int64, err error) {
	err = f.query(ctx, "SELECT id FROM certificate WHERE sha256 = ?", []any{text(c.SHA256)}, func(rows *sql.Rows) error { return rows.Scan(&id) })
	if err != nil || id != 0 {
		return id, err
	}
	f.presented++
	client := slices.Contains(c.EKU, "clientAuth")
	return f.presented, f.insert(ctx, certificateTable, values(f.presented, c.SHA256, c.Subject, c.Issuer, c.Serial, keyName(&c.Key), c.Signature, c.NotBefore, endOf(c), client, false, 0, ""))
}

// touch has the certificates of a subject counted anew.
func (x *tx) touch(ctx context.Context, subject int64, touched map[int64]bool) error {
	return x.query(ctx, "SELECT certificate FROM presents WHERE subject = ?", []any{subject}, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		touched[id] = true
		return err
	})
}

// recount counts who presents the certificates that were touched: of what is gone
// nobody does, but it may be back. One that nobody presented last is dropped.
func (x *tx) recount(ctx context.Context, touched map[int64]bool) error {
	for _, id := range slices.Sorted(maps.Keys(touched)) {
		var known, subjects, leaf int64
		var sample string
		err := x.query(ctx, "SELECT COUNT(*), COUNT(s.id), COALESCE(MAX(p.leaf), 0), COALESCE(MIN(s.subject), '') FROM presents AS p LEFT JOIN subject AS s ON s.id = p.subject AND s.gone_since = "+noTime+
			" WHERE p.certificate = ?", []any{id}, func(rows *sql.Rows) error { return rows.Scan(&known, &subjects, &leaf, &sample) })
		if err == nil && known == 0 {
			_, err = x.remove(ctx, certificateTable, "id = ?", id)
		} else if err == nil {
			var v row
			err = x.query(ctx, certificateTable.selection("c")+" WHERE c.id = ?", []any{id}, func(rows *sql.Rows) (err error) {
				v, err = certificateTable.scan(rows)
				return err
			})
			if err == nil {
				t := certificateTable
				v[t.column("subjects")], v[t.column("leaf")], v[t.column("sample")] = subjects, leaf, sample
				err = x.put(ctx, t, v)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
