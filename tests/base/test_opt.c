/*
 * test_opt.c - every spelling of an option, its mistakes, and the texts made
 * from the table.
 */
#include "base/opt.h"
#include "test.h"

#include <string.h>

struct args {
    const char *out, *cpu;
    int64_t n;
    double scale;
    bool json;
    bool quiet;
    struct tw_opt_list defs;
};

static const struct tw_opt opts[] = {
    { "output", 'o', TW_OPT_TEXT, offsetof(struct args, out), "FILE",
      .help = "write the series to FILE" },
    { "n", 'n', TW_OPT_INT, offsetof(struct args, n), "N", .help = "how many",
      TW_OPT_RANGE(-5, 5000000000) },
    { "scale", 0, TW_OPT_NUMBER, offsetof(struct args, scale), "X",
      .help = "a help text that is long enough to need a second line because "
              "it says "
              "much",
      TW_OPT_RANGE(0.25, 8) },
    { "json", 'j', TW_OPT_FLAG, offsetof(struct args, json), NULL,
      .help = "print one JSON document" },
    { "cpu", 0, TW_OPT_TEXT, offsetof(struct args, cpu), "LEVEL",
      .help = "of kernels", TW_OPT_CHOICES("ref", "avx2", "avx512") },
    { "quiet", 'q', TW_OPT_FLAG, offsetof(struct args, quiet), NULL,
      .help = "hush" },
    { "a-very-long-option-name", 'D', TW_OPT_LIST, offsetof(struct args, defs),
      "NAME=VALUE", .help = "define a name" },
    { 0 },
};

enum { ARGS_MAX = 100 };

static char *rest[ARGS_MAX + 1];
static size_t n_rest;
static struct tw_err err;

/* Parse a command line; words are cut at blanks. */
static enum tw_status parse(struct args *a, const char *line)
{
    static char text[1000];
    char *argv[ARGS_MAX + 1] = { 0 };
    char *save = NULL;
    int argc = 0;

    memset(a, 0, sizeof(*a));
    snprintf(text, sizeof(text), "prog %s", line);
    for (char *w = strtok_r(text, " ", &save); w && argc < ARGS_MAX;
         w = strtok_r(NULL, " ", &save))
        argv[argc++] = w;
    return tw_opt_parse(opts, a, argc, argv, rest, &n_rest, &err);
}

TEST(options_fill_their_fields_in_every_spelling)
{
    static const char *const lines[] = {
        "-o f -n -3 --scale 0.5 -jq x y",
        "x --output=f --n=-3 --scale=5e-1 --json y --quiet",
        "-jqof x -n-3 y --scale 0.5",
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct args a;
        CHECK(parse(&a, lines[i]) == TW_OK);
        CHECK(a.out && strcmp(a.out, "f") == 0 && a.n == -3);
        CHECK(a.scale == 0.5 && a.json && a.quiet);
        CHECK(n_rest == 2 && strcmp(rest[0], "x") == 0);
        CHECK(n_rest == 2 && strcmp(rest[1], "y") == 0 && !rest[2]);
    }
}

TEST(two_dashes_end_the_options_and_one_dash_is_a_word)
{
    struct args a;

    CHECK(parse(&a, "- -q -- --json --") == TW_OK);
    CHECK(a.quiet && !a.json && n_rest == 3);
    CHECK(strcmp(rest[0], "-") == 0 && strcmp(rest[1], "--json") == 0);
}

TEST(lists_keep_every_value)
{
    struct args a;
    char line[600] = "";

    CHECK(parse(&a, "-Da=1 -D b=2 --a-very-long-option-name=c=3") == TW_OK);
    CHECK(a.defs.n == 3 && strcmp(a.defs.items[2], "c=3") == 0);
    for (int i = 0; i < TW_OPT_LIST_MAX; i++)
        strcat(line, "-Dx ");
    CHECK(parse(&a, line) == TW_OK && a.defs.n == TW_OPT_LIST_MAX);
    strcat(line, "-Dx");
    CHECK(parse(&a, line) == TW_ELIMIT);
}

TEST(a_name_may_be_written_as_files_write_it)
{
    struct args a;

    CHECK(
        parse(&a, "--a_very_long_option_name=X --a-very_long-option_name Y") ==
        TW_OK);
    CHECK(a.defs.n == 2);
    CHECK(parse(&a, "--a_very_long_option_nam=X") == TW_EINVAL);
    CHECK(parse(&a, "--a_very_long_option_name_=X") == TW_EINVAL);
}

