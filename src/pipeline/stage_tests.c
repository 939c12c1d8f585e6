/*
 * stage_tests.c - Stages II and III: every test by the writer, into the
 * journal, and its scripts into the folder of their verdict.
 *
 * A test is a step of its own: its key holds its text, the data that it names,
 * the model and all settings that can change a byte of its result, so a change
 * of one test makes that test again and no other.
 */
#include "pipeline/pipe_priv.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum {
    CANDIDATES_DEFAULT = 16,
    OWN_SAMPLES = 8, /* of a test that names clusters and no number */
};
#define TEST_ARENA      ((size_t)1 << 30)
/* Three times what it takes; what does not fit is compiled again. */
#define SEARCH_CODE_MAX ((size_t)256 << 10)
#define TEST_JSON       ((size_t)256 << 20)

/* The command line wins over the project, as everywhere. */
size_t tw_pipe_candidates(const struct pipe *p)
{
    size_t n =
        tw_pipe_count_or(p->project.writer.candidates, CANDIDATES_DEFAULT);

    return tw_pipe_count_or(p->c->candidates, n);
}

/* What is not said stays 0 or negative: the writer has the defaults. */
static struct tw_writer_env make_env(struct pipe *p)
{
    const struct tw_project_writer *w = &p->project.writer;

    return (struct tw_writer_env){
        .jail = p->jail,
        .llm = p->llm,
        .n_candidates = tw_pipe_candidates(p),
        .max_tokens = tw_pipe_count_or(w->max_tokens, 0),
        .temperature = w->temperature,
        .top_p = w->top_p,
        .seed = p->seed,
        .exact_only = p->project.exact_only,
        .version = p->c->version,
        .progress = p->c->progress,
        .allow = p->project.allow,
        .n_allow = p->project.n_allow,
        .search_code = &p->search_code,
    };
}

/* Code under test by its bytes: its path may change, its text may not. */
static enum tw_status hash_file(struct tw_hash *h, const char *path,
                                struct tw_err *err)
{
    struct tw_file_map m;

    TW_TRY(tw_file_map_open(&m, path, err));
    tw_hash_add_u64(h, m.len);
    tw_hash_add(h, m.bytes, m.len);
    return tw_file_map_end(&m, TW_OK, err);
}

/* The data that the test's inputs name, and the samples that it may draw: with
 * a generator that was fitted anew a test is made anew. */
static void hash_inputs(struct tw_hash *h, const struct pipe *p,
                        const struct pipe_test *t)
{
    for (size_t i = 0; i < t->test->call.n_params; i++) {
        const struct tw_spec_input *in = &t->test->call.params[i].input;
        if (in->kind != TW_SPEC_INPUT_COUNTER)
            continue;
        size_t d = tw_pipe_data_index(p, t->spec->data[in->data]);
        tw_hash_adds(h, p->data[d].key);
        if (p->data[d].has_generator)
            tw_hash_adds(h, p->data[d].sample_key);
        else
            tw_hash_adds(h, "");
    }
}

/* New members go to the end; one that changes no result has no place here. */
enum tw_status tw_pipe_test_key(struct pipe *p, const struct pipe_test *t,
                                char key[TW_HASH_HEX_SIZE], struct tw_err *err)
{
    const struct tw_project_writer *w = &p->project.writer;
    struct tw_hash h;

    tw_hash_init(&h);
    tw_hash_adds(&h, p->c->version);
    tw_hash_adds(&h, t->test->sha256);
    tw_hash_adds(&h, t->spec->language);
    for (size_t i = 0; i < p->project.n_allow; i++)
        tw_hash_adds(&h, p->project.allow[i]);
    for (size_t i = 0; i < t->spec->n_code; i++)
        TW_TRY(hash_file(&h, t->spec->code[i], err));
    hash_inputs(&h, p, t);
    tw_hash_adds(&h, tw_llm_sha256(p->llm));
    tw_hash_add_u64(&h, tw_pipe_candidates(p));
    tw_hash_add_u64(&h, (uint64_t)w->max_tokens);
    tw_hash_add_f64(&h, w->temperature);
    tw_hash_add_f64(&h, w->top_p);
    tw_hash_add_u64(&h, p->seed);
    tw_hash_add_u64(&h, p->c->be->level);
    tw_hash_add_u64(&h, tw_jail_tier(p->jail));
    tw_hash_add_u64(&h, p->project.exact_only);
    tw_hash_hex(&h, key);
    return TW_OK;
}

