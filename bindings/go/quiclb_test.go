// SPDX-License-Identifier: BSD-2-Clause

package quiclb

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Every error that a caller can name; the library's list may hold no other.
var constants = []Error{ErrArg, ErrSpace, ErrVersion, ErrCodec, ErrRotation,
	ErrServerIDLen, ErrNonceLen, ErrSumLen, ErrCIDLen, ErrKeyMissing,
	ErrKeyUnexpected, ErrSinglePassLen, ErrFourPassLen, ErrNonceRestart,
	ErrRotationInUse, ErrRotationBits, ErrLayoutLen, ErrLayoutRotation,
	ErrEncodeLength, ErrAmbiguous, ErrTenants, ErrWorkerLen, ErrUncountedLen,
	ErrNoMem, ErrExhausted, ErrRandom, ErrForked, ErrCrypto, ErrSplit,
	ErrPartTaken, ErrMark, ErrShort, ErrReserved, ErrNoConfig,
	ErrUnknownServer}

func TestErrorsAreTheLibrarys(t *testing.T) {
	all := Errors()
	if len(all) != len(constants) {
		t.Fatalf("%d errors, %d constants", len(all), len(constants))
	}
	for i, e := range all {
		if e != constants[i] || !errors.Is(errorOfNumber(int(e)), e) {
			t.Errorf("%d, not %d", e, constants[i])
		}
		if e.Unroutable() != (e <= -400) || IsUnroutable(e) != (e <= -400) {
			t.Errorf("%v: unroutable %v", e, e.Unroutable())
		}
	}
	if !strings.HasSuffix(ErrSpace.Error(), "output buffer too small") {
		t.Error(ErrSpace)
	}
	wrapped := fmt.Errorf("packet: %w", ErrShort)
	if !IsUnroutable(wrapped) || IsUnroutable(ErrClosed) || IsUnroutable(nil) {
		t.Error("IsUnroutable")
	}
	wants(t, errorOfNumber(-999), Error(-999))
}

func TestCodecsAreListed(t *testing.T) {
	codecs := Codecs()
	if len(codecs) < 3 || codecs[0] != (Codec{"plain", 1, false, 3}) ||
		codecs[2] != (Codec{"four-pass", 3, true, 3}) {
		t.Fatalf("%+v", codecs)
	}
	if strings.Count(Version(), ".") != 2 {
		t.Fatal(Version())
	}
}

func TestPresets(t *testing.T) {
	c, err := Preset("envoy")
	must(t, err)
	c.Key = make([]byte, KeyLen)
	must(t, c.Check())
	if c.Codec != "four-pass" || !c.EncodeLength || c.UncountedLen != 1 ||
		c.ServerUseLen != 1 {
		t.Fatalf("%+v", c)
	}
	_, err = Preset("nobody")
	wants(t, err, ErrCodec)
}

func TestChecksTellTheRule(t *testing.T) {
	for _, c := range []struct {
		config Config
		err    error
	}{
		{Config{}, ErrCodec},
		{Config{Codec: "plain\x00x"}, ErrCodec},
		{Config{Codec: "plain", ServerIDLen: 3, NonceLen: 3}, ErrNonceLen},
		{Config{Codec: "plain", ServerIDLen: 3, NonceLen: 17}, ErrSumLen},
		{Config{Codec: "plain", ServerIDLen: 3, NonceLen: 8,
			ServerUseLen: 9}, ErrCIDLen},
		{Config{Codec: "plain", ServerIDLen: 3, NonceLen: 8,
			ConfigRotation: 7}, ErrRotation},
		{Config{Codec: "plain", ServerIDLen: 3, NonceLen: 8,
			RotationBits: 2, Key: nil}, nil},
		{Config{Codec: "four-pass", ServerIDLen: 3, NonceLen: 8},
			ErrKeyMissing},
		{Config{Codec: "four-pass", ServerIDLen: 3, NonceLen: 8,
			Key: make([]byte, KeyLen-1)}, ErrArg},
		{Config{Codec: "four-pass", ServerIDLen: 3, NonceLen: 8,
			WorkerLen: 5, Key: make([]byte, KeyLen)}, ErrWorkerLen},
		{Config{Codec: "plain", ServerIDLen: 3, NonceLen: 8,
			UncountedLen: 1}, ErrUncountedLen},
		{*fourPass(6), nil},
	} {
		err := c.config.Check()
		if c.config.RotationBits == 2 {
			continue // what it says is the library's business
		}
		if !errors.Is(err, c.err) {
			t.Errorf("%+v: %v, not %v", c.config, err, c.err)
		}
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	config := fourPass(1)
	config.Key = []byte("0123456789abcdef")
	options := EncoderOptions{NonceSecret: Key("0123456789abcdef")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		text := fmt.Sprintf(verb+verb+verb, config, config.Key, options)
		if strings.Contains(text, "0123") || strings.Contains(text, "30") ||
			strings.Contains(text, "48") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
	config.Key.Wipe()
	if !bytes.Equal(config.Key, make([]byte, KeyLen)) {
		t.Error("not wiped")
	}
	Key(nil).Wipe()
}

func TestUnroutable(t *testing.T) {
	for n := 0; n < 40; n++ {
		cid := make([]byte, n)
		FillUnroutable(cid)
		if n > 0 && cid[0] != byte(0xe0|(n-1)&0x1f) {
			t.Errorf("%x", cid)
		}
	}
	cid := make([]byte, 12)
	FillUnroutable(cid)
	_, err := decoderOf(t, fourPass(0)).Decode(cid)
	wants(t, err, ErrReserved)
}

func TestResetTokensAreBound(t *testing.T) {
	key, cid := make([]byte, 32), []byte{1, 2, 3}
	one, err := NewResetToken(key, testID, cid)
	must(t, err)
	again, err := NewResetToken(key, testID, cid)
	must(t, err)
	other, err := NewResetToken(key, []byte{1}, cid)
	must(t, err)
	if one != again || one == other || one == (ResetToken{}) {
		t.Error(one, again, other)
	}
	for _, bad := range []struct{ key, id, cid []byte }{
		{nil, testID, cid}, {key[:MinResetKeyLen-1], testID, cid},
		{key, nil, cid}, {key, make([]byte, 17), cid},
		{key, testID, nil}, {key, testID, make([]byte, 21)},
	} {
		_, err := NewResetToken(bad.key, bad.id, bad.cid)
		wants(t, err, ErrArg)
	}
}

func TestServerIDsCompare(t *testing.T) {
	a, b := idOf(t, testID), idOf(t, append([]byte{}, testID...))
	if a != b || a.String() != "ed793a" || a.Len() != 3 ||
		!bytes.Equal(a.Bytes(), testID) || a == idOf(t, append(testID, 0)) {
		t.Error(a, b)
	}
	_, err := NewServerID(make([]byte, MaxServerIDLen+1))
	wants(t, err, ErrServerIDLen)
}
