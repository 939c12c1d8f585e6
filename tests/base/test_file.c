/*
 * test_file.c - whole files or none: writing, mapping, folders, paths,
 * messages.
 */
#include "base/file.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
          RUN(a_device_is_written_to_and_not_replaced);
          RUN(messages_name_the_path_and_the_reason);
          RUN(reading_stops_at_the_limit_of_the_buffer);
          RUN(a_mapping_shows_the_bytes_of_the_file);
          RUN(folders_are_made_with_their_parents);
          RUN(paths_are_put_together_and_taken_apart);
          RUN(a_pattern_lists_sorted_paths);)
