// SPDX-License-Identifier: BSD-2-Clause

// Quicgo is a server and a client on quic-go, for make.py. The server's
// connection IDs come from a file, one a line in hex. Made for quic-go 0.29,
// as in Debian 12: GO111MODULE=off go build.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"io"
	"log"
	"net"
	"os"
	"time"

	quic "github.com/lucas-clemente/quic-go"
)

const (
	protocol = "capture"
	requests = 6
)

type listed struct {
	lines *bufio.Scanner
	size  int
}

func (l *listed) GenerateConnectionID() ([]byte, error) {
	if !l.lines.Scan() {
		return nil, errors.New("no more CIDs")
	}
	return hex.DecodeString(l.lines.Text())
}

func (l *listed) ConnectionIDLen() int { return l.size }

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func echo(connection quic.Connection) {
	for {
		stream, err := connection.AcceptStream(context.Background())
		if err != nil {
			return
		}
		_, err = io.Copy(stream, stream)
		check(err)
		check(stream.Close())
	}
}

func serve(address, cert, key, cids string, size int) {
	pair, err := tls.LoadX509KeyPair(cert, key)
	check(err)
	file, err := os.Open(cids)
	check(err)
	listener, err := quic.ListenAddr(address, &tls.Config{
		Certificates: []tls.Certificate{pair},
		NextProtos:   []string{protocol},
	}, &quic.Config{
		ConnectionIDGenerator: &listed{bufio.NewScanner(file), size},
	})
	check(err)
	for {
		connection, err := listener.Accept(context.Background())
		check(err)
		go echo(connection)
	}
}

func request(connection quic.Connection) {
	stream, err := connection.OpenStreamSync(context.Background())
	check(err)
	_, err = stream.Write(make([]byte, 300))
	check(err)
	check(stream.Close())
	_, err = io.ReadAll(stream)
	check(err)
}

func fetch(address string) {
	keys, err := os.Create(os.Getenv("SSLKEYLOGFILE"))
	check(err)
	to, err := net.ResolveUDPAddr("udp", address)
	check(err)
	socket, err := net.ListenUDP("udp", nil)
	check(err)
	connection, err := quic.Dial(socket, to, "lab.test", &tls.Config{
		InsecureSkipVerify: true,
		NextProtos:         []string{protocol},
		KeyLogWriter:       keys,
	}, &quic.Config{})
	check(err)
	for i := 0; i < requests; i++ {
		request(connection)
		time.Sleep(30 * time.Millisecond)
	}
	check(connection.CloseWithError(0, "done"))
	time.Sleep(100 * time.Millisecond)
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "get" {
		fetch(os.Args[2])
	} else {
		size, err := hex.DecodeString(os.Args[6])
		check(err)
		serve(os.Args[2], os.Args[3], os.Args[4], os.Args[5],
			int(size[0]))
	}
}
