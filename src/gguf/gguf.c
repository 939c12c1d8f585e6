/*
 * gguf.c - the reader: every number is checked before it is used.
 *
 * A file is a header (magic, version, two counts), keys with typed values,
 * descriptions of tensors, and their data from the next aligned byte on:
 * github.com/ggml-org/ggml, docs/gguf.md.  The first pass goes over all of it
 * but the data, copies nothing and leaves positions; so a file of 20 GB opens
 * at once, and a getter has only the type of a value left to refuse.
 */
#include "gguf/gguf.h"

#include "base/cursor.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/file_kind.h"
#include "base/hash.h"
#include "gguf/gguf_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define STRING_MAX ((uint64_t)1 << 30)
#define ARENA_MAX  ((size_t)1 << 32)

/* A key with its value. The value stays in the file: pos says where, and a
 * getter reads it from there when it is asked for. */
struct value {
    struct tw_gguf_string key;
    uint32_t type;
    uint32_t type_elem; /* of an array */
    uint64_t count;     /* of an array, else 1 */
    size_t pos;         /* of the first element */
};

/* Open addressing from a name to index + 1; 0 is free. */
struct index {
    uint32_t *slots; /* (n_slots) */
    size_t n_slots;  /* a power of two */
};

struct tw_gguf {
    struct tw_file_map map; /* empty for borrowed bytes */
    struct tw_arena arena;
    struct tw_cursor in;
    uint32_t version;
    size_t n_values, n_tensors;
    struct value *values;           /* (n_values), of the arena */
    struct tw_gguf_tensor *tensors; /* (n_tensors), of the arena */
    struct index by_key, by_name;
};

/* Bytes of one element; 0 for strings and arrays, which have no fixed size. */
static size_t value_size(uint32_t type)
{
    static const uint8_t SIZES[] = { 1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8 };

    if (type >= TW_ARRAY_LEN(SIZES))
        return 0;
    return SIZES[type];
}

/* How much of a name goes into a message: a file may hold a key of 64 KiB. */
static int shown(const struct tw_gguf_string *s)
{
    return s->len < 60 ? (int)s->len : 60;
}

/* At most half of the slots are taken, so that a search ends soon. */
static enum tw_status index_new(struct index *ix, struct tw_arena *a, size_t n,
                                struct tw_err *err)
{
    ix->n_slots = 8;
    while (ix->n_slots < 2 * n)
        ix->n_slots *= 2;
    ix->slots = tw_arena_alloc(a, ix->n_slots, sizeof(*ix->slots));
    if (!ix->slots)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for GGUF index");
    return TW_OK;
}

/* Names of the file have a length and no NUL at their end. */
static bool same(const struct tw_gguf_string *a, const char *b, size_t n)
{
    return a->len == n && memcmp(a->bytes, b, n) == 0;
}

/* Name of entry i; both tables start with the string. */
static const struct tw_gguf_string *name_at(const void *table, size_t size,
                                            size_t i)
{
    return (const void *)((const char *)table + i * size);
}

/* Slot of a name: its entry, or the free slot where it belongs. */
static uint32_t *index_slot(const struct index *ix, const void *table,
                            size_t size, const char *name, size_t n)
{
    TW_ASSERT(ix->slots && (ix->n_slots & (ix->n_slots - 1)) == 0);
    size_t mask = ix->n_slots - 1, i = (size_t)tw_hash_fnv64(name, n) & mask;

    while (ix->slots[i] &&
           !same(name_at(table, size, ix->slots[i] - 1), name, n))
        i = (i + 1) & mask;
    return &ix->slots[i];
}

/* A length and so many bytes, which are borrowed; NULL when they are not there.
 * The limit keeps the sum with a position from overflowing. */
static const uint8_t *read_string(struct tw_cursor *in, uint64_t *len)
{
    *len = tw_cursor_u64(in);
    if (*len > STRING_MAX || *len > tw_cursor_left(in)) {
        in->failed = true;
        return NULL;
    }
    return tw_cursor_bytes(in, (size_t)*len);
}

/* The name of a key or tensor. Without NUL and not empty, so that it can be
 * looked up as C text and printed. */
