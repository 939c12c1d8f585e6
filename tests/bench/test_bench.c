/* test_bench.c - the engine, its journal, figures, tables and prompts. */
#include "../tasks/bench_file.h"
#include "base/fault.h"
#include "bench/bench.h"
#include "bench/bench_prompt.h"
#include "bench/bench_report.h"
#include "bench/bench_row.h"
#include "bench/bench_stats.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct tw_jail *jail;

/* Five answers to three tasks: right, wrong, equal to the first, no program,
 * and empty. */
static const struct tw_sample answers[] = {
    { 2, 0, "", 0, false, -1 },
    { 0, 0, "    return 1 + x\n", 17, false, 1 },
    { 0, 1, "    return x\n", 13, false, 1 },
    { 0, 2, "    return 1 + x\n", 17, false, 0 },
    { 1, 0, "    return (\n", 13, false, 0 },
};
enum { N = TW_ARRAY_LEN(answers) };

struct run {
    struct tw_taskset set;
    struct tw_bench_job job;
    struct tw_bench_result result;
    struct tw_err err;
};

static bool run_open(struct run *r)
{
    struct tw_err err;

    memset(r, 0, sizeof(*r));
    if (load_text(&r->set, OWN_TASKS, "humaneval", &err) != TW_OK)
        return false;
    r->job = (struct tw_bench_job){
        .grader = { .jail = jail, .set = &r->set, .options.go_on = true },
        .samples = answers,
        .n_samples = N,
        .inputs = "aa"
    };
    return true;
}

static void run_close(struct run *r)
{
    tw_bench_release(&r->result);
    tw_taskset_release(&r->set);
}

static void remove_folder(void)
{
    (void)unlink("run/judged-0.jsonl");
    (void)unlink("run/judged-1.jsonl");
    (void)rmdir("run");
}

static enum tw_status again(struct run *r)
{
    tw_bench_release(&r->result);
    memset(&r->err, 0, sizeof(r->err));
    return tw_bench_run(&r->result, &r->job, &r->err);
}

TEST(rows_are_in_order_and_equal_programs_are_judged_once)
{
    struct run r;

    if (!jail || !run_open(&r))
        return;
    CHECK(tw_bench_run(&r.result, &r.job, NULL) == TW_OK);
    CHECK(r.result.n == N);
    for (size_t i = 1; i < r.result.n; i++) {
        const struct tw_bench_row *a = &r.result.rows[i - 1], *b = a + 1;
        CHECK(a->task < b->task || (a->task == b->task && a->index < b->index));
    }
    CHECK(tw_bench_passed(&r.result.rows[0]));
    CHECK(!tw_bench_passed(&r.result.rows[1]));
    CHECK(tw_bench_passed(&r.result.rows[2]));
    CHECK(strcmp(r.result.rows[0].key, r.result.rows[2].key) == 0);
    CHECK(r.result.rows[3].grade.finding.cause == TW_CAUSE_SYNTAX);
    CHECK(r.result.rows[4].empty && !tw_bench_passed(&r.result.rows[4]));
    for (size_t i = 0; i < r.result.n_tasks; i++)
        CHECK(tw_bench_passed(&r.result.references[i]));
    CHECK(r.result.n_programs == 7 && r.result.n_judged == 7);
    run_close(&r);
}

TEST(the_journal_saves_the_work_and_refuses_other_inputs)
{
    struct run r;

    if (!jail || !run_open(&r))
        return;
    r.job.folder = "run";
    CHECK(again(&r) == TW_OK && r.result.n_judged == 7);
    CHECK(again(&r) == TW_OK && r.result.n_judged == 0);
    CHECK(tw_bench_passed(&r.result.rows[0]));
    CHECK(r.result.rows[3].grade.finding.cause == TW_CAUSE_SYNTAX);
    CHECK(r.result.references[0].grade.n_asserts == 1);
    r.job.inputs = "bb";
    CHECK(again(&r) == TW_EINVAL);
    CHECK(strstr(r.err.msg, "other inputs") != NULL);
    remove_folder();
    run_close(&r);
}

