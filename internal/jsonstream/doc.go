// Package jsonstream reads one large JSON document piece by piece: the members
// of an object, the elements of a list, and single values of bounded size. The
// program's own reports are read back with it, which may be far larger than
// memory and may have passed through any hands.
//
// It holds one value at a time, however large the document is. Values it is
// told to skip are followed for their brackets and strings only; values it
// decodes are put to encoding/json. It knows no schema.
//
// Invariants: no value larger than MaxValue, no nesting deeper than MaxDepth,
// no object with more than MaxMembers members or one member twice at the level
// walked; every fault is an *audit.InputError with line, column (in bytes) and
// what was being read; a document that breaks off is a fault, never an end.
package jsonstream
