package connections

import (
	"strings"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// Format is LotusConnections-config.xml.
var Format = &confdoc.Format{
	Name:      "connections",
	Aliases:   []string{"lotusconnections-config"},
	Title:     "HCL Connections LotusConnections-config.xml",
	Product:   "websphere",
	Names:     []string{"lotusconnections-config*"},
	Sniff:     sniff,
	Read:      read,
	Rules:     rules,
	Establish: establish,
	Apply:     `check the file out and in with wsadmin: execfile("connectionsConfig.py"), LCConfigService.checkOutConfig("DIR","CELL"), change it, LCConfigService.checkInConfig(); synchronise all nodes, then restart all servers of Connections`,
	Verify:    "open the file of every node's profile after the synchronisation; follow the connections between the applications in SystemOut.log, and probe the web server",
	Rollback:  "check the former file in again, synchronise all nodes and restart the servers",
}

// The namespaces of the file.
const (
	configSpace  = "http://www.ibm.com/LotusConnections-config"
	serviceSpace = "http://www.ibm.com/service-location"
	includeSpace = "http://www.w3.org/2001/XInclude"
)

// sniffed is how much of a file is looked at to tell what it is.
const sniffed = 64 << 10

func sniff(f *conftree.File) int {
	text := f.Text[:min(len(f.Text), sniffed)]
	score := 0
	for _, sign := range []struct {
		text  string
		score int
	}{
		{configSpace, 60}, {serviceSpace, 30}, {`id="LotusConnections"`, 30}, {"com.ibm.connections.", 15}, {"serviceReference", 10}, {"genericProperty", 15},
	} {
		if strings.Contains(text, sign.text) {
			score += sign.score
		}
	}
	if !strings.Contains(text, "<") {
		return 0
	}
	return min(score, 100)
}