TEST(a_torn_line_is_forgotten_and_judged_again)
{
    struct tw_buf text;
    struct run r;

    if (!jail || !run_open(&r))
        return;
    r.job.folder = "run";
    CHECK(again(&r) == TW_OK);
    tw_buf_init(&text, 1u << 20);
    CHECK(tw_file_read(&text, "run/judged-0.jsonl", NULL) == TW_OK);
    for (size_t cut = 1; cut < text.len; cut += 601) {
        CHECK(tw_file_write("run/judged-0.jsonl", text.bytes, cut, NULL) ==
              TW_OK);
        CHECK(again(&r) == TW_OK);
        CHECK(tw_bench_passed(&r.result.rows[0]));
        CHECK(again(&r) == TW_OK && r.result.n_judged == 0);
    }
    tw_buf_release(&text);
    remove_folder();
    run_close(&r);
}

TEST(a_journal_of_something_else_is_refused_with_its_name)
{
    static const char *const texts[] = {
        "not json\n",
        "{}\n",
        "[1, 2]\n",
        "{\"inputs\": 3}\n",
        "{\"inputs\": \"aa\"}\nnot json\n",
    };
    struct run r;

    if (!run_open(&r))
        return;
    r.job.folder = "run";
    CHECK(tw_file_mkdirs("run", NULL) == TW_OK);
    for (size_t i = 0; i < TW_ARRAY_LEN(texts); i++) {
        CHECK(put_file("run/judged-1.jsonl", texts[i]));
        CHECK(again(&r) == TW_EFORMAT);
        CHECK(strstr(r.err.msg, "judged-1.jsonl") != NULL);
    }
    remove_folder();
    run_close(&r);
}

TEST(a_verdict_that_no_one_gives_is_refused)
{
    static const char *const texts[] = {
        "{\"verdict\": \"passed\", \"cause\": \"none\"}",
        "{\"verdict\": \"pass\", \"cause\": \"luck\"}",
        "{\"verdict\": 1}",
        "{}",
    };
    struct tw_bench_row row = { 0 };

    for (size_t i = 0; i < TW_ARRAY_LEN(texts); i++) {
        struct tw_json *v;
        CHECK(tw_json_parse(&v, texts[i], strlen(texts[i]), NULL) == TW_OK);
        CHECK(tw_bench_row_read(&row, v, NULL) == TW_EFORMAT);
        tw_json_free(v);
    }
}

TEST(a_finding_reads_back_as_it_was_written)
{
    struct tw_bench_row row = { .clean = true, .again = true }, back = { 0 };
    struct tw_finding *f = &row.grade.finding;
    struct tw_json_out out;
    struct tw_json *v;
    struct tw_buf b;

    tw_buf_init(&b, 1u << 16);
    f->end = TW_END_LIMIT;
    f->cause = TW_CAUSE_LIMIT;
    f->line = 7;
    f->cpu_ms = 0.1;
    snprintf(f->text, sizeof(f->text), "a \"limit\"\n\x01\xc3\xa4");
    row.grade.n_passed = 3;
    row.grade.n_asserts = 5;
    row.grade.loaded = true;
    tw_json_out_init(&out, &b);
    tw_json_out_object(&out, NULL);
    tw_bench_row_finding_out(&out, &row);
    tw_json_out_end(&out);
    tw_json_out_done(&out);
    CHECK(tw_json_parse(&v, tw_buf_text(&b), b.len, NULL) == TW_OK);
    CHECK(tw_bench_row_read(&back, v, NULL) == TW_OK);
    tw_json_free(v);
    tw_buf_release(&b);
    CHECK(memcmp(&row, &back, sizeof(row)) == 0);
}

static bool stop_at_two(void *ctx, const char *stage, size_t done, size_t total,
                        const char *text)
{
    (void)ctx;
    (void)stage;
    (void)total;
    (void)text;
    return done < 2;
}

TEST(a_stop_keeps_what_was_judged)
{
    struct tw_progress stop = { .step = stop_at_two };
    struct run r;

    if (!jail || !run_open(&r))
        return;
    r.job.folder = "run";
    r.job.progress = &stop;
    CHECK(again(&r) == TW_ECANCELED);
    r.job.progress = NULL;
    CHECK(again(&r) == TW_OK && r.result.n_judged == 5);
    remove_folder();
    run_close(&r);
}

