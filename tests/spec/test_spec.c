/*
 * test_spec.c - specification and project files, good and damaged.
 */
#include "base/buf.h"
#include "base/file.h"
#include "spec/spec.h"
#include "test.h"
#include "test_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A folder of its own for each test, with a small trial in it. */
struct place {
    char dir[TEST_DIR_MAX];
    struct tw_arena a;
    struct tw_err err;
};

static char *path_of(struct place *p, const char *name)
{
    return tw_file_join(&p->a, p->dir, name);
}

static void put(struct place *p, const char *name, const char *text)
{
    CHECK(tw_file_write(path_of(p, name), text, strlen(text), &p->err) ==
          TW_OK);
}

static void start(struct place *p)
{
    memset(p, 0, sizeof(*p));
    tw_arena_init(&p->a, 16u << 20);
    CHECK(test_dir_make(p->dir));
    put(p, "site42_a.csv", "timestamp,cell_id,RRU.PrbUsedDl\n");
}

static void stop(struct place *p)
{
    static const char *const names[] = { "site42_a.csv", "s.toml", "p.toml",
                                         "t.toml", "kpi.py" };
    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++)
        unlink(path_of(p, names[i]));
    rmdir(p->dir);
    tw_arena_release(&p->a);
}

static enum tw_status load(struct place *p, struct tw_spec *s, const char *text)
{
    put(p, "s.toml", text);
    memset(&p->err, 0, sizeof(p->err));
    return tw_spec_load(s, &p->a, path_of(p, "s.toml"), NULL, 0, &p->err);
}

static const char *const full[] = {
    "spec = 1",
    "[suite]",
    "id       = \"RAN-KPI\"",
    "title    = \"Cell KPI computations\"",
    "language = \"python\"",
    "code     = [\"kpi.py\"]",
    "context  = [\"tests/\", \"docs/kpi.md\"]",
    "[data.trial]",
    "files  = \"site42_*.csv\"",
    "time   = \"timestamp\"",
    "group  = \"cell_id\"",
    "period = \"15min\"",
    "window = 96",
    "[data.trial.counters]",
    "\"RRU.PrbUsedDl\"  = { unit = \"PRB\", min = 0 }",
    "\"RRU.PrbAvailDl\" = { unit = \"PRB\", min = 0 }",
    "[[test]]",
    "id          = \"RAN-KPI-007\"",
    "title       = \"Mean downlink PRB utilisation\"",
    "requirement = [\"REQ-112\"]",
    "priority    = \"high\"",
    "tags        = [\"kpi\", \"load\"]",
    "description = \"\"\"",
    "Compute the mean downlink PRB utilisation of a cell.",
    "\"\"\"",
    "call = \"prb_utilisation(used: list[float], avail: list[float])\"",
    "require = \"all(u <= a for u, a in zip(used, avail))\"",
    "[test.inputs]",
    "used  = { data = \"trial\", counter = \"RRU.PrbUsedDl\" }",
    "avail = { data = \"trial\", counter = \"RRU.PrbAvailDl\" }",
    "[test.sample]",
    "recorded  = 5",
    "synthetic = { count = 20, model = \"m.gguf\", between = [\"0\", \"1\"] }",
    "edge      = [\"empty\", \"all-zero\", \"single\", \"max\"]",
    "seed      = 7",
    "[[test.oracle]]",
    "kind    = \"expr\"",
    "expect  = \"100 * mean(u / a for u, a in zip(used, avail) if a > 0)\"",
    "abs_tol = 1e-6",
    "[[test.oracle]]",
    "kind = \"property\"",
    "that = \"0 <= result <= 100\"",
    "[[test.oracle]]",
    "kind   = \"metamorphic\"",
    "change = { used = \"[2 * x for x in used]\" }",
    "that   = \"abs(result2 - result) <= 1e-6\"",
    "[[test.oracle]]",
    "kind   = \"example\"",
    "args   = { used = [10.0, 20.0], avail = [100.0, 100.0] }",
    "expect = 15.0",
    "[[test.oracle]]",
    "kind   = \"error\"",
    "args   = { used = [1.0], avail = [1.0, 2.0] }",
    "expect = \"ValueError\"",
    "[[test.oracle]]",
    "kind  = \"assert\"",
    "cases = [\"assert prb_utilisation([], []) == 0\"]",
    "[test.accept]",
    "tcer           = 1.0",
    "repeat         = 5",
    "mutants_killed = 0.8",
    "timeout        = \"10s\"",
};

