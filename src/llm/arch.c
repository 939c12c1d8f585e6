/*
 * arch.c - the families of transformers that can be read, a row each.
 *
 * Sources: llama.cpp, src/models/NAME.cpp for the graph and its list of RoPE
 * types in src/llama-model.cpp; the Gemma 2 and 3 reports (arXiv 2408.00118,
 * 2503.19786) for caps and the pattern of windows.
 */
#include "llm/arch.h"

#include "base/status.h"

#include <string.h>

#include "base/banned.h"

static const struct tw_arch ARCHS[] = {
    /* Llama, CodeLlama, Mistral, DeepSeek-Coder, SmolLM; the built-in model.
     * The converter has put the rows of q and k in the order of NORM. */
    { .name = "llama", .rope = TW_ROPE_NORM, .needs_ffn_norm = true },
    /* Qwen2 and Qwen2.5, the Coder ones too; q, k and v have biases. */
    { .name = "qwen2", .rope = TW_ROPE_NEOX, .needs_ffn_norm = true },
    { .name = "qwen3",
      .rope = TW_ROPE_NEOX,
      .head_norm = TW_HEAD_NORM_SHARED,
      .needs_ffn_norm = true },
    /* Gemma and CodeGemma; heads are wider than D / H. */
    { .name = "gemma",
      .rope = TW_ROPE_NEOX,
      .act = TW_ACT_GELU,
      .embed_scaled = true,
      .needs_ffn_norm = true },
    { .name = "gemma2",
      .rope = TW_ROPE_NEOX,
      .act = TW_ACT_GELU,
      .embed_scaled = true,
      .post_norm = true,
      .needs_ffn_norm = true,
      .score_cap = 50,
      .logit_cap = 30,
      .window_pattern = 2,
      .wide_scale_layers = 46 },
    { .name = "gemma3",
      .rope = TW_ROPE_NEOX,
      .act = TW_ACT_GELU,
      .head_norm = TW_HEAD_NORM_SHARED,
      .embed_scaled = true,
      .post_norm = true,
      .needs_ffn_norm = true,
      .window_pattern = 6,
      .rope_base_window = 10000,
      .wide_scale_layers = 62 },
    /* StarCoder, SantaCoder, Granite-code of 20B (gpt_bigcode): one head of
     * keys and values. */
    { .name = "starcoder",
      .rope = TW_ROPE_NONE,
      .act = TW_ACT_GELU,
      .ffn = TW_FFN_PLAIN,
      .layer_norm = true,
      .needs_ffn_norm = true },
    { .name = "starcoder2",
      .rope = TW_ROPE_NEOX,
      .act = TW_ACT_GELU,
      .ffn = TW_FFN_PLAIN,
      .layer_norm = true,
      .needs_ffn_norm = true },
    { .name = "gpt2",
      .rope = TW_ROPE_NONE,
      .act = TW_ACT_GELU,
      .ffn = TW_FFN_PLAIN,
      .layer_norm = true,
      .needs_ffn_norm = true },
    /* Phi-1 to Phi-2: attention and feed-forward part side by side. */
    { .name = "phi2",
      .rope = TW_ROPE_NEOX,
      .act = TW_ACT_GELU,
      .ffn = TW_FFN_PLAIN,
      .layer_norm = true },
    /* llama.cpp switches off the window that some of these files name. */
    { .name = "phi3",
      .rope = TW_ROPE_NEOX,
      .ffn = TW_FFN_FUSED,
      .needs_ffn_norm = true },
    /* StableLM and StableCode; the larger ones are parallel as Phi-2 is. */
    { .name = "stablelm",
      .rope = TW_ROPE_NEOX,
      .head_norm = TW_HEAD_NORM_OWN,
      .layer_norm = true },
    { .name = "codeshell",
      .rope = TW_ROPE_NEOX,
      .act = TW_ACT_GELU,
      .ffn = TW_FFN_PLAIN,
      .layer_norm = true,
      .needs_ffn_norm = true },
};

/* A linear search: it happens once a model. */
const struct tw_arch *tw_arch_find(const char *name, size_t n)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(ARCHS); i++)
        if (strlen(ARCHS[i].name) == n && memcmp(ARCHS[i].name, name, n) == 0)
            return &ARCHS[i];
    return NULL;
}

const char *tw_arch_name_at(size_t i)
{
    if (i >= TW_ARRAY_LEN(ARCHS))
        return NULL;
    return ARCHS[i].name;
}

bool tw_arch_is_windowed(const struct tw_arch *a, size_t layer)
{
    if (!a->window_pattern)
        return false;
    TW_ASSERT(a->rope_base_window >= 0);
    return (layer + 1) % a->window_pattern != 0;
}
