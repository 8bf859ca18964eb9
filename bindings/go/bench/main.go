// SPDX-License-Identifier: BSD-2-Clause

// Bench prints what calls cost, in ns per CID: a line of JSON for each codec
// and operation.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"quiclb"
)

const (
	nCIDs = 1024
	group = 64 // CIDs in one batch
)

type line struct {
	Language  string    `json:"language"`
	Codec     string    `json:"codec"`
	Operation string    `json:"operation"`
	NS        []float64 `json:"ns"`
}

type layout struct {
	codec              string
	serverID, nonceLen uint8
	keyed              bool
}

var layouts = []layout{
	{"plain", 3, 8, false},
	{"single-pass", 8, 8, true},
	{"four-pass", 3, 8, true},
}

// subject is what one codec is measured with.
type subject struct {
	encoder  *quiclb.Encoder
	decoder  *quiclb.Decoder
	serverID quiclb.ServerID
	cids     [][]byte

	results []quiclb.Result
	buffer  []byte
	sum     int // of what came out, so that nothing is left out
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func newSubject(l layout) *subject {
	config := &quiclb.Config{Codec: l.codec, ServerIDLen: l.serverID,
		NonceLen: l.nonceLen}
	if l.keyed {
		config.Key = make([]byte, quiclb.KeyLen)
	}
	id := []byte{1, 2, 3, 4, 5, 6, 7, 8}[:l.serverID]
	s := &subject{results: make([]quiclb.Result, group)}
	var err error
	s.encoder, err = quiclb.NewEncoder(config,
		&quiclb.EncoderOptions{ServerID: id})
	check(err)
	s.decoder, err = quiclb.NewDecoder()
	check(err)
	check(s.decoder.Add(config))
	s.serverID, err = quiclb.NewServerID(id)
	check(err)
	for i := 0; i < nCIDs; i++ {
		cid, err := s.encoder.Next()
		check(err)
		s.cids = append(s.cids, cid)
	}
	return s
}

func (s *subject) next(i int) {
	cid, err := s.encoder.Next()
	check(err)
	s.sum += len(cid)
}

func (s *subject) appendNext(i int) {
	var err error
	s.buffer, err = s.encoder.AppendNext(s.buffer[:0])
	check(err)
	s.sum += len(s.buffer)
}

func (s *subject) decode(i int) {
	id, err := s.decoder.Decode(s.cids[i%nCIDs])
	check(err)
	if id != s.serverID {
		log.Fatal("another server ID")
	}
	s.sum += id.Len()
}

func (s *subject) decodeBatch(i int) {
	if i%group != 0 {
		return
	}
	from := i % nCIDs
	n, err := s.decoder.DecodeBatch(s.results, s.cids[from:from+group])
	check(err)
	if n != group || s.results[n-1].ServerID != s.serverID {
		log.Fatal("another server ID")
	}
	s.sum += n
}

// measure returns ns per CID, of one sample.
func measure(operation func(int), calls int) float64 {
	start := time.Now()
	for i := 0; i < calls; i++ {
		operation(i)
	}
	return float64(time.Since(start).Nanoseconds()) / float64(calls)
}

func main() {
	samples := flag.Int("samples", 20, "numbers for each line")
	calls := flag.Int("calls", 100000, "CIDs for each number")
	more := flag.Bool("more", false, "next into a buffer that is kept, too")
	flag.Parse()
	*calls = (*calls + group - 1) / group * group
	for _, l := range layouts {
		s := newSubject(l)
		operations := []struct {
			name string
			run  func(int)
		}{
			{"next", s.next},
			{"decode", s.decode},
			{"decode_batch", s.decodeBatch},
			{"next_append", s.appendNext},
		}
		if !*more {
			operations = operations[:3]
		}
		for _, operation := range operations {
			measure(operation.run, *calls) // to warm up
			ns := make([]float64, *samples)
			for i := range ns {
				ns[i] = measure(operation.run, *calls)
			}
			text, err := json.Marshal(line{"Go", l.codec,
				operation.name, ns})
			check(err)
			fmt.Println(string(text))
		}
		fmt.Fprintf(os.Stderr, "# %s: sum %d\n", l.codec, s.sum)
	}
}
