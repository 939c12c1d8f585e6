/*
 * test_file.c - whole files or none: writing, mapping, folders, paths,
 * messages.
 */
#include "base/file.h"
#include "base/pool.h"
#include "test.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Every test works in a new folder and leaves it empty. */

static bool holds(const char *path, const char *text)
{
    struct tw_buf b;

    tw_buf_init(&b, 1u << 20);
    bool ok = tw_file_read(&b, path, NULL) == TW_OK &&
              strcmp(tw_buf_text(&b), text) == 0;
    tw_buf_release(&b);
    return ok;
}

static size_t files_here(void)
{
    struct tw_arena a;
    char **paths;
    size_t n = 0;

    tw_arena_init(&a, 1u << 20);
    CHECK(tw_file_glob(&a, "*", &paths, &n, NULL) == TW_OK);
    tw_arena_release(&a);
    return n;
}

TEST(a_written_file_reads_back_and_replaces_the_old_one)
{
    CHECK(tw_file_write("x", "one", 3, NULL) == TW_OK);
    CHECK(holds("x", "one"));
    CHECK(chmod("x", 0640) == 0);
    CHECK(tw_file_write("x", "second", 6, NULL) == TW_OK);
    CHECK(holds("x", "second"));
    struct stat st;
    CHECK(stat("x", &st) == 0 && (st.st_mode & 0777) == 0640);
    CHECK(files_here() == 1);
    CHECK(tw_file_remove("x", NULL) == TW_OK);
    CHECK(!tw_file_exists("x"));
}

TEST(an_abandoned_file_leaves_the_old_one_and_no_rest)
{
    struct tw_file_out f;

    CHECK(tw_file_write("x", "old", 3, NULL) == TW_OK);
    CHECK(tw_file_begin(&f, "x", NULL) == TW_OK);
    CHECK(tw_file_add(&f, "new", 3, NULL) == TW_OK);
    CHECK(holds("x", "old"));
    tw_file_abort(&f);
    tw_file_abort(&f);
    CHECK(holds("x", "old"));
    CHECK(files_here() == 1);
    CHECK(tw_file_begin(&f, "x", NULL) == TW_OK);
    CHECK(tw_file_add(&f, "ne", 2, NULL) == TW_OK);
    CHECK(tw_file_add(&f, "w", 1, NULL) == TW_OK);
    CHECK(tw_file_commit(&f, NULL) == TW_OK);
    tw_file_abort(&f);
    CHECK(holds("x", "new"));
    CHECK(files_here() == 1);
    unlink("x");
}

TEST(two_writers_of_one_file_do_not_mix)
{
    struct tw_file_out f, g;

    CHECK(tw_file_begin(&f, "x", NULL) == TW_OK);
    CHECK(tw_file_begin(&g, "x", NULL) == TW_OK);
    CHECK(tw_file_add(&f, "f", 1, NULL) == TW_OK);
    CHECK(tw_file_add(&g, "g", 1, NULL) == TW_OK);
    CHECK(tw_file_commit(&f, NULL) == TW_OK);
    CHECK(holds("x", "f"));
    CHECK(tw_file_commit(&g, NULL) == TW_OK);
    CHECK(holds("x", "g"));
    CHECK(files_here() == 1);
    unlink("x");
}

/* A child that is killed between begin and commit, as a checkpoint was. */
static void leave_half_a_file(const char *path)
{
    pid_t pid = fork();

    if (pid == 0) {
        struct tw_file_out f;

        if (tw_file_begin(&f, path, NULL) == TW_OK &&
            tw_file_add(&f, "half", 4, NULL) == TW_OK)
            (void)kill(getpid(), SIGKILL);
        _exit(1);
    }
    int status = 0;
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
}

