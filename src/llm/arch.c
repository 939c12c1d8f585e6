/*
 * arch.c - the families of transformers that can be read, a row each.
 *
 * Sources: llama.cpp, src/models/NAME.cpp for the graph and its list of RoPE
 * types in src/llama-model.cpp; the Gemma 3 report (arXiv 2503.19786) for the
 * pattern of windows.
 */
#include "llm/arch.h"

#include "base/status.h"

#include <string.h>

#include "base/banned.h"

static const struct tw_arch ARCHS[] = {
    /* Llama, CodeLlama, Mistral, DeepSeek-Coder, SmolLM; the built-in model.
     * The converter has put the rows of q and k in the order of NORM. */
    { .name = "llama", .rope = TW_ROPE_NORM, .act = TW_ACT_SILU },
    /* Qwen2 and Qwen2.5, the Coder ones too; q, k and v have biases. */
    { .name = "qwen2", .rope = TW_ROPE_NEOX, .act = TW_ACT_SILU },
    /* Gemma and CodeGemma; heads are wider than D / H. */
    { .name = "gemma",
      .rope = TW_ROPE_NEOX,
      .act = TW_ACT_GELU,
      .embed_scaled = true },
    { .name = "gemma3",
      .rope = TW_ROPE_NEOX,
      .act = TW_ACT_GELU,
      .embed_scaled = true,
      .qk_norm = true,
      .post_norm = true,
      .window_pattern = 6,
      .rope_base_window = 10000,
      .wide_scale_layers = 62 },
};

/* A linear search: it happens once a model. */
const struct tw_arch *tw_arch_find(const char *name, size_t n)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(ARCHS); i++)
        if (strlen(ARCHS[i].name) == n && memcmp(ARCHS[i].name, name, n) == 0)
            return &ARCHS[i];
    return NULL;
}

bool tw_arch_is_windowed(const struct tw_arch *a, size_t layer)
{
    if (!a->window_pattern)
        return false;
    TW_ASSERT(a->rope_base_window > 0);
    return (layer + 1) % a->window_pattern != 0;
}
