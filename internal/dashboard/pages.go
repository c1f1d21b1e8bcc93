package dashboard

import (
	"context"
	"net/http"
)

// page is one thing that can be asked for.
type page struct {
	// Path is the pattern of http.ServeMux; Method is GET if empty.
	Method, Path string
	// Title is the heading; a view may say more.
	Title string
	// Label is the word in the navigation, Group the part of it; empty for what
	// is reached from elsewhere.
	Group, Label string
	// Role is the least that may see it.
	Role Role
	// View makes what the template of that name shows.
	Template string
	View     func(context.Context, *request) (any, error)
	// Serve, in place of a view, writes the answer itself.
	Serve func(*request, http.ResponseWriter) error
}

// pages lists every page in the order of the navigation.
var pages = []page{
	{Path: "/{$}", Title: "Overview", Group: "Today", Label: "Overview", Template: "overview", View: overview},
	{Path: "/findings", Title: "Findings", Group: "Today", Label: "Findings", Template: "findings", View: findings},
	{Path: "/subjects", Title: "Subjects", Group: "Today", Label: "Subjects", Template: "subjects", View: subjects},
	{Path: "/subject", Title: "Subject", Template: "subject", View: subject},
	{Path: "/subject/record.json", Title: "Record", Serve: recordJSON},
	{Path: "/systems", Title: "Systems", Group: "Today", Label: "Systems", Template: "systems", View: systems},
	{Path: "/system", Title: "System", Template: "system", View: system},
	{Path: "/rules", Title: "Rules", Group: "Today", Label: "Rules", Template: "rules", View: rules},
	{Path: "/rule", Title: "Rule", Template: "rule", View: rule},
	{Path: "/certificates", Title: "Certificates", Group: "Ahead", Label: "Certificates", Template: "certificates", View: certificates},
	{Path: "/forecast", Title: "Forecast", Group: "Ahead", Label: "Forecast", Template: "forecast", View: forecast},
	{Path: "/waivers", Title: "Waivers", Group: "Ahead", Label: "Waivers", Template: "waivers", View: waivers},
	{Path: "/gateway", Title: "Gateway what-if", Group: "Ahead", Label: "Gateway", Template: "gateway", View: gateway},
	{Path: "/runs", Title: "Runs", Group: "Past", Label: "Runs", Template: "runs", View: runs},
	{Path: "/runs/{run}", Title: "Run", Template: "run", View: run},
	{Path: "/runs/{run}/download/{format}", Title: "Download", Serve: download},
	{Path: "/compare", Title: "Compare two runs", Group: "Past", Label: "Compare", Template: "compare", View: compare},
	{Path: "/compare/subject", Title: "One subject in two runs", Template: "compare-subject", View: compareSubject},
	{Path: "/audit", Title: "Start an audit", Group: "Operate", Label: "Start an audit", Role: Operator, Template: "start", View: startForm},
	{Method: http.MethodPost, Path: "/audit", Title: "Start an audit", Role: Operator, Serve: start},
	{Path: "/audit/{run}", Title: "Audit in progress", Template: "progress", View: progress},
	{Path: "/audit/{run}/events", Title: "Events", Serve: events},
	{Path: "/log", Title: "Audit log", Group: "Operate", Label: "Audit log", Role: Operator, Template: "log", View: auditLog},
}

// Needs is the least role that may ask for something: that of its page, or a
// viewer where there is no such page. Pages for operators have no parts in their
// paths that vary.
func Needs(r *http.Request) Role {
	for i := range pages {
		p := &pages[i]
		if p.Path == r.URL.Path && (p.method() == r.Method || r.Method == http.MethodHead && p.method() == http.MethodGet) {
			return p.Role
		}
	}
	return Viewer
}

func (p *page) method() string {
	if p.Method == "" {
		return http.MethodGet
	}
	return p.Method
}

// navGroup is a part of the navigation.
type navGroup struct {
	Title string
	Items []navItem
}

// navItem is one line of the navigation.
type navItem struct {
	Label string
	Path  href
	// Here marks the page that is shown, or the one it belongs to.
	Here string
}

// navigation lists what a role may see.
func navigation(role Role, here *page) []navGroup {
	var groups []navGroup
	for i := range pages {
		p := &pages[i]
		if p.Label == "" || role < p.Role {
			continue
		}
		if len(groups) == 0 || groups[len(groups)-1].Title != p.Group {
			groups = append(groups, navGroup{Title: p.Group})
		}
		g := &groups[len(groups)-1]
		item := navItem{Label: p.Label, Path: href(p.Path)}
		if p.Path == "/{$}" {
			item.Path = "/"
		}
		switch {
		case p.Path == here.Path:
			item.Here = "page"
		case parent(here.Path) == p.Path:
			item.Here = "true"
		}
		g.Items = append(g.Items, item)
	}
	return groups
}

// parent is the path of the list a page is reached from; empty if there is none.
func parent(path string) string {
	switch path {
	case "/subject":
		return "/subjects"
	case "/system":
		return "/systems"
	case "/rule":
		return "/rules"
	case "/runs/{run}":
		return "/runs"
	case "/compare/subject":
		return "/compare"
	case "/audit/{run}":
		return "/audit"
	}
	return ""
}
