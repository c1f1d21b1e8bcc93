package dashboard

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"
)

//go:embed web
var web embed.FS

// statics are the files beside the pages, with their media types.
var statics = map[string]string{
	"app.css":  "text/css; charset=utf-8",
	"app.js":   "text/javascript; charset=utf-8",
	"icon.svg": "image/svg+xml",
}

// file is a static file with the tag of its content.
type file struct {
	kind, tag string
	content   []byte
}

func staticFiles() (map[string]file, error) {
	files := map[string]file{}
	for name, kind := range statics {
		content, err := web.ReadFile("web/" + name)
		if err != nil {
			return nil, fmt.Errorf("reading what the pages need: %w", err)
		}
		sum := sha256.Sum256(content)
		files[name] = file{kind, `"` + hex.EncodeToString(sum[:12]) + `"`, content}
	}
	return files, nil
}

// static serves a file. Browsers keep it and ask whether it still is the same.
func (d *dashboard) static(w http.ResponseWriter, r *http.Request) {
	f, ok := d.files[r.PathValue("file")]
	if !ok {
		d.fail(w, r, notFound("There is no such file.", ""))
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("ETag", f.tag)
	h.Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.content))
}
