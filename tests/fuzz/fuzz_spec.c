/* Specifications and projects.  A line "====" parts a project from the
 * specification beside it; without one the bytes are a specification. */
#include "fuzz.h"

#include "base/file.h"
#include "spec/spec.h"

static char dir[64];

static void remove_dir(void)
{
    static const char *const names[] = { "s.toml", "p.toml", "t.csv",
                                         "kpi.py" };
    char path[128];

    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        unlink(path);
    }
    rmdir(dir);
}

static void put(char path[128], const char *name, const void *bytes, size_t n)
{
    snprintf(path, 128, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");

    MUST(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *tmp = getenv("TMPDIR");
    char path[128];

    (void)argc;
    (void)argv;
    snprintf(dir, sizeof(dir), "%.40s/tw-fuzz-XXXXXX", tmp ? tmp : "/tmp");
    MUST(mkdtemp(dir) != NULL);
    atexit(remove_dir);
    put(path, "t.csv", "t,cell,a\n1,x,2\n", 15);
    put(path, "kpi.py", "def f(a):\n    return a\n", 23);
    return 0;
}

static void check_test(const struct tw_spec *s, const struct tw_spec_test *t)
{
    MUST(t->id && t->id[0] && t->title && t->call.name);
    MUST(t->n_oracles <= TW_SPEC_ORACLE_MAX && strlen(t->sha256) == 64);
    for (size_t i = 0; i < t->call.n_params; i++) {
        const struct tw_spec_input *in = &t->call.params[i].input;

        MUST(in->kind != TW_SPEC_INPUT_COUNTER ||
             (in->counter && in->data < s->n_data));
        MUST(in->kind != TW_SPEC_INPUT_VALUES || in->n_values);
    }
    (void)tw_spec_has_expr(t);
}

static void check_spec(const struct tw_spec *s)
{
    MUST(s->id && s->n_tests && s->n_tests <= TW_SPEC_TEST_MAX);
    for (size_t i = 0; i < s->n_tests; i++)
        check_test(s, &s->tests[i]);
}

/* With a list reading goes on behind mistakes: whatever is left of a test must
 * be safe to look at. */
static void check_findings(const char *path, bool good)
{
    struct tw_spec_findings found;
    struct tw_project p;
    struct tw_arena a;
    struct tw_err err = { 0 };

    tw_arena_init(&a, 64u << 20);
    tw_spec_findings_init(&found, &a);
    enum tw_status st = tw_project_check(&p, &a, path, &found, &err);
    MUST((st == TW_OK && !found.n) == good);
    tw_spec_findings_sort(&found);
    for (size_t i = 0; i < found.n; i++)
        MUST(found.list[i].reason[0] && found.list[i].pos.file[0]);
    for (size_t i = 0; st == TW_OK && i < p.n_specs; i++)
        for (size_t k = 0; k < p.specs[i].n_tests; k++) {
            const struct tw_spec_test *t = &p.specs[i].tests[k];
            MUST(t->id && t->pos.file);
            MUST(t->broken || (t->id[0] && t->call.name));
            for (size_t o = 0; o < t->n_oracles; o++)
                MUST(!t->oracles[o].n_cases || t->oracles[o].case_pos);
        }
    tw_arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const uint8_t *cut = n ? memmem(bytes, n, "\n====\n", 6) : NULL;
    struct tw_project p;
    struct tw_arena a;
    struct tw_err err = { 0 };
    char spec[128], project[128];

    if (cut) {
        const uint8_t *rest = cut + 6;

        put(project, "p.toml", bytes, (size_t)(cut - bytes));
        put(spec, "s.toml", rest, n - (size_t)(rest - bytes));
    } else {
        put(spec, "s.toml", bytes, n);
    }
    tw_arena_init(&a, 64u << 20);
    enum tw_status st = tw_project_load(&p, &a, cut ? project : spec, &err);
    check_findings(cut ? project : spec, st == TW_OK);
    if (st == TW_OK) {
        MUST(p.n_specs > 0);
        for (size_t i = 0; i < p.n_specs; i++)
            check_spec(&p.specs[i]);
    } else {
        MUST(err.msg[0]);
    }
    tw_arena_release(&a);
    return 0;
}