static enum tw_status read_name(struct tw_gguf *f, struct tw_gguf_string *s,
                                size_t max, const char *what, size_t i,
                                struct tw_err *err)
{
    size_t pos = f->in.pos;
    uint64_t len;
    const uint8_t *bytes = read_string(&f->in, &len);

    if (!bytes)
        return tw_fail(err, TW_EFORMAT, pos,
                       "truncated %s name %zu: %llu bytes stated", what, i,
                       (unsigned long long)len);
    if (len == 0 || len > max)
        return tw_fail(err, TW_EFORMAT, pos,
                       "bad length of %s name %zu: %llu, not 1..%zu", what, i,
                       (unsigned long long)len, max);
    *s = (struct tw_gguf_string){ (const char *)bytes, (size_t)len };
    if (memchr(bytes, '\0', s->len))
        return tw_fail(err, TW_EFORMAT, pos, "NUL byte in %s name %zu", what,
                       i);
    return TW_OK;
}

/* The messages of values and tensors name the entry and the byte at which
 * reading stood. */
static enum tw_status fail_value(const struct tw_gguf *f, const struct value *v,
                                 const char *what, struct tw_err *err)
{
    return tw_fail(err, TW_EFORMAT, f->in.pos, "bad value of key '%.*s': %s",
                   shown(&v->key), v->key.bytes, what);
}

/* Move over the elements of v; strings are walked, the rest is one jump. */
static enum tw_status skip_elements(struct tw_gguf *f, struct value *v,
                                    struct tw_err *err)
{
    uint32_t type = v->type;
    size_t total;

    if (type == TW_GGUF_ARRAY)
        type = v->type_elem;
    size_t size = value_size(type);

    v->pos = f->in.pos;
    if (type == TW_GGUF_STRING) {
        if (v->count > tw_cursor_left(&f->in) / 8)
            return fail_value(f, v, "more strings than bytes left", err);
        for (uint64_t i = 0, len; i < v->count; i++)
            if (!read_string(&f->in, &len))
                return fail_value(f, v, "string past the end", err);
        return TW_OK;
    }
    if (!size)
        return fail_value(f, v, "unknown or nested type", err);
    if (__builtin_mul_overflow(v->count, size, &total) ||
        total > tw_cursor_left(&f->in))
        return fail_value(f, v, "more elements than bytes left", err);
    if (total && !tw_cursor_bytes(&f->in, total))
        return fail_value(f, v, "truncated", err);
    return TW_OK;
}

/* One key: its name, which must be new, its type, and a walk over its value.
 * Nothing is copied. */
static enum tw_status read_value(struct tw_gguf *f, size_t i,
                                 struct tw_err *err)
{
    struct value *v = &f->values[i];

    TW_TRY(read_name(f, &v->key, TW_GGUF_KEY_MAX, "key", i, err));
    uint32_t *slot =
        index_slot(&f->by_key, f->values, sizeof(*v), v->key.bytes, v->key.len);
    if (*slot)
        return fail_value(f, v, "the key is there twice", err);
    *slot = (uint32_t)i + 1;
    v->type = tw_cursor_u32(&f->in);
    v->count = 1;
    if (v->type == TW_GGUF_ARRAY) {
        v->type_elem = tw_cursor_u32(&f->in);
        v->count = tw_cursor_u64(&f->in);
    }
    if (f->in.failed)
        return fail_value(f, v, "truncated", err);
    return skip_elements(f, v, err);
}

/* As fail_value(). */
static enum tw_status fail_tensor(const struct tw_gguf *f,
                                  const struct tw_gguf_tensor *t,
                                  const char *what, struct tw_err *err)
{
    return tw_fail(err, TW_EFORMAT, f->in.pos, "bad tensor '%.*s': %s",
                   shown(&t->name), t->name.bytes, what);
}

/* Bytes of a tensor from its shape and type. */
static enum tw_status size_tensor(const struct tw_gguf *f,
                                  struct tw_gguf_tensor *t, struct tw_err *err)
{
    uint64_t rows = 1, all;

