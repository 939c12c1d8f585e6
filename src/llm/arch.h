/*
 * arch.h - what tells one family of transformers from another, as a table.
 *
 * All families here are one graph: norm, attention with RoPE, norm, feed-
 * forward part, and a residual stream around both.  A family is a row of
 * arch.c; model.c loads what the row names, and forward.c and attend.c read
 * its fields.  Who adds a family writes a row, and code only for what no row
 * has yet.
 *
 * What the file tells is no field: a bias is used where the file has one, a
 * fused attn_qkv where it lies instead of three matrices, the attention's norm
 * for the feed-forward part where a layer has no ffn_norm, and without
 * output.weight the head is the embedding.  Norm weights of the families that
 * multiply by 1 + w hold the 1 already in GGUF files (llama.cpp,
 * conversion/gemma.py).
 */
#ifndef TW_LLM_ARCH_H
#define TW_LLM_ARCH_H

#include <stdbool.h>
#include <stddef.h>

enum tw_rope_pairs {
    TW_ROPE_NORM, /* values 2i and 2i + 1 of a head turn together */
    TW_ROPE_NEOX, /* values i and i + N / 2 */
    TW_ROPE_NONE, /* positions are learned: rows of position_embd */
};

enum tw_act {
    TW_ACT_SILU,
    TW_ACT_GELU, /* the tanh form */
};

enum tw_ffn {
    TW_FFN_GATED, /* down (act(gate x) * (up x)) */
    TW_FFN_FUSED, /* the same, gate and up are the halves of ffn_up */
    TW_FFN_PLAIN, /* down act(up x) */
};

/* Norms of each head of q and k before RoPE. */
enum tw_head_norm {
    TW_HEAD_NORM_NONE,
    TW_HEAD_NORM_SHARED, /* one weight (N) for all heads */
    TW_HEAD_NORM_OWN,    /* a weight for each head, where the file has one */
};

struct tw_arch {
    const char *name; /* general.architecture, and the prefix of its keys */
    enum tw_rope_pairs rope;
    enum tw_act act;
    enum tw_ffn ffn;
    enum tw_head_norm head_norm;
    bool layer_norm;     /* norms take away the mean; else RMS norms */
    bool embed_scaled;   /* embeddings are multiplied by sqrt(D) */
    bool post_norm;      /* what attention and feed-forward add has a norm */
    bool needs_ffn_norm; /* no layer may go without */
    /* Scores and logits s become cap * tanh(s / cap); 0: they stay.  A key of
     * the file may say another cap. */
    double score_cap, logit_cap;
    /* Every window_pattern-th layer sees all positions, the others the last
     * attention.sliding_window ones; 0: all layers see all. */
    size_t window_pattern;
    /* Windowed layers have a RoPE base of their own, and nothing stretches
     * their positions; 0: they turn as the others do. */
    double rope_base_window;
    /* Models of so many layers scale scores by D / H and not by the size of a
     * head (27B of gemma2 and gemma3); 0: none. */
    size_t wide_scale_layers;
};

/* The row of a name (n bytes, no NUL needed), or NULL. */
const struct tw_arch *tw_arch_find(const char *name, size_t n);
/* The i-th family's name, NULL behind the last. */
const char *tw_arch_name_at(size_t i);
/* Does this layer see only a window? */
bool tw_arch_is_windowed(const struct tw_arch *a, size_t layer);

#endif /* TW_LLM_ARCH_H */
