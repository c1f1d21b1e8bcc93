package notify

import "encoding/json"

// What Slack takes: https://docs.slack.dev/reference/block-kit. A message has
// at most 50 blocks, a header 150 characters. The bytes are our own bound, well
// below what is refused.
const (
	maxSlack     = 30 << 10
	maxSlackHead = 150
)

// slackMessage is the body of an incoming webhook. Text is what notifications
// show and the only field read as markup besides the link's.
type slackMessage struct {
	Text        string       `json:"text"`
	Blocks      []slackBlock `json:"blocks"`
	UnfurlLinks bool         `json:"unfurl_links"`
	UnfurlMedia bool         `json:"unfurl_media"`
}

type slackBlock struct {
	Type     string         `json:"type"`
	Text     *slackText     `json:"text,omitempty"`
	Elements []slackElement `json:"elements,omitempty"`
}

type slackText struct {
	Type  string `json:"type"`
	Text  string `json:"text"`
	Emoji *bool  `json:"emoji,omitempty"`
}

// slackElement is a part of rich text: a list, a line of it, or a piece of text,
// which is shown as it is.
type slackElement struct {
	Type     string         `json:"type"`
	Style    any            `json:"style,omitempty"`
	Elements []slackElement `json:"elements,omitempty"`
	Text     string         `json:"text,omitempty"`
	URL      string         `json:"url,omitempty"`
}

type slackStyle struct {
	Bold bool `json:"bold,omitempty"`
}

// slack writes a message for Slack. Everything from an audit is rich text,
// whose pieces are not read as markup; the dashboard is the only link.
func (m message) slack() ([]byte, error) {
	off := false
	body := slackMessage{Text: mrkdwn(m.Title), Blocks: []slackBlock{
		{Type: "header", Text: &slackText{Type: "plain_text", Text: clip(chat(m.Title), maxSlackHead-1), Emoji: &off}},
	}}
	body.Blocks = append(body.Blocks, slackBlock{Type: "rich_text", Elements: slackList(m.Facts)})
	for _, s := range m.Sections {
		elements := []slackElement{slackLine(s.Title, true)}
		if len(s.Lines) > 0 {
			elements = append(elements, slackList(s.Lines)...)
		}
		if s.More != "" {
			elements = append(elements, slackLine(s.More, false))
		}
		body.Blocks = append(body.Blocks, slackBlock{Type: "rich_text", Elements: elements})
	}
	if m.Link != "" {
		body.Blocks = append(body.Blocks, slackBlock{Type: "rich_text", Elements: []slackElement{{Type: "rich_text_section", Elements: []slackElement{
			{Type: "link", URL: m.Link, Text: "Open the dashboard"},
		}}}})
	}
	return json.Marshal(body)
}

func slackLine(text string, bold bool) slackElement {
	piece := slackElement{Type: "text", Text: chat(text)}
	if bold {
		piece.Style = slackStyle{Bold: true}
	}
	return slackElement{Type: "rich_text_section", Elements: []slackElement{piece}}
}

func slackList(lines []string) []slackElement {
	list := slackElement{Type: "rich_text_list", Style: "bullet"}
	for _, line := range lines {
		list.Elements = append(list.Elements, slackLine(line, false))
	}
	return []slackElement{list}
}
