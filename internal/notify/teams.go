package notify

import "encoding/json"

// maxTeams is a little less than the 28 KB Teams takes.
const maxTeams = 27_000

// teamsMessage is what the workflow "when a Teams webhook request is received"
// takes: one Adaptive Card.
type teamsMessage struct {
	Type        string            `json:"type"`
	Attachments []teamsAttachment `json:"attachments"`
}

type teamsAttachment struct {
	ContentType string    `json:"contentType"`
	ContentURL  *string   `json:"contentUrl"`
	Content     teamsCard `json:"content"`
}

type teamsCard struct {
	Schema  string            `json:"$schema"`
	Type    string            `json:"type"`
	Version string            `json:"version"`
	Speak   string            `json:"fallbackText"`
	Body    []teamsBlock      `json:"body"`
	Actions []teamsAction     `json:"actions,omitempty"`
	Teams   map[string]string `json:"msteams"`
}

// teamsBlock is a RichTextBlock: other than in a TextBlock, the text of its runs
// is not read as Markdown.
type teamsBlock struct {
	Type    string     `json:"type"`
	Spacing string     `json:"spacing,omitempty"`
	Inlines []teamsRun `json:"inlines"`
}

type teamsRun struct {
	Type   string `json:"type"`
	Text   string `json:"text"`
	Weight string `json:"weight,omitempty"`
	Size   string `json:"size,omitempty"`
}

type teamsAction struct {
	Type  string `json:"type"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

// teams writes a message for Microsoft Teams.
func (m message) teams() ([]byte, error) {
	card := teamsCard{
		Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Type: "AdaptiveCard", Version: "1.4",
		Speak: chat(m.Title), Teams: map[string]string{"width": "Full"},
		Body: []teamsBlock{teamsLine(teamsRun{Text: m.Title, Weight: "Bolder", Size: "Large"}, "")},
	}
	for _, fact := range m.Facts {
		card.Body = append(card.Body, teamsLine(teamsRun{Text: fact}, "Small"))
	}
	for _, s := range m.Sections {
		card.Body = append(card.Body, teamsLine(teamsRun{Text: s.Title, Weight: "Bolder"}, "Medium"))
		for _, line := range s.Lines {
			card.Body = append(card.Body, teamsLine(teamsRun{Text: "• " + line}, "Small"))
		}
		if s.More != "" {
			card.Body = append(card.Body, teamsLine(teamsRun{Text: s.More}, "Small"))
		}
	}
	if m.Link != "" {
		card.Actions = []teamsAction{{Type: "Action.OpenUrl", Title: "Open the dashboard", URL: m.Link}}
	}
	return json.Marshal(teamsMessage{Type: "message", Attachments: []teamsAttachment{{ContentType: "application/vnd.microsoft.card.adaptive", Content: card}}})
}

func teamsLine(run teamsRun, spacing string) teamsBlock {
	run.Type, run.Text = "TextRun", chat(run.Text)
	return teamsBlock{Type: "RichTextBlock", Spacing: spacing, Inlines: []teamsRun{run}}
}
