// Package sametime reads the configuration of HCL Sametime: what clients are
// told (managed-community-configs.xml, plugin_customization.ini,
// silentinstall.ini) and what servers are given (sametime.ini, the environment
// of the multiplexer, docker-compose files, Helm values, the tcp-services
// ConfigMap of an ingress).
//
// All files of servers come down to parameters of sections, read by one model:
// where a parameter was written, what beats what, and which port answers the
// legacy protocol, TLS or both. All files of clients come down to one setting,
// the connection type. Its invariants:
//
//   - the lines for TLS only on a port are known by inference: what rests on
//     them says so, and other forms than "VPMX_PORT=0" are undecided;
//   - a name with single underscores, in another section or in other letter
//     case counts for nothing that passes;
//   - what an environment file that is not there may say is unknown.
package sametime
