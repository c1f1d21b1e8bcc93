package conffile

import (
	"slices"

	"tlsaudit/internal/conftree"
)

const (
	// maxRounds bounds the changes that are made to one document one after the
	// other.
	maxRounds = 200
	// maxMending bounds what is read and judged again for them, in subjects: a
	// file of many findings none of which can be mended would take hours.
	maxMending = 2_000_000
	// maxSingly bounds what it may cost, in subjects, to mend one finding at a
	// time.
	maxSingly = 100_000
)

// mending makes changes to one document, each on top of those before it.
type mending struct {
	judge  *Judge
	estate *Estate
	// document is as it is after the changes so far, subjects what is said about it.
	document *Document
	subjects []judged
	// given are the findings no change was found for.
	given map[string]bool
	// size is how many findings are mended at once, growth how many times as many
	// after a change that held, work the subjects judged.
	size, growth, work int
}

// candidate is a finding with the edits that would mend it.
type candidate struct {
	fingerprint string
	edits       []conftree.Edit
}

// mend makes the changes that hold, and returns the document after them. One at
// a time is best, since what mends one finding often mends others, which then
// need no lines of their own. Where to read and judge the document for each would
// take hours, several are tried at once: more after a change that held, half as
// many after one that did not, down to one.
func (j *Judge) mend(d *Document, estate *Estate) *Document {
	m := &mending{judge: j, estate: estate, document: d, subjects: j.all(estate, d.Document), given: map[string]bool{}, size: 1, growth: 1}
	if m.open()*len(m.subjects) > maxSingly {
		m.growth = 4
	}
	for rounds := 0; rounds < maxRounds && m.work < maxMending; {
		batch := m.next()
		switch {
		case len(batch) == 0:
			return m.document
		case m.take(batch):
			m.size = m.growth * len(batch)
			rounds++
		case len(batch) > 1:
			m.size = len(batch) / 2
		default:
			m.given[batch[0].fingerprint] = true
		}
	}
	return m.document
}

// open counts the findings something is known about that would mend them.
func (m *mending) open() (n int) {
	for i := range m.subjects {
		for at := range m.subjects[i].findings {
			if m.subjects[i].fixable(at) {
				n++
			}
		}
	}
	return n
}

// next returns the first findings that something may mend: of each subject one,
// and only such as are mended in lines of their own, so that no edit is in the
// way of another.
func (m *mending) next() (batch []candidate) {
	taken := lines{}
	for i := range m.subjects {
		s := &m.subjects[i]
		for at := range s.findings {
			one := candidate{fingerprint: s.findings[at].Fingerprint}
			if m.given[one.fingerprint] {
				continue
			}
			if one.edits = s.fix(m.document.Document, at).Edits; len(one.edits) == 0 {
				continue
			}
			if taken.take(one.edits) {
				batch = append(batch, one)
			}
			break
		}
		if len(batch) >= m.size {
			break
		}
	}
	return batch
}

// lines are lines of files that edits touch.
type lines map[line]bool

type line struct {
	path   string
	number int
}

// take adds the lines of edits, unless one of them is there already.
func (l lines) take(edits []conftree.Edit) bool {
	var own []line
	for _, e := range edits {
		for n, last := e.File.LineAt(e.Start), e.File.LineAt(e.End); n <= last; n++ {
			one := line{e.File.Path, n}
			if l[one] {
				return false
			}
			own = append(own, one)
		}
	}
	for _, one := range own {
		l[one] = true
	}
	return true
}

// take makes the changes of a batch if they hold.
func (m *mending) take(batch []candidate) bool {
	changed, after := m.change(batch)
	if changed == nil {
		return false
	}
	m.estate = m.estate.with(m.document.Document, changed.Document)
	m.document, m.subjects = changed, after
	return true
}

// maxFollowing bounds the changes that are made along with one that needs them.
const maxFollowing = 3

// change makes the changes that mend some findings: all of them must be gone and
// no other may have come. Where nothing could be judged before, since no version
// that is any good was on, a single one may bring to light what is wrong besides:
// that is mended along with it, or nothing is changed.
func (m *mending) change(batch []candidate) (*Document, []judged) {
	following := maxFollowing
	var edits []conftree.Edit
	for _, one := range batch {
		edits = append(edits, one.edits...)
	}
	if len(batch) > 1 {
		following = 0
	}
	for changed := m.document; len(edits) > 0 && following >= 0; following-- {
		var err error
		if changed, err = changed.apply(edits); err != nil {
			return nil, nil
		}
		p, after := m.judge.compare(m.document, changed, m.estate)
		m.work += len(after)
		if slices.ContainsFunc(batch, func(one candidate) bool { return !p.gone(one.fingerprint) }) {
			return nil, nil
		}
		come := p.worse(m.subjects)
		if len(come) == 0 {
			return changed, after
		}
		edits = fixOf(changed, after, come)
	}
	return nil, nil
}

// fixOf returns the edits that mend the first of some findings that any would.
func fixOf(d *Document, subjects []judged, wanted map[string]bool) []conftree.Edit {
	for i := range subjects {
		for at := range subjects[i].findings {
			if wanted[subjects[i].findings[at].Fingerprint] {
				if fix := subjects[i].fix(d.Document, at); len(fix.Edits) > 0 {
					return fix.Edits
				}
			}
		}
	}
	return nil
}