    if (strcmp(tw_ggml_type_name(t->type), "unknown") == 0)
        return fail_tensor(f, t, "unknown type", err);
    for (int d = 0; d < 4; d++)
        if (t->ne[d] < 1 || t->ne[d] > INT64_MAX)
            return fail_tensor(f, t, "dimension out of range", err);
    for (int d = 1; d < 4; d++)
        if (__builtin_mul_overflow(rows, t->ne[d], &rows))
            return fail_tensor(f, t, "number of elements overflows", err);
    if (__builtin_mul_overflow(rows, t->ne[0], &all) || all > INT64_MAX)
        return fail_tensor(f, t, "number of elements overflows", err);
    size_t row = tw_ggml_row_size(t->type, t->ne[0]);
    if (!row)
        return fail_tensor(f, t, "row is no whole number of blocks", err);
    if (__builtin_mul_overflow(row, rows, &t->size))
        return fail_tensor(f, t, "size overflows", err);
    return TW_OK;
}

/* data holds the offset, as a pointer, until the start is known: *offset. */
static enum tw_status read_tensor(struct tw_gguf *f, size_t i, uint64_t *offset,
                                  struct tw_err *err)
{
    struct tw_gguf_tensor *t = &f->tensors[i];

    TW_TRY(read_name(f, &t->name, TW_GGUF_NAME_MAX, "tensor", i, err));
    uint32_t *slot = index_slot(&f->by_name, f->tensors, sizeof(*t),
                                t->name.bytes, t->name.len);
    if (*slot)
        return fail_tensor(f, t, "the name is there twice", err);
    *slot = (uint32_t)i + 1;
    uint32_t n_dims = tw_cursor_u32(&f->in);
    if (f->in.failed || n_dims < 1 || n_dims > 4)
        return fail_tensor(f, t, "number of dimensions is not 1..4", err);
    t->n_dims = (int)n_dims;
    for (uint32_t d = 0; d < 4; d++)
        t->ne[d] = d < n_dims ? tw_cursor_u64(&f->in) : 1;
    t->type = tw_cursor_u32(&f->in);
    *offset = tw_cursor_u64(&f->in);
    if (f->in.failed)
        return fail_tensor(f, t, "truncated description", err);
    return size_tensor(f, t, err);
}

/* By where the data lie; equal addresses are an overlap, which the caller
 * finds. */
static int compare_data(const void *a, const void *b)
{
    const struct tw_gguf_tensor *x = *(struct tw_gguf_tensor *const *)a;
    const struct tw_gguf_tensor *y = *(struct tw_gguf_tensor *const *)b;

    return (x->data > y->data) - (x->data < y->data);
}

/* Two tensors in the same bytes are legal nowhere, and a way to make a small
 * file look large. */
static enum tw_status check_overlap(struct tw_gguf *f, struct tw_err *err)
{
    struct tw_gguf_tensor **sorted = tw_arena_alloc(
        &f->arena, f->n_tensors, sizeof(struct tw_gguf_tensor *));

    if (!sorted)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for GGUF tensors");
    for (size_t i = 0; i < f->n_tensors; i++)
        sorted[i] = &f->tensors[i];
    qsort(sorted, f->n_tensors, sizeof(struct tw_gguf_tensor *), compare_data);
    for (size_t i = 1; i < f->n_tensors; i++)
        if (sorted[i - 1]->data + sorted[i - 1]->size > sorted[i]->data)
            return fail_tensor(f, sorted[i], "overlaps another tensor", err);
    return TW_OK;
}

/* Turn offsets into pointers after checking them against the file. */
static enum tw_status place_tensors(struct tw_gguf *f, const uint64_t *offsets,
                                    struct tw_err *err)
{
    uint64_t align = TW_GGUF_ALIGN;
    size_t start, len = f->in.len;