/* The full form with one line replaced (or none, for at = no line). */
static void build(struct tw_buf *b, size_t at, const char *line)
{
    tw_buf_clear(b);
    for (size_t i = 0; i < TW_ARRAY_LEN(full); i++)
        tw_buf_addf(b, "%s\n", i == at ? line : full[i]);
}

TEST(full_form_is_read)
{
    struct place p;
    struct tw_buf b;
    struct tw_spec s;
    start(&p);
    put(&p, "kpi.py", "def prb_utilisation(used, avail):\n    return 0\n");
    tw_buf_init(&b, 1u << 20);
    build(&b, SIZE_MAX, "");
    CHECK(load(&p, &s, tw_buf_text(&b)) == TW_OK);
    printf("# %s\n", p.err.msg);
    CHECK(strcmp(s.id, "RAN-KPI") == 0 && s.n_tests == 1);
    CHECK(s.n_code == 1 && strstr(s.code[0], "kpi.py") != NULL);
    CHECK(s.n_data == 1 && s.data[0]->window == 96);
    CHECK(s.data[0]->trial.n_files == 1 && s.data[0]->trial.n_counters == 2);
    CHECK_NEAR(s.data[0]->period_s, 900.0, 0.0);
    const struct tw_spec_test *t = &s.tests[0];
    CHECK(t->n_requirement == 1 && t->n_tags == 2);
    CHECK(t->call.n_params == 2 && t->n_oracles == 6);
    CHECK(t->call.params[1].input.kind == TW_SPEC_INPUT_COUNTER);
    CHECK(t->sample.recorded == 5 && t->sample.synthetic == 20);
    CHECK(strcmp(t->sample.between[1], "1") == 0 && t->sample.n_edge == 4);
    CHECK_NEAR(t->oracles[0].abs_tol, 1e-6, 0.0);
    CHECK(t->oracles[2].change[0] && !t->oracles[2].change[1]);
    CHECK(t->oracles[3].args[1] && t->oracles[3].value);
    CHECK(t->oracles[5].n_cases == 1);
    CHECK(t->accept.repeat == 5);
    CHECK_NEAR(t->accept.timeout_s, 10.0, 0.0);
    CHECK(strlen(t->sha256) == 64 && strlen(s.sha256) == 64);
    CHECK(t->oracles[1].pos.line == 40 && t->pos.line == 17);
    tw_buf_release(&b);
    stop(&p);
}

TEST(every_damaged_line_is_refused_at_its_place)
{
    struct place p;
    struct tw_buf b;
    start(&p);
    put(&p, "kpi.py", "");
    tw_buf_init(&b, 1u << 20);
    for (size_t i = 0; i < TW_ARRAY_LEN(full); i++) {
        char line[300], where[80];
        struct tw_spec s;
        const char *eq = strchr(full[i], '=');
        if (full[i][0] == '[' || !eq || full[i][0] == '"')
            continue;
        /* A key that nobody knows. */
        snprintf(line, sizeof(line), "zzz%s", full[i]);
        build(&b, i, line);
        enum tw_status st = load(&p, &s, tw_buf_text(&b));
        CHECK(st == TW_EFORMAT);
        if (i == 0)
            continue;
        snprintf(where, sizeof(where), "s.toml:%zu:", i + 1);
        if (!strstr(p.err.msg, where))
            printf("# line %zu: %s\n", i + 1, p.err.msg);
        CHECK(strstr(p.err.msg, where) != NULL);
    }
    tw_buf_release(&b);
    stop(&p);
}

