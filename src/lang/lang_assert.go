// Package assert has the checks of testify that published tests use, counted.
package assert

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"strings"

	"trialwright/tally"
)

type TestingT interface {
	Errorf(format string, args ...interface{})
}

type Assertions struct{ t TestingT }

func New(t TestingT) *Assertions { return &Assertions{t} }

func (a *Assertions) say(good bool, text string, v ...interface{}) bool {
	if !good {
		a.t.Errorf(text, v...)
	}
	return tally.Check(good)
}

func equal(want, got interface{}) bool {
	w, bytesWanted := want.([]byte)
	g, bytesGot := got.([]byte)
	if bytesWanted && bytesGot && w != nil && g != nil {
		return bytes.Equal(w, g)
	}
	return reflect.DeepEqual(want, got)
}

func isNil(v interface{}) bool {
	if v == nil {
		return true
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Chan, reflect.Func, reflect.Interface, reflect.Map, reflect.Ptr,
		reflect.Slice, reflect.UnsafePointer:
		return r.IsNil()
	}
	return false
}

func isEmpty(v interface{}) bool {
	if isNil(v) {
		return true
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Array, reflect.Chan, reflect.Map, reflect.Slice, reflect.String:
		return r.Len() == 0
	}
	return reflect.DeepEqual(v, reflect.Zero(r.Type()).Interface())
}

func number(v interface{}) (float64, bool) {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return float64(r.Int()), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return float64(r.Uint()), true
	case reflect.Float32, reflect.Float64:
		return r.Float(), true
	}
	return 0, false
}

func near(want, got interface{}, d float64) bool {
	w, isWant := number(want)
	g, isGot := number(got)
	if !isWant || !isGot || math.IsNaN(d) {
		return false
	}
	if math.IsNaN(w) || math.IsNaN(g) {
		return math.IsNaN(w) && math.IsNaN(g)
	}
	return w == g || math.Abs(w-g) <= d
}

func sameElements(want, got interface{}) bool {
	w, g := reflect.ValueOf(want), reflect.ValueOf(got)
	if isEmpty(want) && isEmpty(got) {
		return true
	}
	for _, v := range []reflect.Value{w, g} {
		if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
			return false
		}
	}
	if w.Len() != g.Len() {
		return false
	}
	used := make([]bool, g.Len())
	for i := 0; i < w.Len(); i++ {
		k := 0
		for k < g.Len() && (used[k] ||
			!equal(w.Index(i).Interface(), g.Index(k).Interface())) {
			k++
		}
		if k == g.Len() {
			return false
		}
		used[k] = true
	}
	return true
}

func contains(all, one interface{}) bool {
	r := reflect.ValueOf(all)
	switch r.Kind() {
	case reflect.String:
		s, good := one.(string)
		return good && strings.Contains(r.String(), s)
	case reflect.Map:
		for _, k := range r.MapKeys() {
			if equal(k.Interface(), one) {
				return true
			}
		}
	case reflect.Slice, reflect.Array:
		for i := 0; i < r.Len(); i++ {
			if equal(r.Index(i).Interface(), one) {
				return true
			}
		}
	}
	return false
}

func alike(want, got interface{}) bool {
	if equal(want, got) {
		return true
	}
	if want == nil || got == nil {
		return false
	}
	w, g := reflect.ValueOf(want), reflect.ValueOf(got)
	return w.Type().ConvertibleTo(g.Type()) &&
		equal(w.Convert(g.Type()).Interface(), got)
}

func (a *Assertions) Equal(want, got interface{}, m ...interface{}) bool {
	return a.say(equal(want, got), "want %#v, got %#v", want, got)
}

func (a *Assertions) NotEqual(want, got interface{}, m ...interface{}) bool {
	return a.say(!equal(want, got), "got %#v", got)
}

func (a *Assertions) Exactly(want, got interface{}, m ...interface{}) bool {
	return a.say(reflect.TypeOf(want) == reflect.TypeOf(got) && equal(want, got),
		"want %#v, got %#v", want, got)
}

func (a *Assertions) EqualValues(want, got interface{}, m ...interface{}) bool {
	return a.say(alike(want, got), "want %#v, got %#v", want, got)
}

func (a *Assertions) InDelta(want, got interface{}, d float64, m ...interface{}) bool {
	return a.say(near(want, got, d), "want %v, got %v", want, got)
}

