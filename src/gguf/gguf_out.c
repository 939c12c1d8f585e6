/* gguf_out.c - the writer: header in memory, tensors converted on the way. */
#include "base/buf.h"
#include "base/fault.h"
#include "base/file.h"
#include "gguf/gguf_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define HEAD_MAX ((size_t)1 << 30)
#define CHUNK    ((size_t)64 * 256) /* elements converted at once */

/* A tensor that was announced: its place in the file is fixed, its data are
 * borrowed until the file is written. */
struct pending {
    char name[TW_GGUF_NAME_MAX + 1];
    int n_dims;
    uint64_t ne[4];
    uint32_t type;
    size_t size; /* bytes in the file */
    const void *data;
    bool convert; /* data are float32 */
    uint64_t offset;
};

struct tw_gguf_out {
    struct tw_buf values; /* keys and values as in the file */
    struct tw_buf keys;   /* the keys, each with its NUL */
    uint64_t n_values;
    struct pending *tensors;
    size_t n_tensors, cap_tensors;
    uint64_t offset; /* of the next tensor */
    struct tw_err failed;
};

enum tw_status tw_gguf_out_new(struct tw_gguf_out **out, struct tw_err *err)
{
    struct tw_gguf_out *o = tw_mem_zeroed(1, sizeof(*o));

    *out = o;
    if (!o)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for GGUF output");
    tw_buf_init(&o->values, HEAD_MAX);
    tw_buf_init(&o->keys, HEAD_MAX);
    return TW_OK;
}

void tw_gguf_out_free(struct tw_gguf_out *o)
{
    if (!o)
        return;
    tw_buf_release(&o->values);
    tw_buf_release(&o->keys);
    free(o->tensors);
    free(o);
}

/* Keep the first failure. */
static void fail_out(struct tw_gguf_out *o, enum tw_status code,
                     const char *what, const char *name)
{
    if (o->failed.code == TW_OK) {
        enum tw_status st =
            tw_fail(&o->failed, code, 0, "cannot write '%s': %s", name, what);
        (void)st;
    }
}

/* Little-endian, as the whole format is. */
static void add_uint(struct tw_buf *b, uint64_t v, size_t size)
{
    uint8_t bytes[8];

    TW_ASSERT(size <= sizeof(bytes));
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(v >> (8 * i));
    tw_buf_add(b, bytes, size);
}

static void add_string(struct tw_buf *b, const char *bytes, size_t n)
{
    add_uint(b, n, 8);
    tw_buf_add(b, bytes, n);
}

/* The bits of the number: any NaN and -0 come back as they were. */
static void add_f32(struct tw_buf *b, float v)
{
    uint32_t bits;

    memcpy(&bits, &v, sizeof(bits));
    add_uint(b, bits, 4);
}

static void add_f64(struct tw_buf *b, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof(bits));
    add_uint(b, bits, 8);
}

/* Linear: a file has some dozens of keys. */
static bool key_known(const struct tw_gguf_out *o, const char *key)
{
    const char *p = tw_buf_text(&o->keys), *end = p + o->keys.len;

    for (; p < end; p += strlen(p) + 1)
        if (strcmp(p, key) == 0)
            return true;
    return false;
}

/* Goes on after a failure: the file will not be written, and callers need not
 * look at each key. */
static void put_key(struct tw_gguf_out *o, const char *key, uint32_t type)
{
    if (!*key || strlen(key) > TW_GGUF_KEY_MAX)
        fail_out(o, TW_EINVAL, "bad length of the key", key);
    if (key_known(o, key))
        fail_out(o, TW_EINVAL, "the key is there already", key);
    if (++o->n_values > TW_GGUF_KEYS)
        fail_out(o, TW_ELIMIT, "too many keys", key);
    tw_buf_add(&o->keys, key, strlen(key) + 1);
    add_string(&o->values, key, strlen(key));
    add_uint(&o->values, type, 4);
}

static void put_array(struct tw_gguf_out *o, const char *key, uint32_t type,
                      size_t n)
{
    put_key(o, key, TW_GGUF_ARRAY);
    add_uint(&o->values, type, 4);
    add_uint(&o->values, n, 8);
}

void tw_gguf_put_u32(struct tw_gguf_out *o, const char *key, uint32_t v)
{
    put_key(o, key, TW_GGUF_U32);
    add_uint(&o->values, v, 4);
}

void tw_gguf_put_u64(struct tw_gguf_out *o, const char *key, uint64_t v)
{
    put_key(o, key, TW_GGUF_U64);
    add_uint(&o->values, v, 8);
}

void tw_gguf_put_f32(struct tw_gguf_out *o, const char *key, float v)
{
    put_key(o, key, TW_GGUF_F32);
    add_f32(&o->values, v);
}

void tw_gguf_put_f64(struct tw_gguf_out *o, const char *key, double v)
{
    put_key(o, key, TW_GGUF_F64);
    add_f64(&o->values, v);
}