TEST(what_a_killed_writer_left_goes_with_the_next_write_or_removal)
{
    struct tw_file_out f;

    leave_half_a_file("x");
    CHECK(files_here() == 1 && !tw_file_exists("x"));
    CHECK(tw_file_write("x", "new", 3, NULL) == TW_OK);
    CHECK(files_here() == 1 && holds("x", "new"));
    leave_half_a_file("x");
    CHECK(tw_file_remove("x", NULL) == TW_OK && files_here() == 0);
    /* One that is being written stays, and so does what is not ours. */
    CHECK(tw_file_begin(&f, "x", NULL) == TW_OK);
    leave_half_a_file("x");
    CHECK(files_here() == 2);
    CHECK(tw_file_write("x.0.tmp", "user", 4, NULL) == TW_OK);
    CHECK(symlink("x.0.tmp", "x.trialwright-2.tmp") == 0);
    CHECK(tw_file_write("x", "other", 5, NULL) == TW_OK);
    CHECK(files_here() == 4 && holds("x.0.tmp", "user"));
    CHECK(tw_file_add(&f, "mine", 4, NULL) == TW_OK);
    CHECK(tw_file_commit(&f, NULL) == TW_OK && holds("x", "mine"));
    unlink("x.trialwright-2.tmp");
    unlink("x.0.tmp");
    unlink("x");
}

TEST(a_device_is_written_to_and_not_replaced)
{
    struct stat st;

    CHECK(tw_file_write("/dev/null", "x", 1, NULL) == TW_OK);
    CHECK(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode));
}

TEST(messages_name_the_path_and_the_reason)
{
    struct tw_err err = { 0 };
    struct tw_buf b;
    struct tw_file_map m;
    char path[400];

    tw_buf_init(&b, 100);
    CHECK(tw_file_read(&b, "absent.toml", &err) == TW_EIO);
    CHECK(strcmp(err.msg, "cannot open 'absent.toml': "
                          "no such file or directory") == 0);
    CHECK(tw_file_read(&b, ".", &err) == TW_EIO);
    CHECK(strcmp(err.msg, "cannot read '.': is a directory") == 0);
    CHECK(tw_file_write(".", "x", 1, &err) == TW_EIO);
    CHECK(strcmp(err.msg, "cannot write '.': is a directory") == 0);
    CHECK(tw_file_write("no/such", "x", 1, &err) == TW_EIO);
    CHECK(strstr(err.msg, "'no/such': no such file"));
    CHECK(tw_file_map_open(&m, ".", &err) == TW_EIO);
    CHECK(tw_file_map_open(&m, "/dev/null", &err) == TW_EIO);
    CHECK(tw_file_remove("absent", &err) == TW_EIO);
    memset(path, 'p', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    path[sizeof(path) - 2] = '!';
    CHECK(tw_file_read(&b, path, &err) == TW_EIO);
    CHECK(strstr(err.msg, "...pp") && strstr(err.msg, "p!': file name too"));
    tw_buf_release(&b);
}

TEST(reading_stops_at_the_limit_of_the_buffer)
{
    struct tw_buf b;
    struct tw_err err = { 0 };

    CHECK(tw_file_write("x", "0123456789", 10, NULL) == TW_OK);
    tw_buf_init(&b, 10);
    CHECK(tw_file_read(&b, "x", &err) == TW_OK && b.len == 10);
    tw_buf_release(&b);
    tw_buf_init(&b, 9);
    CHECK(tw_file_read(&b, "x", &err) == TW_ELIMIT);
    CHECK(strcmp(err.msg, "cannot read 'x': larger than 9 bytes") == 0);
    tw_buf_release(&b);
    unlink("x");
}

TEST(a_mapping_shows_the_bytes_of_the_file)
{
    struct tw_file_map m;

    CHECK(tw_file_write("x", "bytes", 5, NULL) == TW_OK);
    CHECK(tw_file_map_open(&m, "x", NULL) == TW_OK);
    CHECK(m.len == 5 && memcmp(m.bytes, "bytes", 5) == 0);
    tw_file_map_close(&m);
    tw_file_map_close(&m);
    CHECK(tw_file_write("x", "", 0, NULL) == TW_OK);
    CHECK(tw_file_map_open(&m, "x", NULL) == TW_OK);
    CHECK(m.len == 0 && m.bytes);
    tw_file_map_close(&m);
    unlink("x");
}

/* Bytes enough for many pages; zeros are what stands for lost ones. */
enum { CUT_SIZE = 1 << 20, CUT_LEFT = 4096 };

static void open_and_cut(struct tw_file_map *m, const char *path, off_t left)
{
    char *bytes = malloc(CUT_SIZE);

    memset(bytes, 'x', CUT_SIZE);
    CHECK(tw_file_write(path, bytes, CUT_SIZE, NULL) == TW_OK);
    free(bytes);
    CHECK(tw_file_map_open(m, path, NULL) == TW_OK);
    CHECK(truncate(path, left) == 0);
}

static size_t count_zeros(const struct tw_file_map *m, size_t from, size_t to)
{
    size_t n = 0;

    for (size_t i = from; i < to; i++)
        n += m->bytes[i] == 0;
    return n;
}

TEST(a_file_cut_while_it_is_mapped_reads_as_zeros_and_is_named)
{
    struct tw_file_map m;
    struct tw_err err;

    open_and_cut(&m, "x", CUT_LEFT);
    CHECK(tw_file_map_check(&m, TW_OK, &err) == TW_OK); /* not read yet */
    CHECK(count_zeros(&m, 0, CUT_SIZE) == CUT_SIZE - CUT_LEFT);
    /* What a reader says of the zeros does not hide their cause. */
    tw_fail(&err, TW_EFORMAT, 0, "bad number");
    CHECK(tw_file_map_check(&m, TW_EFORMAT, &err) == TW_EIO);
    CHECK(strstr(err.msg, "cannot read 'x': it became shorter"));
    CHECK(tw_file_map_end(&m, TW_OK, &err) == TW_EIO && !m.len);
    CHECK(tw_file_map_check(&m, TW_OK, NULL) == TW_OK);
    unlink("x");
}

TEST(a_failure_that_lost_pages_without_a_signal_is_explained_too)
{
    struct tw_file_map m;
    struct tw_err err;
    int fd[2];

    open_and_cut(&m, "x", 0);
    CHECK(pipe(fd) == 0);
    CHECK(write(fd[1], m.bytes + CUT_LEFT, 64) < 0); /* EFAULT, no signal */
    CHECK(tw_file_map_end(&m, TW_EIO, &err) == TW_EIO);
    CHECK(strstr(err.msg, "became shorter"));
    close(fd[0]);
    close(fd[1]);
    unlink("x");
}

struct cut_job {
    const struct tw_file_map *m;
    _Atomic size_t n_zeros;
};

static void read_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    (void)worker;
    struct cut_job *job = ctx;

    job->n_zeros += count_zeros(job->m, first, last);
}

