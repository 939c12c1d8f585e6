/*
 * project.c - a project file: data, generator, writer, specifications.
 *
 * Every number of a project has bounds here, far outside of what is sensible
 * and far inside of what would overflow a size or run for weeks: later stages
 * multiply them without asking again.
 */
#include "base/file.h"
#include "spec/spec.h"
#include "spec/spec_priv.h"

#include <string.h>

#include "base/banned.h"

/* [synth].  0 means "not said": the generator's own defaults live with the
 * generator, so that they have one place. */
static enum tw_status read_synth(const struct tw_spec_reader *r,
                                 const struct tw_toml *root,
                                 struct tw_project_synth *s)
{
    static const char *const keys[] = {
        "generator",       "channels", "layers",  "steps",
        "diffusion_steps", "batch",    "lr",      "seed",
        "window",          "clusters", "samples", NULL,
    };
    const struct tw_toml *t;
    TW_TRY(tw_spec_table(r, root, "synth", &t));
    if (t)
        TW_TRY(tw_spec_known(r, t, "[synth]", keys));
    TW_NOTE(r, tw_toml_text(t, "generator", "sssd", &s->generator, r->err));
    if (strcmp(s->generator, "sssd") != 0)
        TW_NOTE(r, tw_spec_fail(r, tw_toml_get(t, "generator"),
                                "generator '%.40s' is not supported by this "
                                "version, use \"sssd\"",
                                s->generator));
    const struct {
        const char *key;
        int64_t *value;
        int64_t min, max;
    } numbers[] = {
        { "channels", &s->channels, 1, 4096 },
        { "layers", &s->layers, 1, 256 },
        { "steps", &s->steps, 1, 100000000 },
        { "diffusion_steps", &s->diffusion_steps, 2, 10000 },
        { "batch", &s->batch, 1, 1024 },
        { "window", &s->window, 1, 4096 },
        { "clusters", &s->clusters, 1, 1000 },
        { "samples", &s->samples, 1, 1000000 },
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(numbers); i++)
        TW_NOTE(r, tw_spec_int(r, t, numbers[i].key, 0, numbers[i].min,
                               numbers[i].max, numbers[i].value));
    TW_NOTE(r, tw_spec_int(r, t, "seed", -1, 0, INT64_MAX, &s->seed));
    return tw_spec_number(r, t, "lr", 0.0, 1e-9, 1.0, &s->lr);
}

/* Does the name stand for a file?  "builtin" and other names do not, nor does
 * an address; but a file beside the project may have any name. */
static bool is_model_file(const char *name, const char *joined)
{
    size_t n = strlen(name);

    if (strcmp(name, "builtin") == 0 || strstr(name, "://"))
        return false;
    return strchr(name, '/') || tw_file_exists(joined) ||
           (n > 5 && strcmp(name + n - 5, ".gguf") == 0);
}

/* Like all paths of a project, that of its model or of recorded answers is
 * relative to the file: a project runs alike from any folder. */
static enum tw_status place_model(const struct tw_spec_reader *r,
                                  const char **model)
{
    static const char replay[] = "replay:";
    size_t n = strlen(replay);

    if (strncmp(*model, replay, n) == 0) {
        const char *path = tw_file_join(r->a, r->dir, *model + n);
        if (!path)
            return tw_spec_nomem(r);
        *model = tw_arena_textf(r->a, "%s%s", replay, path);
    } else {
        const char *path = tw_file_join(r->a, r->dir, *model);
        if (path && is_model_file(*model, path))
            *model = path;
    }
    if (!*model)
        return tw_spec_nomem(r);
    return TW_OK;
}

/* [writer].  -1 for temperature and top_p, as 0 is a value of both. */
static enum tw_status read_writer(const struct tw_spec_reader *r,
                                  const struct tw_toml *root,
                                  struct tw_project_writer *w)
{
    static const char *const keys[] = { "model",      "candidates",
                                        "max_tokens", "temperature",
                                        "top_p",      "seed",
                                        NULL };
    const struct tw_toml *t;
    TW_TRY(tw_spec_table(r, root, "writer", &t));
    if (t)
        TW_TRY(tw_spec_known(r, t, "[writer]", keys));
    TW_NOTE(r, tw_toml_text(t, "model", "builtin", &w->model, r->err));
    TW_NOTE(r, tw_spec_int(r, t, "candidates", 0, 1, 1000, &w->candidates));
    TW_NOTE(r, tw_spec_int(r, t, "max_tokens", 0, 1, 100000, &w->max_tokens));
    TW_NOTE(r, tw_spec_number(r, t, "temperature", -1.0, 0.0, 10.0,
                              &w->temperature));
    TW_NOTE(r, tw_spec_number(r, t, "top_p", -1.0, 0.0, 1.0, &w->top_p));
    TW_NOTE(r, tw_spec_int(r, t, "seed", -1, 0, INT64_MAX, &w->seed));
    return place_model(r, &w->model);
}