void tw_gguf_put_bool(struct tw_gguf_out *o, const char *key, bool v)
{
    put_key(o, key, TW_GGUF_BOOL);
    add_uint(&o->values, v, 1);
}

void tw_gguf_put_string(struct tw_gguf_out *o, const char *key,
                        const char *text)
{
    put_key(o, key, TW_GGUF_STRING);
    add_string(&o->values, text, strlen(text));
}

void tw_gguf_put_strings(struct tw_gguf_out *o, const char *key,
                         const struct tw_gguf_string *v, size_t n)
{
    put_array(o, key, TW_GGUF_STRING, n);
    for (size_t i = 0; i < n; i++)
        add_string(&o->values, v[i].bytes, v[i].len);
}

void tw_gguf_put_i32s(struct tw_gguf_out *o, const char *key, const int32_t *v,
                      size_t n)
{
    put_array(o, key, TW_GGUF_I32, n);
    for (size_t i = 0; i < n; i++)
        add_uint(&o->values, (uint32_t)v[i], 4);
}

void tw_gguf_put_f64s(struct tw_gguf_out *o, const char *key, const double *v,
                      size_t n)
{
    put_array(o, key, TW_GGUF_F64, n);
    for (size_t i = 0; i < n; i++)
        add_f64(&o->values, v[i]);
}

/* The next entry, checked except for data and size; NULL on failure. */
static struct pending *tensor_add(struct tw_gguf_out *o, const char *name,
                                  int n_dims, const size_t *shape,
                                  uint32_t type)
{
    if (o->n_tensors >= TW_GGUF_TENSORS) {
        fail_out(o, TW_ELIMIT, "too many tensors", name);
        return NULL;
    }
    if (!*name || strlen(name) > TW_GGUF_NAME_MAX || n_dims < 1 || n_dims > 4) {
        fail_out(o, TW_EINVAL, "bad tensor name or number of dimensions", name);
        return NULL;
    }
    for (size_t i = 0; i < o->n_tensors; i++)
        if (strcmp(o->tensors[i].name, name) == 0)
            fail_out(o, TW_EINVAL, "the tensor is there already", name);
    if (o->n_tensors == o->cap_tensors) {
        size_t cap = 2 * o->cap_tensors + 64;
        struct pending *more = tw_mem_resize(o->tensors, cap * sizeof(*more));

        if (!more) {
            fail_out(o, TW_ENOMEM, "out of memory", name);
            return NULL;
        }
        o->tensors = more;
        o->cap_tensors = cap;
    }
    TW_ASSERT(o->n_tensors < o->cap_tensors);
    struct pending *t = &o->tensors[o->n_tensors];
    *t = (struct pending){ .n_dims = n_dims, .type = type };
    memcpy(t->name, name, strlen(name));
    size_t rows = 1;
    for (int d = 0; d < n_dims; d++) {
        t->ne[d] = shape[n_dims - 1 - d];
        if (d && __builtin_mul_overflow(rows, t->ne[d], &rows))
            rows = 0;
    }
    size_t row = tw_ggml_row_size(type, t->ne[0]);
    if (__builtin_mul_overflow(rows, row, &t->size) || !t->size) {
        fail_out(o, TW_EINVAL, "bad shape for the tensor type", name);
        return NULL;
    }
    return t;
}

/* Data of a tensor begin at a multiple of TW_GGUF_ALIGN. */
static uint64_t padded(uint64_t n)
{
    return (n + TW_GGUF_ALIGN - 1) & ~(uint64_t)(TW_GGUF_ALIGN - 1);
}

/* The entry counts from here on; before, a failure leaves no trace of it. */
static void tensor_done(struct tw_gguf_out *o, struct pending *t,
                        const void *data, bool convert)
{
    TW_ASSERT(data != NULL && t->size > 0);
    TW_ASSERT(o->offset % TW_GGUF_ALIGN == 0);
    t->data = data;
    t->convert = convert;
    t->offset = o->offset;
    o->offset += padded(t->size);
    o->n_tensors++;
}

void tw_gguf_put_tensor(struct tw_gguf_out *o, const char *name, int n_dims,
                        const size_t *shape, const float *data,
                        enum tw_ggml_type type)
{
    struct pending *t = tensor_add(o, name, n_dims, shape, type);

    if (t && !tw_ggml_from_f32(NULL, NULL, 0, type))
        fail_out(o, TW_EINVAL, "no conversion to this tensor type", name);
    else if (t)
        tensor_done(o, t, data, true);
}

void tw_gguf_put_raw(struct tw_gguf_out *o, const char *name, int n_dims,
                     const size_t *shape, const void *data, size_t size,
                     enum tw_ggml_type type)
{
    struct pending *t = tensor_add(o, name, n_dims, shape, type);

