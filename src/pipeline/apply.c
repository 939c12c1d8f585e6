/*
 * apply.c - tomorrow's counters against a function that was verified today.
 *
 * A script knows the columns that its arguments come from (writer/
 * emit_apply.c), and judges a file by itself: python3 SCRIPT DATA.csv.  Here
 * the same is done in the jail, for the function was written by a model and
 * has never seen these counters.
 */
#include "pipeline/pipeline.h"

#include "base/file.h"
#include "jail/jail.h"
#include "python/interpreter.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* Words of the interpreter: no site module, no byte code, UTF-8. */
#define PYTHON_WORDS "-S", "-s", "-B", "-X", "utf8"

enum { N_WORDS = 6 }; /* the interpreter and these */

/* A script holds its cases, whole windows among them; data may be a day of a
 * network; output is a line a window. */
#define SCRIPT_MAX  ((size_t)16 << 20)
#define DATA_MAX    ((size_t)512 << 20)
#define OUT_MAX     ((size_t)64 << 20)
#define MEMORY_BASE ((size_t)1 << 30)

/* Objects of Python need some 30 bytes for a byte of a CSV file. */
enum { MEMORY_FACTOR = 40, DEFAULT_S = 300, LINE_SHOWN = 400 };

/* Only what this program wrote, and only what it accepted.  That is a help for
 * people who took the wrong file, and no wall: the jail is the wall. */
static enum tw_status check_script(const char *path, const char *text,
                                   struct tw_err *err)
{
    const char *mark = strstr(text, "# Written by trialwright");

    if (!mark || mark - text > 256)
        return tw_fail(err, TW_EFORMAT, 0,
                       "cannot apply '%.200s': not written by this program",
                       path);
    if (strstr(mark, "# Status: NOT ACCEPTED"))
        return tw_fail(err, TW_EINVAL, 0,
                       "cannot apply '%.200s': its test was not accepted",
                       path);
    if (!strstr(mark, "\n_TW_INPUTS = {"))
        return tw_fail(err, TW_EINVAL, 0,
                       "cannot apply '%.200s': the inputs of its test are no "
                       "counters",
                       path);
    if (strstr(mark, "\n_TW_FOLDER = "))
        return tw_fail(err, TW_EINVAL, 0,
                       "cannot apply '%.200s': it tests code of yours; run it "
                       "by itself, with python3",
                       path);
    return TW_OK;
}

/* The last line counts the windows; an exit status alone proves nothing, as a
 * program can end the interpreter. */
static bool agrees(const char *out, size_t n, int exit_code, bool json)
{
    const char *last = out;

    if (json)
        return n > 0 && out[0] == '{';
    for (size_t i = 0; i + 1 < n; i++)
        if (out[i] == '\n')
            last = out + i + 1;
    size_t failed, judged;
    if (sscanf(last, "%zu of %zu windows fail,", &failed, &judged) != 2)
        return false;
    return judged > 0 && failed <= judged && (failed > 0) == (exit_code == 1);
}

/* What was printed counts only when it is whole and agrees with itself. */
static enum tw_status take_result(const struct tw_pipeline_apply *c,
                                  const struct tw_jail_result *r,
                                  struct tw_buf *out, bool *fails,
                                  struct tw_err *err)
{
    const char *text = tw_buf_text(&r->out), *said = tw_buf_text(&r->err);
    size_t line = strcspn(said, "\n");

    if (line > LINE_SHOWN)
        line = LINE_SHOWN;
    if (r->exit_code == 2) /* the script names the file and the line */
        return tw_fail(err, TW_EFORMAT, 0, "%.*s", (int)line, said);
    bool known = r->exit_code == 0 || r->exit_code == 1;
    if (!known || r->truncated ||
        !agrees(text, r->out.len, r->exit_code, c->json))
        return tw_fail(err, TW_EIO, 0,
                       "cannot apply '%.200s': it ended without a result: %s",
                       c->script, r->cause);
    *fails = r->exit_code == 1;
    tw_buf_add(out, text, r->out.len);
    return tw_buf_check(out, "the result", err);
}

/* The files have names of ours inside; a user's may hold what a jail refuses.
 */
static enum tw_status run_script(const struct tw_pipeline_apply *c,
                                 struct tw_jail *jail,
                                 const struct tw_jail_file files[2],
                                 struct tw_buf *out, bool *fails,
                                 struct tw_err *err)
{
    const char *argv[N_WORDS + TW_APPLY_WORDS_MAX + 4] = {
        tw_py_interpreter(), PYTHON_WORDS, files[0].name, files[1].name
    };
    size_t n = N_WORDS + 2;

    TW_ASSERT(c->n_words <= TW_APPLY_WORDS_MAX);
    for (size_t i = 0; i < c->n_words; i++)
        argv[n++] = c->words[i];
    if (c->json)
        argv[n++] = "--json";
    struct tw_jail_spec s = { .argv = argv,
                              .files = files,
                              .n_files = 2,
                              .limits = tw_jail_limits_default() };
    s.limits.wall_s = s.limits.cpu_s = DEFAULT_S;
    s.limits.out_bytes = OUT_MAX;
    s.limits.disk_bytes += files[1].n;
    s.limits.mem_bytes = MEMORY_BASE + MEMORY_FACTOR * files[1].n;
    struct tw_jail_result r;
    tw_jail_result_init(&r);
    enum tw_status st = tw_jail_run(jail, &s, &r, err);
    if (st == TW_OK)
        st = take_result(c, &r, out, fails, err);
    tw_jail_result_release(&r);
    return st;
}

/* Mapped and not read: the jail copies it once, and half a gigabyte twice would
 * be noticed. */
static enum tw_status run_on_data(const struct tw_pipeline_apply *c,
                                  const struct tw_buf *script,
                                  struct tw_buf *out, bool *fails,
                                  struct tw_err *err)
{
    struct tw_file_map data;
    struct tw_jail *jail = NULL;

    TW_TRY(tw_file_map_open(&data, c->data, err));
    enum tw_status st = TW_OK;
    if (data.len > DATA_MAX)
        st = tw_fail(err, TW_ELIMIT, 0, "'%.200s' has more than %zu MiB",
                     c->data, DATA_MAX >> 20);
    if (st == TW_OK)
        st = tw_jail_open(&jail, c->allow_weak, err);
    if (st == TW_OK)
        tw_jail_stop_when(jail, c->stop);
    const struct tw_jail_file files[2] = {
        { "script.py", tw_buf_text(script), script->len },
        { "data.csv", data.bytes, data.len },
    };
    if (st == TW_OK)
        st = run_script(c, jail, files, out, fails, err);
    tw_jail_close(jail);
    return tw_file_map_end(&data, st, err);
}

enum tw_status tw_pipeline_apply(const struct tw_pipeline_apply *c,
                                 struct tw_buf *out, bool *fails,
                                 struct tw_err *err)
{
    struct tw_buf script;

    *fails = false;
    tw_buf_init(&script, SCRIPT_MAX);
    enum tw_status st = tw_file_read(&script, c->script, err);
    if (st == TW_OK)
        st = check_script(c->script, tw_buf_text(&script), err);
    if (st == TW_OK)
        st = run_on_data(c, &script, out, fails, err);
    tw_buf_release(&script);
    return st;
}