TEST(threads_change_nothing)
{
    struct tw_buf a, b;
    struct run r;

    if (!jail || !run_open(&r))
        return;
    tw_buf_init(&a, 1u << 20);
    tw_buf_init(&b, 1u << 20);
    CHECK(again(&r) == TW_OK);
    for (size_t i = 0; i < N; i++)
        tw_buf_addf(&a, "%s %zu %d\n", r.result.rows[i].key,
                    r.result.rows[i].grade.n_passed,
                    (int)r.result.rows[i].grade.finding.cause);
    CHECK(tw_pool_new(&r.job.pool, 4, NULL) == TW_OK);
    CHECK(again(&r) == TW_OK);
    for (size_t i = 0; i < N; i++)
        tw_buf_addf(&b, "%s %zu %d\n", r.result.rows[i].key,
                    r.result.rows[i].grade.n_passed,
                    (int)r.result.rows[i].grade.finding.cause);
    CHECK(strcmp(tw_buf_text(&a), tw_buf_text(&b)) == 0);
    tw_pool_free(r.job.pool);
    tw_buf_release(&a);
    tw_buf_release(&b);
    run_close(&r);
}

TEST(a_lost_answer_is_a_failure_and_our_fault_is_none)
{
    enum tw_cause lost[N] = { TW_CAUSE_NONE, TW_CAUSE_NO_CODE, TW_CAUSE_HARNESS,
                              TW_CAUSE_NONE, TW_CAUSE_NONE };
    struct tw_bench_stats_options o = { .k = { 1, 2 }, .n_k = 2 };
    struct tw_bench_stats s;
    struct run r;

    if (!jail || !run_open(&r))
        return;
    r.job.lost = lost;
    CHECK(again(&r) == TW_OK);
    CHECK(r.result.rows[0].grade.finding.cause == TW_CAUSE_NO_CODE);
    CHECK(r.result.rows[0].grade.finding.end == TW_END_FAIL);
    CHECK(!r.result.rows[0].grade.loaded);
    CHECK(tw_bench_stats(&s, &r.result, &o, NULL) == TW_OK);
    CHECK(s.n_harness == 1 && s.n_samples == 4 && s.n_passed == 1);
    CHECK(s.causes[TW_CAUSE_HARNESS] == 0);
    run_close(&r);
}

/* Task 1 has no canonical solution in the set, task 2 nothing but blanks. */
TEST(a_task_without_a_canonical_solution_has_no_reference)
{
    struct tw_bench_stats_options o = { .k = { 1 }, .n_k = 1 };
    struct tw_bench_stats s;
    struct run r;
    char variant[96];

    if (!jail || !run_open(&r))
        return;
    r.set.tasks[1].canonical = "";
    r.set.tasks[2].canonical = " \n";
    CHECK(again(&r) == TW_OK);
    CHECK(!r.result.references[0].absent && r.result.references[1].absent &&
          r.result.references[2].absent);
    CHECK(tw_bench_meteor(&r.result, variant, &r.job, &r.err) == TW_OK);
    for (size_t i = 0; i < r.result.n; i++)
        CHECK(isnan(r.result.rows[i].meteor) == (r.result.rows[i].task != 0));
    CHECK(tw_bench_stats(&s, &r.result, &o, NULL) == TW_OK);
    CHECK(s.n_absent == 2 && s.n_bad_tasks == 0 && s.n_unknown == 0);
    CHECK(s.measures[TW_BENCH_METEOR].value > 0.3);
    run_close(&r);
}

/* ---- figures, by hand ---- */

enum { T = 4 };

/* Task 0: 2 of 4 samples pass; task 1: one sample, 3 of 10 assertions; task 2:
 * more assertions than the reference; task 3: no sample. */
static void make_result(struct tw_bench_result *r, struct tw_bench_row *rows,
                        struct tw_bench_row *references)
{
    static const struct {
        size_t task, passed, executed;
        bool pass, loaded, clean, empty;
        int recorded;
    } table[] = {
        { 0, 4, 4, true, true, true, false, 1 },
        { 0, 4, 4, true, true, true, false, 0 },
        { 0, 2, 4, false, true, true, false, -1 },
        { 0, 0, 0, false, false, false, false, 0 },
        { 1, 3, 5, false, true, false, false, -1 },
        { 2, 3, 6, false, true, true, true, 1 },
    };