TEST(missing_samples_are_what_the_data_set_says)
{
    static const char *const lines[] = { "", "missing = \"none\"\n",
                                         "missing = \"skip\"\n",
                                         "missing = \"nan\"\n" };
    static const enum tw_spec_missing wants[] = { TW_SPEC_MISSING_NONE,
                                                  TW_SPEC_MISSING_NONE,
                                                  TW_SPEC_MISSING_SKIP,
                                                  TW_SPEC_MISSING_NAN };
    struct place p;
    start(&p);
    for (size_t i = 0; i < TW_ARRAY_LEN(lines); i++) {
        char text[300];
        struct tw_spec s;
        snprintf(text, sizeof(text),
                 "spec = 1\n[data.d]\nfiles = \"site42_a.csv\"\n%s"
                 "[[test]]\nid = \"T\"\ndescription = \"d\"\n"
                 "call = \"f(x: float) -> float\"\n"
                 "inputs.x = { data = \"d\", counter = \"X\" }\n",
                 lines[i]);
        CHECK(load(&p, &s, text) == TW_OK);
        CHECK(s.n_data == 1 && s.data[0]->missing == wants[i]);
    }
    stop(&p);
}

TEST(wrong_types_and_names_are_refused_with_the_nearest_name)
{
    static const struct {
        size_t line; /* 1-based */
        const char *text;
        const char *message;
    } cases[] = {
        { 11, "grup = \"cell_id\"", "'group'" },
        { 13, "window = \"96\"", "window" },
        { 13, "window = -1", "window" },
        { 12, "period = \"15parsec\"", "period" },
        { 13, "missing = \"None\"", "\"none\", \"skip\" or \"nan\"" },
        { 18, "id = \"a b\"", "'id'" },
        { 9, "files = \"none_*.csv\"", "no file matches" },
        { 29, "usd = { data = \"trial\", counter = \"RRU.PrbUsedDl\" }",
          "unknown parameter 'usd', did you mean 'used'" },
        { 29, "used = { data = \"trail\", counter = \"RRU.PrbUsedDl\" }",
          "did you mean 'trial'" },
        { 29, "used = { data = \"trial\", counter = \"RRU.PrbUsdDl\" }",
          "did you mean 'RRU.PrbUsedDl'" },
        { 29, "used = { value = 3.0 }", "not list[float]" },
        { 29, "used = { counter = \"RRU.PrbUsedDl\" }", "{ data, counter }" },
        { 34, "edge = [\"emty\"]", "did you mean 'empty'" },
        { 32, "recorded = \"five\"", "recorded" },
        { 37, "kind = \"exprr\"", "did you mean 'expr'" },
        { 37, "kind = \"regression\"", "is not supported by this version" },
        { 37, "kind = \"reference\"", "expect" },
        { 49, "args = { used = [10.0], avial = [1.0] }", "'avail'" },
        { 49, "args = { used = [10.0] }", "lacks parameter 'avail'" },
        { 49, "args = { used = \"x\", avail = [1.0] }", "'used' is a string" },
        { 54, "expect = \"not a name\"", "exception" },
        { 60, "repeat = 0", "repeat" },
        { 62, "timeout = \"soon\"", "timeout" },
        { 5, "language = \"cobol\"", "not supported" },
        { 18, "id = \"a\"\nallow = [\"os.path\", \"a b\"]", "not 'a b'" },
        { 18, "id = \"a\"\nallow = [\"os.\"]", "not 'os.'" },
        { 18, "id = \"a\"\nallow = [3]", "'allow' must hold strings" },
        { 1, "spec = 2", "spec = 1" },
        { 27, "domain = \"all\"", "'domain' is \"seen\" or \"any\"" },
    };
    struct place p;
    struct tw_buf b;
    start(&p);
    put(&p, "kpi.py", "");
    tw_buf_init(&b, 1u << 20);
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        struct tw_spec s;
        build(&b, cases[i].line - 1, cases[i].text);
        CHECK(load(&p, &s, tw_buf_text(&b)) == TW_EFORMAT);
        bool named = strstr(p.err.msg, cases[i].message) != NULL &&
                     strstr(p.err.msg, ".toml") != NULL;
        if (!named)
            printf("# case %zu: %s\n", i, p.err.msg);
        CHECK(named);
    }
    tw_buf_release(&b);
    stop(&p);
}