TEST(worker_threads_live_through_a_cut_file)
{
    struct tw_file_map m, whole;
    struct cut_job job = { .m = &m };
    struct tw_pool *pool;

    open_and_cut(&m, "x", 0);
    open_and_cut(&whole, "y", CUT_SIZE);
    CHECK(tw_pool_new(&pool, 4, NULL) == TW_OK);
    tw_pool_run(pool, CUT_SIZE, CUT_SIZE / 64, read_part, &job);
    CHECK(job.n_zeros == CUT_SIZE);
    CHECK(count_zeros(&whole, 0, CUT_SIZE) == 0);
    CHECK(tw_file_map_end(&m, TW_OK, NULL) == TW_EIO);
    CHECK(tw_file_map_end(&whole, TW_OK, NULL) == TW_OK);
    tw_pool_free(pool);
    unlink("x");
    unlink("y");
}

TEST(mappings_are_counted_and_their_places_used_again)
{
    enum { MORE = 600 };
    static struct tw_file_map maps[MORE];
    struct tw_err err;
    size_t n = 0;

    CHECK(tw_file_write("x", "text", 4, NULL) == TW_OK);
    while (n < MORE && tw_file_map_open(&maps[n], "x", &err) == TW_OK)
        n++;
    CHECK(n > 256 && n < MORE && strstr(err.msg, "are mapped already"));
    for (size_t i = 0; i < n; i++)
        CHECK(tw_file_map_end(&maps[i], TW_OK, NULL) == TW_OK);
    CHECK(tw_file_map_open(&maps[0], "x", &err) == TW_OK);
    tw_file_map_close(&maps[0]);
    unlink("x");
}