    memset(r, 0, sizeof(*r));
    memset(rows, 0, 8 * sizeof(*rows));
    memset(references, 0, T * sizeof(*references));
    for (size_t i = 0; i < TW_ARRAY_LEN(table); i++) {
        rows[i].task = table[i].task;
        rows[i].recorded = table[i].recorded;
        rows[i].empty = table[i].empty;
        rows[i].clean = table[i].clean;
        rows[i].grade.loaded = table[i].loaded;
        rows[i].grade.n_passed = table[i].passed;
        rows[i].grade.n_asserts = table[i].executed;
        rows[i].grade.finding.end = table[i].pass ? TW_END_PASS : TW_END_FAIL;
        rows[i].grade.finding.cause =
            table[i].pass ? TW_CAUSE_NONE : TW_CAUSE_ASSERTION;
        rows[i].meteor = 0.5;
    }
    for (size_t i = 0; i < T; i++) {
        static const size_t n_asserts[T] = { 4, 10, 3, 8 };
        references[i].task = i;
        references[i].grade.n_asserts = n_asserts[i];
    }
    *r = (struct tw_bench_result){ .rows = rows,
                                   .n = TW_ARRAY_LEN(table),
                                   .references = references,
                                   .n_tasks = T };
}

TEST(figures_are_means_over_tasks)
{
    struct tw_bench_stats_options o = { .k = { 1, 2 },
                                        .n_k = 2,
                                        .n_at_m = { 1, 1 },
                                        .n_at_k = { 1, 4 },
                                        .n_n_at = 2 };
    struct tw_bench_row rows[8], references[T];
    struct tw_bench_result r;
    struct tw_bench_stats s;

    make_result(&r, rows, references);
    CHECK(tw_bench_stats(&s, &r, &o, NULL) == TW_OK);
    CHECK_NEAR(s.n_at[0].value, 1.0 / 3, 1e-12);
    CHECK(isnan(s.n_at[1].value));
    CHECK(s.n_tasks == 3 && s.n_tasks_set == 4 && s.n_samples == 6);
    CHECK(s.n_passed == 2 && s.n_empty == 1 && s.n_asserts == 17);
    CHECK(s.n_min == 1 && s.n_max == 4 && s.n_bad_tasks == 0);
    CHECK(s.n_recorded == 4 && s.n_differ == 2);
    CHECK_NEAR(s.measures[TW_BENCH_CS].value, (0.75 + 1 + 1) / 3, 1e-12);
    CHECK_NEAR(s.measures[TW_BENCH_CS_CLEAN].value, (0.75 + 0 + 1) / 3, 1e-12);
    CHECK_NEAR(s.measures[TW_BENCH_TCER].value, (0.625 + 0.3 + 0.5) / 3, 1e-12);
    CHECK_NEAR(s.measures[TW_BENCH_TCER_STRICT].value, (0.625 + 0 + 0.5) / 3,
               1e-12);
    CHECK_NEAR(s.measures[TW_BENCH_PASS].value, 0.5 / 3, 1e-12);
    CHECK_NEAR(s.measures[TW_BENCH_METEOR].value, 0.5, 1e-12);
    CHECK_NEAR(s.pass_at[0].value, 0.5 / 3, 1e-12);
    CHECK(isnan(s.pass_at[1].value)); /* two tasks have one sample only */
    CHECK(s.measures[TW_BENCH_TCER].low <= s.measures[TW_BENCH_TCER].value);
    CHECK(s.measures[TW_BENCH_TCER].high >= s.measures[TW_BENCH_TCER].value);
    CHECK(s.measures[TW_BENCH_TCER].low >= 0.3);
    CHECK(s.measures[TW_BENCH_TCER].high <= 0.625);
}