    if (tw_gguf_has(f, "general.alignment"))
        TW_TRY(tw_gguf_get_u64(f, "general.alignment", &align, err));
    if (align < 8 || align > 4096 || (align & (align - 1)))
        return tw_fail(err, TW_EFORMAT, f->in.pos,
                       "bad 'general.alignment': %llu is no power of two in "
                       "8..4096",
                       (unsigned long long)align);
    if (!f->n_tensors)
        return TW_OK;
    if (__builtin_add_overflow(f->in.pos, (size_t)align - 1, &start))
        return tw_fail(err, TW_EFORMAT, f->in.pos, "header too long");
    start &= ~((size_t)align - 1);
    if (start > len)
        return tw_fail(err, TW_EFORMAT, len, "file ends before tensor data");
    for (size_t i = 0; i < f->n_tensors; i++) {
        struct tw_gguf_tensor *t = &f->tensors[i];

        if (offsets[i] % align)
            return fail_tensor(f, t, "offset is not aligned", err);
        if (offsets[i] > len - start ||
            t->size > len - start - (size_t)offsets[i])
            return fail_tensor(f, t, "data past the end of the file", err);
        t->data = f->in.bytes + start + (size_t)offsets[i];
        TW_ASSERT(t->data + t->size <= f->in.bytes + len);
    }
    return check_overlap(f, err);
}

/* What it is instead, where that shows. */
static enum tw_status fail_magic(const struct tw_gguf *f, struct tw_err *err)
{
    const char *kind = tw_file_kind(f->in.bytes, f->in.len);

    if (f->in.len == 0)
        kind = "empty";
    if (kind)
        return tw_fail(err, TW_EFORMAT, 0, "no GGUF file: it is %s", kind);
    return tw_fail(err, TW_EFORMAT, 0, "no GGUF file: wrong magic");
}

/* Counts are held against the bytes left before anything is allocated for
 * them. */
static enum tw_status read_head(struct tw_gguf *f, struct tw_err *err)
{
    const uint8_t *magic = tw_cursor_bytes(&f->in, 4);

    if (!magic || memcmp(magic, "GGUF", 4) != 0)
        return fail_magic(f, err);
    f->version = tw_cursor_u32(&f->in);
    if (f->version && (f->version & 0xffff) == 0)
        return tw_fail(err, TW_EFORMAT, 4,
                       "it is a big-endian GGUF file (version %u): convert it "
                       "to little-endian",
                       (unsigned)(f->version >> 24));
    uint64_t n_tensors = tw_cursor_u64(&f->in);
    uint64_t n_values = tw_cursor_u64(&f->in);
    TW_TRY(tw_cursor_check(&f->in, "GGUF header", err));
    if (f->version != 2 && f->version != 3)
        return tw_fail(err, TW_EFORMAT, 4, "unsupported GGUF version %u",
                       (unsigned)f->version);
    /* The shortest tensor takes 33 bytes, the shortest key 14. */
    if (n_tensors > TW_GGUF_TENSORS || n_tensors > tw_cursor_left(&f->in) / 33)
        return tw_fail(err, TW_EFORMAT, 8,
                       "bad number of tensors: %llu do not fit the file",
                       (unsigned long long)n_tensors);
    if (n_values > TW_GGUF_KEYS || n_values > tw_cursor_left(&f->in) / 14)
        return tw_fail(err, TW_EFORMAT, 16,
                       "bad number of keys: %llu do not fit the file",
                       (unsigned long long)n_values);
    TW_ASSERT(!f->in.failed && f->in.pos <= f->in.len);
    f->n_tensors = (size_t)n_tensors;
    f->n_values = (size_t)n_values;
    return TW_OK;
}

/* Keys first: the alignment of the data is one of them. */
static enum tw_status parse(struct tw_gguf *f, struct tw_err *err)
{
    TW_TRY(read_head(f, err));
    f->values = tw_arena_alloc(&f->arena, f->n_values, sizeof(*f->values));
    f->tensors = tw_arena_alloc(&f->arena, f->n_tensors, sizeof(*f->tensors));
    uint64_t *offsets =
        tw_arena_alloc(&f->arena, f->n_tensors, sizeof(*offsets));
    if (!f->values || !f->tensors || !offsets)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for GGUF header");
    TW_TRY(index_new(&f->by_key, &f->arena, f->n_values, err));
    TW_TRY(index_new(&f->by_name, &f->arena, f->n_tensors, err));
    for (size_t i = 0; i < f->n_values; i++)
        TW_TRY(read_value(f, i, err));
    for (size_t i = 0; i < f->n_tensors; i++)
        TW_TRY(read_tensor(f, i, &offsets[i], err));
    return place_tensors(f, offsets, err);
}