TEST(folders_are_made_with_their_parents)
{
    struct tw_err err = { 0 };

    CHECK(tw_file_mkdirs("a/b//c/", NULL) == TW_OK);
    CHECK(tw_file_mkdirs("a/b/c", NULL) == TW_OK);
    CHECK(tw_file_exists("a/b/c"));
    CHECK(tw_file_mkdirs("/", NULL) == TW_OK);
    CHECK(tw_file_write("a/f", "", 0, NULL) == TW_OK);
    CHECK(tw_file_mkdirs("a/f/g", &err) == TW_EIO);
    CHECK(strstr(err.msg, "cannot make folder 'a/f'"));
    CHECK(tw_file_remove("a/f", NULL) == TW_OK);
    CHECK(tw_file_remove("a/b/c", NULL) == TW_OK);
    CHECK(tw_file_remove("a/b", NULL) == TW_OK);
    CHECK(tw_file_remove("a", NULL) == TW_OK);
}

static bool is(const char *got, const char *expected)
{
    return got && strcmp(got, expected) == 0;
}

TEST(paths_are_put_together_and_taken_apart)
{
    struct tw_arena a;

    tw_arena_init(&a, 1u << 20);
    CHECK(is(tw_file_join(&a, "dir", "name"), "dir/name"));
    CHECK(is(tw_file_join(&a, "dir/", "name"), "dir/name"));
    CHECK(is(tw_file_join(&a, "/", "name"), "/name"));
    CHECK(is(tw_file_join(&a, "", "name"), "name"));
    CHECK(is(tw_file_join(&a, "dir", "/name"), "/name"));
    CHECK(is(tw_file_dirname(&a, "a/b/c"), "a/b"));
    CHECK(is(tw_file_dirname(&a, "a//c"), "a"));
    CHECK(is(tw_file_dirname(&a, "/c"), "/"));
    CHECK(is(tw_file_dirname(&a, "c"), "."));
    tw_arena_release(&a);
    tw_arena_init(&a, 0);
    CHECK(!tw_file_join(&a, "dir", "name"));
    CHECK(is(tw_file_basename("a/b/c"), "c"));
    CHECK(is(tw_file_basename("c"), "c"));
    CHECK(is(tw_file_basename("a/"), ""));
    CHECK(!tw_file_dirname(&a, "a/b"));
}

TEST(a_pattern_lists_sorted_paths)
{
    struct tw_arena a;
    char **paths;
    size_t n;

    tw_arena_init(&a, 1u << 20);
    CHECK(tw_file_write("b.csv", "", 0, NULL) == TW_OK);
    CHECK(tw_file_write("a.csv", "", 0, NULL) == TW_OK);
    CHECK(tw_file_write("c.txt", "", 0, NULL) == TW_OK);
    CHECK(tw_file_glob(&a, "*.csv", &paths, &n, NULL) == TW_OK);
    CHECK(n == 2 && is(paths[0], "a.csv") && is(paths[1], "b.csv"));
    CHECK(tw_file_glob(&a, "*.none", &paths, &n, NULL) == TW_OK && n == 0);
    tw_arena_release(&a);
    tw_arena_init(&a, 0);
    CHECK(tw_file_glob(&a, "*.csv", &paths, &n, NULL) == TW_ENOMEM);
    unlink("a.csv");
    unlink("b.csv");
    unlink("c.txt");
}

TEST_MAIN(RUN(a_written_file_reads_back_and_replaces_the_old_one);
          RUN(an_abandoned_file_leaves_the_old_one_and_no_rest);
          RUN(two_writers_of_one_file_do_not_mix);
          RUN(what_a_killed_writer_left_goes_with_the_next_write_or_removal);
          RUN(a_device_is_written_to_and_not_replaced);
          RUN(messages_name_the_path_and_the_reason);
          RUN(reading_stops_at_the_limit_of_the_buffer);
          RUN(a_mapping_shows_the_bytes_of_the_file);
          RUN(a_file_cut_while_it_is_mapped_reads_as_zeros_and_is_named);
          RUN(a_failure_that_lost_pages_without_a_signal_is_explained_too);
          RUN(worker_threads_live_through_a_cut_file);
          RUN(mappings_are_counted_and_their_places_used_again);
          RUN(folders_are_made_with_their_parents);
          RUN(paths_are_put_together_and_taken_apart);
          RUN(a_pattern_lists_sorted_paths);)
