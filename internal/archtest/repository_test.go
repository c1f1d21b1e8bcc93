package archtest

import (
	"os"
	"testing"
)

const root = "../.."

// TestRepository puts this repository to every rule.
func TestRepository(t *testing.T) {
	files, err := Parse(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	text, err := CheckText(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for rule, violations := range map[string][]string{
		"imports": CheckImports(files, Imports, TestsOf, TestImports),
		"doors":   CheckDoors(files, HouseDoors),
		"init":    CheckInit(files),
		"docs":    CheckDocs(files),
		"text":    text,
	} {
		t.Run(rule, func(t *testing.T) {
			for _, violation := range violations {
				t.Error(violation)
			}
		})
	}
}

// TestRepositoryLists checks that what is declared is also listed.
func TestRepositoryLists(t *testing.T) {
	for _, list := range Lists {
		t.Run(list.Package, func(t *testing.T) {
			typed, err := Load(root, list.Package)
			if err != nil {
				t.Fatal(err)
			}
			for _, violation := range CheckListed(typed, list) {
				t.Error(violation)
			}
		})
	}
}
