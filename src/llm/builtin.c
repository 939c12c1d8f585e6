/* builtin.c - models/builtin.gguf as bytes of the program.  The assembler
 * includes the file; the build passes its path in TW_BUILTIN_FILE. */
#include "llm/builtin.h"

#ifdef TW_BUILTIN_FILE
#include "llm/builtin_stamp.h" /* changes with the file, so that this does too */
#endif

#include "base/banned.h"

#ifdef TW_BUILTIN_FILE

__asm__(".pushsection .rodata\n"
        ".balign 64\n"
        ".globl tw_builtin_first\n.hidden tw_builtin_first\n"
        ".globl tw_builtin_last\n.hidden tw_builtin_last\n"
        "tw_builtin_first:\n"
        ".incbin \"" TW_BUILTIN_FILE "\"\n"
        "tw_builtin_last:\n"
        ".byte 0\n"
        ".popsection\n");

extern const uint8_t tw_builtin_first[], tw_builtin_last[];

const uint8_t *tw_builtin_model(size_t *n)
{
    *n = (size_t)((uintptr_t)tw_builtin_last - (uintptr_t)tw_builtin_first);
    return tw_builtin_first;
}

#else

/* A build without the model is whole: it says so when the model is asked for,
 * and every other model works. */
const uint8_t *tw_builtin_model(size_t *n)
{
    *n = 0;
    return NULL;
}

#endif
