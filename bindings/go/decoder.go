// SPDX-License-Identifier: BSD-2-Clause

package quiclb

// #include "shim.h"
import "C"

import (
	"runtime"
	"sync"
	"unsafe"
)

// Decoder is a table of configs by first octet.
//
// Goroutines: safe. Readers go side by side, changes wait for them. Readers
// count themselves in and out, which CPUs do in turn: for many CPUs, or where
// readers must not wait for a change, use a Table.
type Decoder struct {
	mu        sync.RWMutex
	c         *C.struct_quiclb_decoder // nil: closed
	callbacks *callbacks
}

// NewDecoder returns an empty decoder.
func NewDecoder() (*Decoder, error) {
	c := C.shim_decoder_new()
	if c == nil {
		return nil, ErrNoMem
	}
	d := &Decoder{c: c}
	runtime.SetFinalizer(d, (*Decoder).Close)
	return d, nil
}

// Close wipes and releases the decoder. Closing twice does nothing; it never
// fails.
func (d *Decoder) Close() error {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.c == nil {
		return nil
	}
	C.quiclb_decoder_free(d.c)
	d.callbacks.drop()
	d.gone()
	return nil
}

// gone leaves the decoder closed, for what it had has another owner, or none.
func (d *Decoder) gone() {
	runtime.SetFinalizer(d, nil)
	d.c, d.callbacks = nil, nil
}

// SetKnown makes decoding look for a server it knows: of several tenants the
// first whose server ID is known. nil: all are taken.
//
// The function may be called on many goroutines at once. It costs each decode
// about as much again as three calls into C, so without tenants look the
// server ID up after Decode instead. It must not use the decoder nor end the
// goroutine (runtime.Goexit); if it panics, Decode panics once C has returned.
func (d *Decoder) SetKnown(known func(tenant uint32, id ServerID) bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.c == nil {
		return ErrClosed
	}
	former := d.callbacks
	d.callbacks = nil
	if known != nil {
		d.callbacks = (&callbacks{known: known}).start()
	}
	C.shim_set_known(d.c, d.callbacks.number())
	former.drop()
	return nil
}

// Add makes a config known. Nothing of config is kept.
func (d *Decoder) Add(config *Config) error {
	return d.add(config, func(settings C.struct_quiclb_config) C.int {
		return C.shim_decoder_add(d.c, settings, pointer(config.Key))
	})
}

// AddTenant adds a config that may share its config rotation with others.
func (d *Decoder) AddTenant(config *Config, tenant uint32) error {
	return d.add(config, func(settings C.struct_quiclb_config) C.int {
		return C.shim_decoder_add_tenant(d.c, settings,
			pointer(config.Key), C.uint32_t(tenant))
	})
}

func (d *Decoder) add(config *Config,
	call func(C.struct_quiclb_config) C.int) error {
	if config == nil {
		return ErrArg
	}
	settings, err := config.withoutKey()
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.c == nil {
		return ErrClosed
	}
	return errorOf(call(settings))
}

// Remove forgets the configs of a first octet.
func (d *Decoder) Remove(firstOctet byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.c == nil {
		return ErrClosed
	}
	return errorOf(C.quiclb_decoder_remove(d.c, C.uint8_t(firstOctet)))
}

// Decode returns the server ID in a CID. More bytes than the CID's are allowed,
// as behind a short header. Nothing authenticates a CID: random bytes decode
// to a random server ID.
func (d *Decoder) Decode(cid []byte) (ServerID, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return decode(d.c, cid)
}

// Decoded is all that a CID says.
type Decoded struct {
	ServerID       ServerID
	Tenant         uint32 // of the config that decoded it
	ConfigRotation uint8
	CIDLen         int

	nonce               [MaxNonceLen]byte
	nonceLen, workerLen uint8
}

// Nonce returns a copy of the nonce, the worker's bytes among them.
func (d *Decoded) Nonce() []byte {
	return append([]byte(nil), d.nonce[:d.nonceLen]...)
}

// Worker returns a copy of the nonce's first bytes, which name a worker.
func (d *Decoded) Worker() []byte {
	return append([]byte(nil), d.nonce[:d.workerLen]...)
}

// Read returns all that a CID says.
func (d *Decoder) Read(cid []byte) (Decoded, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return read(d.c, cid)
}

