package report

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

const contentTypes = "[Content_Types].xml"

// canonical writes the workbook so that equal content gives equal bytes: the
// library walks maps when it lists and stores the parts. The members are sorted
// by name and carry no times; the list of content types is sorted as text.
func canonical(w io.Writer, f *excelize.File) error {
	raw, err := f.WriteToBuffer()
	if err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	in, err := zip.NewReader(bytes.NewReader(raw.Bytes()), int64(raw.Len()))
	if err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	slices.SortFunc(in.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	out := zip.NewWriter(w)
	for _, member := range in.File {
		if member.Name == contentTypes {
			err = copySorted(out, member)
		} else {
			err = copyRaw(out, member)
		}
		if err != nil {
			return fmt.Errorf("workbook part %s: %w", member.Name, err)
		}
	}
	return out.Close()
}

// copyRaw copies a member as it is compressed, under a header that holds its
// name, method, sizes and checksum only.
func copyRaw(out *zip.Writer, member *zip.File) error {
	from, err := member.OpenRaw()
	if err != nil {
		return err
	}
	to, err := out.CreateRaw(&zip.FileHeader{
		Name: member.Name, Method: member.Method, CRC32: member.CRC32,
		CompressedSize64: member.CompressedSize64, UncompressedSize64: member.UncompressedSize64,
	})
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return err
}

var contentType = regexp.MustCompile(`<(Default|Override) [^>]*(/>|></(Default|Override)>)`)

func copySorted(out *zip.Writer, member *zip.File) error {
	from, err := member.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	text, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	entries := contentType.FindAll(text, -1)
	sorted := slices.SortedFunc(slices.Values(entries), bytes.Compare)
	i := -1
	text = contentType.ReplaceAllFunc(text, func([]byte) []byte { i++; return sorted[i] })
	to, err := out.CreateHeader(&zip.FileHeader{Name: member.Name, Method: zip.Deflate})
	if err != nil {
		return err
	}
	_, err = to.Write(text)
	return err
}
