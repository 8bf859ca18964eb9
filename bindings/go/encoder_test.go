// SPDX-License-Identifier: BSD-2-Clause

package quiclb

import (
	"bytes"
	"errors"
	"io"
	"math"
	"sync"
	"testing"
)

func TestNextNamesTheServer(t *testing.T) {
	e, d := encoderOf(t, fourPass(2), EncoderOptions{}), decoderOf(t, fourPass(2))
	seen := map[string]bool{}
	for i := 0; i < 1000; i++ {
		cid := next(t, e)
		if len(cid) != e.CIDLen() || len(cid) != 12 || seen[string(cid)] {
			t.Fatalf("%x", cid)
		}
		seen[string(cid)] = true
		names(t, d.Decode, cid)
	}
	left := e.Remaining()
	next(t, e)
	if e.Remaining() != left-1 {
		t.Error(left, e.Remaining())
	}
	both, err := e.AppendNext([]byte{7})
	must(t, err)
	if len(both) != 13 || both[0] != 7 {
		t.Fatalf("%x", both)
	}
	names(t, d.Decode, both[1:])
}

func TestBatchKeepsToItsStrides(t *testing.T) {
	e, d := encoderOf(t, fourPass(0), EncoderOptions{}), decoderOf(t, fourPass(0))
	dst := bytes.Repeat([]byte{0xaa}, 16*100+15)
	n, err := e.NextBatch(dst, 16)
	if err != nil || n != 100 {
		t.Fatal(n, err)
	}
	for i := 0; i < n; i++ {
		names(t, d.Decode, dst[16*i:16*i+12])
		if !bytes.Equal(dst[16*i+12:16*i+16], bytes.Repeat([]byte{0xaa}, 4)) {
			t.Fatalf("%x", dst[16*i:16*i+16])
		}
	}
	for _, stride := range []int{-1, 0, 11} {
		_, err := e.NextBatch(dst, stride)
		wants(t, err, ErrSpace)
	}
	if n, err := e.NextBatch(dst[:15], 16); n != 0 || err != nil {
		t.Error(n, err)
	}
	if n, err := e.NextBatch(nil, 16); n != 0 || err != nil {
		t.Error(n, err)
	}
}

func TestPartsAreTaken(t *testing.T) {
	config := fourPass(1)
	config.WorkerLen, config.ServerUseLen = 2, 3
	e := encoderOf(t, config, EncoderOptions{Worker: []byte{8, 9},
		ShortNonce: true})
	low := uint8(0x1f)
	parts := Parts{[]byte("abcdefgh"), []byte("xyz"), &low}
	cid, err := e.Encode(&parts)
	must(t, err)
	again, err := e.AppendEncode(nil, &parts)
	if err != nil || !bytes.Equal(cid, again) || cid[0] != 0x3f ||
		string(cid[12:]) != "xyz" {
		t.Fatalf("%x %x %v", cid, again, err)
	}
	out, err := decoderOf(t, config).Read(cid)
	must(t, err)
	if string(out.Nonce()) != "abcdefgh" || string(out.Worker()) != "ab" ||
		out.CIDLen != 15 || out.ConfigRotation != 1 {
		t.Fatalf("%+v", out)
	}
	out, err = decoderOf(t, config).Read(next(t, e))
	if err != nil || !bytes.Equal(out.Worker(), []byte{8, 9}) {
		t.Fatalf("%+v %v", out, err)
	}
}

func TestLengthsAreChecked(t *testing.T) {
	config := fourPass(1)
	config.WorkerLen, config.ServerUseLen = 2, 3
	good := EncoderOptions{ServerID: testID, Worker: []byte{8, 9},
		ShortNonce: true}
	for _, change := range []func(*EncoderOptions){
		func(o *EncoderOptions) { o.ServerID = nil },
		func(o *EncoderOptions) { o.ServerID = testID[:2] },
		func(o *EncoderOptions) { o.Worker = nil },
		func(o *EncoderOptions) { o.Worker = []byte{1} },
		func(o *EncoderOptions) { o.Worker = make([]byte, 300) },
		func(o *EncoderOptions) { o.ServerUse = []byte{1} },
		func(o *EncoderOptions) { o.ServerUse = make([]byte, 4) },
		func(o *EncoderOptions) { o.NonceSecret = make([]byte, 31) },
		func(o *EncoderOptions) { o.NonceSecret = make([]byte, 32) },
		func(o *EncoderOptions) {
			o.StoreMark = func(uint64) error { return nil }
		},
	} {
		options := good
		change(&options)
		_, err := NewEncoder(config, &options)
		wants(t, err, ErrArg)
	}
	e, err := NewEncoder(config, &good)
	must(t, err)
	defer e.Close()
	for _, parts := range []*Parts{nil, {Nonce: make([]byte, 7)},
		{Nonce: make([]byte, 9)}, {ServerUse: make([]byte, 2)}} {
		_, err := e.Encode(parts)
		wants(t, err, ErrArg)
	}
	good.ShortNonce = false
	_, err = NewEncoder(config, &good)
	wants(t, err, ErrNonceRestart)
	_, err = NewEncoder(nil, &good)
	wants(t, err, ErrArg)
	_, err = NewEncoder(config, nil)
	wants(t, err, ErrArg)
}

