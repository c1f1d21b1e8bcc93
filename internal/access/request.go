package access

import (
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// The bounds of a request.
const (
	maxPath  = 4096
	maxQuery = 8192
)

// malformed says why a request is refused before anything looks at it, with the
// status for it; 0 if it is not. What proxies and servers may read differently
// is not read at all: it is how requests are smuggled.
func malformed(r *http.Request) (status int, why string) {
	path := r.URL.EscapedPath()
	switch {
	case !slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodPost}, r.Method):
		return http.StatusMethodNotAllowed, "this method is not served here"
	case r.ProtoMajor == 1 && r.ProtoMinor > 1:
		return http.StatusHTTPVersionNotSupported, "this version of HTTP is not spoken here"
	case r.URL.IsAbs() || r.URL.Host != "" || r.URL.Opaque != "" || !strings.HasPrefix(path, "/"):
		return http.StatusBadRequest, "the request names more than a path"
	case len(path) > maxPath || len(r.URL.RawQuery) > maxQuery:
		return http.StatusRequestURITooLong, "the address is too long"
	case !cleanPath(r.URL.Path):
		return http.StatusBadRequest, "the path is not in order"
	case len(r.TransferEncoding) > 0:
		return http.StatusLengthRequired, "the request does not say how long it is"
	case r.Method != http.MethodPost && r.ContentLength != 0:
		return http.StatusBadRequest, "a request that reads has no body"
	case r.Header.Get("Upgrade") != "":
		return http.StatusBadRequest, "only HTTP is spoken here"
	}
	for _, name := range []string{"Authorization", "Content-Type", "Origin", "Sec-Fetch-Site", "X-Http-Method-Override"} {
		if values := r.Header.Values(name); len(values) > 1 || len(values) == 1 && name == "X-Http-Method-Override" {
			return http.StatusBadRequest, "the header " + name + " is not in order"
		}
	}
	if r.Method == http.MethodPost && r.ContentLength > 0 && !formType(r) {
		return http.StatusUnsupportedMediaType, "forms are taken only"
	}
	return 0, ""
}

// cleanPath reports whether a path, decoded, has no segment that leads
// elsewhere and nothing that could end up in a header or a log.
func cleanPath(path string) bool {
	if strings.ContainsRune(path, '\\') || strings.ContainsFunc(path, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) {
		return false
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

// formType reports whether the body is a form. Other types a page of another
// site could not send without being asked, but nothing here reads them.
func formType(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && (kind == "application/x-www-form-urlencoded" || kind == "multipart/form-data")
}

// localPath returns where to go after signing in: a path of this server, or "/".
func localPath(next string) string {
	if len(next) > maxPath || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.HasPrefix(next, loginPath) {
		return "/"
	}
	path, _, _ := strings.Cut(next, "?")
	if strings.ContainsAny(next, "\\#") || !cleanPath(path) || strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "/"
	}
	return next
}

// setHeaders states what browsers are to do with what comes from here. Pages
// may state more; these are what holds for those that say nothing.
func setHeaders(h http.Header, secure bool) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-store")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=63072000")
	}
}
