'use strict'
// Runs the tests of a JavaScript task.  The candidate is in another process;
// its names are looked up by descriptor 4, its values come as data and become
// new builtin values here, where they are compared.
const fs = require('fs')
const LINK = 4
const BYTES_MAX = 32 << 20
const OUTCOMES_MAX = 65536
const { goOn, entry } = JSON.parse(fs.readFileSync('job.json', 'utf8'))

class Gone extends Error {}
class Forged extends Error {}
class Stop extends Error {}
class Raised extends Error {}

let id = 0
let made = 0
let passed = 0
let outcomes = ''
let raised = null

function readExactly(n) {
  const b = Buffer.alloc(n)
  for (let at = 0; at < n;) {
    let got = 0
    try {
      got = fs.readSync(LINK, b, at, n - at, null)
    } catch (e) { /* reset by a peer that died */ }
    if (got === 0) throw new Gone('the candidate has ended')
    at += got
  }
  return b
}

function send(message) {
  const body = Buffer.from(JSON.stringify(message))
  const head = Buffer.alloc(4)
  head.writeUInt32LE(body.length)
  try {
    for (const b of [head, body])
      for (let at = 0; at < b.length;) at += fs.writeSync(LINK, b, at)
  } catch (e) {
    throw new Gone('the candidate has ended')
  }
}

function receive(want) {
  const n = readExactly(4).readUInt32LE(0)
  if (n > BYTES_MAX) throw new Forged('an answer of no size')
  let m
  try {
    m = JSON.parse(readExactly(n).toString())
  } catch (e) {
    if (e instanceof Gone) throw e
    throw new Forged('an answer that is none')
  }
  if (m === null || typeof m !== 'object' || m.i !== want)
    throw new Forged('an answer to no question')
  return m
}

function encode(v) {
  if (v === null || typeof v === 'boolean' || typeof v === 'string') return v
  if (typeof v === 'number')
    return Number.isFinite(v) && !Object.is(v, -0) ? v
      : { t: 'n', v: Object.is(v, -0) ? '-0' : String(v) }
  if (typeof v === 'bigint') return { t: 'b', v: String(v) }
  if (Array.isArray(v)) return { t: 'a', v: Array.from(v, encode) }
  if (v instanceof Map)
    return { t: 'm', v: Array.from(v, ([k, x]) => [encode(k), encode(x)]) }
  if (v instanceof Set) return { t: 's', v: Array.from(v, encode) }
  if (v instanceof Date) return { t: 'd', v: encode(v.getTime()) }
  if (typeof v === 'object')
    return { t: 'o', v: Object.keys(v).map((k) => [k, encode(v[k])]) }
  return { t: 'u' }
}

function pairs(v) {
  if (!Array.isArray(v) || !v.every((p) => Array.isArray(p) && p.length === 2))
    throw new Forged('a value that is none')
  return v
}

// Untrusted: only builtin values come of it, whatever was sent.
function decode(e, depth) {
  if (e === null || typeof e !== 'object') return e
  if (depth > 400) throw new Forged('a value that is too deep')
  const deep = (x) => decode(x, depth + 1)
  const list = (v) => {
    if (!Array.isArray(v)) throw new Forged('a value that is none')
    return v.map(deep)
  }
  switch (e.t) {
  case 'u': return undefined
  case 'n': return Number(String(e.v))
  case 'b':
    if (!/^-?\d{1,100000}$/.test(e.v)) throw new Forged('no integer')
    return BigInt(e.v)
  case 'a': return list(e.v)
  case 's': return new Set(list(e.v))
  case 'm': return new Map(pairs(e.v).map(([k, v]) => [deep(k), deep(v)]))
  case 'd': return new Date(Number(deep(e.v)))
  case 'o':
  case 'c': {
    // An instance of a class of the candidate has its fields and no more.
    const o = {}
    for (const [k, v] of pairs(e.v))
      Object.defineProperty(o, String(k), { value: deep(v), writable: true,
        enumerable: true, configurable: true })
    return o
  }
  case 'x': return Object.freeze(Object.create(null))
  }
  throw new Forged('a value that is none')
}

