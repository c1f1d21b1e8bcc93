// Package scanner turns endpoints into observations: it connects to a target,
// asks what TLS it accepts, and writes down the answers.
//
// # How it asks
//
// Nearly every question is one un-keyed exchange of package wire: a hello goes
// out, the clear part of the server's flight comes back, the connection is
// broken off. Suites are found by elimination: everything is offered, what the
// server chose is taken out, until it refuses. That refusal is then doubted
// once more, in chunks small enough for servers that choke on long lists.
// Session features are mostly read from the same answers; what a server may
// stumble over is offered in one hello of its own, and one by one if it does.
// Keys are used twice only: to read the certificates TLS 1.3 encrypts, and for
// the one full handshake that proves an endpoint completes it.
//
// # What it does not do
//
// It judges nothing, knows no policy, follows no pointer found in what it
// reads, and sends nothing that changes a peer: no login and no mail. The one
// request it makes is for "/" of a web server, of which it reads the head; the
// one transaction it begins, to hear whether a mail server wants TLS first, it
// takes back.
//
// # Invariants
//
//   - Accepted, refused, latent, undetermined and not asked are five answers.
//     A refusal is written down only if the peer was shown to be answering
//     afterwards; silence, resets and closed connections count as a refusal
//     only if they are repeated as well. Everything else is undetermined.
//   - A list of suites is called complete only if every suite that is not in
//     it was refused in that sense.
//   - Scan always returns an observation, does not panic, and ends with its
//     context or its budget, whatever the peer does.
//   - One address is dialled for all of a scan. Connections to it are counted,
//     limited in number and rate, and fewer when it shows strain.
package scanner