static const char short_form[] =
    "spec = 1\n[[test]]\nid = \"T1\"\n"
    "description = \"Return the longest run below a limit.\"\n"
    "call = \"longest_outage(thp: list[float], limit: float) -> int\"\n"
    "inputs.thp = { file = \"site42_a.csv\", counter = \"X\" }\n"
    "inputs.limit = { value = 1.0 }\n";

TEST(short_form_is_read)
{
    struct place p;
    struct tw_spec s;
    start(&p);
    CHECK(load(&p, &s, short_form) == TW_OK);
    printf("# %s\n", p.err.msg);
    CHECK(s.n_data == 1 && s.data[0]->trial.n_files == 1);
    CHECK(strcmp(s.id, "s") == 0);
    CHECK(s.tests[0].n_oracles == 0);
    CHECK(s.tests[0].call.params[1].input.n_values == 1);
    CHECK(s.tests[0].sample.recorded == -1);
    stop(&p);
}

TEST(fingerprint_ignores_layout_but_not_content)
{
    struct place p;
    struct tw_spec s, t;
    start(&p);
    CHECK(load(&p, &s, short_form) == TW_OK);
    struct tw_buf b;
    tw_buf_init(&b, 1u << 20);
    tw_buf_addf(&b, "# a remark\n%s# end\n", short_form);
    CHECK(load(&p, &t, tw_buf_text(&b)) == TW_OK);
    CHECK(strcmp(s.tests[0].sha256, t.tests[0].sha256) == 0);
    CHECK(strcmp(s.sha256, t.sha256) != 0);
    tw_buf_addf(&b, "require = \"limit > 0\"\n");
    CHECK(load(&p, &t, tw_buf_text(&b)) == TW_OK);
    CHECK(strcmp(s.tests[0].sha256, t.tests[0].sha256) != 0);
    tw_buf_release(&b);
    stop(&p);
}

TEST(counters_are_checked_against_the_trial)
{
    struct place p;
    struct tw_spec s;
    struct tw_trial_counter counters[2] = { { .name = "Y" }, { .name = "XX" } };
    struct tw_trial t = { .counters = counters, .n_counters = 2 };
    start(&p);
    CHECK(load(&p, &s, short_form) == TW_OK);
    CHECK(tw_spec_check(&s, 0, &t, &p.err) == TW_EFORMAT);
    CHECK(strstr(p.err.msg, "s.toml:6:") != NULL);
    CHECK(strstr(p.err.msg, "unknown counter 'X'") != NULL);
    counters[0].name = "X";
    CHECK(tw_spec_check(&s, 0, &t, &p.err) == TW_OK);
    stop(&p);
}

static const char project[] =
    "project = 1\ntitle = \"P\"\nspecs = [\"s.toml\", \"t.toml\"]\n"
    "[data.trial]\nfiles = \"site42_a.csv\"\n"
    "[synth]\nsteps = 100\nlr = 1e-3\n[writer]\ncandidates = 3\n";

static const char shared_spec[] =
    "spec = 1\n[[test]]\nid = \"%s\"\ndescription = \"d\"\n"
    "call = \"f(x: float) -> float\"\n"
    "inputs.x = { data = \"trial\", counter = \"X\" }\n";

static void put_shared(struct place *p, const char *name, const char *id)
{
    struct tw_buf b;
    tw_buf_init(&b, 4096);
    const char *hole = strstr(shared_spec, "%s");
    tw_buf_add(&b, shared_spec, (size_t)(hole - shared_spec));
    tw_buf_adds(&b, id);
    tw_buf_adds(&b, hole + 2);
    put(p, name, tw_buf_text(&b));
    tw_buf_release(&b);
}

