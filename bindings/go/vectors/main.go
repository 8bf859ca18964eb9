// SPDX-License-Identifier: BSD-2-Clause

// Vectors checks every row of tests/vectors against the binding, and prints
// TAP: one case per codec.
package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"quiclb"
)

const head = "# quiclb vectors, format 2"

// row is one vector, by the columns of tests/vectors/README.md.
type row struct {
	name, codec                  string
	config                       quiclb.Config
	first                        []byte
	serverID, nonce, use, wanted []byte
}

// fields reads columns one after the other; the first error stays.
type fields struct {
	columns []string
	err     error
}

func (f *fields) text() string {
	column := f.columns[0]
	f.columns = f.columns[1:]
	return column
}

func (f *fields) number() uint8 {
	n, err := strconv.ParseUint(f.text(), 10, 8)
	if f.err == nil {
		f.err = err
	}
	return uint8(n)
}

func (f *fields) hex() []byte {
	column := f.text()
	if column == "-" {
		return nil
	}
	b, err := hex.DecodeString(column)
	if f.err == nil {
		f.err = err
	}
	return b
}

func parse(line string) (row, error) {
	f := &fields{columns: strings.Fields(line)}
	if len(f.columns) != 11 {
		return row{}, fmt.Errorf("%d columns", len(f.columns))
	}
	r := row{name: f.text(), codec: f.text()}
	r.config.Codec = r.codec
	r.config.RotationBits = f.number()
	r.config.ConfigRotation = f.number()
	if f.columns[0] == "-" {
		f.text()
	} else {
		r.config.EncodeLength = true
		r.config.UncountedLen = f.number()
	}
	r.first = f.hex()
	r.config.Key = f.hex()
	r.serverID, r.nonce, r.use, r.wanted = f.hex(), f.hex(), f.hex(), f.hex()
	r.config.ServerIDLen = uint8(len(r.serverID))
	r.config.NonceLen = uint8(len(r.nonce))
	r.config.ServerUseLen = uint8(len(r.use))
	return r, f.err
}

func load(path string) ([]row, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(string(text), "\n")
	if lines[0] != head {
		return nil, errors.New("another format")
	}
	var rows []row
	for i, line := range lines {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		r, err := parse(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		rows = append(rows, r)
	}
	if rows == nil {
		return nil, errors.New("no rows")
	}
	return rows, nil
}

func (r *row) encodes() error {
	e, err := quiclb.NewEncoder(&r.config, &quiclb.EncoderOptions{
		ServerID: r.serverID, ShortNonce: true})
	if err != nil {
		return err
	}
	defer e.Close()
	low := uint8(0xff) // where the length stands instead it must win
	if len(r.first) == 1 && !r.config.EncodeLength {
		low = r.first[0]
	}
	cid, err := e.Encode(&quiclb.Parts{Nonce: r.nonce, ServerUse: r.use,
		LowBits: &low})
	return same("encode", cid, r.wanted, err)
}

func same(what string, is, wanted []byte, err error) error {
	if err == nil && !bytes.Equal(is, wanted) {
		err = fmt.Errorf("%x, not %x", is, wanted)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", what, err)
	}
	return err
}

func (r *row) reads(d *quiclb.Decoder) error {
	out, err := d.Read(r.wanted)
	if err == nil && (out.ConfigRotation != r.config.ConfigRotation ||
		out.CIDLen != len(r.wanted) || out.Tenant != 0) {
		err = fmt.Errorf("%+v", out)
	}
	err = same("read", out.ServerID.Bytes(), r.serverID, err)
	return same("nonce", out.Nonce(), r.nonce, err)
}

func (r *row) decodes(d *quiclb.Decoder) error {
	id, err := d.Decode(r.wanted)
	if err := same("decode", id.Bytes(), r.serverID, err); err != nil {
		return err
	}
	// more than go to C at once, and one that is none among them
	cids := make([][]byte, 100)
	for i := range cids {
		cids[i] = r.wanted
	}
	cids[70] = nil
	results := make([]quiclb.Result, len(cids))
	n, err := d.DecodeBatch(results, cids)
	if err != nil || n != len(cids)-1 ||
		!errors.Is(results[70].Err, quiclb.ErrShort) {
		return fmt.Errorf("batch: %d, %v, %v", n, err, results[70])
	}
	results[70] = results[0]
	for _, result := range results {
		err := same("batch", result.ServerID.Bytes(), r.serverID,
			result.Err)
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *row) check() error {
	d, err := quiclb.NewDecoder()
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Add(&r.config); err != nil {
		return err
	}
	for _, check := range []func() error{
		r.encodes,
		func() error { return r.reads(d) },
		func() error { return r.decodes(d) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// run checks the rows of one codec.
func run(codec string, rows []row) (passed, failed int) {
	for _, r := range rows {
		if r.codec != codec {
			continue
		}
		if err := r.check(); err != nil {
			fmt.Printf("# %s: %v\n", r.name, err)
			failed++
		} else {
			passed++
		}
	}
	fmt.Printf("# vectors Go %s %d %d\n", codec, passed, failed)
	return passed, failed
}

// files loads all there are; each that cannot be read is a case that fails.
func files(folder string) (rows []row, bad int) {
	paths, _ := filepath.Glob(filepath.Join(folder, "*.txt"))
	for _, path := range paths {
		more, err := load(path)
		if err != nil {
			fmt.Printf("# %s: %v\n", path, err)
			bad++
		}
		rows = append(rows, more...)
	}
	return rows, bad
}

func main() {
	codecs := quiclb.Codecs()
	rows, bad := files(filepath.Join(os.Getenv("QUICLB_SOURCE"),
		"tests", "vectors"))
	fmt.Printf("1..%d\n", len(codecs)+1)
	fmt.Printf("%s 1 - files\n", verdict(bad == 0 && len(rows) > 0))
	ok := bad == 0
	for i, codec := range codecs {
		passed, failed := run(codec.Name, rows)
		good := passed > 0 && failed == 0
		fmt.Printf("%s %d - %s\n", verdict(good), i+2, codec.Name)
		ok = ok && good
		rows = without(rows, codec.Name)
	}
	for _, r := range rows {
		fmt.Printf("# %s: no such codec\n", r.name)
		ok = false
	}
	if !ok {
		os.Exit(1)
	}
}

func verdict(good bool) string {
	if good {
		return "ok"
	}
	return "not ok"
}

func without(rows []row, codec string) []row {
	var others []row
	for _, r := range rows {
		if r.codec != codec {
			others = append(others, r)
		}
	}
	return others
}