/* A file of another name for the same bytes has no map to ask. */
enum tw_status tw_gguf_check(const struct tw_gguf *f, enum tw_status st,
                             struct tw_err *err)
{
    return tw_file_map_check(&f->map, st, err);
}

/* Takes over the map, also on failure. bytes is what is read: the map's, or the
 * caller's. */
static enum tw_status open_any(struct tw_gguf **out, struct tw_file_map map,
                               const void *bytes, size_t n, struct tw_err *err)
{
    struct tw_gguf *f = tw_mem_zeroed(1, sizeof(*f));

    TW_ASSERT(bytes != NULL || n == 0);
    *out = NULL;
    if (!f) {
        tw_file_map_close(&map);
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for GGUF file");
    }
    f->map = map;
    tw_arena_init(&f->arena, ARENA_MAX);
    f->in = (struct tw_cursor){ .bytes = bytes, .len = n };
    enum tw_status st = tw_gguf_check(f, parse(f, err), err);
    if (st != TW_OK) {
        tw_gguf_close(f);
        return st;
    }
    *out = f;
    return TW_OK;
}

/* Messages of the reader do not know the name of the file; it is added here,
 * once. */
enum tw_status tw_gguf_open(struct tw_gguf **f, const char *path,
                            struct tw_err *err)
{
    struct tw_file_map map = { 0 };
    struct tw_err why = { 0 };

    *f = NULL;
    TW_TRY(tw_file_map_open(&map, path, err));
    enum tw_status st = open_any(f, map, map.bytes, map.len, &why);
    if (st != TW_OK)
        return tw_fail(err, st, why.pos, "cannot read '%s': %s", path, why.msg);
    return TW_OK;
}

/* The same reader without a map to close: for tests, and for files that lie
 * inside of others. */
enum tw_status tw_gguf_open_bytes(struct tw_gguf **f, const void *bytes,
                                  size_t n, struct tw_err *err)
{
    return open_any(f, (struct tw_file_map){ 0 }, bytes, n, err);
}

/* Everything that getters gave without an arena is gone with it. */
void tw_gguf_close(struct tw_gguf *f)
{
    if (!f)
        return;
    tw_file_map_close(&f->map);
    tw_arena_release(&f->arena);
    free(f);
}

/* Valid until the file is closed. */
const uint8_t *tw_gguf_bytes(const struct tw_gguf *f, size_t *n)
{
    TW_ASSERT(f->in.bytes != NULL);
    *n = f->in.len;
    return f->in.bytes;
}

size_t tw_gguf_count_tensors(const struct tw_gguf *f)
{
    return f->n_tensors;
}

const struct tw_gguf_tensor *tw_gguf_tensor_at(const struct tw_gguf *f,
                                               size_t i)
{
    if (i >= f->n_tensors)
        return NULL;
    return &f->tensors[i];
}

/* The same index as for duplicates while reading. */
const struct tw_gguf_tensor *tw_gguf_tensor_find(const struct tw_gguf *f,
                                                 const char *name)
{
    uint32_t slot = *index_slot(&f->by_name, f->tensors, sizeof(*f->tensors),
                                name, strlen(name));

    if (slot == 0)
        return NULL;
    TW_ASSERT(slot <= f->n_tensors);
    return &f->tensors[slot - 1];
}

/* NULL is an answer here: most keys are optional to somebody. */
static const struct value *value_find(const struct tw_gguf *f, const char *key)
{
    uint32_t slot = *index_slot(&f->by_key, f->values, sizeof(*f->values), key,
                                strlen(key));

    if (slot == 0)
        return NULL;
    TW_ASSERT(slot <= f->n_values);
    return &f->values[slot - 1];
}

bool tw_gguf_has(const struct tw_gguf *f, const char *key)
{
    return value_find(f, key) != NULL;
}

