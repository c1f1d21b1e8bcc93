package dashboard

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// checkHeaders looks at what every answer carries.
func checkHeaders(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
		"X-Content-Type-Options":  "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("header %s is %q, wanted %q", name, got, want)
		}
	}
	if w.Header().Get("Content-Type") == "" {
		t.Error("no type of content")
	}
}

// checkPage puts a page to the rules of the house.
func checkPage(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	checkHeaders(t, w)
	body := w.Body.String()
	for _, odd := range []string{"\u202e", "\x1b", "ZgotmplZ", "<no value>", "%!", "alert(1)</script>"} {
		if strings.Contains(body, odd) {
			t.Errorf("the page holds %q", odd)
		}
	}
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	c := &checker{T: t, ids: map[string]bool{}, asked: map[string]bool{}}
	c.walk(root)
	if c.ones["h1"] != 1 || c.ones["main"] != 1 || c.ones["title"] == 0 {
		t.Errorf("a page has one h1, one main and a title: %v", c.ones)
	}
	for id := range c.asked {
		if !c.ids[id] {
			t.Errorf("nothing has the id %q that is referred to", id)
		}
	}
	if !strings.HasSuffix(strings.TrimSpace(body), "</html>") {
		t.Error("the page ends early")
	}
}

// checker walks through a document.
type checker struct {
	*testing.T
	ids, asked map[string]bool
	ones       map[string]int
	heading    int
}

func (c *checker) walk(n *html.Node) {
	if n.Type == html.ElementNode {
		c.element(n)
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		c.walk(child)
	}
}

func (c *checker) element(n *html.Node) {
	if c.ones == nil {
		c.ones = map[string]int{}
	}
	c.ones[n.Data]++
	c.attributes(n)
	switch n.Data {
	case "script":
		if attr(n, "src") != "/static/app.js" || n.FirstChild != nil {
			c.Error("a script that is not ours, or inline")
		}
	case "style", "iframe", "object", "embed", "base", "b-", "canvas":
		c.Errorf("an element %s", n.Data)
	case "img":
		if !has(n, "alt") {
			c.Error("an image without alt")
		}
	case "th":
		if attr(n, "scope") == "" {
			c.Errorf("a th without scope: %s", text(n))
		}
	case "table":
		if find(n, "caption") == nil || find(n, "thead") == nil {
			c.Error("a table without a caption, or a head")
		}
	case "h1", "h2", "h3", "h4":
		level := int(n.Data[1] - '0')
		if level > c.heading+1 {
			c.Errorf("heading %q of level %d comes after level %d", text(n), level, c.heading)
		}
		c.heading = level
	case "input", "select", "textarea", "progress":
		if attr(n, "type") != "hidden" && !under(n, "label") && attr(n, "id") == "" {
			c.Errorf("a field %s without a label", attr(n, "name"))
		}
	case "form":
		if attr(n, "method") == "post" && find(n, "input") == nil {
			c.Error("a form without a token")
		}
	case "svg":
		if attr(n, "aria-hidden") != "true" && attr(n, "aria-label") == "" {
			c.Error("a drawing that says nothing")
		}
	case "a":
		if strings.TrimSpace(text(n)) == "" && find(n, "img") == nil {
			c.Errorf("a link without a text: %s", attr(n, "href"))
		}
	}
}

func (c *checker) attributes(n *html.Node) {
	for _, a := range n.Attr {
		switch {
		case a.Key == "style", strings.HasPrefix(a.Key, "on"):
			c.Errorf("%s has an attribute %s", n.Data, a.Key)
		case a.Key == "id":
			if c.ids[a.Val] {
				c.Errorf("two elements have the id %q", a.Val)
			}
			c.ids[a.Val] = true
		case a.Key == "aria-labelledby", a.Key == "for":
			c.asked[a.Val] = true
		case a.Key == "href", a.Key == "src", a.Key == "action", a.Key == "data-events":
			if !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#") || strings.HasPrefix(a.Val, "//") {
				c.Errorf("%s leads elsewhere: %s", n.Data, a.Val)
			}
			if rest, ok := strings.CutPrefix(a.Val, "#"); ok {
				c.asked[rest] = true
			}
		case a.Key == "content" && n.Data == "meta" && attr(n, "http-equiv") == "refresh" && a.Val != "5":
			c.Errorf("a refresh to %s", a.Val)
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func under(n *html.Node, name string) bool {
	for ; n != nil; n = n.Parent {
		if n.Data == name {
			return true
		}
	}
	return false
}

func find(n *html.Node, name string) *html.Node {
	for child := range n.Descendants() {
		if child.Type == html.ElementNode && child.Data == name {
			return child
		}
	}
	return nil
}

func text(n *html.Node) string {
	var b strings.Builder
	for child := range n.Descendants() {
		if child.Type == html.TextNode {
			b.WriteString(child.Data)
		}
	}
	return b.String()
}

// links are the addresses a page leads to.
func links(t *testing.T, body string) (list []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if href := attr(n, "href"); n.Data == "a" && strings.HasPrefix(href, "/") {
			list = append(list, href)
		}
	}
	return list
}
