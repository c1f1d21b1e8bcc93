// Package report turns an [audit.Report] into the documents handed to people
// and programs: one file per format, all listed in [Formats].
//
// A format is a view. It opens no socket, reads no clock, decides nothing and
// changes nothing it is given; whatever it shows can be shown again from the
// same report. Writing to a file goes through [WriteFile].
//
// Four invariants hold for every format:
//
//   - Text that came from a peer, a certificate or a file is hostile. It passes
//     [Clean] (or, in JSON, an escape that loses nothing) before it is written,
//     so no output holds a control character or an invisible one.
//   - The same report and the same options give the same bytes.
//   - Memory does not grow with the number of endpoints. The rows of a workbook
//     wait, compressed, in temporary files.
//   - What is not known is shown as loudly as what is wrong: an incomplete
//     report says so in its first and in its last lines.
package report