/* [report]: the title, where it differs from that of the project. */
static enum tw_status read_report(const struct tw_spec_reader *r,
                                  const struct tw_toml *root,
                                  struct tw_project *p)
{
    static const char *const keys[] = { "title", NULL };
    const struct tw_toml *t;
    TW_TRY(tw_spec_table(r, root, "report", &t));
    if (t)
        TW_TRY(tw_spec_known(r, t, "[report]", keys));
    return tw_toml_text(t, "title", "", &p->report_title, r->err);
}

/* What is enough for a test of this project. */
static enum tw_status read_accept(const struct tw_spec_reader *r,
                                  const struct tw_toml *root,
                                  struct tw_project *p)
{
    const char *accept;
    TW_TRY(tw_toml_text(root, "accept", "weak", &accept, r->err));
    p->exact_only = strcmp(accept, "exact") == 0;
    if (!p->exact_only && strcmp(accept, "weak") != 0)
        return tw_spec_fail(r, tw_toml_get(root, "accept"),
                            "accept must be \"exact\" or \"weak\", not '%.40s'",
                            accept);
    return TW_OK;
}

/* Both files in the message: the person decides which of the two changes. */
static enum tw_status fail_id(const struct tw_spec_test *test,
                              const struct tw_spec_test *old,
                              const char *old_path, struct tw_err *err)
{
    if (strcmp(test->id, old->id) == 0)
        return tw_fail(err, TW_EFORMAT, 0,
                       "%u:%u: the test id '%.64s' is used in '%.60s' too",
                       test->pos.line, test->pos.column, test->id, old_path);
    return tw_fail(err, TW_EFORMAT, 0,
                   "%u:%u: the test ids '%.40s' and '%.40s' in '%.60s' name "
                   "one script file",
                   test->pos.line, test->pos.column, test->id, old->id,
                   old_path);
}

/* Script files are named after the test, so ids are unique in a project.  Every
 * pair of tests is compared, some million short texts for the largest project;
 * that is less than the reading of its files. */
static enum tw_status check_ids(const struct tw_spec_reader *r,
                                const struct tw_project *p)
{
    const struct tw_spec *last = &p->specs[p->n_specs - 1];
    struct tw_spec_reader in = *r; /* mistakes are of the specification */
    in.file = last->path;
    for (size_t i = 0; i < last->n_tests; i++)
        for (size_t j = 0; j + 1 < p->n_specs; j++)
            for (size_t k = 0; k < p->specs[j].n_tests; k++) {
                const struct tw_spec_test *old = &p->specs[j].tests[k];
                if (!*old->id || !*last->tests[i].id ||
                    !tw_spec_same_script(old->id, last->tests[i].id))
                    continue;
                last->tests[i].broken = true;
                enum tw_status st =
                    fail_id(&last->tests[i], old, p->specs[j].path, r->err);
                st = tw_spec_note(&in, st);
                TW_TRY(tw_spec_name_file(st, last->path, r->err));
            }
    return TW_OK;
}

/* Files that "specs" names, in that order; a pattern gives them sorted.  The
 * order decides that of tests in the report, and so it must not depend on the
 * file system. */
static enum tw_status load_specs(const struct tw_spec_reader *r,
                                 const struct tw_toml *root,
                                 struct tw_project *p)
{
    const char **patterns, **files = NULL;
    size_t n_patterns, n_files = 0;
    TW_TRY(tw_spec_texts(r, root, "specs", &patterns, &n_patterns));
    if (!n_patterns)
        return tw_fail(r->err, TW_EFORMAT, 0, "1:1: the project lacks 'specs'");
    const struct tw_toml *at = tw_toml_get(root, "specs");
    for (size_t i = 0; i < n_patterns; i++)
        TW_NOTE(r, tw_spec_files(r, at, patterns[i], &files, &n_files));
    p->specs = tw_arena_alloc(r->a, n_files, sizeof(*p->specs));
    if (!p->specs)
        return tw_spec_nomem(r);
    for (size_t i = 0; i < n_files; i++) {
        struct tw_spec *s = &p->specs[p->n_specs];
        TW_NOTE(r, tw_spec_load_found(s, r->a, files[i], p->data, p->n_shared,
                                      r->found, r->err));
        if (!s->path)
            continue; /* it could not be opened */
        TW_TRY(tw_spec_share_data(r, p, s));
        p->n_specs++;
        TW_TRY(check_ids(r, p));
    }
    return TW_OK;
}

