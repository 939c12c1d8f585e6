#include "bench/agree.h"
#include "test.h"

#include <string.h>

static void agree(struct tw_agree *g, struct tw_arena *a, const char *passed,
                  size_t n_programs, size_t n_tests, const double *weights)
{
    static unsigned char rows[64];
    for (size_t i = 0; i < n_programs * n_tests; i++)
        rows[i] = passed[i] == '1' ? (unsigned char)(i % 7 + 1) : 0;
    struct tw_agree_input in = { .n_programs = n_programs,
                                 .n_tests = n_tests,
                                 .passed = rows,
                                 .stride = n_tests,
                                 .weights = weights };
    CHECK(tw_agree(g, &in, a, NULL) == TW_OK);
}

TEST(a_group_scores_root_of_programs_times_tests)
{
    struct tw_arena a;
    struct tw_agree g;
    tw_arena_init(&a, 1 << 20);
    /* Programs 0, 2, 3 pass tests 0 and 1; program 1 passes three. */
    agree(&g, &a,
          "1100"
          "1110"
          "1100"
          "1100",
          4, 4, NULL);
    CHECK(g.n_groups == 2);
    CHECK(g.groups[0].first == 0 && g.groups[0].n_programs == 3);
    CHECK_NEAR(g.groups[0].score, 2.0 * sqrt(3.0), 1e-12);
    CHECK_NEAR(g.groups[1].score, 3.0, 1e-12);
    CHECK(g.group_of[0] == 0 && g.group_of[1] == 1 && g.group_of[2] == 0);
    tw_arena_release(&a);
}

TEST(weights_count_in_place_of_tests)
{
    struct tw_arena a;
    struct tw_agree g;
    const double weights[3] = { 1.0, 1.0, 5.0 };
    tw_arena_init(&a, 1 << 20);
    agree(&g, &a,
          "110"
          "110"
          "001",
          3, 3, weights);
    CHECK(g.groups[0].first == 2);
    CHECK_NEAR(g.groups[0].score, 5.0, 1e-12);
    tw_arena_release(&a);
}

TEST(the_choice_is_shared_by_groups_of_equal_score)
{
    struct tw_arena a;
    struct tw_agree g;
    const unsigned char right[3] = { 1, 0, 0 };
    tw_arena_init(&a, 1 << 20);
    agree(&g, &a,
          "10"
          "01"
          "00",
          3, 2, NULL);
    CHECK_NEAR(tw_agree_expected(&g, 3, right), 0.5, 1e-12);
    /* Without a test nothing tells them apart: a choice at random. */
    agree(&g, &a, "", 3, 0, NULL);
    CHECK(g.n_groups == 1);
    CHECK_NEAR(tw_agree_expected(&g, 3, right), 1.0 / 3.0, 1e-12);
    agree(&g, &a, "", 0, 0, NULL);
    CHECK(g.n_groups == 0);
    CHECK_NEAR(tw_agree_expected(&g, 0, right), 0.0, 0.0);
    tw_arena_release(&a);
}

TEST(wrong_arguments_and_no_memory_are_said)
{
    struct tw_arena a;
    struct tw_agree g;
    struct tw_err err = { 0 };
    unsigned char rows[4] = { 1, 0, 1, 1 };
    const double weights[2] = { 1.0, -1.0 };
    struct tw_agree_input in = { 2, 2, rows, 2, weights };
    tw_arena_init(&a, 1 << 20);
    CHECK(tw_agree(&g, &in, &a, &err) == TW_EINVAL);
    in.weights = NULL;
    in.stride = 1;
    CHECK(tw_agree(&g, &in, &a, &err) == TW_ELIMIT);
    in.stride = 2;
    tw_arena_release(&a);
    tw_arena_init(&a, 64);
    CHECK(tw_agree(&g, &in, &a, &err) == TW_ENOMEM);
    tw_arena_release(&a);
}

TEST_MAIN(RUN(a_group_scores_root_of_programs_times_tests);
          RUN(weights_count_in_place_of_tests);
          RUN(the_choice_is_shared_by_groups_of_equal_score);
          RUN(wrong_arguments_and_no_memory_are_said);)