/* What nobody can say is no number: of one task, of all. */
TEST(without_a_reference_meteor_is_unknown_and_no_task_is_bad)
{
    struct tw_bench_stats_options o = { .k = { 1 }, .n_k = 1 };
    struct tw_bench_row rows[8], references[T];
    struct tw_bench_result r;
    struct tw_bench_stats s;

    make_result(&r, rows, references);
    references[1].absent = true;
    references[1].grade.finding.end = TW_END_FAIL;
    rows[4].meteor = (double)NAN;
    CHECK(tw_bench_stats(&s, &r, &o, NULL) == TW_OK);
    CHECK(s.n_absent == 1 && s.n_bad_tasks == 0);
    CHECK_NEAR(s.measures[TW_BENCH_METEOR].value, 0.5, 1e-12);
    CHECK_NEAR(s.measures[TW_BENCH_METEOR].low, 0.5, 1e-12);
    CHECK_NEAR(s.measures[TW_BENCH_TCER].value, (0.625 + 0.3 + 0.5) / 3, 1e-12);
    for (size_t i = 0; i < T; i++)
        references[i].absent = true;
    CHECK(tw_bench_stats(&s, &r, &o, NULL) == TW_OK);
    CHECK(s.n_absent == 3 && isnan(s.measures[TW_BENCH_METEOR].value));
    CHECK(isnan(s.measures[TW_BENCH_METEOR].low));
    CHECK(!isnan(s.measures[TW_BENCH_CS].value));
}

static bool report_has(const struct tw_bench_entry *e, const char *text)
{
    struct tw_err err = { 0 };
    struct tw_buf b;

    tw_buf_init(&b, 1u << 20);
    CHECK(tw_bench_report(&b, e, 1, TW_SHEET_TEXT, &err) == TW_OK);
    bool has = strstr(tw_buf_text(&b), text) != NULL;
    tw_buf_release(&b);
    return has;
}

TEST(a_report_says_no_reference_and_never_nan)
{
    struct tw_bench_stats_options o = { .k = { 1 }, .n_k = 1 };
    struct tw_bench_row rows[8], references[T];
    struct tw_bench_result r;
    struct tw_bench_job job = { .n_samples = 6 };
    struct tw_task tasks[T];
    struct tw_taskset set = { .name = "own", .tasks = tasks, .n = T };
    struct tw_bench_entry e = {
        .model = "m", .set = &set, .job = &job, .result = &r, .options = o
    };

    make_result(&r, rows, references);
    for (size_t i = 0; i < T; i++) {
        tasks[i] = (struct tw_task){ .id = "id", .canonical = "" };
        references[i].absent = true;
    }
    for (size_t i = 0; i < r.n; i++)
        rows[i].empty = true;
    CHECK(tw_bench_stats(&e.stats, &r, &o, NULL) == TW_OK);
    o.no_empty = true;
    CHECK(tw_bench_stats(&e.filled, &r, &o, NULL) == TW_OK);
    CHECK(e.filled.n_samples == 0);
    CHECK(report_has(&e, "no reference: 3 of 3 tasks"));
    CHECK(report_has(&e, "6 empty answers, and no other"));
    CHECK(!report_has(&e, "nan") && !report_has(&e, "did not pass"));
}

TEST(missing_tasks_and_empty_answers_count_as_asked)
{
    struct tw_bench_stats_options o = { .k = { 1 },
                                        .n_k = 1,
                                        .all_tasks = true };
    struct tw_bench_row rows[8], references[T];
    struct tw_bench_result r;
    struct tw_bench_stats s;

    make_result(&r, rows, references);
    CHECK(tw_bench_stats(&s, &r, &o, NULL) == TW_OK);
    CHECK(s.n_tasks == 4 && s.n_asserts == 25);
    CHECK_NEAR(s.measures[TW_BENCH_CS].value, 2.75 / 4, 1e-12);
    CHECK_NEAR(s.pass_at[0].value, 0.5 / 4, 1e-12);
    o.all_tasks = false;
    o.no_empty = true;
    CHECK(tw_bench_stats(&s, &r, &o, NULL) == TW_OK);
    CHECK(s.n_tasks == 2 && s.n_samples == 5 && s.n_empty == 0);
    CHECK_NEAR(s.measures[TW_BENCH_TCER].value, (0.625 + 0.3) / 2, 1e-12);
}

TEST(a_fault_of_ours_is_in_no_figure)
{
    struct tw_bench_stats_options o = { .k = { 1 }, .n_k = 1 };
    struct tw_bench_row rows[8], references[T];
    struct tw_bench_result r;
    struct tw_bench_stats s;

    make_result(&r, rows, references);
    rows[4].grade.finding.end = TW_END_HARNESS;
    rows[4].grade.finding.cause = TW_CAUSE_HARNESS;
    references[0].grade.finding.end = TW_END_HARNESS;
    CHECK(tw_bench_stats(&s, &r, &o, NULL) == TW_OK);
    CHECK(s.n_harness == 1 && s.n_tasks == 2 && s.n_samples == 5);
    CHECK(s.n_unknown == 1);
    CHECK_NEAR(s.measures[TW_BENCH_TCER].value, (0.625 + 0.5) / 2, 1e-12);
}