// marked has 131,072 nonces left, and a store that can be told to fail.
func marked(t *testing.T, store func(uint64) error,
	threshold func(uint64)) *Encoder {
	config := fourPass(0)
	config.NonceLen = 4
	return encoderOf(t, config, EncoderOptions{
		NonceSecret:      make([]byte, NonceSecretLen),
		StoreMark:        store,
		Mark:             1<<32 - 2*MarkStep,
		ThresholdReached: threshold,
		Threshold:        1000,
	})
}

func TestMarkThresholdAndEnd(t *testing.T) {
	var marks, thresholds []uint64
	e := marked(t, func(mark uint64) error {
		marks = append(marks, mark)
		return nil
	}, func(left uint64) { thresholds = append(thresholds, left) })
	all, cids := map[string]bool{}, make([]byte, 1<<20)
	for {
		n, err := e.NextBatch(cids, 8)
		if err != nil {
			wants(t, err, ErrExhausted)
			break
		}
		for i := 0; i < n; i++ {
			all[string(cids[8*i:8*i+8])] = true
		}
	}
	if len(all) != 2*MarkStep || len(marks) != 2 || len(thresholds) != 1 ||
		thresholds[0] > 1000 || e.Remaining() != 0 {
		t.Fatal(len(all), marks, thresholds, e.Remaining())
	}
	_, err := e.Next()
	wants(t, err, ErrExhausted)
	if e.Fill(cids[:8]) || cids[0]>>5 != 7 {
		t.Errorf("%x", cids[:8])
	}
}

func TestMarkThatFails(t *testing.T) {
	fails := io.ErrClosedPipe
	e := marked(t, func(uint64) error { return fails }, nil)
	_, err := e.Next()
	wants(t, err, ErrMark)
	wants(t, err, io.ErrClosedPipe)
	if IsUnroutable(err) || err.Error() == ErrMark.Error() {
		t.Error(err)
	}
	_, err = e.NextBatch(make([]byte, 80), 8)
	wants(t, err, ErrMark)
	if e.Fill(make([]byte, 8)) {
		t.Error("filled")
	}
	fails = nil
	next(t, e)
}

func TestPanicsComeBack(t *testing.T) {
	panics := errors.New("no")
	bad := true
	e := marked(t, func(uint64) error {
		if bad {
			panic(panics)
		}
		return nil
	}, func(uint64) { panic("threshold") })
	wantsPanic(t, panics, func() { e.Next() })
	wantsPanic(t, panics, func() { e.NextBatch(make([]byte, 80), 8) })
	wantsPanic(t, panics, func() { e.Fill(make([]byte, 8)) })
	bad = false
	next(t, e)
	cids := make([]byte, 8*(2*MarkStep-1002))
	if n, err := e.NextBatch(cids, 8); n != len(cids)/8 || err != nil {
		t.Fatal(n, err)
	}
	wantsPanic(t, "threshold", func() { e.Next() })
	next(t, e)
	bad = true
	other := marked(t, func(uint64) error { e.Next(); panic(nil) }, nil)
	wantsPanic(t, nil, func() { other.Next() })
}

func TestFillCannotFail(t *testing.T) {
	e, d := encoderOf(t, fourPass(0), EncoderOptions{}), decoderOf(t, fourPass(0))
	cid := make([]byte, 12)
	if !e.Fill(cid) {
		t.Error("not the next")
	}
	names(t, d.Decode, cid)
	for _, n := range []int{0, 1, 8, 11, 13, 20, 100} {
		cid := make([]byte, n)
		if e.Fill(cid) || n > 0 && cid[0] != byte(0xe0|(n-1)&0x1f) {
			t.Errorf("%x", cid)
		}
	}
	var none *Encoder
	e.Close()
	if e.Fill(cid) || cid[0] != 0xeb || none.Fill(cid) || cid[0] != 0xeb {
		t.Errorf("%x", cid)
	}
}

