// Package remedy turns a wanted posture into words for the product at hand:
// configuration lines or a console path, what to restart, how to look at the
// result.
//
// It does not read or change configuration files, and it does not know what is
// configured today: the lines say what must hold in the end. What vendors do
// not document is marked as inferred, in the text itself. Every product of
// audit.Products has one file and one entry in the list of dialects.
package remedy