TEST(a_seed_gives_the_same_interval)
{
    struct tw_bench_stats_options o = { .seed = 5 };
    struct tw_bench_row rows[8], references[T];
    struct tw_bench_result r;
    struct tw_bench_stats a, b;

    make_result(&r, rows, references);
    CHECK(tw_bench_stats(&a, &r, &o, NULL) == TW_OK);
    CHECK(tw_bench_stats(&b, &r, &o, NULL) == TW_OK);
    CHECK(memcmp(&a, &b, sizeof(a)) == 0);
}

TEST(no_sample_gives_no_figure)
{
    struct tw_bench_stats_options o = { .k = { 1 }, .n_k = 1 };
    struct tw_bench_row references[T] = { 0 };
    struct tw_bench_result r = { .references = references, .n_tasks = T };
    struct tw_bench_stats s;

    CHECK(tw_bench_stats(&s, &r, &o, NULL) == TW_OK);
    CHECK(s.n_tasks == 0 && isnan(s.measures[TW_BENCH_CS].value));
}

#ifdef TW_FAULTS
TEST(figures_and_reports_survive_a_lack_of_memory)
{
    struct tw_bench_stats_options o = { .k = { 1 }, .n_k = 1 };
    struct tw_bench_row rows[8], references[T];
    struct tw_bench_result r;
    struct tw_bench_job job = { .n_samples = 6 };
    struct tw_task tasks[T];
    struct tw_taskset set = { .name = "own", .tasks = tasks, .n = T };
    bool fired = true;

    make_result(&r, rows, references);
    for (size_t i = 0; i < T; i++)
        tasks[i] = (struct tw_task){ .id = "id" };
    for (unsigned n = 1; fired; n++) {
        struct tw_bench_entry e = {
            .model = "m", .set = &set, .job = &job, .result = &r, .options = o
        };
        struct tw_buf b;
        tw_buf_init(&b, 1u << 20);
        tw_fault_arm(n, false);
        enum tw_status st = tw_bench_stats(&e.stats, &r, &o, NULL);
        if (st == TW_OK)
            st = tw_bench_report(&b, &e, 1, TW_SHEET_TEXT, NULL);
        fired = tw_fault_disarm();
        /* A cell that could not be made safe is left empty, no more. */
        CHECK(st == TW_OK || (fired && st == TW_ENOMEM));
        tw_buf_release(&b);
    }
}
#endif

/* ---- tables ---- */

static const char *table_of(struct tw_buf *b, enum tw_sheet_format format)
{
    static const char *const head[] = { "name", "%" };
    static const char *const cells[] = { "a|b_c<i>&\x1b[31m", "1.00",
                                         "\xc3\xa4", "100.00" };
    static const char *const notes[] = { "50 % of $ {x}" };
    struct tw_sheet t = { .caption = "C & D",
                          .head = head,
                          .n_columns = 2,
                          .n_left = 1,
                          .cells = cells,
                          .n_rows = 2,
                          .notes = notes,
                          .n_notes = 1 };

    tw_buf_clear(b);
    tw_sheet_add(b, &t, format);
    return tw_buf_text(b);
}

TEST(tables_escape_what_their_format_would_take_for_its_own)
{
    struct tw_buf b;

    tw_buf_init(&b, 1u << 16);
    const char *text = table_of(&b, TW_SHEET_TEXT);
    CHECK(strstr(text, "a|b_c<i>&\\x1b[31m    1.00\n") != NULL);
    CHECK(strstr(text, "\n\xc3\xa4                  100.00\n") != NULL);
    text = table_of(&b, TW_SHEET_MARKDOWN);
    CHECK(strstr(text, "| a\\|b\\_c&lt;i>&amp;\\\\x1b[31m | 1.00 |") != NULL);
    text = table_of(&b, TW_SHEET_HTML);
    CHECK(strstr(text, "<td>a|b_c&lt;i&gt;&amp;\\x1b[31m</td>") != NULL);
    CHECK(strstr(text, "<caption>C &amp; D</caption>") != NULL);
    text = table_of(&b, TW_SHEET_LATEX);
    CHECK(strstr(text, "a|b\\_c\\textless{}i\\textgreater{}\\&") != NULL);
    CHECK(strstr(text, "50 \\% of \\$ \\{x\\}") != NULL);
    CHECK(strstr(text, "\x1b") == NULL);
    tw_buf_release(&b);
}

