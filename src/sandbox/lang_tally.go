// Package tally runs one test of a judged program and says outside how many
// checks it made.  What it says is worth something only with the token that
// comes by stdin, which it reads before the judged package is initialised and
// keeps on a stack, not in a variable.
package tally

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"sync/atomic"
	"testing"
)

var made, failed int64

var start = make(chan bool)
var end = make(chan bool)

func init() {
	token := make([]byte, 64)
	n, _ := os.Stdin.Read(token)
	os.Stdin.Close()
	os.Stdin, _ = os.Open("/dev/null")
	if i := bytes.IndexByte(token[:n], '\n'); i >= 0 {
		n = i
	}
	go func() {
		<-start
		m, f := atomic.LoadInt64(&made), atomic.LoadInt64(&failed)
		record := os.NewFile(3, "record")
		fmt.Fprintf(record, "%s %d %d\n", token[:n], m-f, m)
		record.Close()
		end <- true
	}()
}

// Check counts one check.
func Check(good bool) bool {
	atomic.AddInt64(&made, 1)
	if !good {
		atomic.AddInt64(&failed, 1)
	}
	return good
}

// Main is the main function of a program that has one test.
func Main(test func(*testing.T)) {
	testing.Main(
		func(pattern, name string) (bool, error) {
			return regexp.MatchString(pattern, name)
		},
		[]testing.InternalTest{{Name: "Test", F: func(t *testing.T) {
			test(t)
			if made == 0 {
				Check(!t.Failed())
			} else if t.Failed() && failed == 0 {
				Check(false)
			}
			start <- true
			<-end
		}}}, nil, nil)
}
