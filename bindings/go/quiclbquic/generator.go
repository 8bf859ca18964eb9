// SPDX-License-Identifier: BSD-2-Clause

// Package quiclbquic gives quic-go its connection IDs from an encoder of
// package quiclb: a Generator is what quic.Config.ConnectionIDGenerator asks
// for in quic-go up to 0.30, where a connection ID is a []byte. The package
// does not import quic-go, so either import path will do.
package quiclbquic

import (
	"sync/atomic"

	"quiclb"
)

// Generator implements quic-go's ConnectionIDGenerator.
//
// Goroutines: safe, as quic-go needs it: it asks one generator from the
// goroutine that accepts packets, from one goroutine for each Retry and from
// that of each connection. The encoder lets them in one at a time.
type Generator struct {
	encoder   *quiclb.Encoder
	length    int
	fallbacks atomic.Uint64
}

// New returns a generator of an encoder's CIDs. The encoder stays the
// caller's, to rotate and to close; close it after the last connection.
func New(encoder *quiclb.Encoder) (*Generator, error) {
	if encoder == nil {
		return nil, quiclb.ErrArg
	}
	length := encoder.CIDLen()
	if length == 0 {
		return nil, quiclb.ErrClosed
	}
	return &Generator{encoder: encoder, length: length}, nil
}

// GenerateConnectionID returns the next CID, in a slice of its own, since
// quic-go keeps it. It never fails, for an error would end the connection that
// asks: when the encoder has none, or CIDs of another length since it was
// rotated, the CID is an unroutable one, and counts as a fallback.
func (g *Generator) GenerateConnectionID() ([]byte, error) {
	cid := make([]byte, g.length)
	if !g.encoder.Fill(cid) {
		g.fallbacks.Add(1)
	}
	return cid, nil
}

// ConnectionIDLen returns the length of all CIDs. quic-go parses each packet
// by it, so it cannot change: rotate to configs of the same CID length.
func (g *Generator) ConnectionIDLen() int { return g.length }

// Fallbacks returns how many CIDs were unroutable. Above 0 it is time for a new
// config: connections with such a CID do not survive a rebinding.
func (g *Generator) Fallbacks() uint64 {
	return g.fallbacks.Load()
}