TEST(formats_are_found_by_name)
{
    CHECK(tw_sheet_find("latex") == TW_SHEET_LATEX);
    CHECK(tw_sheet_find("text") == TW_SHEET_TEXT);
    CHECK(tw_sheet_find("pdf") == TW_SHEET_COUNT);
    CHECK(tw_sheet_find("") == TW_SHEET_COUNT);
}

/* ---- prompts ---- */

static const char mbpp[] =
    "[{\"source_file\": \"a\", \"task_id\": 11, \"prompt\": \"Add two.\", "
    "\"code\": \"def add(first, second):\\n    return first + second\\n\", "
    "\"test_imports\": [], \"test_list\": [\"assert add([1, 2], 'a,b') == 3\"]"
    "}]";

static const char *prompt_of(struct tw_buf *b, enum tw_bench_style style,
                             const struct tw_taskset *set)
{
    tw_buf_clear(b);
    CHECK(tw_bench_prompt(b, style, set, &set->tasks[0], NULL) == TW_OK);
    return tw_buf_text(b);
}

TEST(prompts_of_sentences_have_the_assertions_and_no_canonical_name)
{
    const char *stops[TW_BENCH_STOPS + 1];
    struct tw_taskset set;
    struct tw_err err;
    struct tw_buf b;

    tw_buf_init(&b, 1u << 16);
    CHECK(load_text(&set, mbpp, "mbpp-sanitized", &err) == TW_OK);
    const char *text = prompt_of(&b, TW_BENCH_COMPLETE, &set);
    CHECK(strcmp(text, "\"\"\"\nAdd two.\nassert add([1, 2], 'a,b') == 3\n"
                       "\"\"\"\n") == 0);
    text = prompt_of(&b, TW_BENCH_CASES, &set);
    CHECK(strstr(text, "Function: add(a, b)\nCases:\nassert add(") != NULL);
    CHECK(strstr(text, "first") == NULL);
    text = prompt_of(&b, TW_BENCH_INST, &set);
    CHECK(strncmp(text, "[INST] Add two.", 15) == 0);
    tw_bench_stops(stops, TW_BENCH_COMPLETE, &set, &set.tasks[0]);
    CHECK(stops[0] && strcmp(stops[0], "\nassert") == 0);
    tw_bench_stops(stops, TW_BENCH_INST, &set, &set.tasks[0]);
    CHECK(!stops[0]);
    CHECK(!tw_bench_head(TW_BENCH_COMPLETE, &set, &set.tasks[0]));
    tw_taskset_release(&set);
    tw_buf_release(&b);
}

#define DOC                                                              \
    "{\"task_id\": \"HumanEval/0\", \"prompt\": \"from typing import "   \
    "List\\n\\n\\ndef top(xs: List[int], n: int) -> List[int]:\\n    "   \
    "\\\"\\\"\\\" The n largest.\\n    >>> top([1, 2], 1)\\n    [2]\\n " \
    "   \\\"\\\"\\\"\\n\", \"entry_point\": \"top\", "                   \
    "\"canonical_solution\": \"    return sorted(xs)[-n:]\\n\", "        \
    "\"test\": \"def check(f):\\n    assert f([1, 2], 1) == [2]\\n\"}\n"

