'use strict'
// Loads a candidate and answers calls that come by descriptor 4, where its
// tests are, in another process.  Knows no expected value.
const fs = require('fs')
const vm = require('vm')
const { readSync, writeSync } = fs
const LINK = 4
const DEPTH_MAX = 200
const BYTES_MAX = 16 << 20

function readExactly(n) {
  const b = Buffer.alloc(n)
  for (let at = 0; at < n;) {
    const got = readSync(LINK, b, at, n - at, null)
    if (got === 0) process.exit(0)
    at += got
  }
  return b
}

function send(message) {
  let body = Buffer.from(JSON.stringify(message))
  if (body.length > BYTES_MAX)
    body = Buffer.from(JSON.stringify({ i: message.i, v: { t: 'x' } }))
  const head = Buffer.alloc(4)
  head.writeUInt32LE(body.length)
  for (const b of [head, body])
    for (let at = 0; at < b.length;) at += writeSync(LINK, b, at)
}

function plain(v) {
  const p = Object.getPrototypeOf(v)
  return p === null || p === Object.prototype ||
    Object.getPrototypeOf(p) === null
}

function encodeNumber(v) {
  if (Object.is(v, -0)) return { t: 'n', v: '-0' }
  return Number.isFinite(v) ? v : { t: 'n', v: String(v) }
}

// What they hold is no property: better no value than one that looks empty.
function isOpaque(v) {
  return v instanceof Number || v instanceof String || v instanceof Boolean ||
    v instanceof Promise || v instanceof RegExp
}

// deep encodes what is inside.
function encodeObject(v, deep) {
  if (Array.isArray(v)) return { t: 'a', v: Array.from(v, deep) }
  if (v instanceof Map)
    return { t: 'm', v: Array.from(v, ([k, x]) => [deep(k), deep(x)]) }
  if (v instanceof Set) return { t: 's', v: Array.from(v, deep) }
  if (v instanceof Date) return { t: 'd', v: deep(v.getTime()) }
  if (isOpaque(v)) return { t: 'x' }
  if (ArrayBuffer.isView(v) && !(v instanceof DataView))
    return { t: 'a', v: Array.from(v, deep) }
  return { t: plain(v) ? 'o' : 'c',
    v: Object.keys(v).map((k) => [k, deep(v[k])]) }
}

// A value as JSON: what JSON has stands for itself, the rest is {t, v}.
function encode(v, depth) {
  if (v === null) return v
  switch (typeof v) {
  case 'boolean':
  case 'string': return v
  case 'number': return encodeNumber(v)
  case 'undefined': return { t: 'u' }
  case 'bigint': return { t: 'b', v: String(v) }
  }
  if (typeof v !== 'object' || depth > DEPTH_MAX) return { t: 'x' }
  return encodeObject(v, (x) => encode(x, depth + 1))
}

function decode(e) {
  if (e === null || typeof e !== 'object') return e
  switch (e.t) {
  case 'n': return Number(e.v)
  case 'b': return BigInt(e.v)
  case 'a': return e.v.map(decode)
  case 'm': return new Map(e.v.map(([k, v]) => [decode(k), decode(v)]))
  case 's': return new Set(e.v.map(decode))
  case 'd': return new Date(decode(e.v))
  case 'o': return Object.fromEntries(e.v.map(([k, v]) => [k, decode(v)]))
  }
  return undefined
}

function told(e) {
  let type = 'Error', text = '', line = 0
  try {
    if (e instanceof Error || (e && typeof e.stack === 'string')) {
      type = String(e.name)
      text = String(e.message)
      const at = /main\.js:(\d+)/.exec(String(e.stack))
      line = at ? Number(at[1]) : 0
    } else {
      type = 'thrown'
      text = String(e)
    }
  } catch (_) { /* its own object throws: no more to say */ }
  return [type.slice(0, 60), text.slice(0, 150), line]
}

function look(name) {
  return vm.runInThisContext(name)
}

function answer(m) {
  try {
    if (m.op === 'kind') {
      let kind = 'undefined'
      try { kind = typeof look(m.name) } catch (_) { /* not defined */ }
      return { i: m.i, v: kind }
    }
    if (m.op === 'get') return { i: m.i, v: encode(look(m.name), 0) }
    return { i: m.i, v: encode(look(m.name)(...m.args.map(decode)), 0) }
  } catch (e) {
    return { i: m.i, x: told(e) }
  }
}

const source = fs.readFileSync('candidate.js', 'utf8')
const shared = { require, module: { exports: {} }, exports: {} }
for (const name of Object.keys(shared))
  Object.defineProperty(globalThis, name,
    { value: shared[name], writable: true, configurable: true })
let first
try {
  vm.runInThisContext(source, { filename: 'main.js' })
  first = { i: 0, v: true }
} catch (e) {
  first = { i: 0, x: told(e) }
}
send(first)
for (;;) {
  const n = readExactly(4).readUInt32LE(0)
  send(answer(JSON.parse(readExactly(n).toString())))
}
