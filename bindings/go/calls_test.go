// SPDX-License-Identifier: BSD-2-Clause

package quiclb

import "testing"

// What a call costs: go test -bench . quiclb. The least that there is to pay
// is BenchmarkCall, of a C function that does next to nothing.

func BenchmarkCall(b *testing.B) {
	for i := 0; i < b.N; i++ {
		ErrShort.Unroutable()
	}
}

// each runs call for CIDs of one codec.
func each(b *testing.B, call func(*Encoder, *Decoder, []byte)) {
	config := &Config{Codec: "plain", ServerIDLen: 3, NonceLen: 8}
	e := encoderOf(b, config, EncoderOptions{})
	d := decoderOf(b, config)
	cid := next(b, e)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		call(e, d, cid)
	}
}

func BenchmarkNext(b *testing.B) {
	each(b, func(e *Encoder, d *Decoder, cid []byte) { e.Next() })
}

func BenchmarkAppendNext(b *testing.B) {
	buffer := make([]byte, 0, MaxCIDLen)
	each(b, func(e *Encoder, d *Decoder, cid []byte) { e.AppendNext(buffer) })
}

func BenchmarkDecode(b *testing.B) {
	each(b, func(e *Encoder, d *Decoder, cid []byte) { d.Decode(cid) })
}

// Without the lock of the Decoder.
func BenchmarkDecodeBare(b *testing.B) {
	each(b, func(e *Encoder, d *Decoder, cid []byte) { decode(d.c, cid) })
}

func BenchmarkRead(b *testing.B) {
	each(b, func(e *Encoder, d *Decoder, cid []byte) { d.Read(cid) })
}

// ns/op are of 64 CIDs.
func BenchmarkDecodeBatch(b *testing.B) {
	cids, results := make([][]byte, 64), make([]Result, 64)
	each(b, func(e *Encoder, d *Decoder, cid []byte) {
		for i := range cids {
			cids[i] = cid
		}
		d.DecodeBatch(results, cids)
	})
}

func BenchmarkNextBatch(b *testing.B) {
	dst := make([]byte, 64*MaxCIDLen)
	each(b, func(e *Encoder, d *Decoder, cid []byte) {
		e.NextBatch(dst, MaxCIDLen)
	})
}

func BenchmarkReader(b *testing.B) {
	var r *Reader
	each(b, func(e *Encoder, d *Decoder, cid []byte) {
		if r == nil {
			table, err := NewTable(d)
			must(b, err)
			r, err = table.NewReader()
			must(b, err)
		}
		r.Decode(cid)
	})
}

// The server ID is looked up by a function of Go's that C calls.
func BenchmarkKnown(b *testing.B) {
	each(b, func(e *Encoder, d *Decoder, cid []byte) {
		if d.callbacks == nil {
			d.SetKnown(func(uint32, ServerID) bool { return true })
		}
		d.Decode(cid)
	})
}