/* The label weights a test asks for, NULL: by cluster size.  (n, k) rows: half
 * of a sample is of each of the two clusters, all of it where they are one, so
 * "between" asks for what lies between two kinds of traffic. */
static enum tw_status make_labels(struct pipe *p, const struct pipe_data *d,
                                  const struct pipe_test *t, size_t n,
                                  float **labels, const char **name,
                                  struct tw_err *err)
{
    const struct tw_spec_sample *s = &t->test->sample;
    const char *names[2] = { s->between[0], s->between[1] };
    size_t k = d->clusters.k, at[2] = { 0, 0 };
    char text[128];

    *labels = NULL;
    *name = "";
    if (s->cluster) {
        names[0] = s->cluster;
        names[1] = NULL;
    }
    if (!names[0])
        return TW_OK;
    for (int i = 0; i < 2 && names[i]; i++) {
        char *end;
        unsigned long v = strtoul(names[i], &end, 10);
        if (*end || end == names[i] || v >= k)
            return tw_fail(err, TW_EINVAL, 0,
                           "%s:%u:%u: test '%s': no cluster '%.40s', the data "
                           "have 0 to %zu",
                           t->test->pos.file, t->test->pos.line,
                           t->test->pos.column, t->test->id, names[i], k - 1);
        at[i] = v;
    }
    if (!names[1])
        at[1] = at[0];
    *labels = tw_arena_alloc(&p->arena, n * k, sizeof(float));
    if (!*labels)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for labels");
    for (size_t i = 0; i < n; i++) {
        (*labels)[i * k + at[0]] += 0.5f;
        (*labels)[i * k + at[1]] += 0.5f;
    }
    if (names[1])
        snprintf(text, sizeof(text), "between %.40s and %.40s", names[0],
                 names[1]);
    else
        snprintf(text, sizeof(text), "cluster %.40s", names[0]);
    struct tw_buf b;
    tw_buf_init(&b, sizeof(text));
    tw_buf_adds(&b, text);
    *name = tw_pipe_keep(p, &b);
    tw_buf_release(&b);
    if (!*name)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory");
    return TW_OK;
}

/* Samples of the shared draw, or a draw of its own around the clusters that
 * the test names. */
static enum tw_status test_synth(struct pipe *p, struct pipe_data *d,
                                 const struct pipe_test *t,
                                 const struct tw_case_synth **synth,
                                 struct tw_err *err)
{
    const struct tw_spec_sample *s = &t->test->sample;
    size_t n = tw_pipe_count_or(s->synthetic, OWN_SAMPLES);
    const char *name;
    float *labels;

    *synth = NULL;
    if (!d->has_generator || s->synthetic == 0)
        return TW_OK;
    *synth = &d->synth;
    TW_TRY(make_labels(p, d, t, n, &labels, &name, err));
    if (!labels)
        return TW_OK;
    struct tw_case_synth *own = tw_arena_alloc(&p->arena, 1, sizeof(*own));
    float *x = tw_arena_alloc(&p->arena, n * d->windows.K * d->windows.L,
                              sizeof(float));
    if (!own || !x)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for samples");
    TW_TRY(tw_pipe_draw(p, d, n, labels, p->seed ^ s->seed, x, err));
    TW_TRY(tw_pipe_restore(p, d, x, n, name, own, err));
    *synth = own;
    return TW_OK;
}

/* Every format into the folder of its verdict; paths: relative to the run, in
 * the arena.  What an earlier verdict left goes first. */
static enum tw_status save_scripts(const struct pipe *p, const char *id,
                                   const struct tw_writer_result *r,
                                   struct tw_arena *a, const char ***paths,
                                   struct tw_err *err)
{
    *paths = tw_arena_alloc(a, r->n_scripts + 1, sizeof(**paths));
    TW_TRY(tw_arena_check(a, "paths", err));
    TW_TRY(tw_writer_forget(p->dir, NULL, id, a, err));
    for (size_t i = 0; i < r->n_scripts; i++) {
        TW_TRY(tw_writer_save(&r->scripts[i], p->dir, a, &(*paths)[i], err));
        (*paths)[i] += strlen(p->dir) + 1;
    }
    return TW_OK;
}

/* Scripts are files first and a step of the journal then: a run that is killed
 * in between writes the same files once more. */
static enum tw_status keep_result(struct pipe *p, struct pipe_test *t,
                                  const struct tw_writer_result *r,
                                  const char *key, double seconds,
                                  struct tw_err *err)
{
    struct tw_arena a;
    struct tw_buf b;
    const char **paths = NULL;

