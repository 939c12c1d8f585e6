/*
 * ckpt.h - parameters and the state of the optimiser in a GGUF file.
 *
 * A checkpoint holds every parameter of a set under its name (F32, so that a
 * run goes on with the same bytes), the state of Adam when there is one
 * (tensors "adam.m", "adam.v", "adam.ema"; keys "adam.step" and the settings)
 * and keys of the caller: counters, seeds, the hash of the data.
 *
 *     struct tw_ckpt_value own[] = {
 *         { .key = "train.step", .kind = TW_CKPT_UINT, .u = step },
 *     };
 *     TW_TRY(tw_ckpt_save(path, ps, &adam, own, 1, err));
 *     ...
 *     TW_TRY(tw_ckpt_load(path, ps, &adam, own, 1, err));
 *
 * A file that does not fit (a parameter is missing or has another shape, a key
 * has another type) is refused before anything is changed.  Parameters of the
 * file that the set does not have are ignored.
 */
#ifndef TW_TENSOR_CKPT_H
#define TW_TENSOR_CKPT_H

#include "gguf/gguf.h"
#include "tensor/optim.h"

enum tw_ckpt_kind { TW_CKPT_UINT, TW_CKPT_FLOAT };

struct tw_ckpt_value {
    const char *key;
    enum tw_ckpt_kind kind;
    uint64_t u; /* TW_CKPT_UINT: written or, by load, filled */
    double f;   /* TW_CKPT_FLOAT */
};

/* adam may be NULL.  The file replaces an older one at once or not at all. */
enum tw_status tw_ckpt_save(const char *path, const struct tw_params *ps,
                            const struct tw_adam *adam,
                            const struct tw_ckpt_value *own, size_t n_own,
                            struct tw_err *err) TW_NODISCARD;
/* adam NULL: the state of the optimiser is not read. */
enum tw_status tw_ckpt_load(const char *path, struct tw_params *ps,
                            struct tw_adam *adam, struct tw_ckpt_value *own,
                            size_t n_own, struct tw_err *err) TW_NODISCARD;

/* The parts of it, for files with more in them (generators, language models).
 * put: tensors of every parameter as `type`; data are borrowed until the write.
 * get: every parameter from F32, F16, BF16 or Q8_0 tensors. */
void tw_ckpt_put_params(struct tw_gguf_out *o, const struct tw_params *ps,
                        enum tw_ggml_type type);
enum tw_status tw_ckpt_get_params(const struct tw_gguf *f, struct tw_params *ps,
                                  struct tw_err *err) TW_NODISCARD;

#endif /* TW_TENSOR_CKPT_H */
