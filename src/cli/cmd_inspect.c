#include "cli/cli.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/json.h"
#include "base/utf8.h"
#include "inspect/coverage.h"
#include "inspect/mutation.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

#define SOURCE_MAX ((size_t)16 << 20)
#define ARENA_MAX  ((size_t)2 << 30)

enum { FILES_MAX = 64, SHOWN_MAX = 20 };

struct args {
    struct tw_common common;
    const char *tests;
    const char *entry;
    int64_t mutants;
    double time_s;
    bool data;
    bool weak;
};

static const struct tw_opt opts[] = {
    { "tests", 't', TW_OPT_TEXT, offsetof(struct args, tests), "FILE",
      "tests of the programs: adds coverage and mutation score" },
    { "entry", 'e', TW_OPT_TEXT, offsetof(struct args, entry), "NAME",
      "function that tests of the form check(f) get" },
    { "mutants", 'm', TW_OPT_INT, offsetof(struct args, mutants), "N",
      "run at most N mutants (default 100, 0: none)" },
    { "data-mutants", 'd', TW_OPT_FLAG, offsetof(struct args, data), NULL,
      "faults of the data instead of the code: frozen, scaled, shifted, ..." },
    { "time", 0, TW_OPT_NUMBER, offsetof(struct args, time_s), "S",
      "limit of one run in seconds (default 10)" },
    { "allow-weak-sandbox", 0, TW_OPT_FLAG, offsetof(struct args, weak), NULL,
      "go on without namespaces" },
    TW_COMMON_OPTS(struct args),
};

static const struct tw_opt_usage usage = {
    .command = "trialwright inspect",
    .args = "FILE... [--tests FILE] [--json]",
    .about = "Measures programs in Python and C without running them: "
             "complexity, length, comments, unsafe calls, assertions that "
             "assert nothing.  With tests, runs both in the jail: which "
             "statements and branches they reach, and how many faults of the "
             "program they notice (mutation score).",
    .opts = opts,
};

struct session {
    const struct args *args;
    struct tw_jail *jail;
    struct tw_arena a;
    struct tw_pool *pool;
    struct tw_source files[FILES_MAX];
    size_t n_files;
    struct tw_source tests;
    struct tw_buf out;
    bool json;
    bool rejected;
    struct tw_err err;
};

static enum tw_status load(struct session *s, const char *path,
                           struct tw_source *source)
{
    struct tw_buf text;
    tw_buf_init(&text, SOURCE_MAX);
    enum tw_status st = tw_file_read(&text, path, &s->err);
    char *copy = tw_arena_alloc(&s->a, text.len + 1, 1);
    if (st == TW_OK && !copy) {
        st = tw_fail(&s->err, TW_ENOMEM, 0, "out of memory for '%.100s'", path);
    } else if (st == TW_OK) {
        memcpy(copy, tw_buf_text(&text), text.len);
        *source = (struct tw_source){ tw_source_lang(path),
                                      tw_file_basename(path), copy, text.len };
    }
    tw_buf_release(&text);
    return st;
}

/* --- text --- */

