// SPDX-License-Identifier: BSD-2-Clause

package quiclb

import (
	"bytes"
	"errors"
	"testing"
)

var testID = []byte{0xed, 0x79, 0x3a}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t testing.TB, err, wanted error) {
	t.Helper()
	if !errors.Is(err, wanted) {
		t.Fatalf("%v, not %v", err, wanted)
	}
}

func wantsPanic(t testing.TB, wanted any, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if r := recover(); r != wanted {
			t.Fatalf("panic %v, not %v", r, wanted)
		}
	}()
	f()
}

// fourPass has CIDs of 12 bytes, and a key of its own for each rotation.
func fourPass(rotation uint8) *Config {
	return &Config{Codec: "four-pass", ConfigRotation: rotation,
		ServerIDLen: 3, NonceLen: 8,
		Key: bytes.Repeat([]byte{0x50 + rotation}, KeyLen)}
}

func encoderOf(t testing.TB, config *Config, options EncoderOptions) *Encoder {
	t.Helper()
	if options.ServerID == nil {
		options.ServerID = testID
	}
	e, err := NewEncoder(config, &options)
	must(t, err)
	t.Cleanup(func() { e.Close() })
	return e
}

func decoderOf(t testing.TB, configs ...*Config) *Decoder {
	t.Helper()
	d, err := NewDecoder()
	must(t, err)
	t.Cleanup(func() { d.Close() })
	for _, config := range configs {
		must(t, d.Add(config))
	}
	return d
}

func next(t testing.TB, e *Encoder) []byte {
	t.Helper()
	cid, err := e.Next()
	must(t, err)
	return cid
}

func idOf(t testing.TB, b []byte) ServerID {
	t.Helper()
	id, err := NewServerID(b)
	must(t, err)
	return id
}

// names tells whether the CID decodes to testID.
func names(t testing.TB, decode func([]byte) (ServerID, error), cid []byte) {
	t.Helper()
	id, err := decode(cid)
	must(t, err)
	if id != idOf(t, testID) {
		t.Fatalf("%x decodes to %v", cid, id)
	}
}
