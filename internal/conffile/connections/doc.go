// Package connections reads LotusConnections-config.xml, the settings the
// applications of HCL Connections share in a cell.
//
// The file says with which protocol version the applications talk to each
// other, through the web server, and by which links. What it accepts itself is
// for the web server and the application servers to say; rules over all of
// them are not here.
//
// Elements are found as Connections finds them: by namespace and local name, a
// genericProperty as a child of properties, its name in exact case.
package connections