TEST(project_shares_data_with_its_specifications)
{
    struct place p;
    struct tw_project q;
    start(&p);
    put(&p, "p.toml", project);
    put_shared(&p, "s.toml", "A");
    put_shared(&p, "t.toml", "B");
    CHECK(tw_project_load(&q, &p.a, path_of(&p, "p.toml"), &p.err) == TW_OK);
    printf("# %s\n", p.err.msg);
    CHECK(q.n_specs == 2 && q.n_data == 1 && q.synth.steps == 100);
    CHECK(q.specs[0].n_data == 1);
    CHECK(q.specs[0].data[0]->trial.files == q.data[0]->trial.files);
    CHECK(q.writer.candidates == 3);
    CHECK_NEAR(q.writer.temperature, -1.0, 0.0);
    CHECK(strcmp(q.writer.model, "builtin") == 0);
    stop(&p);
}

TEST(project_says_what_is_enough)
{
    static const struct {
        const char *line;
        enum tw_status want;
        bool exact_only;
    } cases[] = {
        { "", TW_OK, false },
        { "accept = \"weak\"\n", TW_OK, false },
        { "accept = \"exact\"\n", TW_OK, true },
        { "accept = \"all\"\n", TW_EFORMAT, false },
        { "accept = 1\n", TW_EFORMAT, false },
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        struct place p;
        struct tw_project q;
        char text[sizeof(project) + 40];
        start(&p);
        snprintf(text, sizeof(text), "%s%s", cases[i].line, project);
        put(&p, "p.toml", text);
        put_shared(&p, "s.toml", "A");
        put_shared(&p, "t.toml", "B");
        CHECK(tw_project_load(&q, &p.a, path_of(&p, "p.toml"), &p.err) ==
              cases[i].want);
        CHECK(q.exact_only == cases[i].exact_only);
        stop(&p);
    }
}

/* Like all paths of a project; names of models stay names, and what the
 * numbers say is taken at its word. */
TEST(paths_of_models_are_relative_to_the_project)
{
    static const struct {
        const char *said, *meant;
    } cases[] = {
        { "builtin", "builtin" },
        { "replay:answers.jsonl", "replay:%s/answers.jsonl" },
        { "replay:../a b.jsonl", "replay:%s/../a b.jsonl" },
        { "replay:/tmp/a.jsonl", "replay:/tmp/a.jsonl" },
        { "m.gguf", "%s/m.gguf" },
        { "models/m", "%s/models/m" },
        { "/opt/m.gguf", "/opt/m.gguf" },
        { "./m", "%s/./m" },
        { "p.toml", "%s/p.toml" }, /* it exists */
        { "http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1" },
        { "https://a.example/v1", "https://a.example/v1" },
        { "qwen-coder-1.5b", "qwen-coder-1.5b" },
    };

    struct place p;

    start(&p);
    const char *dir = tw_file_dirname(&p.a, path_of(&p, "p.toml"));
    put_shared(&p, "s.toml", "A");
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        struct tw_project q;
        char text[512], meant[1024];

        snprintf(text, sizeof(text),
                 "project = 1\nspecs = [\"s.toml\"]\n[data.trial]\n"
                 "files = [\"a.csv\"]\ntime = \"t\"\n[synth]\nseed = 0\n"
                 "[writer]\nmodel = \"%s\"\n",
                 cases[i].said);
        put(&p, "p.toml", text);
        put(&p, "a.csv", "t,X\n0,1\n1,2\n");
        const char *hole = strstr(cases[i].meant, "%s");
        snprintf(meant, sizeof(meant), "%s", cases[i].meant);
        if (hole)
            snprintf(meant, sizeof(meant), "%.*s%s%s",
                     (int)(hole - cases[i].meant), cases[i].meant, dir,
                     hole + 2);
        enum tw_status st =
            tw_project_load(&q, &p.a, path_of(&p, "p.toml"), &p.err);
        if (st != TW_OK || strcmp(q.writer.model, meant) != 0)
            printf("# %s: %s\n", cases[i].said, p.err.msg);
        CHECK(st == TW_OK && strcmp(q.writer.model, meant) == 0);
        CHECK(st == TW_OK && q.synth.seed == 0 && q.writer.seed == -1);
    }
    stop(&p);
}

