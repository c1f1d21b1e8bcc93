package report

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"

	"github.com/xuri/excelize/v2"
)

const contentTypes = "[Content_Types].xml"

// parts takes the parts of a workbook from the library, in the place of an
// archive. They are small: the rows of data sheets are not among them.
type parts map[string]*bytes.Buffer

// Create implements excelize.ZipWriter.
func (p parts) Create(name string) (io.Writer, error) {
	p[name] = &bytes.Buffer{}
	return p[name], nil
}

// AddFS implements excelize.ZipWriter, which no workbook of ours has a use for.
func (p parts) AddFS(fs.FS) error { return errors.ErrUnsupported }

// Close implements excelize.ZipWriter.
func (p parts) Close() error { return nil }

// canonical writes the workbook so that equal content gives equal bytes: the
// library walks maps when it lists and stores the parts. The members are sorted
// by name and carry no times; the list of content types is sorted as text. The
// rows of data sheets are put where their sheets have room for them.
func (b *book) canonical(w io.Writer) error {
	all := parts{}
	b.SetZipWriter(func(io.Writer) excelize.ZipWriter { return all })
	if _, err := b.WriteTo(io.Discard); err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	rows, err := b.bodies()
	if err != nil {
		return err
	}
	out := zip.NewWriter(w)
	pack, err := flate.NewWriter(io.Discard, packLevel)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		text := all[name].Bytes()
		delete(all, name)
		switch {
		case rows[name] != nil:
			err = splice(out, pack, name, text, rows[name])
		case name == contentTypes:
			err = deflate(out, name, sortedTypes(text))
		default:
			err = deflate(out, name, text)
		}
		if err != nil {
			return fmt.Errorf("workbook part %s: %w", name, err)
		}
	}
	return out.Close()
}

// bodies finds the parts of data sheets by the names of their members.
func (b *book) bodies() (map[string]*part, error) {
	members := map[string]string{} // by sheet
	for id, sheet := range b.GetSheetMap() {
		members[sheet] = fmt.Sprintf("xl/worksheets/sheet%d.xml", id)
	}
	rows := map[string]*part{}
	for _, s := range b.tabs {
		for _, p := range s.parts {
			member := members[p.name]
			if member == "" || rows[member] != nil {
				return nil, fmt.Errorf("workbook: the sheet %s has no member of its own", p.name)
			}
			rows[member] = p
		}
	}
	return rows, nil
}

func deflate(out *zip.Writer, name string, text []byte) error {
	to, err := out.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err != nil {
		return err
	}
	_, err = to.Write(text)
	return err
}

// splice writes a worksheet of which text holds all but the rows below the
// header, and the links. The compressor is one to use for it.
func splice(out *zip.Writer, pack *flate.Writer, name string, text []byte, p *part) error {
	rest := bytes.Index(text, []byte("</sheetData>"))
	if rest < 0 {
		return errors.New("no room for its rows")
	}
	// The order of elements is fixed (ECMA-376 part 1, section 18.3.1.99): links
	// stand before what is said about printing, which every sheet has.
	links := bytes.Index(text[rest:], []byte("<printOptions"))
	if links < 0 {
		links = bytes.Index(text[rest:], []byte("<pageMargins"))
	}
	if links < 0 {
		return errors.New("no room for its links")
	}
	links += rest
	head, tail := text[:rest], slices.Concat(text[rest:links], p.hyperlinks(), text[links:])
	var first, last bytes.Buffer
	for _, piece := range []struct {
		to   *bytes.Buffer
		text []byte
		end  func(*flate.Writer) error
	}{{&first, head, (*flate.Writer).Flush}, {&last, tail, (*flate.Writer).Close}} {
		pack.Reset(piece.to)
		if _, err := pack.Write(piece.text); err != nil {
			return err
		}
		if err := piece.end(pack); err != nil {
			return err
		}
	}
	if err := p.body.end(); err != nil {
		return err
	}
	sum := joined(crc32.ChecksumIEEE(head), p.body.sum, p.body.size)
	to, err := out.CreateRaw(&zip.FileHeader{
		Name: name, Method: zip.Deflate, CRC32: joined(sum, crc32.ChecksumIEEE(tail), int64(len(tail))),
		CompressedSize64:   uint64(int64(first.Len()) + p.body.packed() + int64(last.Len())),
		UncompressedSize64: uint64(int64(len(head)) + p.body.size + int64(len(tail))),
	})
	if err != nil {
		return err
	}
	for _, piece := range []io.WriterTo{&first, &p.body, &last} {
		if _, err := piece.WriteTo(to); err != nil {
			return err
		}
	}
	return nil
}

var contentType = regexp.MustCompile(`<(Default|Override) [^>]*(/>|></(Default|Override)>)`)

func sortedTypes(text []byte) []byte {
	entries := contentType.FindAll(text, -1)
	sorted := slices.SortedFunc(slices.Values(entries), bytes.Compare)
	i := -1
	return contentType.ReplaceAllFunc(text, func([]byte) []byte { i++; return sorted[i] })
}
