/*
 * arch.h - what tells one family of transformers from another, as a table.
 *
 * All families here are one graph: norm, attention with RoPE, norm, gated
 * feed-forward part, and a residual stream around both.  A family is a row of
 * arch.c; model.c loads what the row names, and forward.c and attend.c read
 * its fields.  Who adds a family writes a row, and code only for what no row
 * has yet.
 *
 * Two things are no fields, because the file tells them: a bias is used where
 * the file has one, and without output.weight the head is the embedding.  Norm
 * weights of the families that multiply by 1 + w hold the 1 already in GGUF
 * files (llama.cpp, conversion/gemma.py).
 */
#ifndef TW_LLM_ARCH_H
#define TW_LLM_ARCH_H

#include <stdbool.h>
#include <stddef.h>

enum tw_rope_pairs {
    TW_ROPE_NORM, /* values 2i and 2i + 1 of a head turn together */
    TW_ROPE_NEOX, /* values i and i + N / 2 */
};

enum tw_act {
    TW_ACT_SILU,
    TW_ACT_GELU, /* the tanh form */
};

struct tw_arch {
    const char *name; /* general.architecture, and the prefix of its keys */
    enum tw_rope_pairs rope;
    enum tw_act act;   /* of the gate */
    bool embed_scaled; /* embeddings are multiplied by sqrt(D) */
    bool qk_norm;      /* each head of q and k has a norm before RoPE */
    bool post_norm;    /* what attention and feed-forward add has one, too */
    /* Every window_pattern-th layer sees all positions, the others the last
     * attention.sliding_window ones, with the RoPE base rope_base_window.
     * 0: all layers see all. */
    size_t window_pattern;
    double rope_base_window;
    /* Models of so many layers scale scores by D / H and not by the size of a
     * head (gemma3 of 27B); 0: none. */
    size_t wide_scale_layers;
};

/* The row of a name (n bytes, no NUL needed), or NULL. */
const struct tw_arch *tw_arch_find(const char *name, size_t n);
/* Does this layer see only a window? */
bool tw_arch_is_windowed(const struct tw_arch *a, size_t layer);

#endif /* TW_LLM_ARCH_H */