    if (t && t->size != size)
        fail_out(o, TW_EINVAL, "size and shape disagree", name);
    else if (t)
        tensor_done(o, t, data, false);
}

/* Where bytes go: a file or a buffer. */
struct sink {
    struct tw_file_out *file;
    struct tw_buf *buf;
};

/* One way out for both kinds of sink; a buffer remembers its failure. */
static enum tw_status emit(struct sink *s, const void *bytes, size_t n,
                           struct tw_err *err)
{
    if (s->file)
        return tw_file_add(s->file, bytes, n, err);
    tw_buf_add(s->buf, bytes, n);
    return tw_buf_check(s->buf, "GGUF output", err);
}

static enum tw_status emit_zeros(struct sink *s, uint64_t n, struct tw_err *err)
{
    static const uint8_t ZEROS[TW_GGUF_ALIGN];

    TW_ASSERT(n <= sizeof(ZEROS));
    return emit(s, ZEROS, (size_t)n, err);
}

/* Counts, keys and descriptions of tensors: small, so it is made in memory and
 * goes out in one piece. */
static enum tw_status emit_head(struct tw_gguf_out *o, struct sink *s,
                                struct tw_err *err)
{
    struct tw_buf head;

    tw_buf_init(&head, HEAD_MAX);
    tw_buf_adds(&head, "GGUF");
    add_uint(&head, 3, 4);
    add_uint(&head, o->n_tensors, 8);
    add_uint(&head, o->n_values, 8);
    tw_buf_add(&head, tw_buf_text(&o->values), o->values.len);
    for (size_t i = 0; i < o->n_tensors; i++) {
        const struct pending *t = &o->tensors[i];

        add_string(&head, t->name, strlen(t->name));
        add_uint(&head, (uint64_t)t->n_dims, 4);
        for (int d = 0; d < t->n_dims; d++)
            add_uint(&head, t->ne[d], 8);
        add_uint(&head, t->type, 4);
        add_uint(&head, t->offset, 8);
    }
    enum tw_status st = tw_buf_check(&head, "GGUF header", err);
    if (st == TW_OK)
        st = emit(s, tw_buf_text(&head), head.len, err);
    if (st == TW_OK)
        st = emit_zeros(s, padded(head.len) - head.len, err);
    tw_buf_release(&head);
    return st;
}

/* By chunks of whole blocks: a model of many gigabytes is written in 64 KiB of
 * memory. */
static enum tw_status emit_converted(const struct pending *t, struct sink *s,
                                     uint8_t *room, struct tw_err *err)
{
    size_t n = t->size / tw_ggml_row_size(t->type, t->ne[0]) * t->ne[0];
    const float *data = t->data;

    for (size_t first = 0; first < n; first += CHUNK) {
        size_t count = CHUNK;

        if (count > n - first)
            count = n - first;
        bool done = tw_ggml_from_f32(room, data + first, count, t->type);

        TW_ASSERT(done);
        TW_TRY(emit(s, room, tw_ggml_row_size(t->type, count), err));
    }
    return TW_OK;
}

/* The file, front to back. What went wrong while keys and tensors were
 * collected is reported here. */
static enum tw_status emit_all(struct tw_gguf_out *o, struct sink *s,
                               struct tw_err *err)
{
    if (o->failed.code != TW_OK)
        return tw_fail(err, o->failed.code, 0, "%s", o->failed.msg);
    TW_TRY(tw_buf_check(&o->values, "GGUF keys", err));
    TW_TRY(tw_buf_check(&o->keys, "GGUF keys", err));
    TW_TRY(emit_head(o, s, err));
    uint8_t *room = tw_mem_alloc(CHUNK * sizeof(float));
    if (!room)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for GGUF output");
    enum tw_status st = TW_OK;
    for (size_t i = 0; i < o->n_tensors && st == TW_OK; i++) {
        const struct pending *t = &o->tensors[i];

        if (t->convert)
            st = emit_converted(t, s, room, err);
        else
            st = emit(s, t->data, t->size, err);
        if (st == TW_OK)
            st = emit_zeros(s, padded(t->size) - t->size, err);
    }
    free(room);
    return st;
}

/* tw_file_abort() does nothing after a commit; a failure leaves an older file
 * of that name as it was. */
enum tw_status tw_gguf_write(struct tw_gguf_out *o, const char *path,
                             struct tw_err *err)
{
    struct tw_file_out file;

    TW_TRY(tw_file_begin(&file, path, err));
    enum tw_status st = emit_all(o, &(struct sink){ .file = &file }, err);
    if (st == TW_OK)
        st = tw_file_commit(&file, err);
    tw_file_abort(&file);
    return st;
}

enum tw_status tw_gguf_write_buf(struct tw_gguf_out *o, struct tw_buf *b,
                                 struct tw_err *err)
{
    return emit_all(o, &(struct sink){ .buf = b }, err);
}
