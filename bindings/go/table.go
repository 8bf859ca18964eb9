// SPDX-License-Identifier: BSD-2-Clause

package quiclb

// #include "shim.h"
import "C"

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Table holds the decoder in force, for goroutines that read while another one
// swaps it.
//
// Goroutines: safe.
type Table struct {
	version atomic.Uint64 // changes with every Swap and with Close

	mu        sync.Mutex
	c         *C.struct_quiclb_table // nil: closed
	callbacks *callbacks             // of the decoder in force
}

// NewTable makes a table with a decoder in force, which is taken over on
// success: d is closed then.
func NewTable(d *Decoder) (*Table, error) {
	if d == nil {
		return nil, ErrArg
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.c == nil {
		return nil, ErrClosed
	}
	c := C.shim_table_new(d.c)
	if c == nil {
		return nil, ErrNoMem
	}
	t := &Table{c: c, callbacks: d.callbacks}
	t.version.Store(1)
	runtime.SetFinalizer(t, (*Table).Close)
	d.gone()
	return t, nil
}

// Close lets go of the table. Its readers return ErrClosed from then on; the
// keys are wiped when the last of them was called once more, or closed.
func (t *Table) Close() error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.c == nil {
		return nil
	}
	runtime.SetFinalizer(t, nil)
	t.version.Add(1)
	C.quiclb_table_free(t.c)
	t.c = nil
	t.callbacks.drop()
	t.callbacks = nil
	return nil
}

// Swap puts another decoder in force, which is taken over on success: d is
// closed then. The former one is wiped when the last reader that has it was
// called once more, or closed.
func (t *Table) Swap(d *Decoder) error {
	if d == nil {
		return ErrArg
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	if d.c == nil || t.c == nil {
		return ErrClosed
	}
	if err := C.quiclb_table_swap(t.c, d.c); err != 0 {
		return errorOf(err)
	}
	t.version.Add(1)
	t.callbacks.drop()
	t.callbacks = d.callbacks
	d.gone()
	return nil
}

// Reader reads the decoder in force of a Table.
//
// Goroutines: safe; one at a time is inside. Make one for each goroutine: then
// none waits for another, nor for Swap.
type Reader struct {
	mu      sync.Mutex
	table   *Table
	c       *C.struct_quiclb_reader // nil: closed
	version uint64                  // of the table, when decoder was in force

	decoder   *C.struct_quiclb_decoder // stays until C is asked again
	callbacks *callbacks
}

// NewReader makes a reader of the table.
func (t *Table) NewReader() (*Reader, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.c == nil {
		return nil, ErrClosed
	}
	c := C.shim_reader_new(t.c)
	if c == nil {
		return nil, ErrNoMem
	}
	r := &Reader{table: t, c: c}
	runtime.SetFinalizer(r, (*Reader).Close)
	return r, nil
}

// Close lets go of the reader and its decoder.
func (r *Reader) Close() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.c != nil {
		r.close()
	}
	return nil
}

func (r *Reader) close() {
	runtime.SetFinalizer(r, nil)
	C.quiclb_reader_free(r.c)
	r.c, r.decoder = nil, nil
	r.callbacks.drop()
	r.callbacks = nil
}

// current returns the decoder in force, or nil if reader or table is closed.
// While nothing has changed it costs one load.
func (r *Reader) current() *C.struct_quiclb_decoder {
	if r.c != nil && r.table.version.Load() != r.version {
		r.catchUp()
	}
	return r.decoder
}

// catchUp asks C under the table's lock, so that the callbacks are those of
// the decoder, and the table is still there.
func (r *Reader) catchUp() {
	t := r.table
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.c == nil {
		r.close()
		return
	}
	r.decoder = C.quiclb_reader_decoder(r.c)
	r.version = t.version.Load()
	r.callbacks.drop()
	r.callbacks = t.callbacks.keep()
}

// Decode is Decoder.Decode of the decoder in force.
func (r *Reader) Decode(cid []byte) (ServerID, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return decode(r.current(), cid)
}

// Read is Decoder.Read of the decoder in force.
func (r *Reader) Read(cid []byte) (Decoded, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return read(r.current(), cid)
}

// DecodeBatch is Decoder.DecodeBatch of the decoder in force.
func (r *Reader) DecodeBatch(results []Result, cids [][]byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return decodeBatch(r.current(), results, cids)
}

// CIDLen is Decoder.CIDLen of the decoder in force.
func (r *Reader) CIDLen(firstOctet byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return cidLen(r.current(), firstOctet)
}