/* As value_find(), with a message. */
static enum tw_status value_get(const struct tw_gguf *f, const char *key,
                                const struct value **v, struct tw_err *err)
{
    *v = value_find(f, key);
    if (!*v)
        return tw_fail(err, TW_EFORMAT, 0, "missing key '%s'", key);
    return TW_OK;
}

/* One number of any kind: as integer (exact flag) and as double. */
struct number {
    bool integer, negative;
    uint64_t u; /* the value when not negative */
    int64_t i;
    double d;
};

/* u has a meaning only where the number is not negative. */
static void set_signed(struct number *x, int64_t v)
{
    *x = (struct number){ true, v < 0, (uint64_t)v, v, (double)v };
}

/* Above INT64_MAX i stays at the end of its range; u has the value. */
static void set_unsigned(struct number *x, uint64_t v)
{
    *x = (struct number){ true, false, v, INT64_MAX, (double)v };
    if (v <= INT64_MAX)
        x->i = (int64_t)v;
}

/* False for a type that is no number. The cursor stands in a value that was
 * walked before, so there are bytes enough. */
static bool read_number(struct tw_cursor *in, uint32_t type, struct number *x)
{
    *x = (struct number){ 0 };
    switch (type) {
    case TW_GGUF_U8:
        set_unsigned(x, tw_cursor_u8(in));
        break;
    case TW_GGUF_I8:
        set_signed(x, (int8_t)tw_cursor_u8(in));
        break;
    case TW_GGUF_U16:
        set_unsigned(x, tw_cursor_u16(in));
        break;
    case TW_GGUF_I16:
        set_signed(x, (int16_t)tw_cursor_u16(in));
        break;
    case TW_GGUF_U32:
        set_unsigned(x, tw_cursor_u32(in));
        break;
    case TW_GGUF_I32:
        set_signed(x, (int32_t)tw_cursor_u32(in));
        break;
    case TW_GGUF_U64:
        set_unsigned(x, tw_cursor_u64(in));
        break;
    case TW_GGUF_I64:
        set_signed(x, (int64_t)tw_cursor_u64(in));
        break;
    case TW_GGUF_F32:
        x->d = (double)tw_cursor_f32(in);
        break;
    case TW_GGUF_F64:
        x->d = tw_cursor_f64(in);
        break;
    default:
        return false;
    }
    return !in->failed;
}

/* A cursor of its own: getters change nothing in f. */
static struct tw_cursor cursor_at(const struct tw_gguf *f,
                                  const struct value *v)
{
    return (struct tw_cursor){ .bytes = f->in.bytes,
                               .len = f->in.len,
                               .pos = v->pos };
}

/* want is said with its article: "a bool". */
static enum tw_status fail_type(const char *key, const char *want,
                                struct tw_err *err)
{
    return tw_fail(err, TW_EFORMAT, 0, "wrong type of key '%s': not %s", key,
                   want);
}

/* A number of any integer kind: writers choose the width as they like. */
enum tw_status tw_gguf_get_u64(const struct tw_gguf *f, const char *key,
                               uint64_t *out, struct tw_err *err)
{
    const struct value *v;
    struct number x;

    TW_TRY(value_get(f, key, &v, err));
    struct tw_cursor in = cursor_at(f, v);
    TW_ASSERT(in.pos <= in.len);
    if (!read_number(&in, v->type, &x) || !x.integer || x.negative)
        return fail_type(key, "a non-negative integer", err);
    *out = x.u;
    return TW_OK;
}

/* Integers too: 10000 is written for 10000.0. */
enum tw_status tw_gguf_get_f64(const struct tw_gguf *f, const char *key,
                               double *out, struct tw_err *err)
{
    const struct value *v;
    struct number x;

    TW_TRY(value_get(f, key, &v, err));
    struct tw_cursor in = cursor_at(f, v);
    if (!read_number(&in, v->type, &x))
        return fail_type(key, "a number", err);
    *out = x.d;
    return TW_OK;
}