static double percent(size_t part, size_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

static void text_note(struct session *s, const struct tw_inspect_note *n)
{
    tw_buf_addf(&s->out, "    line %d: ", n->line);
    tw_utf8_add_safe(&s->out, n->what, strlen(n->what));
    tw_buf_addf(&s->out, "%s%s%s\n", *n->kind ? " (" : "", n->kind,
                *n->kind ? ")" : "");
}

static void text_notes(struct session *s, const char *title,
                       const struct tw_inspect_note *notes, size_t n)
{
    if (n)
        tw_buf_addf(&s->out, "  %s: %zu\n", title, n);
    for (size_t i = 0; i < n && i < SHOWN_MAX; i++)
        text_note(s, &notes[i]);
    if (n > SHOWN_MAX)
        tw_buf_addf(&s->out, "    and %zu more\n", n - SHOWN_MAX);
}

static void text_inspection(struct session *s, const char *name,
                            const struct tw_inspection *in)
{
    struct tw_buf *b = &s->out;
    tw_utf8_add_safe(b, name, strlen(name));
    if (!in->readable) {
        tw_buf_adds(b, ": does not parse: ");
        tw_utf8_add_safe(b, in->cause, strlen(in->cause));
        tw_buf_adds(b, "\n");
        return;
    }
    tw_buf_addf(b,
                ": %d lines (%d blank, %.1f %% of the others comments), %d "
                "statements, %d tokens\n"
                "  complexity at most %d\n",
                in->n_lines, in->n_blank, 100.0 * tw_inspect_comment_share(in),
                in->n_statements, in->n_tokens, tw_inspect_complexity_max(in));
    for (size_t i = 0; i < in->n_functions && i < SHOWN_MAX; i++) {
        const struct tw_inspect_function *f = &in->functions[i];
        tw_buf_addf(b, "    line %d: ", f->line);
        tw_utf8_add_safe(b, f->name, strlen(f->name));
        tw_buf_addf(b,
                    "(): complexity %d, %d lines, %d statements, nesting %d, "
                    "%d parameters\n",
                    f->complexity, f->last_line - f->line + 1, f->statements,
                    f->nesting, f->params);
    }
    text_notes(s, "unsafe calls", in->unsafe, in->n_unsafe);
    if (in->n_asserts || in->n_tests)
        tw_buf_addf(b, "  assertions: %d, test functions: %d\n", in->n_asserts,
                    in->n_tests);
    text_notes(s, "vacuous assertions", in->vacuous, in->n_vacuous);
}

static void text_coverage(struct session *s, bool python,
                          const struct tw_coverage *c)
{
    struct tw_buf *b = &s->out;
    size_t n_lines = c->n_statements - c->n_executed;
    size_t n_branches = c->n_branches - c->n_taken;
    if (!c->measured) {
        tw_buf_adds(b, "  coverage: not measured: ");
        tw_utf8_add_safe(b, c->cause, strlen(c->cause));
        tw_buf_adds(b, "\n");
        return;
    }
    tw_buf_addf(b,
                "  coverage (tests: %s): statements %zu of %zu (%.1f %%), "
                "branches %zu of %zu (%.1f %%)\n",
                c->end, c->n_executed, c->n_statements,
                percent(c->n_executed, c->n_statements), c->n_taken,
                c->n_branches, percent(c->n_taken, c->n_branches));
    for (size_t i = 0; i < n_lines && i < SHOWN_MAX; i++)
        tw_buf_addf(b, "%s%d",
                    i ? ", " : "    lines not executed: ", c->missed_lines[i]);
    tw_buf_adds(b, n_lines > SHOWN_MAX ? ", ...\n" : n_lines ? "\n" : "");
    for (size_t i = 0; i < n_branches && i < SHOWN_MAX; i++) {
        const struct tw_branch *w = &c->missed_branches[i];
        tw_buf_addf(b, "%s%d", i ? ", " : "    branches not taken: ", w->from);
        if (python && w->to <= 0)
            tw_buf_adds(b, " to the end");
        else
            tw_buf_addf(b, "%s%d", python ? " to " : " way ", w->to);
    }
    tw_buf_adds(b, n_branches > SHOWN_MAX ? ", ...\n" : n_branches ? "\n" : "");
}

static size_t n_killed(const struct tw_mutation *m)
{
    return m->fates[TW_MUTANT_ASSERTION] + m->fates[TW_MUTANT_ERROR] +
           m->fates[TW_MUTANT_TIMEOUT] + m->fates[TW_MUTANT_CRASH];
}

static void text_survivors(struct session *s, const struct tw_mutation *m)
{
    size_t shown = 0;
    for (size_t i = 0; i < m->n_mutants && shown < SHOWN_MAX; i++) {
        const struct tw_mutant *x = &m->mutants[i];
        if (x->fate != TW_MUTANT_SURVIVED)
            continue;
        tw_buf_addf(&s->out, "    survived: line %d, %s: ", x->line, x->op);
        tw_utf8_add_safe(&s->out, x->what, strlen(x->what));
        tw_buf_adds(&s->out, "\n");
        shown++;
    }
    if (m->fates[TW_MUTANT_SURVIVED] > shown)
        tw_buf_addf(&s->out, "    and %zu more\n",
                    m->fates[TW_MUTANT_SURVIVED] - shown);
}

static void text_mutation(struct session *s, const struct tw_mutation *m)
{
    struct tw_buf *b = &s->out;
    if (!m->passes) {
        tw_buf_adds(b, "  mutation score: 0, the tests do not pass on the "
                       "program: ");
        tw_utf8_add_safe(b, m->cause, strlen(m->cause));
        tw_buf_adds(b, "\n");
        return;
    }
    size_t n = n_killed(m) + m->fates[TW_MUTANT_SURVIVED];
    tw_buf_addf(b, "  mutation score: ");
    if (n)
        tw_buf_addf(
            b, "%.1f %% (95 %% interval %.1f to %.1f): %zu of %zu killed",
            100.0 * m->score, 100.0 * m->low, 100.0 * m->high, n_killed(m), n);
    else
        tw_buf_adds(b, "none, no mutant counts");
    tw_buf_addf(b, "\n    assertion %zu, error %zu, timeout %zu, crash %zu",
                m->fates[TW_MUTANT_ASSERTION], m->fates[TW_MUTANT_ERROR],
                m->fates[TW_MUTANT_TIMEOUT], m->fates[TW_MUTANT_CRASH]);
    if (m->fates[TW_MUTANT_ASSERTION] + m->fates[TW_MUTANT_SURVIVED])
        tw_buf_addf(b, "; by assertions only (MuTAP) %.1f %%",
                    100.0 * m->score_assert);
    tw_buf_addf(
        b,
        "\n    %zu of %zu mutants run, seed %lld; left out: "
        "%zu equivalent, %zu duplicate, %zu uncompilable, %zu harness; "
        "%.1f mutants/s\n",
        m->n_mutants, m->n_sites,
        (long long)(s->args->common.seed < 0 ? 0 : s->args->common.seed),
        m->n_equivalent + m->fates[TW_MUTANT_EQUIVALENT], m->n_duplicate,
        m->n_uncompilable + m->fates[TW_MUTANT_UNCOMPILABLE],
        m->fates[TW_MUTANT_HARNESS],
        m->seconds > 0 ? (double)m->n_mutants / m->seconds : 0.0);
    text_survivors(s, m);
}

/* --- JSON --- */

static void json_notes(struct tw_buf *b, const char *key,
                       const struct tw_inspect_note *notes, size_t n)
{
    tw_buf_addf(b, ", \"%s\": [", key);
    for (size_t i = 0; i < n; i++) {
        tw_buf_addf(b, "%s{\"line\": %d, \"what\": ", i ? ", " : "",
                    notes[i].line);
        tw_json_adds(b, notes[i].what);
        if (*notes[i].kind) {
            tw_buf_adds(b, ", \"kind\": ");
            tw_json_adds(b, notes[i].kind);
        }
        tw_buf_adds(b, "}");
    }
    tw_buf_adds(b, "]");
}

static void json_functions(struct tw_buf *b, const struct tw_inspection *in)
{
    tw_buf_adds(b, ", \"functions\": [");
    for (size_t i = 0; i < in->n_functions; i++) {
        const struct tw_inspect_function *f = &in->functions[i];
        tw_buf_addf(b, "%s{\"name\": ", i ? ",\n  " : "");
        tw_json_adds(b, f->name);
        tw_buf_addf(b,
                    ", \"line\": %d, \"last_line\": %d, \"complexity\": %d, "
                    "\"statements\": %d, \"nesting\": %d, \"parameters\": %d}",
                    f->line, f->last_line, f->complexity, f->statements,
                    f->nesting, f->params);
    }
    tw_buf_adds(b, "]");
}

static void json_inspection(struct tw_buf *b, const char *name,
                            const struct tw_inspection *in)
{
    tw_buf_adds(b, "{\"file\": ");
    tw_json_adds(b, name);
    tw_buf_addf(b, ", \"readable\": %s", in->readable ? "true" : "false");
    if (!in->readable) {
        tw_buf_adds(b, ", \"cause\": ");
        tw_json_adds(b, in->cause);
        return;
    }
    tw_buf_addf(b,
                ", \"lines\": %d, \"blank\": %d, \"comment_lines\": %d, "
                "\"comment_share\": %.6g, \"statements\": %d, \"tokens\": %d, "
                "\"complexity_max\": %d, \"assertions\": %d, \"tests\": %d",
                in->n_lines, in->n_blank, in->n_comment,
                tw_inspect_comment_share(in), in->n_statements, in->n_tokens,
                tw_inspect_complexity_max(in), in->n_asserts, in->n_tests);
    if (in->n_asserts || in->n_tests)
        tw_buf_addf(b, ", \"vacuous_tests\": %s",
                    tw_inspect_is_vacuous(in) ? "true" : "false");
    json_functions(b, in);
    json_notes(b, "unsafe", in->unsafe, in->n_unsafe);
    json_notes(b, "vacuous", in->vacuous, in->n_vacuous);
}

static void json_coverage(struct tw_buf *b, const struct tw_coverage *c)
{
    tw_buf_addf(b, ",\n \"coverage\": {\"measured\": %s",
                c->measured ? "true" : "false");
    if (!c->measured) {
        tw_buf_adds(b, ", \"cause\": ");
        tw_json_adds(b, c->cause);
        tw_buf_adds(b, "}");
        return;
    }
    tw_buf_adds(b, ", \"tests_end\": ");
    tw_json_adds(b, c->end);
    tw_buf_addf(b,
                ", \"statements\": %zu, \"executed\": %zu, \"branches\": %zu, "
                "\"taken\": %zu, \"missed_lines\": [",
                c->n_statements, c->n_executed, c->n_branches, c->n_taken);
    for (size_t i = 0; i < c->n_statements - c->n_executed; i++)
        tw_buf_addf(b, "%s%d", i ? ", " : "", c->missed_lines[i]);
    tw_buf_adds(b, "], \"missed_branches\": [");
    for (size_t i = 0; i < c->n_branches - c->n_taken; i++)
        tw_buf_addf(b, "%s[%d, %d]", i ? ", " : "", c->missed_branches[i].from,
                    c->missed_branches[i].to);
    tw_buf_adds(b, "]}");
}

static void json_mutants(struct tw_buf *b, const struct tw_mutation *m)
{
    tw_buf_adds(b, ", \"mutants\": [");
    for (size_t i = 0; i < m->n_mutants; i++) {
        const struct tw_mutant *x = &m->mutants[i];
        tw_buf_addf(b, "%s{\"operator\": \"%s\", \"line\": %d, \"what\": ",
                    i ? ",\n  " : "", x->op, x->line);
        tw_json_adds(b, x->what);
        tw_buf_addf(b, ", \"fate\": \"%s\"}", tw_mutant_fate_name(x->fate));
    }
    tw_buf_adds(b, "]");
}

static void json_number(struct tw_buf *b, const char *key, double v)
{
    tw_buf_addf(b, ", \"%s\": ", key);
    tw_json_add_number(b, v);
}

static void json_mutation(struct tw_buf *b, const struct tw_mutation *m,
                          uint64_t seed)
{
    tw_buf_addf(b, ",\n \"mutation\": {\"tests_pass\": %s",
                m->passes ? "true" : "false");
    if (!m->passes) {
        tw_buf_adds(b, ", \"score\": 0, \"cause\": ");
        tw_json_adds(b, m->cause);
        tw_buf_adds(b, "}");
        return;
    }
    json_number(b, "score", m->score);
    json_number(b, "low", m->low);
    json_number(b, "high", m->high);
    json_number(b, "score_assertions_only", m->score_assert);
    tw_buf_addf(b,
                ", \"sites\": %zu, \"run\": %zu, \"seed\": %llu, "
                "\"left_out\": {\"equivalent\": %zu, \"duplicate\": %zu, "
                "\"uncompilable\": %zu}, \"fates\": {",
                m->n_sites, m->n_mutants, (unsigned long long)seed,
                m->n_equivalent, m->n_duplicate, m->n_uncompilable);
    for (size_t i = 0; i < TW_MUTANT_FATES; i++)
        tw_buf_addf(b, "%s\"%s\": %zu", i ? ", " : "",
                    tw_mutant_fate_name((enum tw_mutant_fate)i), m->fates[i]);
    tw_buf_addf(b, "}, \"seconds\": %.3f", m->seconds);
    json_mutants(b, m);
    tw_buf_adds(b, "}");
}

/* --- the work --- */

static enum tw_status cover(struct session *s, const struct tw_source *source,
                            const struct tw_jail_file *files, size_t n)
{
    struct tw_coverage c;
    struct tw_coverage_job job = { .source = source,
                                   .tests = &s->tests,
                                   .entry = s->args->entry,
                                   .files = files,
                                   .n_files = n,
                                   .seconds = s->args->time_s };
    TW_TRY(tw_coverage_run(&c, s->jail, &s->a, &job, &s->err));
    if (s->json)
        json_coverage(&s->out, &c);
    else
        text_coverage(s, source->lang == TW_SOURCE_PYTHON, &c);
    return TW_OK;
}

static enum tw_status mutate(struct session *s, const struct tw_source *source,
                             const struct tw_jail_file *files, size_t n)
{
    const struct args *args = s->args;
    struct tw_cli_progress progress;
    struct tw_mutation m;
    struct tw_mutation_job job = {
        .source = source,
        .tests = &s->tests,
        .entry = args->entry,
        .files = files,
        .n_files = n,
        .n_max = (size_t)args->mutants,
        .seed = args->common.seed < 0 ? 0 : (uint64_t)args->common.seed,
        .data = args->data,
        .seconds = args->time_s,
        .pool = s->pool,
    };
    if (args->mutants == 0)
        return TW_OK;
    job.progress = tw_cli_progress(&progress, args->common.quiet);
    enum tw_status st = tw_mutation_run(&m, s->jail, &s->a, &job, &s->err);
    tw_cli_progress_end(&progress);
    TW_TRY(st);
    s->rejected = s->rejected || !m.passes;
    if (s->json)
        json_mutation(&s->out, &m, job.seed);
    else
        text_mutation(s, &m);
    return TW_OK;
}

static bool is_header(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && strcmp(dot, ".h") == 0;
}

/* The other files lie beside the program. */
static enum tw_status run_tests(struct session *s,
                                const struct tw_source *source)
{
    struct tw_jail_file files[FILES_MAX];
    size_t n = 0;
    for (size_t i = 0; i < s->n_files; i++)
        if (&s->files[i] != source)
            files[n++] =
                (struct tw_jail_file){ s->files[i].name, s->files[i].text,
                                       s->files[i].n };
    TW_TRY(cover(s, source, files, n));
    return mutate(s, source, files, n);
}

static enum tw_status inspect(struct session *s, const struct tw_source *source,
                              bool is_tests)
{
    struct tw_inspection in;
    TW_TRY(tw_inspect(&in, s->jail, &s->a, source, &s->err));
    s->rejected =
        s->rejected || !in.readable || (is_tests && tw_inspect_is_vacuous(&in));
    if (s->json)
        json_inspection(&s->out, source->name, &in);
    else
        text_inspection(s, source->name, &in);
    if (!is_tests && in.readable && s->args->tests && !is_header(source->name))
        TW_TRY(run_tests(s, source));
    if (s->json)
        tw_buf_adds(&s->out, "}");
    return TW_OK;
}

static enum tw_status inspect_all(struct session *s)
{
    if (s->json)
        tw_buf_adds(&s->out, "{\"files\": [");
    for (size_t i = 0; i < s->n_files; i++) {
        if (s->json && i)
            tw_buf_adds(&s->out, ",\n");
        TW_TRY(inspect(s, &s->files[i], false));
    }
    if (s->json)
        tw_buf_adds(&s->out, "]");
    if (s->args->tests) {
        if (s->json)
            tw_buf_adds(&s->out, ",\n\"tests\": ");
        TW_TRY(inspect(s, &s->tests, true));
    }
    if (s->json)
        tw_buf_adds(&s->out, "}\n");
    return TW_OK;
}

static enum tw_status start(struct session *s, char **paths, size_t n)
{
    if (n > FILES_MAX)
        return tw_fail(&s->err, TW_ELIMIT, 0, "more than %d files", FILES_MAX);
    for (; s->n_files < n; s->n_files++)
        TW_TRY(load(s, paths[s->n_files], &s->files[s->n_files]));
    if (s->args->tests)
        TW_TRY(load(s, s->args->tests, &s->tests));
    TW_TRY(tw_jail_open(&s->jail, s->args->weak, &s->err));
    return tw_pool_new(&s->pool, (unsigned)s->args->common.threads, &s->err);
}

int tw_cmd_inspect(int argc, char **argv)
{
    struct args args = { .mutants = TW_MUTATION_DEFAULT };
    char *rest[TW_CLI_ARGS_MAX];
    size_t n_rest;
    int status;

    if (!tw_cli_parse(&usage, &args, argc, argv, rest, &n_rest, &status))
        return status;
    if (n_rest == 0)
        return tw_cli_usage(&usage, "no program given");
    if (args.mutants < 0 || args.mutants > TW_MUTATION_MAX)
        return tw_cli_usage(&usage, "--mutants takes 0 to 1000");
    struct session s = { .args = &args, .json = args.common.json };
    tw_arena_init(&s.a, ARENA_MAX);
    tw_buf_init(&s.out, (size_t)1 << 30);
    enum tw_status st = start(&s, rest, n_rest);
    if (st == TW_OK)
        st = inspect_all(&s);
    if (st != TW_OK)
        status = tw_cli_fail(st, &s.err);
    else
        status = tw_cli_out(&s.out, s.rejected ? TW_EXIT_REJECTED : TW_EXIT_OK);
    tw_pool_free(s.pool);
    tw_jail_close(s.jail);
    tw_buf_release(&s.out);
    tw_arena_release(&s.a);
    return status;
}
