// Package assert is testify's, with its checks counted.
package assert

import (
	testify "github.com/stretchr/testify/assert"
	"trialwright/tally"
)

type TestingT = testify.TestingT

// Assertions counts the checks that benchmarks use; the others are testify's,
// uncounted, and fail the test as ever.
type Assertions struct {
	*testify.Assertions
}

func New(t TestingT) *Assertions {
	return &Assertions{testify.New(t)}
}

func (a *Assertions) Equal(want, got interface{}, m ...interface{}) bool {
	return tally.Check(a.Assertions.Equal(want, got, m...))
}

func (a *Assertions) NotEqual(want, got interface{}, m ...interface{}) bool {
	return tally.Check(a.Assertions.NotEqual(want, got, m...))
}

func (a *Assertions) EqualValues(want, got interface{}, m ...interface{}) bool {
	return tally.Check(a.Assertions.EqualValues(want, got, m...))
}

func (a *Assertions) InDelta(want, got interface{}, d float64, m ...interface{}) bool {
	return tally.Check(a.Assertions.InDelta(want, got, d, m...))
}

func (a *Assertions) True(v bool, m ...interface{}) bool {
	return tally.Check(a.Assertions.True(v, m...))
}

func (a *Assertions) False(v bool, m ...interface{}) bool {
	return tally.Check(a.Assertions.False(v, m...))
}

func (a *Assertions) Nil(v interface{}, m ...interface{}) bool {
	return tally.Check(a.Assertions.Nil(v, m...))
}

func (a *Assertions) NotNil(v interface{}, m ...interface{}) bool {
	return tally.Check(a.Assertions.NotNil(v, m...))
}

func (a *Assertions) ElementsMatch(want, got interface{}, m ...interface{}) bool {
	return tally.Check(a.Assertions.ElementsMatch(want, got, m...))
}

func (a *Assertions) Error(err error, m ...interface{}) bool {
	return tally.Check(a.Assertions.Error(err, m...))
}

func (a *Assertions) NoError(err error, m ...interface{}) bool {
	return tally.Check(a.Assertions.NoError(err, m...))
}

func Equal(t TestingT, want, got interface{}, m ...interface{}) bool {
	return New(t).Equal(want, got, m...)
}

func True(t TestingT, v bool, m ...interface{}) bool {
	return New(t).True(v, m...)
}

func False(t TestingT, v bool, m ...interface{}) bool {
	return New(t).False(v, m...)
}
