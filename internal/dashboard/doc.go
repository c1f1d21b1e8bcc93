// Package dashboard serves the history of audits as web pages.
//
// Every page is a function of what the history answers: a view asks, a template
// shows, nothing is kept between two requests. The pages stand in one list, from
// which routes, navigation, roles and tests derive. They can be read without
// scripts; the one script only makes the progress of an audit move.
//
// All text is hostile: names, messages and certificates come from peers. What a
// template prints goes through Config.Clean, which the templates cannot forget,
// and through the escapes of html/template. Nothing is ever printed into a
// script or a style, and the policy of the pages allows neither inline.
//
// Who may come in is not decided here: the layer in front says who asks, by a
// Session. The package only compares its role with that of the page.
package dashboard