func (a *Assertions) InEpsilon(want, got interface{}, e float64, m ...interface{}) bool {
	w, _ := number(want)
	return a.say(near(want, got, e*math.Abs(w)), "want %v, got %v", want, got)
}

func (a *Assertions) InDeltaSlice(want, got interface{}, d float64, m ...interface{}) bool {
	w, g := reflect.ValueOf(want), reflect.ValueOf(got)
	good := w.Kind() == reflect.Slice && g.Kind() == reflect.Slice && w.Len() == g.Len()
	for i := 0; good && i < w.Len(); i++ {
		good = near(w.Index(i).Interface(), g.Index(i).Interface(), d)
	}
	return a.say(good, "want %v, got %v", want, got)
}

func (a *Assertions) True(v bool, m ...interface{}) bool {
	return a.say(v, "want true")
}

func (a *Assertions) False(v bool, m ...interface{}) bool {
	return a.say(!v, "want false")
}

func (a *Assertions) Nil(v interface{}, m ...interface{}) bool {
	return a.say(isNil(v), "got %#v", v)
}

func (a *Assertions) NotNil(v interface{}, m ...interface{}) bool {
	return a.say(!isNil(v), "got nil")
}

func (a *Assertions) ElementsMatch(want, got interface{}, m ...interface{}) bool {
	return a.say(sameElements(want, got), "want %#v, got %#v", want, got)
}

func (a *Assertions) Error(err error, m ...interface{}) bool {
	return a.say(err != nil, "want an error")
}

func (a *Assertions) NoError(err error, m ...interface{}) bool {
	return a.say(err == nil, "got the error %v", err)
}

func (a *Assertions) EqualError(err error, text string, m ...interface{}) bool {
	return a.say(err != nil && err.Error() == text, "got the error %v", err)
}

func (a *Assertions) Len(v interface{}, n int, m ...interface{}) bool {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Array, reflect.Chan, reflect.Map, reflect.Slice, reflect.String:
		return a.say(r.Len() == n, "want %d items, got %d", n, r.Len())
	}
	return a.say(false, "%#v has no length", v)
}

func (a *Assertions) Empty(v interface{}, m ...interface{}) bool {
	return a.say(isEmpty(v), "got %#v", v)
}

func (a *Assertions) NotEmpty(v interface{}, m ...interface{}) bool {
	return a.say(!isEmpty(v), "got %#v", v)
}

func (a *Assertions) Contains(all, one interface{}, m ...interface{}) bool {
	return a.say(contains(all, one), "%#v is not in %#v", one, all)
}

func (a *Assertions) NotContains(all, one interface{}, m ...interface{}) bool {
	return a.say(!contains(all, one), "%#v is in %#v", one, all)
}

func (a *Assertions) Panics(f func(), m ...interface{}) bool {
	panicked := true
	func() {
		defer func() { _ = recover() }()
		f()
		panicked = false
	}()
	return a.say(panicked, "want a panic")
}

func (a *Assertions) Fail(text string, m ...interface{}) bool {
	return a.say(false, "%s", fmt.Sprint(text))
}

func Equal(t TestingT, want, got interface{}, m ...interface{}) bool {
	return New(t).Equal(want, got)
}

func NotEqual(t TestingT, want, got interface{}, m ...interface{}) bool {
	return New(t).NotEqual(want, got)
}

func EqualValues(t TestingT, want, got interface{}, m ...interface{}) bool {
	return New(t).EqualValues(want, got)
}

func InDelta(t TestingT, want, got interface{}, d float64, m ...interface{}) bool {
	return New(t).InDelta(want, got, d)
}

func ElementsMatch(t TestingT, want, got interface{}, m ...interface{}) bool {
	return New(t).ElementsMatch(want, got)
}

func True(t TestingT, v bool, m ...interface{}) bool {
	return New(t).True(v)
}

func False(t TestingT, v bool, m ...interface{}) bool {
	return New(t).False(v)
}

func Nil(t TestingT, v interface{}, m ...interface{}) bool {
	return New(t).Nil(v)
}

func NotNil(t TestingT, v interface{}, m ...interface{}) bool {
	return New(t).NotNil(v)
}

func Error(t TestingT, err error, m ...interface{}) bool {
	return New(t).Error(err)
}

func NoError(t TestingT, err error, m ...interface{}) bool {
	return New(t).NoError(err)
}
