/*
 * golden.h - arrays out of the golden files of the shared folder, for tests.
 */
#ifndef TW_TESTS_SYNTH_GOLDEN_H
#define TW_TESTS_SYNTH_GOLDEN_H

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>

/* The parsed file, or NULL where the shared folder is absent. */
static inline struct tw_json *golden_open(const char *name)
{
    const char *shared = getenv("TW_SHARED");
    char path[1024];
    struct tw_buf text;
    struct tw_json *root = NULL;

    snprintf(path, sizeof(path), "%s/golden/timeseries/%s",
             shared ? shared : "../shared", name);
    if (!tw_file_exists(path)) {
        test_skip("shared data absent");
        return NULL;
    }
    tw_buf_init(&text, 1u << 22);
    if (tw_file_read(&text, path, NULL) != TW_OK ||
        tw_json_parse(&root, tw_buf_text(&text), text.len, NULL) != TW_OK)
        test_skip("cannot read the shared data");
    tw_buf_release(&text);
    return root;
}

/* Up to max numbers of an array; returns how many it has. */
static inline size_t golden_array(const struct tw_json *array, double *out,
                                  size_t max)
{
    size_t n = tw_json_len(array);

    for (size_t i = 0; i < n && i < max; i++)
        out[i] = tw_json_number(tw_json_at(array, i), (double)NAN);
    return n;
}

#endif /* TW_TESTS_SYNTH_GOLDEN_H */
