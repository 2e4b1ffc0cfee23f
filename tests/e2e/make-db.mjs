// A bbolt file with etcd's `key` bucket, as large as wanted: for what only a long load shows.
//
// One put a page, so that the number of pages is the number of revisions. The tree is bulk-built
// from its leaves up, as bbolt's own pages: 16 bytes of header (id, flags, count, overflow), then
// 16 bytes an element, then keys and values.

import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const PAGE = 4096
const HEADER = 16
const [BRANCH, LEAF, META] = [1, 2, 4]
const BUCKET = 1
const NO_FREELIST = 0xffff_ffff_ffff_ffffn
/** As many separators as a branch page holds: element and 17 bytes of key each. */
const FANOUT = Math.floor((PAGE - HEADER) / (16 + 17))
const KEYS = 1000
const VALUE = Buffer.alloc(3000, 'v')

/** Writes a db of `records` pages to a new folder; `remove` takes both away. */
export function makeDb({ records, name = 'large.db' }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'revscope-'))
  const file = path.join(folder, name)
  const fd = openSync(file, 'w')
  try {
    write(fd, records)
  } finally {
    closeSync(fd)
  }
  return { path: file, name, remove: () => rmSync(folder, { recursive: true }) }
}

function write(fd, records) {
  const out = new Writer(fd)
  // Pages 0 and 1 are the metas; they are written when the root is known.
  out.page = 2
  let level = []
  for (let at = 0; at < records; at++) {
    const revision = at + 2
    level.push({ key: bucketKey(revision), page: out.page })
    out.add((page, id) => fillLeaf(page, id, [[0, bucketKey(revision), putRecord(revision)]]))
  }
  while (level.length > 1) {
    const above = []
    for (let at = 0; at < level.length; at += FANOUT) {
      const children = level.slice(at, at + FANOUT)
      above.push({ key: children[0].key, page: out.page })
      out.add((page, id) => fillBranch(page, id, children))
    }
    level = above
  }
  const root = out.page
  const bucket = Buffer.alloc(16)
  bucket.writeBigUInt64LE(BigInt(level[0].page))
  out.add((page, id) => fillLeaf(page, id, [[BUCKET, Buffer.from('key'), bucket]]))
  out.flush()
  for (const id of [0, 1]) {
    writeSync(fd, meta(id, root, out.page), 0, PAGE, id * PAGE)
  }
}

/** Collects pages and writes them a few megabytes at a time. */
class Writer {
  constructor(fd) {
    this.fd = fd
    this.page = 0
    this.buffer = Buffer.alloc(1024 * PAGE)
    this.used = 0
  }

  add(fill) {
    const page = this.buffer.subarray(this.used, this.used + PAGE).fill(0)
    fill(page, this.page)
    this.page += 1
    this.used += PAGE
    if (this.used === this.buffer.length) this.flush()
  }

  flush() {
    writeSync(this.fd, this.buffer, 0, this.used, this.page * PAGE - this.used)
    this.used = 0
  }
}

function header(page, id, flags, count) {
  page.writeBigUInt64LE(BigInt(id), 0)
  page.writeUInt16LE(flags, 8)
  page.writeUInt16LE(count, 10)
}

function fillLeaf(page, id, elements) {
  header(page, id, LEAF, elements.length)
  let data = HEADER + 16 * elements.length
  for (const [index, [flags, key, value]] of elements.entries()) {
    const at = HEADER + 16 * index
    page.writeUInt32LE(flags, at)
    page.writeUInt32LE(data - at, at + 4)
    page.writeUInt32LE(key.length, at + 8)
    page.writeUInt32LE(value.length, at + 12)
    key.copy(page, data)
    value.copy(page, data + key.length)
    data += key.length + value.length
  }
}

function fillBranch(page, id, children) {
  header(page, id, BRANCH, children.length)
  let data = HEADER + 16 * children.length
  for (const [index, child] of children.entries()) {
    const at = HEADER + 16 * index
    page.writeUInt32LE(data - at, at)
    page.writeUInt32LE(child.key.length, at + 4)
    page.writeBigUInt64LE(BigInt(child.page), at + 8)
    child.key.copy(page, data)
    data += child.key.length
  }
}

/** Main revision, `_`, sub revision 0; big-endian, so that bytes sort as numbers. */
function bucketKey(revision) {
  const key = Buffer.alloc(17)
  key.writeBigUInt64BE(BigInt(revision), 0)
  key.write('_', 8)
  return key
}

/** A put to one of a thousand keys in turn, as etcd's KeyValue message. */
function putRecord(revision) {
  const round = Math.floor((revision - 2) / KEYS)
  const create = revision - round * KEYS
  const key = Buffer.from(`key-${create}`)
  return Buffer.concat([
    Buffer.from([0x0a, key.length]), key,
    Buffer.from([0x10]), varint(create),
    Buffer.from([0x18]), varint(revision),
    Buffer.from([0x20]), varint(round + 1),
    Buffer.from([0x2a]), varint(VALUE.length), VALUE,
  ])
}

function varint(number) {
  const bytes = []
  for (; number > 0x7f; number = Math.floor(number / 128)) bytes.push((number & 0x7f) | 0x80)
  return Buffer.from([...bytes, number])
}

/** The root of everything, closed by the FNV-1a sum of the 56 bytes before it. */
function meta(id, root, highWaterMark) {
  const page = Buffer.alloc(PAGE)
  header(page, id, META, 0)
  page.writeUInt32LE(0xed0c_daed, 16)
  page.writeUInt32LE(2, 20)
  page.writeUInt32LE(PAGE, 24)
  page.writeBigUInt64LE(BigInt(root), 32)
  page.writeBigUInt64LE(NO_FREELIST, 48)
  page.writeBigUInt64LE(BigInt(highWaterMark), 56)
  page.writeBigUInt64LE(BigInt(id), 64)
  let sum = 0xcbf2_9ce4_8422_2325n
  for (const byte of page.subarray(16, 72)) {
    sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100_0000_01b3n)
  }
  page.writeBigUInt64LE(sum, 72)
  return page
}