func TestRotation(t *testing.T) {
	old, longer := fourPass(0), fourPass(1)
	longer.NonceLen = 10
	e := encoderOf(t, old, EncoderOptions{})
	next(t, e)
	same := encoderOf(t, old, EncoderOptions{})
	wants(t, e.Rotate(same), ErrRotationInUse)
	next(t, same) // unchanged
	wants(t, e.Rotate(same), ErrArg)
	wants(t, e.Rotate(e), ErrArg)
	wants(t, e.Rotate(nil), ErrArg)
	fresh := encoderOf(t, longer, EncoderOptions{})
	must(t, e.Rotate(fresh))
	_, err := fresh.Next()
	wants(t, err, ErrClosed)
	wants(t, e.Rotate(fresh), ErrClosed)
	names(t, decoderOf(t, longer).Decode, next(t, e))
	if _, err := e.Encode(&Parts{Nonce: make([]byte, 10)}); err != nil {
		t.Error(err)
	}
	_, err = e.Encode(&Parts{Nonce: make([]byte, 8)})
	wants(t, err, ErrArg)
	for _, c := range []struct{ first, len int }{{0x05, 12}, {0x25, 14},
		{0xe7, 8}} {
		if n, err := e.CIDLength(byte(c.first)); n != c.len || err != nil {
			t.Error(c, n, err)
		}
	}
	wants(t, e.Retire(0x20), ErrRotationInUse)
	must(t, e.Retire(0x00))
	wants(t, e.Retire(0x00), ErrNoConfig)
	_, err = e.CIDLength(0x05)
	wants(t, err, ErrNoConfig)
	_, err = e.CIDLength(0xff)
	wants(t, err, ErrReserved)
}

// The callbacks are those of the config in use, before and after.
func TestRotationTakesCallbacks(t *testing.T) {
	called := ""
	e := encoderOf(t, fourPass(0), EncoderOptions{Threshold: math.MaxUint64,
		ThresholdReached: func(uint64) { called += "old " }})
	next(t, e)
	must(t, e.Rotate(encoderOf(t, fourPass(1), EncoderOptions{
		Threshold:        math.MaxUint64,
		ThresholdReached: func(uint64) { called += "new" }})))
	next(t, e)
	if called != "old new" {
		t.Error(called)
	}
}

func TestPartsNeverMeet(t *testing.T) {
	const parts, each = 4, 5000
	calls := 0
	whole := encoderOf(t, fourPass(0), EncoderOptions{})
	var all sync.Map
	var group sync.WaitGroup
	for i := uint32(0); i < parts; i++ {
		part, err := whole.Split(i, parts)
		must(t, err)
		defer part.Close()
		group.Add(1)
		go func() {
			defer group.Done()
			for j := 0; j < each; j++ {
				cid, err := part.Next()
				if _, twice := all.LoadOrStore(string(cid), 0); twice ||
					err != nil {
					t.Errorf("%x %v", cid, err)
				}
			}
		}()
	}
	_, err := whole.Split(0, parts)
	wants(t, err, ErrPartTaken)
	_, err = whole.Split(parts, parts)
	wants(t, err, ErrArg)
	_, err = whole.Next()
	wants(t, err, ErrSplit)
	whole.Close()
	group.Wait()
	all.Range(func(any, any) bool { calls++; return true })
	if calls != parts*each {
		t.Error(calls)
	}
}

// Callbacks outlive the encoder they were given to, for its parts have them.
func TestPartsKeepCallbacks(t *testing.T) {
	marks := 0
	whole := marked(t, func(uint64) error { marks++; return nil }, nil)
	a, err := whole.Split(0, 2)
	must(t, err)
	b, err := whole.Split(1, 2)
	must(t, err)
	whole.Close()
	a.Close()
	next(t, b)
	b.Close()
	if marks != 1 {
		t.Error(marks)
	}
}

// One encoder of many goroutines, too: they take turns.
func TestEncoderIsShared(t *testing.T) {
	e := encoderOf(t, fourPass(0), EncoderOptions{})
	var all sync.Map
	var group sync.WaitGroup
	for i := 0; i < 4; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for j := 0; j < 2000; j++ {
				cid, err := e.Next()
				if _, twice := all.LoadOrStore(string(cid), 0); twice ||
					err != nil {
					t.Errorf("%x %v", cid, err)
				}
			}
		}()
	}
	group.Wait()
}
