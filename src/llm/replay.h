/*
 * replay.h - recorded answers in place of a model.
 */
#ifndef TW_LLM_REPLAY_H
#define TW_LLM_REPLAY_H

#include "base/status.h"

#include <stddef.h>

struct tw_replay;

struct tw_replay_answer {
    const char *text; /* borrowed from the replay */
    size_t len;
};

/* Lines as llm.h describes; a number as id is taken as its decimal text. */
enum tw_status tw_replay_open(struct tw_replay **out, const char *path,
                              struct tw_err *err) TW_NODISCARD;
void tw_replay_free(struct tw_replay *r);
size_t tw_replay_count(const struct tw_replay *r); /* answers */
/* Number of answers of a task; *answers are its answers in file order. */
size_t tw_replay_find(const struct tw_replay *r, const char *id,
                      const struct tw_replay_answer **answers);

#endif /* TW_LLM_REPLAY_H */
