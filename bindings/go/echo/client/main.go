// SPDX-License-Identifier: BSD-2-Clause

// Client asks a server twice on one connection, and waits for a line on
// standard input between the two: time to move it to another address.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	quic "github.com/lucas-clemente/quic-go"
)

const patience = 5 * time.Second

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func trust(path string) *x509.CertPool {
	text, err := os.ReadFile(path)
	check(err)
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		log.Fatal("no certificate in ", path)
	}
	return pool
}

// ask sends on a stream of its own and returns the answer.
func ask(connection quic.Connection, request string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	stream, err := connection.OpenStreamSync(ctx)
	if err != nil {
		return "", err
	}
	if err := stream.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(stream, request); err != nil {
		return "", err
	}
	if err := stream.Close(); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(stream)
	return string(answer), err
}

// step prints the answer to one request, or ends the program.
func step(connection quic.Connection, n int, request string) {
	answer, err := ask(connection, request)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		fmt.Println("connection lost")
		os.Exit(1)
	}
	fmt.Printf("answer %d %s\n", n, answer)
}

func main() {
	address := flag.String("connect", "", "ADDRESS:PORT")
	ca := flag.String("ca", "", "certificates to trust, PEM")
	name := flag.String("name", "", "that the certificate must have")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	connection, err := quic.DialAddrContext(ctx, *address, &tls.Config{
		RootCAs:    trust(*ca),
		ServerName: *name,
		NextProtos: []string{"quiclb-echo"},
	}, &quic.Config{MaxIdleTimeout: 60 * time.Second})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		fmt.Println("connection lost")
		os.Exit(1)
	}
	step(connection, 1, "one")
	if !bufio.NewScanner(os.Stdin).Scan() {
		log.Fatal("no line on standard input")
	}
	step(connection, 2, "two")
	fmt.Println("connection survived")
	_ = connection.CloseWithError(0, "done")
}
