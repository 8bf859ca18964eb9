// SPDX-License-Identifier: BSD-2-Clause

// Server answers each stream with its server ID and what it read. Its
// connection IDs carry that server ID: they come from quiclbquic.
package main

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	quic "github.com/lucas-clemente/quic-go"

	"quiclb"
	"quiclb/quiclbquic"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// keyOf reads hex digits, with or without colons; no file: no key.
func keyOf(path string) quiclb.Key {
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	check(err)
	defer quiclb.Wipe(text)
	key, err := hex.DecodeString(strings.ReplaceAll(
		strings.TrimSpace(string(text)), ":", ""))
	check(err)
	return key
}

func generator(codec string, rotation, nonceLen uint, id []byte,
	key quiclb.Key) *quiclbquic.Generator {
	encoder, err := quiclb.NewEncoder(&quiclb.Config{
		Codec:          codec,
		ConfigRotation: uint8(rotation),
		ServerIDLen:    uint8(len(id)),
		NonceLen:       uint8(nonceLen),
		Key:            key,
	}, &quiclb.EncoderOptions{ServerID: id})
	key.Wipe()
	check(err)
	generator, err := quiclbquic.New(encoder)
	check(err)
	return generator
}

func answer(stream quic.Stream, id string) {
	request, err := io.ReadAll(stream)
	if err != nil {
		return
	}
	fmt.Fprintf(stream, "%s %s", id, request)
	stream.Close()
}

func serve(connection quic.Connection, id string) {
	for {
		stream, err := connection.AcceptStream(context.Background())
		if err != nil {
			return
		}
		go answer(stream, id)
	}
}

func main() {
	address := flag.String("listen", "::", "address")
	port := flag.Int("port", 4433, "UDP port")
	cert := flag.String("cert", "", "certificate chain, PEM")
	key := flag.String("key", "", "its private key, PEM")
	codec := flag.String("codec", "plain", "codec")
	rotation := flag.Uint("config-rotation", 0, "config rotation")
	serverID := flag.String("server-id", "", "in hex")
	nonceLen := flag.Uint("nonce-len", 8, "bytes")
	keyFile := flag.String("key-file", "", "the config's key, in hex")
	flag.Parse()
	if *rotation > 255 || *nonceLen > 255 {
		log.Fatal("config rotation or nonce length out of range")
	}
	id, err := hex.DecodeString(*serverID)
	check(err)
	pair, err := tls.LoadX509KeyPair(*cert, *key)
	check(err)
	at := net.JoinHostPort(strings.Trim(*address, "[]"), strconv.Itoa(*port))
	listener, err := quic.ListenAddr(at, &tls.Config{
		Certificates: []tls.Certificate{pair},
		NextProtos:   []string{"quiclb-echo"},
	}, &quic.Config{
		ConnectionIDGenerator: generator(*codec, *rotation, *nonceLen,
			id, keyOf(*keyFile)),
		MaxIdleTimeout: 60 * time.Second,
	})
	check(err)
	fmt.Printf("listening %s server-id %x\n", listener.Addr(), id)
	for {
		connection, err := listener.Accept(context.Background())
		check(err)
		go serve(connection, hex.EncodeToString(id))
	}
}