TEST(project_refuses_an_id_used_twice)
{
    struct place p;
    struct tw_project q;
    start(&p);
    put(&p, "p.toml", project);
    put_shared(&p, "s.toml", "A");
    put_shared(&p, "t.toml", "A");
    CHECK(tw_project_load(&q, &p.a, path_of(&p, "p.toml"), &p.err) ==
          TW_EFORMAT);
    CHECK(strstr(p.err.msg, "t.toml:2:") && strstr(p.err.msg, "'A'"));
    stop(&p);
}

/* Does the list have this at LINE:COLUMN? */
static bool has(const struct tw_spec_findings *f, const char *line)
{
    char text[500];
    for (size_t i = 0; i < f->n; i++) {
        snprintf(text, sizeof(text), "%u:%u: %s", f->list[i].pos.line,
                 f->list[i].pos.column, f->list[i].reason);
        if (strstr(text, line))
            return true;
    }
    printf("# lacks: %s\n", line);
    return false;
}

static const char many_mistakes[] =
    "spec = 1\nspeck = 2\n[suite]\nlanguage = \"c\"\n"
    "[data.d]\nfiles = \"site42_a.csv\"\nwindow = 0\nwindo = 1\n"
    "[[test]]\nid = \"A 1\"\ndescripton = \"x\"\n"
    "call = \"f(x float) -> int\"\n"
    "[[test.oracle]]\nkind = \"exprr\"\nexpect = \"sum(x\"\n"
    "[[test.oracle]]\nkind = \"property\"\n"
    "[[test]]\nid = \"W_1\"\ndescription = \"x\"\n"
    "call = \"f(x: int, y: int = 2) -> int\"\n"
    "inputs.z = { value = 1 }\n"
    "sample.synthetic = { cluster = \"one\" }\n"
    "accept = { tcer = 2.0, repeat = 0 }\n"
    "[[test.oracle]]\nkind = \"example\"\nargs = { x = \"a\" }\nexpect = 1\n"
    "[[test]]\nid = \"w.1\"\ndescription = \"x\"\ncall = \"f() -> int\"\n"
    "require = \"  \"\n";

TEST(all_mistakes_of_a_file_are_told)
{
    struct place p;
    struct tw_project q;
    struct tw_spec_findings f;
    start(&p);
    put(&p, "s.toml", many_mistakes);
    tw_spec_findings_init(&f, &p.a);
    CHECK(tw_project_check(&q, &p.a, path_of(&p, "s.toml"), &f, &p.err) ==
          TW_OK);
    CHECK(has(&f, "2:1: unknown key 'speck'"));
    CHECK(has(&f, "4:1: language 'c'"));
    CHECK(has(&f, "7:1: 'window' must lie in"));
    CHECK(has(&f, "8:1: unknown key 'windo' in [data.NAME], did you mean "
                  "'window'?"));
    CHECK(has(&f, "10:1: 'id' must be 1 to 64"));
    CHECK(has(&f, "11:1: unknown key 'descripton'"));
    CHECK(has(&f, "12:1: 'x float' in 'call' is no parameter name"));
    CHECK(has(&f, "14:1: unknown oracle kind 'exprr', did you mean 'expr'?"));
    CHECK(has(&f, "16:1: an oracle of this kind needs 'that'"));
    CHECK(has(&f, "22:8: unknown parameter 'z'"));
    CHECK(has(&f, "23:22: 'one' is no number of a cluster"));
    CHECK(has(&f, "24:12: 'tcer' must lie in 0..1"));
    CHECK(has(&f, "24:24: 'repeat' must lie in 1..100"));
    CHECK(has(&f, "27:10: 'x' is a string, not int"));
    CHECK(has(&f, "29:1: the test ids 'W_1' and 'w.1' name one script file"));
    CHECK(has(&f, "33:1: 'require' is empty"));
    CHECK(f.n == 16 && f.n_errors == 16);
    CHECK(q.n_specs == 1 && q.specs[0].n_tests == 3);
    for (size_t i = 0; i < 3; i++)
        CHECK(q.specs[0].tests[i].broken);
    /* Who asks without a list gets the first of them, as run does. */
    CHECK(tw_project_load(&q, &p.a, path_of(&p, "s.toml"), &p.err) ==
          TW_EFORMAT);
    CHECK(strstr(p.err.msg, "s.toml:2:1: unknown key 'speck'"));
    stop(&p);
}

