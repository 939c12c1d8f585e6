/*
 * fake_llm.h - a model that is a list of answers; these functions stand in for
 * those of llm.
 */
#ifndef TW_TESTS_FAKE_LLM_H
#define TW_TESTS_FAKE_LLM_H

#include "llm/llm.h"

#include <string.h>

/* The model: answers in turn. */
struct tw_llm {
    const char *const *answers;
    size_t n;
    size_t context; /* in characters here */
};

enum tw_status tw_llm_generate(
    struct tw_llm *m, const struct tw_llm_request *req, struct tw_arena *a,
    struct tw_llm_answer *answers, struct tw_llm_stats *stats,
    const struct tw_progress *progress, struct tw_err *err)
{
    (void)a;
    (void)progress;
    (void)err;
    memset(stats, 0, sizeof(*stats));
    for (size_t i = 0; i < req->n_samples; i++) {
        const char *text = m->answers[i % m->n];
        answers[i] = (struct tw_llm_answer){ .text = text,
                                             .len = strlen(text),
                                             .complete = true };
    }
    return TW_OK;
}

size_t tw_llm_count_tokens(const struct tw_llm *m, const char *text, size_t n)
{
    (void)m;
    (void)text;
    return n;
}

size_t tw_llm_context(const struct tw_llm *m)
{
    return m->context ? m->context : 4096;
}

const char *tw_llm_description(const struct tw_llm *m)
{
    (void)m;
    return "a list of answers";
}

const char *tw_llm_sha256(const struct tw_llm *m)
{
    (void)m;
    return "none";
}

#endif /* TW_TESTS_FAKE_LLM_H */
