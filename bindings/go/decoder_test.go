// SPDX-License-Identifier: BSD-2-Clause

package quiclb

import (
	"bytes"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestDecodingTellsWhatIsWrong(t *testing.T) {
	config := fourPass(2)
	config.ServerUseLen = 2
	d := decoderOf(t, config)
	cid := next(t, encoderOf(t, config, EncoderOptions{}))
	names(t, d.Decode, cid)
	names(t, d.Decode, append(append([]byte{}, cid...), make([]byte, 1500)...))
	names(t, d.Decode, cid[:12]) // server-use bytes are not needed
	for _, c := range []struct {
		cid []byte
		err error
	}{{nil, ErrShort}, {[]byte{}, ErrShort}, {cid[:11], ErrShort},
		{[]byte{0xe0}, ErrReserved}, {[]byte{0x20}, ErrNoConfig}} {
		_, err := d.Decode(c.cid)
		wants(t, err, c.err)
		_, err = d.Read(c.cid)
		wants(t, err, c.err)
		if !IsUnroutable(err) {
			t.Error(err)
		}
	}
	if n, err := d.CIDLen(cid[0]); n != 14 || err != nil {
		t.Error(n, err)
	}
	_, err := d.CIDLen(0xe0)
	wants(t, err, ErrReserved)
	wants(t, d.Add(config), ErrRotationInUse)
	wants(t, d.Add(nil), ErrArg)
	must(t, d.Remove(cid[0]))
	wants(t, d.Remove(cid[0]), ErrNoConfig)
	_, err = d.Decode(cid)
	wants(t, err, ErrNoConfig)
}

// Batches longer and shorter than what goes to C at once, errors among them.
func TestBatchesAreSingleCalls(t *testing.T) {
	d := decoderOf(t, fourPass(0), fourPass(1))
	var cids [][]byte
	for _, rotation := range []uint8{0, 1, 3} {
		e := encoderOf(t, fourPass(rotation), EncoderOptions{})
		for i := 0; i < 50; i++ {
			cids = append(cids, append(next(t, e), make([]byte, i)...),
				next(t, e)[:i%12])
		}
	}
	for _, n := range []int{0, 1, 63, 64, 65, 128, 299, 300} {
		results := make([]Result, n+1)
		results[n].Err = ErrClosed
		known, err := d.DecodeBatch(results, cids[:n])
		must(t, err)
		for i, cid := range cids[:n] {
			id, err := d.Decode(cid)
			if err == nil {
				known--
			}
			if results[i].ServerID != id || !errors.Is(results[i].Err, err) {
				t.Errorf("%x: %v, %v %v", cid, results[i], id, err)
			}
		}
		if known != 0 || results[n].Err != ErrClosed {
			t.Error(n, known, results[n])
		}
	}
	_, err := d.DecodeBatch(make([]Result, 2), cids[:3])
	wants(t, err, ErrSpace)
	_, err = d.DecodeBatch(nil, cids[:1])
	wants(t, err, ErrSpace)
}

// tenants has two configs of one rotation; server is known to tenant 7 alone.
func tenants(t *testing.T, known func(uint32, ServerID) bool) (*Decoder, []byte) {
	first, second := fourPass(0), fourPass(0)
	second.Key = make([]byte, KeyLen)
	d := decoderOf(t)
	must(t, d.SetKnown(known))
	must(t, d.AddTenant(first, 5))
	must(t, d.AddTenant(second, 7))
	wants(t, d.Add(nil), ErrArg)
	return d, next(t, encoderOf(t, second, EncoderOptions{}))
}

func TestTenants(t *testing.T) {
	var asked int32
	d, cid := tenants(t, func(tenant uint32, id ServerID) bool {
		atomic.AddInt32(&asked, 1)
		return tenant == 7 && id.String() == "ed793a"
	})
	names(t, d.Decode, cid)
	if out, err := d.Read(cid); err != nil || out.Tenant != 7 || asked != 4 {
		t.Errorf("%+v %v %d", out, err, asked)
	}
	results := make([]Result, 70)
	cids := make([][]byte, 70)
	for i := range cids {
		cids[i] = cid
	}
	if n, err := d.DecodeBatch(results, cids); n != 70 || err != nil {
		t.Error(n, err)
	}
	must(t, d.SetKnown(func(uint32, ServerID) bool { return false }))
	_, err := d.Decode(cid)
	wants(t, err, ErrUnknownServer)
	wants(t, decoderOf(t, fourPass(0)).AddTenant(fourPass(0), 1),
		ErrRotationInUse)
}

func TestKnownMayPanic(t *testing.T) {
	bad := true
	other := decoderOf(t, fourPass(0))
	d, cid := tenants(t, func(tenant uint32, id ServerID) bool {
		// another call into C must not lose the panic, nor take it
		other.Decode(make([]byte, 12))
		if bad {
			panic("known")
		}
		return tenant == 7
	})
	results := make([]Result, 70)
	for i := 0; i < 3; i++ {
		wantsPanic(t, "known", func() { d.Decode(cid) })
		wantsPanic(t, "known", func() { d.Read(cid) })
		wantsPanic(t, "known", func() {
			d.DecodeBatch(results, [][]byte{cid, cid, cid})
		})
	}
	bad = false
	names(t, d.Decode, cid)
	must(t, d.Close()) // no lock was left behind
}

// A panic that a callback recovers from is not the panic of the call around it.
func TestPanicsInsideCallbacks(t *testing.T) {
	inner, cid := tenants(t, func(uint32, ServerID) bool { panic("inner") })
	outer, _ := tenants(t, func(tenant uint32, id ServerID) bool {
		wantsPanic(t, "inner", func() { inner.Decode(cid) })
		return tenant == 7
	})
	names(t, outer.Decode, cid)
}

// Whatever changes a decoder waits for those who read it.
func TestChangesWaitForReaders(t *testing.T) {
	for i, change := range []func(*Decoder) error{
		func(d *Decoder) error { return d.Add(fourPass(1)) },
		func(d *Decoder) error { return d.AddTenant(fourPass(1), 1) },
		func(d *Decoder) error { return d.Remove(0) },
		func(d *Decoder) error { return d.SetKnown(nil) },
		func(d *Decoder) error { _, err := NewTable(d); return err },
		func(d *Decoder) error { return d.Close() },
	} {
		change := change
		d := decoderOf(t, fourPass(0))
		done := make(chan error, 1)
		d.mu.RLock()
		go func() { done <- change(d) }()
		time.Sleep(10 * time.Millisecond)
		if len(done) != 0 {
			t.Errorf("change %d did not wait", i)
		}
		d.mu.RUnlock()
		must(t, <-done)
	}
}

// Panics of many goroutines in one decoder: each gets its own.
func TestPanicsFindTheirGoroutine(t *testing.T) {
	var group sync.WaitGroup
	d, _ := tenants(t, func(tenant uint32, id ServerID) bool { panic(id) })
	for i := 0; i < 4; i++ {
		config := fourPass(0)
		config.ServerIDLen, config.NonceLen = 3, 8
		e := encoderOf(t, config, EncoderOptions{
			ServerID: []byte{byte(i), 2, 3}})
		cid := next(t, e)
		wanted := idOf(t, []byte{byte(i), 2, 3})
		group.Add(1)
		go func() {
			defer group.Done()
			for j := 0; j < 500; j++ {
				func() {
					defer func() {
						if r := recover(); r != wanted {
							t.Errorf("%v, not %v", r, wanted)
						}
					}()
					d.Decode(cid)
				}()
			}
		}()
	}
	group.Wait()
}

// A callback that grows the goroutine's stack moves it while C is at work.
func TestStacksMayMove(t *testing.T) {
	var grow func(n int) int
	grow = func(n int) int {
		var room [1024]byte
		if n == 0 {
			return int(room[0])
		}
		return grow(n-1) + int(room[n%1024])
	}
	d, cid := tenants(t, func(tenant uint32, id ServerID) bool {
		return grow(200)+int(tenant) == 7
	})
	done := make(chan bool)
	for i := 0; i < 20; i++ {
		go func() {
			var local [12]byte
			var results [3]Result
			copy(local[:], cid)
			id, err := d.Decode(local[:])
			_, batch := d.DecodeBatch(results[:], [][]byte{local[:], nil,
				local[:]})
			done <- err == nil && batch == nil && id.String() == "ed793a" &&
				results[2].ServerID == id && results[1].Err != nil
		}()
	}
	for i := 0; i < 20; i++ {
		if !<-done {
			t.Error("lost")
		}
	}
}

// Readers of a Decoder while configs come and go.
func TestDecoderChangesUnderReaders(t *testing.T) {
	d := decoderOf(t, fourPass(0))
	cid := next(t, encoderOf(t, fourPass(0), EncoderOptions{}))
	later := next(t, encoderOf(t, fourPass(1), EncoderOptions{}))
	var stop int32
	var group sync.WaitGroup
	for i := 0; i < 3; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for atomic.LoadInt32(&stop) == 0 {
				if _, err := d.Decode(cid); err != nil {
					t.Error(err)
				}
				if _, err := d.Decode(later); err != nil &&
					!errors.Is(err, ErrNoConfig) {
					t.Error(err)
				}
			}
		}()
	}
	for i := 0; i < 200; i++ {
		must(t, d.Add(fourPass(1)))
		must(t, d.Remove(0x20))
	}
	atomic.StoreInt32(&stop, 1)
	group.Wait()
}

