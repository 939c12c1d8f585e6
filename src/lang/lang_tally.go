// Package tally runs one test of a judged program and says outside what its
// checks came to.  What it says is worth something only with the token that
// comes by stdin, which it reads before the judged package is initialised and
// keeps on a stack, not in a variable.
package tally

import (
	"bytes"
	"fmt"
	"os"
	"sync"
	"testing"
)

const shownMax = 65536

var lock sync.Mutex
var made, passed int
var shown []byte

var ended = make(chan string)
var told = make(chan bool)

func init() {
	line := make([]byte, 128)
	n := 0
	for n < len(line) {
		if k, _ := os.Stdin.Read(line[n : n+1]); k != 1 || line[n] == '\n' {
			break
		}
		n++
	}
	os.Stdin.Close()
	os.Stdin, _ = os.Open("/dev/null")
	if i := bytes.IndexByte(line[:n], ' '); i >= 0 {
		n = i
	}
	record := os.NewFile(3, "record")
	go func() {
		how := <-ended
		fmt.Fprintf(record, "%s %s %d %d %s\n", line[:n], how, passed, made,
			shown)
		record.Close()
		told <- true
	}()
}

// Check counts one check.
func Check(good bool) bool {
	lock.Lock()
	defer lock.Unlock()
	made++
	mark := byte('0')
	if good {
		passed++
		mark = '1'
	}
	if len(shown) < shownMax {
		shown = append(shown, mark)
	}
	return good
}

// End says how the tests ended, and ends the program.
func End(how string) {
	ended <- how
	<-told
	os.Exit(1)
}

// Main is the main function of a program that has one test.
func Main(test func(*testing.T)) {
	all := func(pattern, name string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: "Test",
		F: func(t *testing.T) {
			how := "stopped"
			defer func() {
				if made == 0 && how == "done" {
					Check(!t.Failed())
				} else if t.Failed() && passed == made {
					Check(false)
				}
				ended <- how
				<-told
			}()
			test(t)
			how = "done"
		}}}, nil, nil)
}
