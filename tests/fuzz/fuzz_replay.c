/* Recorded answers: refused, or texts that can be read. */
#include "fuzz.h"

#include "llm/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const struct tw_replay_answer *answers;
    struct tw_replay *r;
    struct tw_err err = { 0 };
    struct fuzz_file f;

    fuzz_file_open(&f, bytes, n);
    if (tw_replay_open(&r, f.path, &err) == TW_OK) {
        size_t n_found = tw_replay_find(r, "1", &answers);

        MUST(n_found <= tw_replay_count(r));
        for (size_t i = 0; i < n_found; i++)
            MUST(!memchr(answers[i].text, '\0', answers[i].len) ||
                 answers[i].len);
        tw_replay_free(r);
    } else {
        MUST(err.msg[0]);
    }
    fuzz_file_close(&f);
    return 0;
}
