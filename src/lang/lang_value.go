package peer

import (
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
)

const depthMax = 2000

var errorType = reflect.TypeOf((*error)(nil)).Elem()
var anyType = reflect.TypeOf((*interface{})(nil)).Elem()

// Stands for what is no value; none is equal to another.
type opaque struct{ _ int }

// Can values of this type be sent and built anew?
func sendable(t reflect.Type, depth int) bool {
	if depth > 50 { // a list of nodes
		return true
	}
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Uintptr:
		return false
	case reflect.Interface:
		return t == errorType || t.NumMethod() == 0
	case reflect.Slice, reflect.Array, reflect.Ptr:
		return sendable(t.Elem(), depth+1)
	case reflect.Map:
		return sendable(t.Key(), depth+1) && sendable(t.Elem(), depth+1)
	case reflect.Struct:
		for i := 0; i < t.NumField(); i++ {
			if t.Field(i).PkgPath != "" || !sendable(t.Field(i).Type, depth+10) {
				return false
			}
		}
	}
	return true
}

func put64(b []byte, tag byte, v uint64) []byte {
	b = append(b, tag)
	for i := 0; i < 8; i++ {
		b = append(b, byte(v>>(8*i)))
	}
	return b
}

func putText(b []byte, s string) []byte {
	return append(put64(b, 's', uint64(len(s))), s...)
}

// The type of a value in an interface as a text; "": one that was made by the
// candidate, or that cannot be sent.
func typeName(t reflect.Type) string {
	if t.PkgPath() != "" || !sendable(t, 0) {
		return ""
	}
	switch t.Kind() {
	case reflect.Slice:
		return nameOver("[]", typeName(t.Elem()))
	case reflect.Array:
		return nameOver("["+strconv.Itoa(t.Len())+"]", typeName(t.Elem()))
	case reflect.Map:
		key := typeName(t.Key())
		if key == "" {
			return ""
		}
		return nameOver("map["+key+"]", typeName(t.Elem()))
	case reflect.Interface:
		return "any"
	case reflect.Struct, reflect.Ptr:
		return ""
	}
	return t.Kind().String()
}

func nameOver(front, elem string) string {
	if elem == "" {
		return ""
	}
	return front + elem
}

var basic = map[string]reflect.Type{
	"any": anyType, "bool": reflect.TypeOf(false), "string": reflect.TypeOf(""),
	"int": reflect.TypeOf(0), "int8": reflect.TypeOf(int8(0)),
	"int16": reflect.TypeOf(int16(0)), "int32": reflect.TypeOf(int32(0)),
	"int64": reflect.TypeOf(int64(0)), "uint": reflect.TypeOf(uint(0)),
	"uint8": reflect.TypeOf(uint8(0)), "uint16": reflect.TypeOf(uint16(0)),
	"uint32": reflect.TypeOf(uint32(0)), "uint64": reflect.TypeOf(uint64(0)),
	"float32": reflect.TypeOf(float32(0)), "float64": reflect.TypeOf(0.0),
	"complex64":  reflect.TypeOf(complex64(0)),
	"complex128": reflect.TypeOf(complex128(0)),
}

// The type that typeName() wrote, and what is left of the text; nil: none.
func typeOf(s string) (reflect.Type, string) {
	if strings.HasPrefix(s, "[]") {
		if t, rest := typeOf(s[2:]); t != nil {
			return reflect.SliceOf(t), rest
		}
		return nil, ""
	}
	if strings.HasPrefix(s, "map[") {
		key, rest := typeOf(s[4:])
		if key == nil || !key.Comparable() || rest == "" || rest[0] != ']' {
			return nil, ""
		}
		if elem, rest := typeOf(rest[1:]); elem != nil {
			return reflect.MapOf(key, elem), rest
		}
		return nil, ""
	}
	if end := strings.IndexByte(s, ']'); end > 0 && s[0] == '[' {
		n, err := strconv.Atoi(s[1:end])
		t, rest := typeOf(s[end+1:])
		if err != nil || n < 0 || n > 1<<20 || t == nil {
			return nil, ""
		}
		return reflect.ArrayOf(n, t), rest
	}
	n := strings.IndexByte(s, ']')
	if n < 0 {
		n = len(s)
	}
	return basic[s[:n]], s[n:]
}

func putItems(b []byte, v reflect.Value, depth int) []byte {
	b = put64(b, 'l', uint64(v.Len()))
	for i := 0; i < v.Len(); i++ {
		b = put(b, v.Index(i), depth+1)
	}
	return b
}

func putAny(b []byte, v reflect.Value, depth int) []byte {
	if v.IsNil() {
		return append(b, 'n')
	}
	if v.Type() == errorType {
		text := v.Interface().(error).Error()
		return putText(append(b, 'e'), text)
	}
	v = v.Elem()
	name := typeName(v.Type())
	if name == "" {
		return append(b, 'x')
	}
	return put(putText(append(b, 'a'), name), v, depth+1)
}

