// Package strictxml reads XML with the exact place of every element, attribute
// and comment, and refuses what a careful parser refuses.
//
// It exists because encoding/xml accepts two roots, duplicate attributes and
// text in front of the declaration, and because places survive no other
// parser. Its invariants:
//
//   - a document that is not well-formed by XML 1.0 and its namespaces is
//     refused with one error and the place of the fault;
//   - nothing is fetched and nothing is expanded: a document type declaration
//     with an internal subset and an entity that is not predefined are
//     [ErrEntities]; an external one is only noted, an XInclude is an element;
//   - depth, numbers and sizes are bounded, memory is linear in the text;
//   - errors name elements and attributes, never values.
package strictxml
