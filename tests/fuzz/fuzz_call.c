/* Signatures: refused with a message, or names and types that are there. */
#include "fuzz.h"

#include "spec/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tw_spec_call c;
    struct tw_arena a;
    struct tw_err err = { 0 };
    char *text = fuzz_text(bytes, n);

    tw_arena_init(&a, 16u << 20);
    if (tw_spec_call_parse(&c, &a, text, &err) == TW_OK) {
        MUST(c.name && c.name[0] && c.text && !strchr(c.text, '\n'));
        MUST(c.n_params <= TW_SPEC_PARAM_MAX && c.result.text);
        for (size_t i = 0; i < c.n_params; i++) {
            MUST(c.params[i].name && c.params[i].name[0]);
            MUST(c.params[i].type.text);
            for (size_t j = 0; j < i; j++)
                MUST(strcmp(c.params[i].name, c.params[j].name) != 0);
        }
    } else {
        MUST(err.msg[0]);
    }
    tw_arena_release(&a);
    free(text);
    return 0;
}
