// Package conftree opens the configuration files of other products: from a
// folder, from single files or from an archive, always inside a root that
// nothing leads out of.
//
// It knows how to read and how to change text, not what the text means. Its
// invariants:
//
//   - nothing outside the root is opened, whatever a file says: no "..", no
//     symbolic link, no absolute path of a machine the files were collected
//     from. A link whose target is inside the root is followed; a link in an
//     archive never is;
//   - only regular files are read; pipes and devices are refused without being
//     opened, and files that by their name may hold private keys are too;
//   - bytes, lines, names and the number of files are bounded, for a file and
//     for the whole tree, and so is what an archive unpacks to. Archives are
//     unpacked in memory only;
//   - what is left out is told: [Tree.Glob] names what a product would have
//     read, even if it is refused here, and [Tree.Files] says what it skipped;
//   - a file's text keeps its line ends and every character, so that an edit
//     changes what it names and nothing else, in the file's own encoding. A file
//     is only written if its bytes can be had from its text again, and if it is
//     still as it was read.
package conftree
