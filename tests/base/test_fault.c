/* Built with -Dfaults=true only: every call for memory and every call on a
 * file fails once, and once from there on.  Under AddressSanitizer this also
 * shows that no way out loses memory. */
#include "base/fault.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/json.h"
#include "base/pool.h"
#include "base/toml.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CALLS_MAX = 2000 };

static struct tw_err err;

static bool check_failed(enum tw_status st)
{
    return st != TW_OK && err.code == st && err.msg[0];
}

/* Run do_it, failing call 1, 2, ...; it must fail whenever a call failed, and
 * state_ok must hold after each.  Returns how many calls could fail. */
static unsigned walk(enum tw_status (*do_it)(void), bool (*state_ok)(void))
{
    unsigned n_calls = 0;

    for (int persistent = 0; persistent <= 1; persistent++) {
        for (unsigned n = 1; n < CALLS_MAX; n++) {
            memset(&err, 0, sizeof(err));
            tw_fault_arm(n, persistent != 0);
            enum tw_status st = do_it();
            bool fired = tw_fault_disarm();
            CHECK(!state_ok || state_ok());
            if (!fired) {
                CHECK(st == TW_OK);
                n_calls = n - 1;
                break;
            }
            CHECK(check_failed(st));
        }
    }
    return n_calls;
}

static bool holds(const char *path, const char *text)
{
    struct tw_buf b;

    tw_buf_init(&b, 1000);
    bool same = tw_file_read(&b, path, NULL) == TW_OK &&
                strcmp(tw_buf_text(&b), text) == 0;
    tw_buf_release(&b);
    return same;
}

static bool only_file(void)
{
    struct tw_arena a;
    char **paths;
    size_t n;

    tw_arena_init(&a, 1u << 20);
    bool one = tw_file_glob(&a, "*", &paths, &n, NULL) == TW_OK && n == 1;
    tw_arena_release(&a);
    return one;
}

static bool last_write_failed;

static enum tw_status write_file(void)
{
    enum tw_status st = tw_file_write("x", "new", 3, &err);

    last_write_failed = st != TW_OK;
    return st;
}

/* Whole in any case; the new one after a failure only when its last step, the
 * fsync of the folder, failed.  Then put the old one back. */
static unsigned n_new_after_failure;

static bool file_is_whole(void)
{
    bool old = holds("x", "old"), new = holds("x", "new");
    bool whole = last_write_failed ? old || new : new;

    n_new_after_failure += last_write_failed && new;
    whole &= only_file();
    return tw_file_write("x", "old", 3, NULL) == TW_OK && whole;
}

static enum tw_status map_file(void)
{
    struct tw_file_map m;

    TW_TRY(tw_file_map_open(&m, "x", &err));
    tw_file_map_close(&m);
    return TW_OK;
}

static enum tw_status read_file(void)
{
    struct tw_buf b;

    tw_buf_init(&b, 100);
    enum tw_status st = tw_file_read(&b, "x", &err);
    tw_buf_release(&b);
    return st;
}

static enum tw_status list_files(void)
{
    struct tw_arena a;
    char **paths;
    size_t n;

    tw_arena_init(&a, 1u << 20);
    enum tw_status st = tw_file_glob(&a, "*", &paths, &n, &err);
    tw_arena_release(&a);
    return st;
}

static enum tw_status make_folders(void)
{
    enum tw_status st = tw_file_mkdirs("d/e/f", &err);

    (void)rmdir("d/e/f");
    (void)rmdir("d/e");
    (void)rmdir("d");
    return st;
}

TEST(files_stay_whole_whatever_fails)
{
    CHECK(tw_file_write("x", "old", 3, NULL) == TW_OK);
    CHECK(walk(write_file, file_is_whole) >= 8);
    CHECK(n_new_after_failure <= 2); /* one per kind of walk */
    CHECK(walk(map_file, only_file) >= 3);
    CHECK(walk(read_file, only_file) >= 3);
    CHECK(walk(list_files, only_file) >= 2);
    CHECK(walk(make_folders, only_file) >= 4);
    unlink("x");
}

static enum tw_status grow_buf(void)
{
    struct tw_buf b;

    tw_buf_init(&b, 100000);
    for (unsigned i = 0; i < 1000; i++)
        tw_buf_addf(&b, "%u", i);
    enum tw_status st = tw_buf_check(&b, "text", &err);
    char *text = tw_buf_take(&b);
    CHECK((text != NULL) == (st == TW_OK));
    free(text);
    tw_buf_release(&b);
    return st;
}

static enum tw_status fill_arena(void)
{
    struct tw_arena a;
    enum tw_status st = TW_OK;

    tw_arena_init(&a, 10u << 20);
    for (unsigned i = 0; i < 50 && st == TW_OK; i++)
        if (!tw_arena_alloc(&a, 10000, 1))
            st = tw_fail(&err, TW_ENOMEM, 0, "out of memory");
    tw_arena_release(&a);
    return st;
}

static enum tw_status parse_json(void)
{
    static const char text[] = "{\"a\":[1,2.5,\"x\",null,{\"b\":\"\\u00e4\"}]}";
    struct tw_json *root;

    enum tw_status st = tw_json_parse(&root, text, sizeof(text) - 1, &err);
    CHECK((root != NULL) == (st == TW_OK));
    tw_json_free(root);
    return st;
}

static enum tw_status parse_toml(void)
{
    static const char text[] = "a = 'x'\n[b.c]\nd = [1, {e = 2}]\n";
    struct tw_toml *root;
    struct tw_arena a;

    tw_arena_init(&a, 1u << 20);
    enum tw_status st = tw_toml_parse(&root, &a, text, sizeof(text) - 1, &err);
    CHECK(st == TW_OK || st == TW_ENOMEM);
    tw_arena_release(&a);
    return st;
}

static enum tw_status read_csv(void)
{
    static const char text[] = "a,b\n\"1\n\",2\n";
    struct tw_csv c;
    enum tw_status st;
    bool more;

    tw_csv_init(&c, text, sizeof(text) - 1, 0);
    do
        st = tw_csv_next(&c, &more, &err);
    while (st == TW_OK && more);
    tw_csv_release(&c);
    return st;
}

static enum tw_status make_pool(void)
{
    struct tw_pool *pool;

    enum tw_status st = tw_pool_new(&pool, 4, &err);
    CHECK((pool != NULL) == (st == TW_OK));
    tw_pool_free(pool);
    return st;
}

TEST(memory_that_runs_out_is_a_status)
{
    CHECK(walk(grow_buf, NULL) >= 3);
    CHECK(walk(fill_arena, NULL) >= 3);
    CHECK(walk(parse_json, NULL) >= 8);
    CHECK(walk(parse_toml, NULL) >= 2);
    CHECK(walk(read_csv, NULL) >= 2);
    CHECK(walk(make_pool, NULL) == 4);
}

TEST(the_counter_fails_the_call_that_was_asked_for)
{
    tw_fault_arm(2, false);
    CHECK(!tw_fault_hit() && !tw_fault_fired());
    CHECK(tw_fault_hit() && tw_fault_fired());
    CHECK(!tw_fault_hit());
    CHECK(tw_fault_disarm());
    tw_fault_arm(1, true);
    CHECK(tw_fault_hit() && tw_fault_hit());
    CHECK(tw_fault_disarm());
    CHECK(!tw_fault_hit());
    tw_fault_arm(1, false);
    CHECK(!tw_fault_disarm());
}

TEST_MAIN(RUN(the_counter_fails_the_call_that_was_asked_for);
          RUN(files_stay_whole_whatever_fails);
          RUN(memory_that_runs_out_is_a_status);)
