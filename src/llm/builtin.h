/*
 * builtin.h - the model inside the program.
 */
#ifndef TW_LLM_BUILTIN_H
#define TW_LLM_BUILTIN_H

#include <stddef.h>
#include <stdint.h>

/* A GGUF file in memory, or NULL when the program was built without
 * models/builtin.gguf. */
const uint8_t *tw_builtin_model(size_t *n);

#endif /* TW_LLM_BUILTIN_H */
