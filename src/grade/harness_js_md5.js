'use strict'
// The part of the package js-md5 that tasks use, on Node's own MD5.
const { createHash } = require('crypto')

const md5 = (text) => createHash('md5').update(text).digest('hex')
md5.hex = md5
md5.array = (text) => [...createHash('md5').update(text).digest()]
md5.base64 = (text) => createHash('md5').update(text).digest('base64')
module.exports = md5
module.exports.md5 = md5
