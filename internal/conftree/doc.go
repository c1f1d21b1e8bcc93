// Package conftree opens the configuration files of other products: from a
// folder, from single files or from an archive, always inside a root that
// nothing leads out of.
//
// It knows how to read and how to change text, not what the text means. Its
// invariants:
//
//   - nothing outside the root is opened: no "..", no symbolic link, no
//     absolute path of a machine the files were collected from;
//   - only regular files are read; pipes and devices are refused without being
//     opened;
//   - bytes, lines and the number of files are bounded, for a file and for the
//     whole tree;
//   - a file's text keeps its line ends and every character, so that an edit
//     changes what it names and nothing else, in the file's own encoding.
package conftree
