// SPDX-License-Identifier: BSD-2-Clause

package quiclb

// #include "shim.h"
import "C"

import (
	"runtime"
	"sync"
	"unsafe"
)

// EncoderOptions are what an encoder needs beside its config.
type EncoderOptions struct {
	ServerID  []byte
	Worker    []byte // of the config's WorkerLen; nil if that is 0
	ServerUse []byte // what every CID gets; nil: random bytes

	// ShortNonce allows a short nonce without a high-water mark: nonces may
	// repeat after a restart. Set it if the key changes at every start.
	ShortNonce bool

	// With both of these, nonces do not repeat across restarts, whatever
	// their length. NonceSecret is NonceSecretLen random bytes, the same in
	// every life of this server under one key. StoreMark puts a high-water
	// mark on stable storage, every MarkStep CIDs; if it fails, so does the
	// call, with an error that is ErrMark and wraps what StoreMark returned.
	NonceSecret Key
	StoreMark   func(mark uint64) error
	Mark        uint64 // as last stored; 0 in the first life

	// ThresholdReached is called once per config and encoder when Threshold
	// nonces or less remain: time for a new config.
	ThresholdReached func(remaining uint64)
	Threshold        uint64
}

// Encoder issues the CIDs of one server.
//
// Goroutines: safe; one at a time is inside, and waits take their turn. Where
// CIDs are issued on many CPUs, give each goroutine a part: see Split.
//
// Callbacks run within the call that issues CIDs. They must not use that
// encoder (the call would wait for itself) nor end the goroutine
// (runtime.Goexit); if they panic, the call panics once C has returned.
type Encoder struct {
	mu        sync.Mutex
	c         *C.struct_quiclb_encoder // nil: closed
	callbacks *callbacks

	// of the config CIDs are issued from
	nonceLen, serverUseLen uint8
}

// NewEncoder makes an encoder. Nothing of config and options is kept but the
// two functions.
func NewEncoder(config *Config, options *EncoderOptions) (*Encoder, error) {
	if config == nil || options == nil {
		return nil, ErrArg
	}
	settings, err := config.withoutKey()
	if err != nil {
		return nil, err
	}
	if err := options.check(config); err != nil {
		return nil, err
	}
	calls := options.callbacks()
	made := C.shim_encoder_new(settings, pointer(config.Key), options.c(),
		pointer(options.ServerID), pointer(options.Worker),
		pointer(options.ServerUse), pointer(options.NonceSecret),
		C.struct_shim_callbacks{
			handle:    calls.number(),
			mark:      flag(options.StoreMark != nil),
			threshold: flag(options.ThresholdReached != nil),
		})
	if made.err != 0 {
		calls.drop()
		return nil, errorOf(made.err)
	}
	return newEncoder(made.encoder, calls, config.NonceLen,
		config.ServerUseLen), nil
}

func newEncoder(c *C.struct_quiclb_encoder, calls *callbacks, nonceLen,
	serverUseLen uint8) *Encoder {
	e := &Encoder{c: c, callbacks: calls, nonceLen: nonceLen,
		serverUseLen: serverUseLen}
	runtime.SetFinalizer(e, (*Encoder).Close)
	return e
}

// fits tells whether C may read as many bytes as the config says.
func fits(b []byte, n int) bool { return len(b) == 0 || len(b) == n }

func (o *EncoderOptions) check(config *Config) error {
	if !fits(o.Worker, int(config.WorkerLen)) ||
		!fits(o.ServerUse, int(config.ServerUseLen)) ||
		!fits(o.NonceSecret, NonceSecretLen) {
		return ErrArg
	}
	return nil
}

func (o *EncoderOptions) callbacks() *callbacks {
	if o.StoreMark == nil && o.ThresholdReached == nil {
		return nil
	}
	calls := &callbacks{mark: o.StoreMark, threshold: o.ThresholdReached}
	return calls.start()
}

func (o *EncoderOptions) c() C.struct_quiclb_encoder_options {
	var c C.struct_quiclb_encoder_options
	C.quiclb_encoder_options_init(&c)
	c.server_id_len = C.size_t(len(o.ServerID))
	if o.ShortNonce {
		c.flags = C.QUICLB_F_SHORT_NONCE
	}
	c.mark = C.uint64_t(o.Mark)
	c.threshold = C.uint64_t(o.Threshold)
	return c
}

func flag(set bool) C.int {
	if set {
		return 1
	}
	return 0
}

// Close wipes and releases the encoder. Its parts live on. Closing twice does
// nothing; it never fails.
func (e *Encoder) Close() error {
	if e == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.c == nil {
		return nil
	}
	C.quiclb_encoder_free(e.c)
	e.callbacks.drop()
	e.gone()
	return nil
}

// gone leaves the encoder closed, for what it had has another owner, or none.
func (e *Encoder) gone() {
	runtime.SetFinalizer(e, nil)
	e.c, e.callbacks = nil, nil
}

func (e *Encoder) address() C.uintptr_t {
	return C.uintptr_t(uintptr(unsafe.Pointer(e.c)))
}

// Next returns the next CID, in a slice of its own.
func (e *Encoder) Next() ([]byte, error) {
	return e.AppendNext(nil)
}

// AppendNext appends the next CID to dst; it allocates only if dst has no room.
// On error it returns dst as it was.
func (e *Encoder) AppendNext(dst []byte) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.c == nil {
		return dst, ErrClosed
	}
	return appendCID(dst, C.shim_next(e.address()))
}