// Result is what became of one CID of a batch.
type Result struct {
	ServerID ServerID
	Err      error
}

// DecodeBatch decodes all cids, in any order and of any configs, each into the
// result of its index, and returns how many have a server ID. There must be as
// many results as cids, or more.
func (d *Decoder) DecodeBatch(results []Result, cids [][]byte) (int, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return decodeBatch(d.c, results, cids)
}

// CIDLen returns the length of the CIDs that have this first octet.
func (d *Decoder) CIDLen(firstOctet byte) (int, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return cidLen(d.c, firstOctet)
}

// What follows is for Decoder and Reader; c is nil where that is closed.

func address(c *C.struct_quiclb_decoder) C.uintptr_t {
	return C.uintptr_t(uintptr(unsafe.Pointer(c)))
}

func decode(c *C.struct_quiclb_decoder, cid []byte) (ServerID, error) {
	if c == nil {
		return ServerID{}, ErrClosed
	}
	r := C.shim_decode(address(c), refOf(cid))
	if err := collect(r.left); err != nil {
		return ServerID{}, err
	}
	return serverIDOrError(&r.id)
}

func serverIDOrError(id *C.struct_quiclb_server_id) (ServerID, error) {
	if id.len < 0 {
		return ServerID{}, errorOf(C.int(id.len))
	}
	return ServerID{
		bytes: *(*[MaxServerIDLen]byte)(unsafe.Pointer(&id.bytes)),
		len:   uint8(id.len),
	}, nil
}

func read(c *C.struct_quiclb_decoder, cid []byte) (Decoded, error) {
	if c == nil {
		return Decoded{}, ErrClosed
	}
	r := C.shim_read(address(c), refOf(cid))
	if err := collect(r.left); err != nil {
		return Decoded{}, err
	}
	if r.err != 0 {
		return Decoded{}, errorOf(C.int(r.err))
	}
	out := &r.decoded
	return Decoded{
		ServerID: ServerID{
			*(*[MaxServerIDLen]byte)(unsafe.Pointer(&out.server_id)),
			uint8(out.server_id_len),
		},
		Tenant:         uint32(out.tenant),
		ConfigRotation: uint8(out.config_rotation),
		CIDLen:         int(out.cid_len),
		nonce:          *(*[MaxNonceLen]byte)(unsafe.Pointer(&out.nonce)),
		nonceLen:       uint8(out.nonce_len),
		workerLen:      uint8(out.worker_len),
	}, nil
}

// batch is memory for one call of C. It is on the heap, since a callback may
// move the goroutine's stack meanwhile.
type batch struct {
	refs [C.SHIM_BATCH]C.struct_shim_ref
	ids  [C.SHIM_BATCH]C.struct_quiclb_server_id
}

var batches = sync.Pool{New: func() any { return new(batch) }}

func decodeBatch(c *C.struct_quiclb_decoder, results []Result,
	cids [][]byte) (int, error) {
	if c == nil {
		return 0, ErrClosed
	}
	if len(results) < len(cids) {
		return 0, ErrSpace
	}
	b := batches.Get().(*batch)
	defer batches.Put(b)
	decoded := 0
	for len(cids) > 0 {
		n := b.decode(c, results, cids, &decoded)
		cids, results = cids[n:], results[n:]
	}
	return decoded, nil
}

// decode decodes as many as there is room for, and returns how many these are.
func (b *batch) decode(c *C.struct_quiclb_decoder, results []Result,
	cids [][]byte, decoded *int) int {
	n := len(cids)
	if n > len(b.refs) {
		n = len(b.refs)
	}
	for i, cid := range cids[:n] {
		b.refs[i] = refOf(cid)
	}
	r := C.shim_decode_batch(address(c), &b.refs[0], &b.ids[0], C.size_t(n))
	_ = collect(r.left) // known has no errors, only panics
	for i := range results[:n] {
		results[i].ServerID, results[i].Err = serverIDOrError(&b.ids[i])
	}
	*decoded += int(r.result)
	return n
}

func cidLen(c *C.struct_quiclb_decoder, firstOctet byte) (int, error) {
	if c == nil {
		return 0, ErrClosed
	}
	n := C.quiclb_decoder_cid_len(c, C.uint8_t(firstOctet))
	if n < 0 {
		return 0, errorOf(n)
	}
	return int(n), nil
}