// spread starts readers of a table, which count what they decoded.
func spread(t *testing.T, table *Table, n int, cids [][]byte,
	count *int64) *sync.WaitGroup {
	group := new(sync.WaitGroup)
	for i := 0; i < n; i++ {
		r, err := table.NewReader()
		must(t, err)
		group.Add(1)
		go func() {
			defer group.Done()
			defer r.Close()
			results := make([]Result, len(cids))
			for {
				n, err := r.DecodeBatch(results, cids)
				if errors.Is(err, ErrClosed) {
					return
				}
				if n != 1 || err != nil {
					t.Error(n, err)
				}
				atomic.AddInt64(count, 1)
			}
		}()
	}
	return group
}

// Each decoder knows one of two configs, through a callback of its own.
func TestTableSwapsUnderReaders(t *testing.T) {
	var cids [][]byte
	for i := uint8(0); i < 2; i++ {
		cids = append(cids, next(t, encoderOf(t, fourPass(i),
			EncoderOptions{})))
	}
	made := func(i int) *Decoder {
		d := decoderOf(t)
		must(t, d.SetKnown(func(tenant uint32, id ServerID) bool {
			return tenant == uint32(i)
		}))
		must(t, d.AddTenant(fourPass(uint8(i%2)), uint32(i)))
		return d
	}
	table, err := NewTable(made(0))
	must(t, err)
	var count int64
	group := spread(t, table, 3, cids, &count)
	for i := 1; i < 300; i++ {
		d := made(i)
		must(t, table.Swap(d))
		wants(t, d.Add(fourPass(5)), ErrClosed)
		wants(t, table.Swap(d), ErrClosed)
	}
	for atomic.LoadInt64(&count) < 100 {
		time.Sleep(time.Millisecond)
	}
	must(t, table.Close())
	group.Wait()
	wants(t, table.Swap(made(0)), ErrClosed)
	_, err = table.NewReader()
	wants(t, err, ErrClosed)
}

func TestReaderSeesTheDecoderInForce(t *testing.T) {
	table, err := NewTable(decoderOf(t, fourPass(0)))
	must(t, err)
	r, err := table.NewReader()
	must(t, err)
	old := next(t, encoderOf(t, fourPass(0), EncoderOptions{}))
	cid := next(t, encoderOf(t, fourPass(1), EncoderOptions{}))
	names(t, r.Decode, old)
	must(t, table.Swap(decoderOf(t, fourPass(1))))
	_, err = r.Decode(old)
	wants(t, err, ErrNoConfig)
	names(t, r.Decode, cid)
	if out, err := r.Read(cid); err != nil || out.ConfigRotation != 1 ||
		!bytes.Equal(out.ServerID.Bytes(), testID) {
		t.Errorf("%+v %v", out, err)
	}
	if n, err := r.CIDLen(cid[0]); n != 12 || err != nil {
		t.Error(n, err)
	}
	must(t, table.Close())
	must(t, table.Close())
	_, err = r.Decode(cid)
	wants(t, err, ErrClosed)
	must(t, r.Close())
	must(t, r.Close())
}