// [type, text, line] of an exception, as texts and a number, whatever was sent.
function sane(x) {
  const [type, text, line] = Array.isArray(x) ? x : []
  return [typeof type === 'string' ? type : '',
    typeof text === 'string' ? text : '',
    typeof line === 'number' ? line : 0]
}

function ask(op, name, args) {
  const want = ++id
  send({ i: want, op, name, args: args && args.map(encode) })
  const m = receive(want)
  if (m.x !== undefined) {
    raised = sane(m.x)
    throw new Raised(raised[0] + ': ' + raised[1])
  }
  return decode(m.v, 0)
}

function count(outcome) {
  made++
  passed += outcome === 1
  if (made <= OUTCOMES_MAX) outcomes += outcome
  if (outcome !== 1 && !goOn) throw new Stop('a check failed')
}

// Ends that no test may catch and go on from are kept here.
let over = null
function check(thunk) {
  let outcome = 0
  try {
    if (thunk()) outcome = 1
  } catch (e) {
    if (e instanceof Gone || e instanceof Forged || e instanceof Stop) {
      over = over || e
      throw e
    }
    raised = raised || sane([e && e.name, e && e.message, 0])
    outcome = 2
  }
  count(outcome)
}

const none = () => {}
const testConsole = new Proxy({
  assert: (c) => check(typeof c === 'function' ? c : () => c),
}, { get: (t, k) => k === 'assert' ? t.assert : none })

// node:assert, each call counted.
function counted(module) {
  const call = (f) => (...args) => {
    let wrong = null
    check(() => {
      try {
        f(...args)
        return true
      } catch (e) {
        if (e && e.code === 'ERR_ASSERTION') wrong = e
        else throw e
        return false
      }
    })
    if (wrong && !goOn) throw wrong
  }
  return new Proxy(module, {
    apply: (t, self, args) => call(t)(...args),
    get: (t, k) => k === 'strict' ? counted(t.strict)
      : typeof t[k] === 'function' && k !== 'AssertionError' ? call(t[k])
      : t[k],
  })
}

function testRequire(name) {
  return /^(node:)?assert(\/strict)?$/.test(name)
    ? counted(require(name)) : require(name)
}

const own = { console: testConsole, require: testRequire }
const builtin = new Set(Object.getOwnPropertyNames(globalThis))
const known = new Map()

function kind(name) {
  if (!known.has(name)) known.set(name, ask('kind', name))
  return known.get(name)
}

const scope = new Proxy({}, {
  has: (t, k) => typeof k === 'string' && /^[A-Za-z_$][\w$]*$/.test(k) &&
    (k in own || k === entry ||
     (!builtin.has(k) && kind(k) !== 'undefined')),
  get: (t, k) => {
    if (typeof k !== 'string') return undefined
    if (k in own) return own[k]
    const what = kind(k)
    if (what === 'undefined') {
      raised = ['ReferenceError', k + ' is not defined', 0]
      throw new Raised(raised[1])
    }
    return what === 'function' ? (...args) => ask('call', k, args)
      : ask('get', k)
  },
  set: () => false,
})

const result = { loaded: false, finished: false }
try {
  const m = receive(0)
  if (m.x !== undefined) {
    raised = sane(m.x)
  } else {
    result.loaded = true
    const text = fs.readFileSync('tests.js', 'utf8')
    new Function('scope', 'with (scope) {\n' + text + '\n}')(scope)
    if (over) throw over
    result.finished = true
  }
} catch (e) {
  if (e instanceof Forged) result.forged = e.message
  else if (e instanceof Gone) result.gone = true
  else if (!(e instanceof Stop) && !(e && e.code === 'ERR_ASSERTION'))
    raised = raised || sane([e && e.name, e && e.message, 0])
}
result.made = made
result.passed = passed
result.outcomes = outcomes
if (raised) result.raised = raised.map(String)
const record = Buffer.from(JSON.stringify(result))
for (let at = 0; at < record.length;) at += fs.writeSync(3, record, at)
process.exit(0)