TEST(ids_of_two_files_may_not_name_one_script)
{
    struct place p;
    struct tw_project q;
    struct tw_spec_findings f;
    start(&p);
    put(&p, "p.toml", project);
    put_shared(&p, "s.toml", "KPI.1");
    put_shared(&p, "t.toml", "kpi_1");
    tw_spec_findings_init(&f, &p.a);
    CHECK(tw_project_check(&q, &p.a, path_of(&p, "p.toml"), &f, &p.err) ==
          TW_OK);
    CHECK(f.n == 1 && strstr(f.list[0].pos.file, "t.toml"));
    CHECK(has(&f, "2:1: the test ids 'kpi_1' and 'KPI.1' in"));
    CHECK(tw_project_load(&q, &p.a, path_of(&p, "p.toml"), &p.err) ==
          TW_EFORMAT);
    put_shared(&p, "t.toml", "KPI-1"); /* another file name */
    CHECK(tw_project_load(&q, &p.a, path_of(&p, "p.toml"), &p.err) == TW_OK);
    stop(&p);
}

/* What can be read of one file is checked although another is no TOML. */
TEST(a_file_with_a_slip_in_its_syntax_hides_no_other)
{
    struct place p;
    struct tw_project q;
    struct tw_spec_findings f;
    start(&p);
    put(&p, "p.toml", project);
    put(&p, "s.toml", "spec = = 1\n");
    put_shared(&p, "t.toml", "a b");
    tw_spec_findings_init(&f, &p.a);
    CHECK(tw_project_check(&q, &p.a, path_of(&p, "p.toml"), &f, &p.err) ==
          TW_OK);
    tw_spec_findings_sort(&f);
    CHECK(f.n == 2);
    CHECK(f.n == 2 && strstr(f.list[0].pos.file, "s.toml") &&
          f.list[0].pos.column == 8);
    CHECK(f.n == 2 && strstr(f.list[1].pos.file, "t.toml"));
    CHECK(tw_project_check(&q, &p.a, path_of(&p, "none.toml"), &f, &p.err) ==
          TW_EIO);
    stop(&p);
}

TEST(findings_are_bounded_and_each_is_told_once)
{
    struct tw_arena a;
    struct tw_spec_findings f;
    struct tw_spec_pos pos = { "f", 1, 1 };
    tw_arena_init(&a, 1u << 20);
    tw_spec_findings_init(&f, &a);
    for (unsigned i = 0; i < 2 * TW_SPEC_FINDINGS_MAX; i++) {
        pos.line = 1 + i / 2;
        CHECK(tw_spec_found(&f, TW_SPEC_ERROR, pos, "x") == TW_OK);
    }
    CHECK(f.n == TW_SPEC_FINDINGS_MAX && !f.n_lost);
    pos.line = 0;
    CHECK(tw_spec_found(&f, TW_SPEC_WARNING, pos, "y") == TW_OK);
    CHECK(f.n_lost == 1 && f.n_errors == TW_SPEC_FINDINGS_MAX);
    tw_arena_release(&a);
    tw_arena_init(&a, 128);
    tw_spec_findings_init(&f, &a);
    CHECK(tw_spec_found(&f, TW_SPEC_ERROR, pos, "x") == TW_ENOMEM);
    tw_arena_release(&a);
}