/* Data come before specifications, whose inputs name them. */
static enum tw_status read_project(const struct tw_spec_reader *r,
                                   const struct tw_toml *root,
                                   struct tw_project *p)
{
    static const char *const keys[] = { "project", "title",  "data",   "specs",
                                        "synth",   "writer", "report", "accept",
                                        "allow",   NULL };
    int64_t version;
    TW_TRY(tw_toml_int(root, "project", 0, &version, r->err));
    if (version != 1)
        return tw_fail(r->err, TW_EFORMAT, 0,
                       "1:1: a project starts with 'project = 1'");
    TW_TRY(tw_spec_known(r, root, "a project", keys));
    TW_NOTE(r, tw_toml_text(root, "title", p->title, &p->title, r->err));
    TW_TRY(tw_spec_read_data(r, root, NULL, 0, &p->data, &p->n_shared));
    p->n_data = p->n_shared;
    TW_NOTE(r, read_synth(r, root, &p->synth));
    TW_NOTE(r, read_writer(r, root, &p->writer));
    TW_NOTE(r, read_report(r, root, p));
    TW_NOTE(r, tw_spec_read_allow(r, root, &p->allow, &p->n_allow));
    TW_NOTE(r, read_accept(r, root, p));
    TW_NOTE(r, load_specs(r, root, p));
    return TW_OK;
}

/* A specification by itself: a project of one, all else by default.  Those who
 * go through a project need no second way for the simple case. */
static enum tw_status read_single(const struct tw_spec_reader *r,
                                  const struct tw_toml *root,
                                  struct tw_project *p)
{
    p->specs = tw_arena_alloc(r->a, 1, sizeof(*p->specs));
    if (!p->specs)
        return tw_spec_nomem(r);
    TW_NOTE(r, tw_spec_read_root(r, root, NULL, 0, &p->specs[0]));
    if (!p->specs[0].path)
        return TW_OK; /* not even its version is right */
    memcpy(p->specs[0].sha256, p->sha256, sizeof(p->sha256));
    p->n_specs = 1;
    p->title = p->specs[0].title;
    TW_TRY(tw_spec_share_data(r, p, &p->specs[0]));
    TW_TRY(read_synth(r, NULL, &p->synth));
    return read_writer(r, NULL, &p->writer);
}

/* The first key decides what a file is, not its name. */
enum tw_status tw_project_check(struct tw_project *p, struct tw_arena *a,
                                const char *path,
                                struct tw_spec_findings *found,
                                struct tw_err *err)
{
    struct tw_spec_reader r = { .a = a, .err = err, .found = found };
    struct tw_toml *root = NULL;
    memset(p, 0, sizeof(*p));
    p->report_title = "";
    enum tw_status st = tw_spec_parse_file(&r, path, &root, p->sha256);
    if (st == TW_EFORMAT) /* a slip in the syntax, and the only one found */
        st = tw_spec_note(&r, st);
    if (!root)
        return tw_spec_name_file(st, path, err);
    p->path = r.file;
    p->dir = r.dir;
    p->title = tw_spec_stem(a, path);
    if (!p->title)
        return tw_spec_nomem(&r);
    if (tw_toml_get(root, "project"))
        st = read_project(&r, root, p);
    else if (tw_toml_get(root, "spec"))
        st = read_single(&r, root, p);
    else
        st = tw_fail(err, TW_EFORMAT, 0,
                     "1:1: a file starts with 'project = 1' or 'spec = 1'");
    return tw_spec_name_file(tw_spec_note(&r, st), path, err);
}

/* As a run wants it: good, or one message. */
enum tw_status tw_project_load(struct tw_project *p, struct tw_arena *a,
                               const char *path, struct tw_err *err)
{
    return tw_project_check(p, a, path, NULL, err);
}
