// SPDX-License-Identifier: BSD-2-Clause

package quiclbquic

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	quic "github.com/lucas-clemente/quic-go"

	"quiclb"
)

var _ quic.ConnectionIDGenerator = (*Generator)(nil)

var config = &quiclb.Config{Codec: "four-pass", ConfigRotation: 1,
	ServerIDLen: 3, NonceLen: 8, Key: make([]byte, quiclb.KeyLen)}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func encoder(t *testing.T, config *quiclb.Config) *quiclb.Encoder {
	t.Helper()
	e, err := quiclb.NewEncoder(config, &quiclb.EncoderOptions{
		ServerID: []byte{1, 2, 3}})
	must(t, err)
	t.Cleanup(func() { e.Close() })
	return e
}

func generator(t *testing.T, e *quiclb.Encoder) *Generator {
	t.Helper()
	g, err := New(e)
	must(t, err)
	return g
}

func certificate(t *testing.T) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1),
		NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"test"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template,
		&key.PublicKey, key)
	must(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// watched is a client's socket that keeps the source CIDs of long headers.
type watched struct {
	net.PacketConn
	mu   sync.Mutex
	cids [][]byte
}

func (w *watched) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := w.PacketConn.ReadFrom(b)
	w.mu.Lock()
	defer w.mu.Unlock()
	if n > 6 && b[0]&0x80 != 0 {
		at := 6 + int(b[5]) // behind version and destination CID
		w.cids = append(w.cids, append([]byte{},
			b[at+1:at+1+int(b[at])]...))
	}
	return n, from, err
}

func echo(listener quic.Listener) {
	for {
		connection, err := listener.Accept(context.Background())
		if err != nil {
			return
		}
		go func() {
			stream, err := connection.AcceptStream(context.Background())
			if err == nil {
				io.Copy(stream, stream)
				stream.Close()
			}
		}()
	}
}

func ask(t *testing.T, to net.Addr, w *watched) {
	connection, err := quic.Dial(w, to, "test", &tls.Config{
		InsecureSkipVerify: true, NextProtos: []string{"test"}}, nil)
	if err != nil {
		t.Error(err)
		return
	}
	defer connection.CloseWithError(0, "")
	stream, err := connection.OpenStreamSync(context.Background())
	if err == nil {
		_, err = stream.Write([]byte("hello"))
	}
	if err == nil {
		err = stream.Close()
	}
	var answer []byte
	if err == nil {
		answer, err = io.ReadAll(stream)
	}
	if err != nil || string(answer) != "hello" {
		t.Error(string(answer), err)
	}
}

// Clients side by side, half of them through a Retry; every CID that a server
// shows must name it.
func TestQUICGoUsesTheEncoder(t *testing.T) {
	const clients = 8
	d, err := quiclb.NewDecoder()
	must(t, err)
	defer d.Close()
	must(t, d.Add(config))
	g := generator(t, encoder(t, config))
	asked := 0
	listener, err := quic.ListenAddr("127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{certificate(t)},
		NextProtos:   []string{"test"},
	}, &quic.Config{ConnectionIDGenerator: g,
		RequireAddressValidation: func(net.Addr) bool {
			asked++
			return asked%2 == 0
		}})
	must(t, err)
	defer listener.Close()
	go echo(listener)
	var group sync.WaitGroup
	sockets := make([]*watched, clients)
	for i := range sockets {
		socket, err := net.ListenPacket("udp", "127.0.0.1:0")
		must(t, err)
		defer socket.Close()
		w := &watched{PacketConn: socket}
		sockets[i] = w
		group.Add(1)
		go func() {
			defer group.Done()
			ask(t, listener.Addr(), w)
		}()
	}
	group.Wait()
	seen := 0
	for _, w := range sockets {
		w.mu.Lock()
		for _, cid := range w.cids {
			id, err := d.Decode(cid)
			if err != nil || id.String() != "010203" ||
				len(cid) != g.ConnectionIDLen() {
				t.Errorf("%x: %v %v", cid, id, err)
			}
			seen++
		}
		w.mu.Unlock()
	}
	if seen < clients || g.Fallbacks() != 0 {
		t.Error(seen, g.Fallbacks())
	}
}

func TestGeneratorNeverFails(t *testing.T) {
	e := encoder(t, config)
	g := generator(t, e)
	unroutable := func(fallbacks uint64) {
		t.Helper()
		cid, err := g.GenerateConnectionID()
		if err != nil || len(cid) != 12 || cid[0] != 0xeb ||
			g.Fallbacks() != fallbacks {
			t.Errorf("%x %v %d", cid, err, g.Fallbacks())
		}
	}
	cid, err := g.GenerateConnectionID()
	if err != nil || len(cid) != 12 || cid[0]>>5 != 1 || g.Fallbacks() != 0 {
		t.Errorf("%x %v", cid, err)
	}
	longer := *config
	longer.ConfigRotation, longer.NonceLen = 2, 10
	must(t, e.Rotate(encoder(t, &longer)))
	unroutable(1)
	e.Close()
	unroutable(2)
	if _, err := New(e); !errors.Is(err, quiclb.ErrClosed) {
		t.Error(err)
	}
	if _, err := New(nil); !errors.Is(err, quiclb.ErrArg) {
		t.Error(err)
	}
}

func TestGeneratorIsShared(t *testing.T) {
	g := generator(t, encoder(t, config))
	var all sync.Map
	var group sync.WaitGroup
	for i := 0; i < 4; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for j := 0; j < 1000; j++ {
				cid, err := g.GenerateConnectionID()
				_, twice := all.LoadOrStore(string(cid), 0)
				if twice || err != nil {
					t.Errorf("%x %v", cid, err)
				}
			}
		}()
	}
	group.Wait()
}