func appendCID(dst []byte, cid C.struct_shim_cid) ([]byte, error) {
	if err := collect(cid.left); err != nil {
		return dst, err
	}
	if cid.len < 0 {
		return dst, errorOf(C.int(cid.len))
	}
	bytes := (*[MaxCIDLen]byte)(unsafe.Pointer(&cid.bytes))
	return append(dst, bytes[:cid.len]...), nil
}

// NextBatch puts a CID at the beginning of each stride bytes of dst, as many as
// fit, and returns how many there are now: fewer where one of as many calls of
// Next would fail, and then the next call tells why. An error means none.
func (e *Encoder) NextBatch(dst []byte, stride int) (int, error) {
	if stride <= 0 {
		return 0, ErrSpace
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.c == nil {
		return 0, ErrClosed
	}
	if len(dst) < stride {
		return 0, nil
	}
	r := C.shim_next_batch(e.address(), pointer(dst), C.size_t(stride),
		C.size_t(len(dst)/stride))
	err := collect(r.left)
	if r.result >= 0 {
		return int(r.result), nil
	}
	if err != nil {
		return 0, err
	}
	return 0, errorOf(C.int(r.result))
}

// Fill makes cid a CID of its own length; it cannot fail. It returns true if
// that is the next CID, and false if it is an unroutable one: because the
// encoder is nil or closed, its CIDs have another length, or Next would fail.
func (e *Encoder) Fill(cid []byte) bool {
	if e == nil {
		FillUnroutable(cid)
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	r := C.shim_fill(e.address(), pointer(cid), C.size_t(len(cid)))
	_ = collect(r.left) // the mark was not stored: cid is unroutable
	return r.result == 1
}

// Parts are what a CID is made of, where the encoder is not to choose.
type Parts struct {
	Nonce     []byte // of the config's NonceLen; nil: the next one
	ServerUse []byte // of its ServerUseLen; nil: as always
	LowBits   *uint8 // of the first octet, where it does not encode the length
}

// Encode returns a CID of the caller's parts. The encoder does not know a
// nonce that is given, so nothing here keeps it from appearing twice under one
// key: it is for stacks that make theirs, for vectors and tests.
func (e *Encoder) Encode(parts *Parts) ([]byte, error) {
	return e.AppendEncode(nil, parts)
}

// AppendEncode appends what Encode returns to dst.
func (e *Encoder) AppendEncode(dst []byte, parts *Parts) ([]byte, error) {
	if parts == nil {
		return dst, ErrArg
	}
	low := C.int(-1)
	if parts.LowBits != nil {
		low = C.int(*parts.LowBits)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.c == nil {
		return dst, ErrClosed
	}
	if !fits(parts.Nonce, int(e.nonceLen)) ||
		!fits(parts.ServerUse, int(e.serverUseLen)) {
		return dst, ErrArg
	}
	return appendCID(dst, C.shim_encode(e.address(), low,
		pointer(parts.Nonce), pointer(parts.ServerUse)))
}

// Split returns one part of an encoder that has issued no CID; from then on
// that encoder issues none. Parts never share a nonce. part is below parts,
// each once; parts is the same in every call.
func (e *Encoder) Split(part, parts uint32) (*Encoder, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.c == nil {
		return nil, ErrClosed
	}
	made := C.shim_encoder_split(e.c, C.uint32_t(part), C.uint32_t(parts))
	if made.err != 0 {
		return nil, errorOf(made.err)
	}
	return newEncoder(made.encoder, e.callbacks.keep(), e.nonceLen,
		e.serverUseLen), nil
}

// Rotate moves the encoder to the config of next, a fresh encoder or part that
// nothing else uses. On success next is taken over, its callbacks too, and
// closed; on failure nothing changes.
func (e *Encoder) Rotate(next *Encoder) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	// in use, or the same: to wait for it could be to wait forever
	if next == nil || !next.mu.TryLock() {
		return ErrArg
	}
	defer next.mu.Unlock()
	if e.c == nil || next.c == nil {
		return ErrClosed
	}
	if err := C.quiclb_encoder_rotate(e.c, next.c); err != 0 {
		return errorOf(err)
	}
	e.callbacks.drop()
	e.callbacks = next.callbacks
	e.nonceLen, e.serverUseLen = next.nonceLen, next.serverUseLen
	next.gone()
	return nil
}

// Retire forgets a former config, by the first octet of one of its CIDs: call
// it when the last connection with such a CID is gone.
func (e *Encoder) Retire(firstOctet byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.c == nil {
		return ErrClosed
	}
	return errorOf(C.quiclb_encoder_retire(e.c, C.uint8_t(firstOctet)))
}

// Remaining returns how often Next can still succeed; 0 after Close and Split.
func (e *Encoder) Remaining() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return uint64(C.quiclb_encoder_remaining(e.c))
}

// CIDLen returns the length of the CIDs that are issued now; 0 after Close.
func (e *Encoder) CIDLen() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return int(C.quiclb_encoder_cid_len(e.c))
}

// CIDLength returns the length of a CID this encoder has issued, under its
// present or a former config, or of an unroutable one, by its first octet.
func (e *Encoder) CIDLength(firstOctet byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.c == nil {
		return 0, ErrClosed
	}
	n := C.quiclb_encoder_cid_length(e.c, C.uint8_t(firstOctet))
	if n < 0 {
		return 0, errorOf(n)
	}
	return int(n), nil
}
