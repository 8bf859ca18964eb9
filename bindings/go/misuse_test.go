// SPDX-License-Identifier: BSD-2-Clause

package quiclb

import (
	"errors"
	"runtime"
	"sync"
	"testing"
)

func closedEncoder(t *testing.T, e *Encoder) {
	t.Helper()
	for i, call := range []func() error{
		func() error { _, err := e.Next(); return err },
		func() error { _, err := e.AppendNext(nil); return err },
		func() error { _, err := e.NextBatch(make([]byte, 40), 20); return err },
		func() error { _, err := e.Encode(&Parts{}); return err },
		func() error { _, err := e.Split(0, 1); return err },
		func() error { _, err := e.CIDLength(0); return err },
		func() error { return e.Retire(0) },
		func() error { return e.Rotate(new(Encoder)) },
	} {
		if err := call(); !errors.Is(err, ErrClosed) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if e.Remaining() != 0 || e.CIDLen() != 0 || e.Fill(make([]byte, 12)) {
		t.Error("not closed")
	}
	must(t, e.Close())
}

func closedDecoder(t *testing.T, d *Decoder) {
	t.Helper()
	for i, call := range []func() error{
		func() error { _, err := d.Decode(make([]byte, 20)); return err },
		func() error { _, err := d.Read(nil); return err },
		func() error { _, err := d.DecodeBatch(nil, nil); return err },
		func() error { _, err := d.CIDLen(0); return err },
		func() error { return d.Add(fourPass(0)) },
		func() error { return d.AddTenant(fourPass(0), 1) },
		func() error { return d.SetKnown(nil) },
		func() error { return d.Remove(0) },
		func() error { _, err := NewTable(d); return err },
	} {
		if err := call(); !errors.Is(err, ErrClosed) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	must(t, d.Close())
}

func closedReader(t *testing.T, r *Reader) {
	t.Helper()
	for i, call := range []func() error{
		func() error { _, err := r.Decode(make([]byte, 20)); return err },
		func() error { _, err := r.Read(nil); return err },
		func() error { _, err := r.DecodeBatch(nil, nil); return err },
		func() error { _, err := r.CIDLen(0); return err },
	} {
		if err := call(); !errors.Is(err, ErrClosed) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	must(t, r.Close())
}

func TestClosedAndZeroReturnErrors(t *testing.T) {
	e := encoderOf(t, fourPass(0), EncoderOptions{})
	must(t, e.Close())
	closedEncoder(t, e)
	closedEncoder(t, new(Encoder))
	d := decoderOf(t, fourPass(0))
	must(t, d.Close())
	closedDecoder(t, d)
	closedDecoder(t, new(Decoder))
	d = decoderOf(t, fourPass(0))
	table, err := NewTable(d)
	must(t, err)
	closedDecoder(t, d) // taken over
	r, err := table.NewReader()
	must(t, err)
	must(t, table.Close())
	closedReader(t, r)
	closedReader(t, new(Reader))
	wants(t, new(Table).Swap(new(Decoder)), ErrClosed)
	wants(t, new(Table).Swap(nil), ErrArg)
	must(t, new(Table).Close())
	_, err = NewTable(nil)
	wants(t, err, ErrArg)
	for _, c := range []interface{ Close() error }{(*Encoder)(nil),
		(*Decoder)(nil), (*Table)(nil), (*Reader)(nil)} {
		must(t, c.Close())
	}
	var inside struct { // not where a block of memory begins
		x int
		e Encoder
		d Decoder
		t Table
		r Reader
	}
	inside.e.Close()
	inside.d.Close()
	inside.t.Close()
	inside.r.Close()
}

// Everything is closed while goroutines use it.
func TestCloseUnderUse(t *testing.T) {
	for round := 0; round < 50; round++ {
		e := encoderOf(t, fourPass(0), EncoderOptions{})
		cid := next(t, e)
		d := decoderOf(t, fourPass(0))
		table, err := NewTable(decoderOf(t, fourPass(0)))
		must(t, err)
		r, err := table.NewReader()
		must(t, err)
		var group sync.WaitGroup
		for _, use := range []func() error{
			func() error { _, err := e.Next(); return err },
			func() error { _, err := e.Next(); return err },
			func() error { _, err := d.Decode(cid); return err },
			func() error { _, err := d.Decode(cid); return err },
			func() error { _, err := r.Decode(cid); return err },
			func() error { _, err := r.Decode(cid); return err },
			func() error { return table.Swap(decoderOf(t, fourPass(0))) },
		} {
			use := use
			group.Add(1)
			go func() {
				defer group.Done()
				for {
					err := use()
					if errors.Is(err, ErrClosed) {
						return
					}
					if err != nil {
						t.Error(err)
					}
				}
			}()
		}
		runtime.Gosched()
		for _, c := range []interface{ Close() error }{e, d, table} {
			must(t, c.Close())
			must(t, c.Close())
		}
		group.Wait()
	}
}

// Rotations of two encoders into each other must not wait for each other.
func TestRotationsDoNotWait(t *testing.T) {
	a := encoderOf(t, fourPass(0), EncoderOptions{})
	b := encoderOf(t, fourPass(1), EncoderOptions{})
	b.mu.Lock()
	wants(t, a.Rotate(b), ErrArg)
	b.mu.Unlock()
	must(t, a.Rotate(b))
}