TEST(specification_alone_is_a_project)
{
    struct place p;
    struct tw_project q;
    start(&p);
    put(&p, "s.toml", short_form);
    CHECK(tw_project_load(&q, &p.a, path_of(&p, "s.toml"), &p.err) == TW_OK);
    CHECK(q.n_specs == 1 && q.n_data == 1);
    CHECK(strcmp(q.writer.model, "builtin") == 0);
    put(&p, "s.toml", "x = 1\n");
    CHECK(tw_project_load(&q, &p.a, path_of(&p, "s.toml"), &p.err) ==
          TW_EFORMAT);
    put(&p, "s.toml", "");
    CHECK(tw_project_load(&q, &p.a, path_of(&p, "s.toml"), &p.err) ==
          TW_EFORMAT);
    CHECK(tw_project_load(&q, &p.a, path_of(&p, "absent.toml"), &p.err) ==
          TW_EIO);
    stop(&p);
}

TEST(reading_survives_a_full_arena)
{
    struct place p;
    start(&p);
    put(&p, "p.toml", project);
    put_shared(&p, "s.toml", "A");
    put_shared(&p, "t.toml", "B");
    const char *path = path_of(&p, "p.toml");
    enum tw_status st = TW_ENOMEM;
    size_t n = 0;
    for (size_t limit = 0; st != TW_OK && n < 4000; limit += 4096, n++) {
        struct tw_arena a;
        struct tw_project q;
        tw_arena_init(&a, limit);
        st = tw_project_load(&q, &a, path, NULL);
        CHECK(st == TW_OK || st == TW_ENOMEM);
        tw_arena_release(&a);
    }
    CHECK(st == TW_OK);
    stop(&p);
}

TEST(findings_survive_a_full_arena)
{
    struct place p;
    enum tw_status st = TW_ENOMEM;
    start(&p);
    put(&p, "s.toml", many_mistakes);
    const char *path = path_of(&p, "s.toml");
    for (size_t limit = 0; limit < 200000 && st != TW_OK; limit += 61) {
        struct tw_arena a;
        struct tw_project q;
        struct tw_spec_findings f;
        tw_arena_init(&a, limit);
        tw_spec_findings_init(&f, &a);
        st = tw_project_check(&q, &a, path, &f, &p.err);
        CHECK(st == TW_OK || st == TW_ENOMEM);
        CHECK(st != TW_OK || f.n == 16);
        tw_arena_release(&a);
    }
    CHECK(st == TW_OK);
    stop(&p);
}

TEST(examples_of_this_project_are_valid)
{
    static const char *const names[] = {
        "examples/figure5/project.toml",
        "examples/figure5/battery.toml",
    };
    const char *root = getenv("TW_SOURCE");
    for (size_t i = 0; root && i < TW_ARRAY_LEN(names); i++) {
        struct tw_arena a;
        struct tw_project q;
        struct tw_err err = { 0 };
        tw_arena_init(&a, 16u << 20);
        CHECK(tw_project_load(&q, &a, tw_file_join(&a, root, names[i]), &err) ==
              TW_OK);
        if (err.msg[0])
            printf("# %s\n", err.msg);
        tw_arena_release(&a);
    }
}

TEST_MAIN(
    RUN(full_form_is_read); RUN(every_damaged_line_is_refused_at_its_place);
    RUN(missing_samples_are_what_the_data_set_says);
    RUN(wrong_types_and_names_are_refused_with_the_nearest_name);
    RUN(short_form_is_read); RUN(fingerprint_ignores_layout_but_not_content);
    RUN(counters_are_checked_against_the_trial);
    RUN(project_shares_data_with_its_specifications);
    RUN(paths_of_models_are_relative_to_the_project);
    RUN(project_refuses_an_id_used_twice); RUN(all_mistakes_of_a_file_are_told);
    RUN(ids_of_two_files_may_not_name_one_script);
    RUN(a_file_with_a_slip_in_its_syntax_hides_no_other);
    RUN(findings_are_bounded_and_each_is_told_once);
    RUN(specification_alone_is_a_project); RUN(reading_survives_a_full_arena);
    RUN(findings_survive_a_full_arena); RUN(project_says_what_is_enough);
    RUN(examples_of_this_project_are_valid);)