    tw_arena_init(&a, 1u << 20);
    tw_buf_init(&b, TEST_JSON);
    enum tw_status st = save_scripts(p, t->test->id, r, &a, &paths, err);
    if (st == TW_OK) {
        tw_pipe_add_test(&b, t, r, paths);
        st = tw_pipe_record(p, t->step, key, &b, seconds, err);
        t->json = tw_pipe_keep(p, &b);
    }
    tw_buf_release(&b);
    tw_arena_release(&a);
    return st;
}

/* A weak test asks one thing of its reader. */
static void say_question(struct pipe *p, const struct tw_question *q)
{
    if (q->call)
        tw_pipe_say(p, "  question: %.160s: is it %.80s or %.80s?", q->call,
                    q->values[0], q->values[1]);
}

/* A mistake in one test's specification, an oracle that takes for ever: the
 * others do not suffer from it.  Memory and the user's stop end a run. */
static bool is_of_test(enum tw_status st)
{
    return st == TW_EFORMAT || st == TW_EINVAL || st == TW_ELIMIT ||
           st == TW_EIO;
}

/* The test in run.json and the report, with the reason as its cause.  It is not
 * kept for a later run, which may find another jail or more memory. */
static enum tw_status keep_invalid(struct pipe *p, struct pipe_test *t,
                                   enum tw_status st, const char *why,
                                   struct tw_err *err)
{
    struct tw_writer_result r = { .status = TW_WRITER_INVALID,
                                  .cause = why,
                                  .chosen = TW_SPEC_NONE };
    struct tw_buf b;

    if (!p->r->n_invalid++)
        (void)tw_fail(&p->r->invalid, st, 0, "%s", why);
    r.cases.prompt = "";
    tw_buf_init(&b, TEST_JSON);
    tw_pipe_add_test(&b, t, &r, NULL);
    enum tw_status done = tw_buf_check(&b, "a test", err);
    t->json = tw_pipe_keep(p, &b);
    tw_buf_release(&b);
    tw_pipe_say(p, "test %s: cannot be run: %s", t->test->id, why);
    if (done == TW_OK)
        done = tw_arena_check(&p->arena, "a test", err);
    return done;
}

/* The trials of the test's inputs, and windows of their generators. */
static enum tw_status collect_inputs(struct pipe *p, const struct pipe_test *t,
                                     const struct tw_trial **trials,
                                     const struct tw_case_synth **synths,
                                     struct tw_err *err)
{
    for (size_t i = 0; i < t->test->call.n_params; i++) {
        const struct tw_spec_input *input = &t->test->call.params[i].input;
        if (input->kind != TW_SPEC_INPUT_COUNTER)
            continue;
        struct pipe_data *d =
            &p->data[tw_pipe_data_index(p, t->spec->data[input->data])];
        trials[input->data] = &d->trial;
        if (!synths[input->data])
            TW_TRY(test_synth(p, d, t, &synths[input->data], err));
    }
    return TW_OK;
}

static enum tw_status write_test(struct pipe *p, struct pipe_test *t,
                                 const char *key, struct tw_err *err)
{
    struct tw_writer_env env = make_env(p);
    const struct tw_trial *trials[PIPE_DATA_MAX] = { NULL };
    const struct tw_case_synth *synths[PIPE_DATA_MAX] = { NULL };
    struct tw_case_source in = { t->spec, t->test, trials, synths };
    struct tw_writer_result r;
    struct tw_arena arena;
    struct tw_err why = { 0 };
    double begun = tw_clock_mono();

    if (t->why)
        return keep_invalid(p, t, TW_EFORMAT, t->why, err);
    tw_arena_init(&arena, TEST_ARENA);
    enum tw_status st = collect_inputs(p, t, trials, synths, &why);
    if (st == TW_OK)
        st = tw_writer_test(&env, &in, &arena, &r, &why);
    if (is_of_test(st)) {
        st = keep_invalid(p, t, st, why.msg, err);
    } else if (st != TW_OK) {
        st = tw_fail(err, st, why.pos, "%s", why.msg);
    } else {
        double seconds = tw_clock_mono() - begun;
        p->tests_s += seconds;
        t->accepted = r.accepted;
        t->weak = r.status == TW_WRITER_WEAK;
        st = keep_result(p, t, &r, key, seconds, err);
        tw_pipe_say(p, "test %s: %s: %s (%.1f s)", t->test->id,
                    tw_writer_status_name(r.status), r.cause, seconds);
        say_question(p, &r.question);
    }
    tw_arena_release(&arena);
    return st;
}

