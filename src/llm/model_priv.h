/*
 * model_priv.h - weights as the forward pass sees them.
 *
 * Shapes have the letters of model.h: L layers, D width, H heads of queries, G
 * of keys and values, N values of a head, F feed-forward width, V tokens.  A
 * matrix (rows, columns) gives one value a row.
 */
#ifndef TW_LLM_MODEL_PRIV_H
#define TW_LLM_MODEL_PRIV_H

#include "base/arena.h"
#include "kern/matmul_rows.h"
#include "llm/arch.h"
#include "llm/model.h"
#include "llm/rope.h"

/* b is NULL where there is no bias; w is NULL where there is no norm. */
struct tw_norm {
    const float *w, *b;
};

struct tw_model_layer {
    struct tw_norm attn_norm; /* (D) */
    struct tw_weights q;      /* (H * N, D) */
    struct tw_weights k;      /* (G * N, D) */
    struct tw_weights v;      /* (G * N, D) */
    const float *bias_q;      /* (H * N), or NULL: none */
    const float *bias_k;      /* (G * N), or NULL */
    const float *bias_v;      /* (G * N), or NULL */
    const float *q_norm;      /* (N) or (H, N), see arch->head_norm; or NULL */
    const float *k_norm;      /* (N) or (G, N), or NULL */
    struct tw_weights output; /* (D, H * N) */
    const float *bias_output; /* (D), or NULL */
    struct tw_norm attn_post; /* (D): with arch->post_norm */
    struct tw_norm ffn_norm;  /* (D); none: attn_norm serves both parts */
    struct tw_weights gate;   /* (F, D); not with TW_FFN_PLAIN */
    struct tw_weights up;     /* (F, D) */
    struct tw_weights down;   /* (D, F) */
    const float *bias_gate;   /* (F), or NULL */
    const float *bias_up;     /* (F), or NULL */
    const float *bias_down;   /* (D), or NULL */
    struct tw_norm ffn_post;  /* (D): with arch->post_norm */
};

struct tw_model {
    struct tw_arena arena;      /* holds layers and what was unpacked */
    const struct tw_gguf *file; /* borrowed: where the weights lie */
    struct tw_backend *be;      /* borrowed */
    const struct tw_arch *arch;
    struct tw_model_shape shape;
    const char *type;            /* of the matrices in the file */
    struct tw_weights embed;     /* (V, D) */
    struct tw_weights positions; /* (context, D): with TW_ROPE_NONE */
    struct tw_weights head;      /* (V, D): embed where there is no other */
    const float *bias_head;      /* (V), or NULL */
    struct tw_norm norm;         /* (D): before the head */
    struct tw_rope rope;         /* of layers that see all positions */
    struct tw_rope rope_window;  /* of the others */
    bool is_stretched; /* the context is longer than the original one */
    struct tw_model_layer *layers; /* (L) */
};

/* What all steps of a load need. */
struct tw_loader {
    const struct tw_gguf *f; /* borrowed */
    struct tw_model *m;      /* being filled */
    struct tw_err *err;      /* of the caller, or NULL */
};

/* model_keys.c: shape and rope from the keys, each against a limit; the
 * family must be known. */
enum tw_status tw_model_load_keys(struct tw_loader *l) TW_NODISCARD;
/* Bytes of a text of the file that a message shows. */
int tw_model_shown_len(struct tw_gguf_string s);

/* model_check.c. */
bool tw_model_is_finite(const float *x, size_t n);

/* After a step that gave n rows of logits: was the whole file there, and is
 * every logit a finite number?  Else the file, or the tensor, is named. */
enum tw_status tw_model_check(const struct tw_model *m, const float *logits,
                              size_t n, struct tw_err *err) TW_NODISCARD;

#endif /* TW_LLM_MODEL_PRIV_H */