/* Any byte but 0 is true, as ggml reads it. */
enum tw_status tw_gguf_get_bool(const struct tw_gguf *f, const char *key,
                                bool *out, struct tw_err *err)
{
    const struct value *v;

    TW_TRY(value_get(f, key, &v, err));
    if (v->type != TW_GGUF_BOOL)
        return fail_type(key, "a bool", err);
    *out = f->in.bytes[v->pos] != 0;
    return TW_OK;
}

/* The second reading of the length: the first one checked it. */
enum tw_status tw_gguf_get_string(const struct tw_gguf *f, const char *key,
                                  struct tw_gguf_string *out,
                                  struct tw_err *err)
{
    const struct value *v;
    uint64_t len;

    TW_TRY(value_get(f, key, &v, err));
    if (v->type != TW_GGUF_STRING)
        return fail_type(key, "a string", err);
    struct tw_cursor in = cursor_at(f, v);
    const uint8_t *bytes = read_string(&in, &len);

    TW_ASSERT(bytes != NULL); /* skip_elements() went over it */
    *out = (struct tw_gguf_string){ (const char *)bytes, (size_t)len };
    return TW_OK;
}

/* The array behind key with room for its elements. */
static enum tw_status array_get(const struct tw_gguf *f, const char *key,
                                struct tw_arena *a, size_t size, void **room,
                                const struct value **v, struct tw_err *err)
{
    TW_TRY(value_get(f, key, v, err));
    if ((*v)->type != TW_GGUF_ARRAY)
        return fail_type(key, "an array", err);
    *room = tw_arena_alloc(a, (size_t)(*v)->count, size);
    if (!*room)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for key '%s'", key);
    return TW_OK;
}

/* Only the list is copied, the texts stay in the file: a vocabulary has
 * hundreds of thousands of them. */
enum tw_status tw_gguf_get_strings(const struct tw_gguf *f, const char *key,
                                   struct tw_arena *a,
                                   struct tw_gguf_string **out, size_t *n,
                                   struct tw_err *err)
{
    const struct value *v;
    void *room;

    TW_TRY(array_get(f, key, a, sizeof(**out), &room, &v, err));
    if (v->type_elem != TW_GGUF_STRING)
        return fail_type(key, "an array of strings", err);
    struct tw_cursor in = cursor_at(f, v);
    *out = room;
    *n = (size_t)v->count;
    for (size_t i = 0; i < *n; i++) {
        uint64_t len;

        (*out)[i].bytes = (const char *)read_string(&in, &len);
        TW_ASSERT((*out)[i].bytes != NULL);
        (*out)[i].len = (size_t)len;
    }
    return TW_OK;
}

/* Numbers of every kind become doubles. */
enum tw_status tw_gguf_get_f64s(const struct tw_gguf *f, const char *key,
                                struct tw_arena *a, double **out, size_t *n,
                                struct tw_err *err)
{
    const struct value *v;
    void *room;
    struct number x;

    TW_TRY(array_get(f, key, a, sizeof(**out), &room, &v, err));
    struct tw_cursor in = cursor_at(f, v);
    *out = room;
    *n = (size_t)v->count;
    for (size_t i = 0; i < *n; i++) {
        if (!read_number(&in, v->type_elem, &x))
            return fail_type(key, "an array of numbers", err);
        (*out)[i] = x.d;
    }
    return TW_OK;
}

/* Integers of every kind; one above the range is refused, not cut. */
enum tw_status tw_gguf_get_i64s(const struct tw_gguf *f, const char *key,
                                struct tw_arena *a, int64_t **out, size_t *n,
                                struct tw_err *err)
{
    const struct value *v;
    void *room;
    struct number x;

    TW_TRY(array_get(f, key, a, sizeof(**out), &room, &v, err));
    struct tw_cursor in = cursor_at(f, v);
    *out = room;
    *n = (size_t)v->count;
    for (size_t i = 0; i < *n; i++) {
        if (!read_number(&in, v->type_elem, &x) || !x.integer ||
            (!x.negative && x.u > INT64_MAX))
            return fail_type(key, "an array of integers", err);
        (*out)[i] = x.i;
    }
    return TW_OK;
}