func put(b []byte, v reflect.Value, depth int) []byte {
	if depth > depthMax {
		panic("a value that is nested too deep")
	}
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return put64(b, 'i', 1)
		}
		return put64(b, 'i', 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return put64(b, 'i', uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return put64(b, 'u', v.Uint())
	case reflect.Float32, reflect.Float64:
		return put64(b, 'd', math.Float64bits(v.Float()))
	case reflect.Complex64, reflect.Complex128:
		c := v.Complex()
		b = put64(b, 'd', math.Float64bits(real(c)))
		return put64(b, 'd', math.Float64bits(imag(c)))
	case reflect.String:
		return putText(b, v.String())
	case reflect.Array:
		return putItems(b, v, depth)
	case reflect.Slice:
		if v.IsNil() {
			return append(b, 'n')
		}
		return putItems(b, v, depth)
	case reflect.Map:
		if v.IsNil() {
			return append(b, 'n')
		}
		b = put64(b, 'l', uint64(v.Len()))
		for _, k := range v.MapKeys() {
			b = put(put(b, k, depth+1), v.MapIndex(k), depth+1)
		}
		return b
	case reflect.Struct:
		for i := 0; i < v.NumField(); i++ {
			b = put(b, v.Field(i), depth+1)
		}
		return b
	case reflect.Ptr:
		if v.IsNil() {
			return append(b, 'n')
		}
		return put(append(b, 'p'), v.Elem(), depth+1)
	case reflect.Interface:
		return putAny(b, v, depth)
	}
	return append(b, 'x')
}

type input struct {
	b     []byte
	bad   bool
	depth int
}

func (in *input) tag() byte {
	if len(in.b) == 0 {
		in.bad = true
		return 0
	}
	c := in.b[0]
	in.b = in.b[1:]
	return c
}

func (in *input) get64(tag byte) uint64 {
	if in.tag() != tag || len(in.b) < 8 {
		in.bad = true
		return 0
	}
	var v uint64
	for i := 0; i < 8; i++ {
		v |= uint64(in.b[i]) << (8 * i)
	}
	in.b = in.b[8:]
	return v
}

// Each item has a byte at least.
func (in *input) count(tag byte) int {
	n := in.get64(tag)
	if in.bad || n > uint64(len(in.b)) {
		in.bad = true
		return 0
	}
	return int(n)
}

func (in *input) text() string {
	n := in.count('s')
	s := string(in.b[:n])
	in.b = in.b[n:]
	return s
}

func (in *input) isNil() bool {
	if len(in.b) > 0 && in.b[0] == 'n' {
		in.b = in.b[1:]
		return true
	}
	return false
}

func (in *input) getAny(v reflect.Value) {
	switch in.tag() {
	case 'n':
	case 'e':
		v.Set(reflect.ValueOf(errors.New(in.text())))
	case 'x':
		v.Set(reflect.ValueOf(new(opaque)))
	case 'a':
		t, rest := typeOf(in.text())
		if t == nil || rest != "" || v.Type() == errorType {
			in.bad = true
			return
		}
		v.Set(in.get(t))
	default:
		in.bad = true
	}
}

func (in *input) getItems(v reflect.Value, n int) {
	for i := 0; i < n && !in.bad; i++ {
		v.Index(i).Set(in.get(v.Type().Elem()))
	}
}

func (in *input) getNumber(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(in.get64('i') == 1)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(in.get64('i')))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(in.get64('u'))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(math.Float64frombits(in.get64('d')))
	case reflect.Complex64, reflect.Complex128:
		re := math.Float64frombits(in.get64('d'))
		v.SetComplex(complex(re, math.Float64frombits(in.get64('d'))))
	default:
		in.bad = true
	}
}

// A new value of the type; bad is set where the bytes are none.
func (in *input) get(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	in.depth++
	defer func() { in.depth-- }()
	if in.bad || in.depth > depthMax+10 {
		in.bad = true
		return v
	}
	switch t.Kind() {
	case reflect.String:
		v.SetString(in.text())
	case reflect.Interface:
		in.getAny(v)
	case reflect.Array:
		if in.count('l') != t.Len() {
			in.bad = true
		} else {
			in.getItems(v, t.Len())
		}
	case reflect.Slice:
		if !in.isNil() {
			n := in.count('l')
			v.Set(reflect.MakeSlice(t, n, n))
			in.getItems(v, n)
		}
	case reflect.Map:
		if in.isNil() {
			break
		}
		v.Set(reflect.MakeMap(t))
		for n := in.count('l'); n > 0 && !in.bad; n-- {
			key := in.get(t.Key())
			v.SetMapIndex(key, in.get(t.Elem()))
		}
	case reflect.Struct:
		for i := 0; i < t.NumField(); i++ {
			v.Field(i).Set(in.get(t.Field(i).Type))
		}
	case reflect.Ptr:
		if !in.isNil() {
			in.bad = in.tag() != 'p'
			v.Set(reflect.New(t.Elem()))
			v.Elem().Set(in.get(t.Elem()))
		}
	default:
		in.getNumber(v)
	}
	return v
}
