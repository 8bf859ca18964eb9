// SPDX-License-Identifier: BSD-2-Clause

package quiclb

import (
	"bytes"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"quiclb/internal/probe"
)

// cycle makes one of everything, with callbacks; what is given to close is
// closed, else forgotten.
func cycle(close func(interface{ Close() error })) {
	config := fourPass(0)
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	e, err := NewEncoder(config, &EncoderOptions{ServerID: testID,
		NonceSecret: make([]byte, NonceSecretLen),
		StoreMark:   func(uint64) error { return nil }})
	must(err)
	part, err := e.Split(0, 2)
	must(err)
	fresh, err := NewEncoder(fourPass(1), &EncoderOptions{ServerID: testID,
		ThresholdReached: func(uint64) {}})
	must(err)
	must(part.Rotate(fresh))
	_, err = part.Next()
	must(err)
	var decoders [3]*Decoder
	for i := range decoders {
		d, err := NewDecoder()
		must(err)
		must(d.SetKnown(func(uint32, ServerID) bool { return true }))
		must(d.Add(config))
		decoders[i] = d
	}
	table, err := NewTable(decoders[0])
	must(err)
	r, err := table.NewReader()
	must(err)
	r.Decode(make([]byte, 12))
	must(table.Swap(decoders[1]))
	for _, c := range []interface{ Close() error }{e, part, fresh, table, r,
		decoders[0], decoders[1], decoders[2]} {
		close(c)
	}
}

// settle lets finalizers run until it is done, or gives up.
func settle(done func() bool) bool {
	for i := 0; i < 400; i++ {
		runtime.GC()
		if done() {
			return true
		}
		time.Sleep(5 * time.Millisecond)
	}
	return false
}

// Threads that Go starts take some C memory, once; the least that a cycle can
// leave is a reader, 32 bytes.
func leaks(t *testing.T, close func(interface{ Close() error })) {
	const cycles, limit = 2000, 16
	for i := 0; i < cycles; i++ {
		cycle(close)
	}
	settle(func() bool { return probe.InUse() < 1<<20 })
	before := probe.InUse()
	for i := 0; i < cycles; i++ {
		cycle(close)
	}
	ok := settle(func() bool { return probe.InUse()-before < limit*cycles })
	t.Logf("# C heap before %d, after %d more cycles %d", before, cycles,
		probe.InUse())
	if !ok {
		t.Error("memory that is not given back")
	}
}

func TestNothingLeaks(t *testing.T) {
	leaks(t, func(c interface{ Close() error }) { c.Close() })
}

func TestForgottenIsFinalized(t *testing.T) {
	leaks(t, func(interface{ Close() error }) {})
}

// The key is in the memory of C while something is open, and not after.
func TestKeysAreWiped(t *testing.T) {
	if p := os.Getenv("MALLOC_PERTURB_"); p != "" && p != "0" {
		t.Skip("free() overwrites")
	}
	config := fourPass(0)
	copy(config.Key, "\xa7wiped?\x01\xfe\x02\xfd\x03\xfc\x04\xfb\x05")
	e := encoderOf(t, config, EncoderOptions{})
	d := decoderOf(t, config)
	names(t, d.Decode, next(t, e))
	open, err := probe.Found(config.Key)
	must(t, err)
	t.Logf("# while open in %d mappings", len(open))
	e.Close()
	d.Close()
	// a wiped part of the key would be one, too
	for _, part := range [][]byte{config.Key, config.Key[:8], config.Key[8:]} {
		left, err := probe.Found(part)
		must(t, err)
		if len(left) > 0 {
			t.Errorf("%x: %s", part, strings.Join(left, "\n"))
		}
	}
}

// A config that was checked or refused leaves no key in the heap of C. What the
// library leaves on a stack is overwritten by the next call.
func TestRefusedKeysAreWiped(t *testing.T) {
	config := fourPass(0)
	d := decoderOf(t, config)
	config.Key = Key("\xa6refused\x01\xfa\x02\xf9\x03\xf8\x04\xf7")
	for i, call := range []func() error{
		func() error { config.Check(); return ErrArg },
		func() error { return d.Add(config) },
		func() error { return d.AddTenant(config, 1) },
		func() error {
			_, err := NewEncoder(config, &EncoderOptions{})
			return err
		},
	} {
		if call() == nil {
			t.Fatal("not refused")
		}
		left, err := probe.Found(config.Key)
		must(t, err)
		if strings.Contains(strings.Join(left, "\n"), "[heap]") {
			t.Errorf("call %d: %s", i, left)
		}
	}
}

