// Package liberty reads server.xml of WebSphere Liberty and Open Liberty with
// all it draws in: included files, configDropins, bootstrap.properties,
// server.env and the folder of variables.
//
// Elements of one name and id are one element; of an attribute that stands
// several times the last one counts, in the order the files take effect:
// configDropins/defaults, server.xml with each include in its place,
// configDropins/overrides. Which versions and suites Liberty uses where nothing
// is set depends on Java and is open unless somebody vouches for its version.
package liberty
