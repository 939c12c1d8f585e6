/*
 * ckpt.h - the state of a training run in a GGUF file.
 *
 * Both trainers (teach/, synth/) keep more in their files than parameters and
 * optimiser, so these are parts of a checkpoint, not the whole of it:
 *
 *     tw_ckpt_put_params(o, ps, TW_GGML_F32);       a tensor each
 *     tw_ckpt_put_run(o, &adam, identity);          "adam.m", "adam.v" ...
 *     tw_gguf_put_u64(o, "my.row", row);            what else the run needs
 *     ...
 *     TW_TRY(tw_ckpt_resume(path, identity, read, me, err));
 *
 * where read() gets the parts back:
 *
 *     TW_TRY(tw_ckpt_get_params(f, ps, err));
 *     TW_TRY(tw_ckpt_get_adam(f, &adam, err));
 *
 * As F32 a run goes on with the same bytes as one that was never stopped.
 * A tensor that is missing, has another shape or holds a number that is not
 * finite is refused before anything of that part is changed.
 */
#ifndef TW_TENSOR_CKPT_H
#define TW_TENSOR_CKPT_H

#include "gguf/gguf.h"
#include "tensor/optim.h"

/* A tensor of every parameter: those of two dimensions and more as `type`,
 * the others as F32.  Data are borrowed until the file is written. */
void tw_ckpt_put_params(struct tw_gguf_out *o, const struct tw_params *ps,
                        enum tw_ggml_type type);
/* Every parameter, from a tensor of any type that can be read; the shape is
 * that of the parameter, ones at the outside do not matter. */
enum tw_status tw_ckpt_get_params(const struct tw_gguf *f, struct tw_params *ps,
                                  struct tw_err *err) TW_NODISCARD;

/* The state of Adam (tensors adam.m, adam.v and, with ema_decay > 0, adam.ema;
 * key adam.step) and the identity: a text that says all that must be the same
 * for the run to go on, a hash as a rule. */
void tw_ckpt_put_run(struct tw_gguf_out *o, const struct tw_adam *adam,
                     const char *identity);
/* The average is read when adam->ema_decay > 0.  Settings stay as they are. */
enum tw_status tw_ckpt_get_adam(const struct tw_gguf *f, struct tw_adam *adam,
                                struct tw_err *err) TW_NODISCARD;

/* Open the file, refuse another identity (TW_EINVAL), let read() take what it
 * needs, close.  Errors say which file could not be resumed from, and why. */
typedef enum tw_status tw_ckpt_read_fn(void *ctx, const struct tw_gguf *f,
                                       struct tw_err *err);
enum tw_status tw_ckpt_resume(const char *path, const char *identity,
                              tw_ckpt_read_fn *read, void *ctx,
                              struct tw_err *err) TW_NODISCARD;

#endif /* TW_TENSOR_CKPT_H */