/* "scripts/test_X.py" of a script in the journal; NULL: no such thing. */
static const char *path_of(const struct tw_json *script)
{
    return tw_json_text(tw_json_get(script, "path"), NULL);
}

/* Is the file as the journal has it? */
static bool is_there(const char *path, const char *text, size_t n)
{
    struct tw_file_map m;

    if (!tw_file_exists(path) || tw_file_map_open(&m, path, NULL) != TW_OK)
        return false;
    bool same = m.len == n && (n == 0 || memcmp(m.bytes, text, n) == 0);
    tw_file_map_close(&m);
    return same;
}

/* A script of the journal that is missing or of another run is written again;
 * a file of the user under its name is left alone. */
static enum tw_status restore_script(const struct pipe *p,
                                     const struct tw_json *json,
                                     struct tw_arena *a, struct tw_err *err)
{
    const char *path = path_of(json), *saved;
    size_t n;
    const char *text = tw_json_text(tw_json_get(json, "text"), &n);

    if (!path || !text || !strchr(path, '/'))
        return TW_OK;
    const char *full = tw_file_join(a, p->dir, path);
    struct tw_script script = {
        .folder = tw_arena_text(a, path, strcspn(path, "/")),
        .name = tw_file_basename(path),
        .text = text,
    };
    TW_TRY(tw_arena_check(a, "paths", err));
    if (is_there(full, text, n))
        return TW_OK;
    return tw_writer_save(&script, p->dir, a, &saved, err);
}

/* All formats, and none of another verdict. */
static enum tw_status restore_scripts(const struct pipe *p,
                                      const struct tw_json *test,
                                      struct tw_arena *a, struct tw_err *err)
{
    const struct tw_json *scripts = tw_json_get(test, "scripts");
    const char *id = tw_json_text(tw_json_get(test, "id"), NULL);
    const char *folder = NULL, *path = path_of(tw_json_at(scripts, 0));

    if (path)
        folder = tw_arena_text(a, path, strcspn(path, "/"));
    TW_TRY(tw_arena_check(a, "paths", err));
    if (id)
        TW_TRY(tw_writer_forget(p->dir, folder, id, a, err));
    for (size_t i = 0; i < tw_json_len(scripts); i++)
        TW_TRY(restore_script(p, tw_json_at(scripts, i), a, err));
    return TW_OK;
}

/* The verdict comes from the journal and the files are made to agree with it.
 */
static enum tw_status reuse(struct pipe *p, struct pipe_test *t,
                            const char *json, struct tw_err *err)
{
    struct tw_json *root;
    struct tw_arena a;

    TW_TRY(tw_json_parse(&root, json, strlen(json), err));
    t->json = json;
    t->accepted = tw_json_bool(tw_json_get(root, "accepted"), false);
    const char *status = tw_json_text(tw_json_get(root, "status"), NULL);
    t->weak = status && strcmp(status, "weak") == 0;
    tw_arena_init(&a, 1u << 20);
    enum tw_status st = restore_scripts(p, root, &a, err);
    tw_arena_release(&a);
    p->r->n_reused++;
    if (t->weak)
        tw_pipe_say(p, "test %s: unchanged, reused: weak", t->test->id);
    else
        tw_pipe_say(p, "test %s: unchanged, reused", t->test->id);
    tw_json_free(root);
    return st;
}

/* The folder is there even when nothing was accepted, so that runners that are
 * pointed at it find no tests instead of no folder. */
enum tw_status tw_pipe_tests(struct pipe *p, struct tw_err *err)
{
    const char *scripts = tw_file_join(&p->arena, p->dir, "scripts");

    if (!scripts)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a path");
    TW_TRY(tw_file_mkdirs(scripts, err));
    tw_buf_init(&p->search_code, SEARCH_CODE_MAX);
    for (size_t i = 0; i < p->n_tests; i++) {
        struct pipe_test *t = &p->tests[i];
        char key[TW_HASH_HEX_SIZE], count[64];
        const char *json;
        TW_TRY(tw_pipe_test_key(p, t, key, err));
        TW_TRY(tw_pipe_find(p, t->step, key, &json, err));
        snprintf(count, sizeof(count), "%s", t->test->id);
        if (!tw_progress_step(p->c->progress, "tests", i, p->n_tests, count))
            return tw_fail(err, TW_ECANCELED, 0, "stopped before test '%s'",
                           t->test->id);
        if (json)
            TW_TRY(reuse(p, t, json, err));
        else
            TW_TRY(write_test(p, t, key, err));
        p->r->n_accepted += t->accepted;
        p->r->n_weak += t->accepted && t->weak;
    }
    return TW_OK;
}