func TestProbeFinds(t *testing.T) {
	// in C's heap: what has been freed keeps most of its bytes
	e := encoderOf(t, &Config{Codec: "plain", ServerIDLen: 15, NonceLen: 4},
		EncoderOptions{ShortNonce: true,
			ServerID: []byte("\x81findmyserver\x82\x83")})
	found, err := probe.Found([]byte("\x81findmyserver\x82\x83"))
	must(t, err)
	if len(found) == 0 {
		t.Error("an open encoder's server ID is nowhere")
	}
	e.Close()
}

// What is called for each CID allocates nothing, errors neither.
func TestNothingIsAllocated(t *testing.T) {
	e, d := encoderOf(t, fourPass(0), EncoderOptions{}), decoderOf(t, fourPass(0))
	cid := next(t, e)
	table, err := NewTable(decoderOf(t, fourPass(0)))
	must(t, err)
	defer table.Close()
	r, err := table.NewReader()
	must(t, err)
	buffer := make([]byte, 0, 20)
	cids := [][]byte{cid, nil, cid}
	results := make([]Result, 3)
	parts := &Parts{Nonce: make([]byte, 8)}
	dst := make([]byte, 640)
	for name, call := range map[string]func(){
		"AppendNext": func() { e.AppendNext(buffer) },
		"AppendNext to the stack": func() {
			var local [20]byte
			e.AppendNext(local[:0])
		},
		"AppendEncode": func() { e.AppendEncode(buffer, parts) },
		"NextBatch":    func() { e.NextBatch(dst, 20) },
		"Fill":         func() { e.Fill(dst[:12]) },
		"Decode":       func() { d.Decode(cid) },
		"Decode of the stack": func() {
			var local [20]byte
			d.Decode(local[:])
		},
		"errors":             func() { d.Decode(nil) },
		"Read":               func() { d.Read(cid) },
		"Reader":             func() { r.Decode(cid) },
		"Reader.DecodeBatch": func() { r.DecodeBatch(results, cids) },
	} {
		if n := testing.AllocsPerRun(100, call); n >= 1 {
			t.Errorf("%s: %v", name, n)
		}
	}
	if !bytes.Equal(buffer, []byte{}) {
		t.Error(buffer)
	}
}

// What callbacks refer to can be collected once nothing in C calls them.
func TestCallbacksAreLetGo(t *testing.T) {
	var made, gone int32
	something := func() *[64]byte {
		made++
		p := new([64]byte)
		runtime.SetFinalizer(p, func(*[64]byte) { atomic.AddInt32(&gone, 1) })
		return p
	}
	threshold := func() EncoderOptions {
		p := something()
		return EncoderOptions{ThresholdReached: func(uint64) { p[0]++ }}
	}
	decoder := func() *Decoder {
		p := something()
		d := decoderOf(t)
		must(t, d.SetKnown(func(uint32, ServerID) bool { return p[0] == 0 }))
		return d
	}
	e := encoderOf(t, fourPass(0), threshold())
	part, err := e.Split(0, 1)
	must(t, err)
	must(t, e.Close())
	must(t, part.Rotate(encoderOf(t, fourPass(1), threshold())))
	must(t, part.Close())
	d := decoder()
	must(t, d.SetKnown(func(uint32, ServerID) bool { panic(something()) }))
	must(t, d.Add(fourPass(0)))
	func() {
		defer func() { recover() }()
		d.Decode(make([]byte, 12))
	}()
	must(t, d.SetKnown(nil))
	must(t, decoder().Close())
	table, err := NewTable(decoder())
	must(t, err)
	r, err := table.NewReader()
	must(t, err)
	r.CIDLen(0)
	must(t, table.Swap(decoder()))
	r.CIDLen(0)
	must(t, table.Close())
	r.CIDLen(0)
	_, err = NewEncoder(&Config{Codec: "plain"}, &EncoderOptions{
		ThresholdReached: threshold().ThresholdReached})
	wants(t, err, ErrServerIDLen)
	if !settle(func() bool { return atomic.LoadInt32(&gone) == made }) {
		t.Errorf("%d of %d", gone, made)
	}
	runtime.KeepAlive(d)
	runtime.KeepAlive(r)
}
