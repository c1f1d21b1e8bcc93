package history

import "crypto/sha256"

// The results of a run are covered by the root of a tree of digests (as in RFC
// 9162), so that those which outlive a pruning can still be held against it: of
// what went only the digests of whole branches stay.

// leafOf is the digest of one result.
func leafOf(content []byte) digest { return sha256.Sum256(append([]byte{0}, content...)) }

func branchOf(left, right digest) digest {
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

// rootOf is the digest of all leaves.
func rootOf(leaves []digest) digest {
	switch n := len(leaves); n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	default:
		at := fork(n)
		return branchOf(rootOf(leaves[:at]), rootOf(leaves[at:]))
	}
}

// fork is the greatest power of two below n, where its branches part.
func fork(n int) int {
	at := 1
	for at*2 < n {
		at *= 2
	}
	return at
}

// The marks of a proof: a leaf that stays, a branch that went with its digest, and
// one of which a part stays, with its two branches behind it.
const (
	markStays = 's'
	markWent  = 'w'
	markPart  = 'p'
)

// prove appends what the leaves that stay are proven by.
func prove(b []byte, leaves []digest, stays []bool) []byte {
	kept := 0
	for _, s := range stays {
		if s {
			kept++
		}
	}
	if kept == 0 {
		root := rootOf(leaves)
		return append(append(b, markWent), root[:]...)
	}
	if len(leaves) == 1 {
		return append(b, markStays)
	}
	at := fork(len(leaves))
	return prove(prove(append(b, markPart), leaves[:at], stays[:at]), leaves[at:], stays[at:])
}

// proven works out the digest of all leaves from those that stayed. It is not ok
// if the proof is not of as many.
func proven(proof []byte, stayed []digest) (root digest, ok bool) {
	p := prover{proof, stayed}
	root, ok = p.branch(0)
	return root, ok && len(p.proof) == 0 && len(p.stayed) == 0
}

type prover struct {
	proof  []byte
	stayed []digest
}

// deepestBranch is deeper than any tree that fits a database.
const deepestBranch = 64

func (p *prover) branch(depth int) (root digest, ok bool) {
	if len(p.proof) == 0 || depth > deepestBranch {
		return root, false
	}
	mark := p.proof[0]
	p.proof = p.proof[1:]
	switch {
	case mark == markStays && len(p.stayed) > 0:
		root, p.stayed = p.stayed[0], p.stayed[1:]
		return root, true
	case mark == markWent && len(p.proof) >= len(root):
		copy(root[:], p.proof)
		p.proof = p.proof[len(root):]
		return root, true
	case mark == markPart:
		left, ok := p.branch(depth + 1)
		if !ok {
			return root, false
		}
		right, ok := p.branch(depth + 1)
		return branchOf(left, right), ok
	}
	return root, false
}
