/*
 * gguf.h - GGUF files (version 2 and 3), the one container for all weights.
 *
 * Reading maps the file and checks everything before it is used: counts
 * against the bytes left, sizes with overflow checks, types against a table,
 * duplicates, alignment, overlap (shared reference: reliability 3.1).  A
 * refusal names the field.  Writing streams to a new file and renames it.
 * docs/formats/gguf.md lists our own keys.
 */
#ifndef TW_GGUF_GGUF_H
#define TW_GGUF_GGUF_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "kern/weights.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tw_gguf_type { /* of values, as in the file */
                    TW_GGUF_U8,
                    TW_GGUF_I8,
                    TW_GGUF_U16,
                    TW_GGUF_I16,
                    TW_GGUF_U32,
                    TW_GGUF_I32,
                    TW_GGUF_F32,
                    TW_GGUF_BOOL,
                    TW_GGUF_STRING,
                    TW_GGUF_ARRAY,
                    TW_GGUF_U64,
                    TW_GGUF_I64,
                    TW_GGUF_F64,
};

enum tw_ggml_type { /* of tensors; others are known by size only */
                    TW_GGML_F32 = 0,
                    TW_GGML_F16 = 1,
                    TW_GGML_Q8_0 = 8,
                    TW_GGML_I32 = 26,
                    TW_GGML_I64 = 27,
                    TW_GGML_F64 = 28,
                    TW_GGML_BF16 = 30,
};

struct tw_gguf_string {
    const char *bytes; /* borrowed from the mapping; not NUL-terminated */
    size_t len;
};

struct tw_gguf_tensor {
    struct tw_gguf_string name;
    int n_dims;
    uint64_t ne[4]; /* ne[0] is the fastest dimension */
    uint32_t type;
    const uint8_t *data; /* borrowed from the mapping */
    size_t size;         /* bytes */
};

struct tw_gguf; /* an open file */

enum tw_status tw_gguf_open(struct tw_gguf **f, const char *path,
                            struct tw_err *err) TW_NODISCARD;
/* From memory, which is borrowed and outlives f. */
enum tw_status tw_gguf_open_bytes(struct tw_gguf **f, const void *bytes,
                                  size_t n, struct tw_err *err) TW_NODISCARD;
/* As tw_file_map_check(): weights and values are read where they lie, so that
 * who has used them has to ask. */
enum tw_status tw_gguf_check(const struct tw_gguf *f, enum tw_status st,
                             struct tw_err *err) TW_NODISCARD;
void tw_gguf_close(struct tw_gguf *f);
/* The whole file, for its checksum. */
const uint8_t *tw_gguf_bytes(const struct tw_gguf *f, size_t *n);

size_t tw_gguf_count_tensors(const struct tw_gguf *f);
const struct tw_gguf_tensor *tw_gguf_tensor_at(const struct tw_gguf *f,
                                               size_t i);
const struct tw_gguf_tensor *tw_gguf_tensor_find(const struct tw_gguf *f,
                                                 const char *name);
/* Bytes of one row of n elements, 0 for an unknown type or a partial block. */
size_t tw_ggml_row_size(uint32_t type, uint64_t n);
const char *tw_ggml_type_name(uint32_t type);
/* The type under which the products of kern/ take such a tensor as it lies in
 * the file; false: its rows must be converted (tw_ggml_to_f32). */
bool tw_ggml_weights_type(uint32_t type, enum tw_weights_type *w);

bool tw_gguf_has(const struct tw_gguf *f, const char *key);
/* Values by key; a missing key gives TW_EFORMAT "missing key 'x'", a wrong
 * type too.  Integer kinds convert when the value fits. */
enum tw_status tw_gguf_get_u64(const struct tw_gguf *f, const char *key,
                               uint64_t *out, struct tw_err *err) TW_NODISCARD;
enum tw_status tw_gguf_get_f64(const struct tw_gguf *f, const char *key,
                               double *out, struct tw_err *err) TW_NODISCARD;
enum tw_status tw_gguf_get_bool(const struct tw_gguf *f, const char *key,
                                bool *out, struct tw_err *err) TW_NODISCARD;
enum tw_status tw_gguf_get_string(const struct tw_gguf *f, const char *key,
                                  struct tw_gguf_string *out,
                                  struct tw_err *err) TW_NODISCARD;
/* Arrays, copied into the arena; integer kinds convert. */
enum tw_status tw_gguf_get_strings(const struct tw_gguf *f, const char *key,
                                   struct tw_arena *a,
                                   struct tw_gguf_string **out, size_t *n,
                                   struct tw_err *err) TW_NODISCARD;
enum tw_status tw_gguf_get_f64s(const struct tw_gguf *f, const char *key,
                                struct tw_arena *a, double **out, size_t *n,
                                struct tw_err *err) TW_NODISCARD;
enum tw_status tw_gguf_get_i64s(const struct tw_gguf *f, const char *key,
                                struct tw_arena *a, int64_t **out, size_t *n,
                                struct tw_err *err) TW_NODISCARD;

/* Writing: collect keys, then tensors (data borrowed until the end), then
 * write once.  Adders are sticky; tw_gguf_write() reports. */
struct tw_gguf_out;
enum tw_status tw_gguf_out_new(struct tw_gguf_out **o,
                               struct tw_err *err) TW_NODISCARD;
void tw_gguf_out_free(struct tw_gguf_out *o);
void tw_gguf_put_u32(struct tw_gguf_out *o, const char *key, uint32_t v);
void tw_gguf_put_u64(struct tw_gguf_out *o, const char *key, uint64_t v);
void tw_gguf_put_f32(struct tw_gguf_out *o, const char *key, float v);
void tw_gguf_put_f64(struct tw_gguf_out *o, const char *key, double v);
void tw_gguf_put_bool(struct tw_gguf_out *o, const char *key, bool v);
void tw_gguf_put_string(struct tw_gguf_out *o, const char *key,
                        const char *text);
void tw_gguf_put_strings(struct tw_gguf_out *o, const char *key,
                         const struct tw_gguf_string *v, size_t n);
void tw_gguf_put_i32s(struct tw_gguf_out *o, const char *key, const int32_t *v,
                      size_t n);
void tw_gguf_put_f64s(struct tw_gguf_out *o, const char *key, const double *v,
                      size_t n);
/* shape: outermost first (ne reversed).  F32 data are converted to the type
 * asked for (F32, F16, BF16, Q8_0) while they are written. */
void tw_gguf_put_tensor(struct tw_gguf_out *o, const char *name, int n_dims,
                        const size_t *shape, const float *data,
                        enum tw_ggml_type type);
/* Raw elements of a type (I32, I64, F64). */
void tw_gguf_put_raw(struct tw_gguf_out *o, const char *name, int n_dims,
                     const size_t *shape, const void *data, size_t size,
                     enum tw_ggml_type type);
enum tw_status tw_gguf_write(struct tw_gguf_out *o, const char *path,
                             struct tw_err *err) TW_NODISCARD;
/* The same bytes appended to a buffer. */
enum tw_status tw_gguf_write_buf(struct tw_gguf_out *o, struct tw_buf *b,
                                 struct tw_err *err) TW_NODISCARD;

/* Rows of a tensor as float32; dst has n elements.  All float types, Q8_0, and
 * the formats that are read only: Q4_0 to Q5_1 and Q2_K to Q6_K. */
enum tw_status tw_ggml_to_f32(float *dst, const uint8_t *src, size_t n,
                              uint32_t type, struct tw_err *err) TW_NODISCARD;

#endif /* TW_GGUF_GGUF_H */
