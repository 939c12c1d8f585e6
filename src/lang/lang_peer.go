// Package peer joins a candidate and its tests, which are two processes: calls
// go over with their arguments as bytes, results come back.  What arrives is
// built anew in the types of the declaration, so that nothing of a candidate's
// types or functions comes along.
package peer

import (
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"sync"

	"trialwright/tally"
)

const frameMax = 64 << 20

var socket = os.NewFile(4, "peer")
var lock sync.Mutex
var calls uint32

func put32(b []byte, v uint32) []byte {
	return append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
}

func get32(b []byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

func readFull(b []byte) bool {
	for n := 0; n < len(b); {
		k, err := socket.Read(b[n:])
		if k <= 0 || err != nil {
			return false
		}
		n += k
	}
	return true
}

func send(nr uint32, b []byte) bool {
	all := append(put32(put32(nil, uint32(len(b))), nr), b...)
	_, err := socket.Write(all)
	return err == nil
}

// The number of the call and its bytes; "gone" or "forged" when there is none.
func take() (uint32, []byte, string) {
	head := make([]byte, 8)
	if !readFull(head) {
		return 0, nil, "gone"
	}
	n := get32(head)
	if n > frameMax {
		return 0, nil, "forged"
	}
	b := make([]byte, n)
	if !readFull(b) {
		return 0, nil, "gone"
	}
	return get32(head[4:]), b, ""
}

// Bind makes the function that to points to one that asks the candidate.
// A type that cannot be sent ends the tests at once: the answer has no part in
// that.
func Bind(to interface{}) {
	f := reflect.ValueOf(to).Elem()
	t := f.Type()
	for i := 0; i < t.NumIn(); i++ {
		if !sendable(t.In(i), 0) {
			tally.End("together")
		}
	}
	for i := 0; i < t.NumOut(); i++ {
		if !sendable(t.Out(i), 0) {
			tally.End("together")
		}
	}
	f.Set(reflect.MakeFunc(t, func(args []reflect.Value) []reflect.Value {
		return ask(t, args)
	}))
}

func ask(t reflect.Type, args []reflect.Value) []reflect.Value {
	lock.Lock()
	defer lock.Unlock()
	var b []byte
	for _, a := range args {
		b = put(b, a, 0)
	}
	calls++
	if !send(calls, b) {
		tally.End("gone")
	}
	nr, b, how := take()
	if how == "" && (nr != calls || len(b) == 0 || b[0] != 'v' && b[0] != 'r') {
		how = "forged"
	}
	if how == "" && b[0] == 'r' {
		how = "raised"
	}
	if how != "" {
		tally.End(how)
	}
	in := &input{b: b[1:]}
	var results []reflect.Value
	for i := 0; i < t.NumOut(); i++ {
		results = append(results, in.get(t.Out(i)))
	}
	for i, a := range args {
		takeBack(in, t.In(i), a)
	}
	if in.bad || len(in.b) > 0 {
		tally.End("forged")
	}
	return results
}

func changes(t reflect.Type) bool {
	k := t.Kind()
	return k == reflect.Slice || k == reflect.Map || k == reflect.Ptr
}

// What the candidate changed in an argument changes here too.
func takeBack(in *input, t reflect.Type, a reflect.Value) {
	if !changes(t) {
		return
	}
	v := in.get(t)
	if in.bad || a.IsNil() || v.IsNil() {
		return
	}
	switch t.Kind() {
	case reflect.Slice:
		reflect.Copy(a, v)
	case reflect.Ptr:
		a.Elem().Set(v.Elem())
	case reflect.Map:
		for _, k := range a.MapKeys() {
			a.SetMapIndex(k, reflect.Value{})
		}
		for _, k := range v.MapKeys() {
			a.SetMapIndex(k, v.MapIndex(k))
		}
	}
}

var served reflect.Value

// Serving names the candidate's function.
func Serving(f interface{}) {
	served = reflect.ValueOf(f)
}

// Serve answers until nobody asks any more.
func Serve() {
	for {
		nr, b, how := take()
		if how != "" || !send(nr, answer(b)) {
			return
		}
	}
}

func answer(b []byte) (reply []byte) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(os.Stderr, "panic: %v\n\n%s", r, debug.Stack())
			reply = []byte("r")
		}
	}()
	t := served.Type()
	in := &input{b: b}
	var args []reflect.Value
	for i := 0; i < t.NumIn(); i++ {
		args = append(args, in.get(t.In(i)))
	}
	var results []reflect.Value
	if t.IsVariadic() {
		results = served.CallSlice(args)
	} else {
		results = served.Call(args)
	}
	reply = []byte("v")
	for _, r := range results {
		reply = put(reply, r, 0)
	}
	for i, a := range args {
		if changes(t.In(i)) {
			reply = put(reply, a, 0)
		}
	}
	return reply
}