TEST(mistakes_are_named_with_a_suggestion)
{
    static const char *const cases[][2] = {
        { "--ouptut f", "unknown option '--ouptut', did you mean "
                        "'--output'?" },
        { "--zzzzzz", "unknown option '--zzzzzz'" },
        { "-jx", "unknown option '-x' in '-x'" },
        { "-n", "option '--n' wants a value: N" },
        { "--n=", "option '--n' wants an integer, not ''" },
        { "-n 3x", "option '--n' wants an integer, not '3x'" },
        { "-n 99999999999999999999",
          "option '--n' wants an integer, not '99999999999999999999'" },
        { "--scale nan", "option '--scale' wants a number, not 'nan'" },
        { "--scale 1e999", "option '--scale' wants a number, not '1e999'" },
        { "-n -6", "option '--n' wants an integer of at least -5, not '-6'" },
        { "-n 5000000001", "option '--n' wants an integer of at least -5, not "
                           "'5000000001'" },
        { "--scale 0", "option '--scale' wants a number from 0.25 to 8, not "
                       "'0'" },
        { "--scale -1", "option '--scale' wants a number from 0.25 to 8, not "
                        "'-1'" },
        { "--cpu axv2", "option '--cpu' wants ref, avx2 or avx512, not 'axv2', "
                        "did you mean 'avx2'?" },
        { "--cpu none", "option '--cpu' wants ref, avx2 or avx512, not "
                        "'none'" },
        { "--json=1", "option '--json' takes no value" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct args a;
        CHECK(parse(&a, cases[i][0]) == TW_EINVAL);
        CHECK(strcmp(err.msg, cases[i][1]) == 0);
    }
}

TEST(help_shows_every_option_within_the_width)
{
    static const struct tw_opt_usage usage = {
        "trialwright sample", "MODEL [-n N] -o OUT.csv",
        "Draw series from a generator.  The text is long enough to be broken "
        "into two lines.",
        opts
    };
    static const char expected[] =
        "usage: trialwright sample MODEL [-n N] -o OUT.csv\n"
        "\n"
        "Draw series from a generator. The text is long enough to be broken "
        "into two\n"
        "lines.\n"
        "\n"
        "options:\n"
        "  -o, --output FILE       write the series to FILE\n"
        "  -n, --n N               how many\n"
        "      --scale X           a help text that is long enough to need a "
        "second line\n"
        "                          because it says much\n"
        "  -j, --json              print one JSON document\n"
        "      --cpu LEVEL         of kernels\n"
        "  -q, --quiet             hush\n"
        "  -D, --a-very-long-option-name NAME=VALUE\n"
        "                          define a name\n";
    struct tw_buf b;

    tw_buf_init(&b, 10000);
    tw_opt_help(&b, &usage);
    CHECK(strcmp(tw_buf_text(&b), expected) == 0);
    tw_buf_release(&b);
}

TEST(the_man_page_lists_the_same_options)
{
    static const struct tw_opt few[] = {
        { "output", 'o', TW_OPT_TEXT, 0, "FILE", .help = "write to FILE" },
        { "json", 0, TW_OPT_FLAG, 0, NULL, .help = ".dots and \\ are text" },
        { 0 },
    };
    struct tw_buf b;

    tw_buf_init(&b, 10000);
    tw_opt_mdoc(&b, few);
    CHECK(strcmp(tw_buf_text(&b), ".Bl -tag -width Ds\n"
                                  ".It Fl o , Fl -output Ar FILE\n"
                                  "write to FILE.\n"
                                  ".It Fl -json\n"
                                  "\\&.dots and \\e are text.\n"
                                  ".El\n") == 0);
    tw_buf_release(&b);
}

TEST_MAIN(RUN(options_fill_their_fields_in_every_spelling);
          RUN(two_dashes_end_the_options_and_one_dash_is_a_word);
          RUN(lists_keep_every_value);
          RUN(a_name_may_be_written_as_files_write_it);
          RUN(mistakes_are_named_with_a_suggestion);
          RUN(help_shows_every_option_within_the_width);
          RUN(the_man_page_lists_the_same_options);)