TEST(prompts_of_code_are_continued_or_taken_apart)
{
    const char *stops[TW_BENCH_STOPS + 1];
    struct tw_taskset set;
    struct tw_err err;
    struct tw_buf b;

    tw_buf_init(&b, 1u << 16);
    CHECK(load_text(&set, DOC, "humaneval", &err) == TW_OK);
    const char *text = prompt_of(&b, TW_BENCH_COMPLETE, &set);
    CHECK(strcmp(text, set.tasks[0].prompt) == 0);
    text = prompt_of(&b, TW_BENCH_CASES, &set);
    CHECK(strncmp(text, "The n largest.\n", 15) == 0);
    CHECK(strstr(text, "Function: top(xs: List[int], n: int) -> List[int]\n"));
    CHECK(strstr(text, "Cases:\nassert top([1, 2], 1) == [2]\n"));
    CHECK(tw_bench_head(TW_BENCH_COMPLETE, &set, &set.tasks[0]) ==
          set.tasks[0].prompt);
    tw_bench_stops(stops, TW_BENCH_COMPLETE, &set, &set.tasks[0]);
    CHECK(stops[0] && strcmp(stops[0], "\nclass") == 0);
    tw_taskset_release(&set);
    tw_buf_release(&b);
}

/* ---- recorded data ---- */

TEST(canonical_solutions_of_the_paper_s_set_pass)
{
    static const char *const ids[] = { "11", "57", "92", "477", "510" };
    struct tw_sample *items;
    char path[1024];
    struct run r = { 0 };

    if (!jail || !shared_file(path, "bench/sanitized-mbpp.json")) {
        test_skip("no shared data or no jail");
        return;
    }
    CHECK(tw_taskset_load(&r.set, path, "mbpp-257", &r.err) == TW_OK);
    CHECK(r.set.n == 257);
    items = calloc(TW_ARRAY_LEN(ids), sizeof(*items));
    r.job.grader = (struct tw_grader){ .jail = jail,
                                       .set = &r.set,
                                       .options.go_on = true };
    r.job.samples = items;
    for (size_t i = 0; items && i < TW_ARRAY_LEN(ids); i++) {
        const struct tw_task *t = tw_taskset_find(&r.set, ids[i]);
        if (t)
            items[r.job.n_samples++] = (struct tw_sample){
                (size_t)(t - r.set.tasks), 0,    t->canonical,
                strlen(t->canonical),      true, -1
            };
    }
    CHECK(r.job.n_samples >= 3);
    CHECK(again(&r) == TW_OK);
    CHECK(r.result.n_programs == r.job.n_samples); /* each is its reference */
    for (size_t i = 0; i < r.result.n; i++) {
        CHECK(tw_bench_passed(&r.result.rows[i]));
        CHECK(r.result.rows[i].grade.n_asserts >= 3);
    }
    free(items);
    run_close(&r);
}

int main(void)
{
    struct tw_err err = { 0 };

    if (!test_dir_enter())
        return 1;
    if (tw_jail_open(&jail, false, &err) != TW_OK)
        printf("# no jail here: %s\n", err.msg);
    RUN(rows_are_in_order_and_equal_programs_are_judged_once);
    RUN(the_journal_saves_the_work_and_refuses_other_inputs);
    RUN(a_torn_line_is_forgotten_and_judged_again);
    RUN(a_journal_of_something_else_is_refused_with_its_name);
    RUN(a_verdict_that_no_one_gives_is_refused);
    RUN(a_finding_reads_back_as_it_was_written);
    RUN(a_stop_keeps_what_was_judged);
    RUN(threads_change_nothing);
    RUN(a_lost_answer_is_a_failure_and_our_fault_is_none);
    RUN(a_task_without_a_canonical_solution_has_no_reference);
    RUN(without_a_reference_meteor_is_unknown_and_no_task_is_bad);
    RUN(a_report_says_no_reference_and_never_nan);
    RUN(figures_are_means_over_tasks);
    RUN(missing_tasks_and_empty_answers_count_as_asked);
    RUN(a_fault_of_ours_is_in_no_figure);
    RUN(a_seed_gives_the_same_interval);
    RUN(no_sample_gives_no_figure);
#ifdef TW_FAULTS
    RUN(figures_and_reports_survive_a_lack_of_memory);
#endif
    RUN(tables_escape_what_their_format_would_take_for_its_own);
    RUN(formats_are_found_by_name);
    RUN(prompts_of_sentences_have_the_assertions_and_no_canonical_name);
    RUN(prompts_of_code_are_continued_or_taken_apart);
    RUN(canonical_solutions_of_the_paper_s_set_pass);
    printf("1..%d\n", test_count);
    if (jail)
        tw_jail_close(jail);
    return !test_dir_leave() || test_failed != 0;
}
