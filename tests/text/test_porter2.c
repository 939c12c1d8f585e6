#include "text/porter2.h"

#include "../score/golden.h"
#include "test.h"

static bool stems(const char *word, const char *want)
{
    struct tw_arena a;
    struct tw_piece got = { "", 0 };

    tw_arena_init(&a, 1u << 20);
    CHECK(tw_porter2_stem(&got, &a, (struct tw_piece){ word, strlen(word) },
                          NULL) == TW_OK);
    bool same = tw_piece_same(got, (struct tw_piece){ want, strlen(want) });
    if (!same)
        printf("# %s: %.*s, wanted %s\n", word, (int)got.n, got.s, want);
    tw_arena_release(&a);
    return same;
}

TEST(every_step_has_its_rules)
{
    CHECK(stems("caresses", "caress") && stems("ties", "tie"));
    CHECK(stems("cries", "cri") && stems("gaps", "gap") && stems("gas", "gas"));
    CHECK(stems("kiwis", "kiwi") && stems("consensus", "consensus"));
    CHECK(stems("agreed", "agre") && stems("luxuriated", "luxuri"));
    CHECK(stems("hopped", "hop") && stems("hoping", "hope"));
    CHECK(stems("cry", "cri") && stems("by", "by") && stems("say", "say"));
    CHECK(stems("conditional", "condit") && stems("apology", "apolog"));
    CHECK(stems("vietnamization", "vietnam") && stems("rapidly", "rapid"));
    CHECK(stems("electrical", "electr") && stems("derivative", "deriv"));
    CHECK(stems("adjustment", "adjust") && stems("adoption", "adopt"));
    CHECK(stems("controll", "control") && stems("rate", "rate"));
    CHECK(stems("knackeries", "knackeri") && stems("knightly", "knight"));
}

TEST(regions_of_some_words_start_late)
{
    CHECK(stems("generate", "generat") && stems("generically", "generic"));
    CHECK(stems("communication", "communic") && stems("arsenal", "arsenal"));
    CHECK(stems("universal", "univers"));
}

TEST(exceptions_come_first)
{
    CHECK(stems("skies", "sky") && stems("dying", "die") &&
          stems("idly", "idl"));
    CHECK(stems("news", "news") && stems("proceed", "proceed"));
    CHECK(stems("innings", "inning") && stems("exceeding", "exceed"));
}

TEST(apostrophes_and_y)
{
    CHECK(stems("'tis", "tis") && stems("cell's", "cell"));
    CHECK(stems("cells'", "cell") && stems("youth", "youth"));
    CHECK(stems("enjoyed", "enjoy") && stems("flying", "fli"));
}

TEST(short_long_and_broken_words_are_kept)
{
    char big[200], same[200];

    memset(big, 's', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    memcpy(same, big, sizeof(big));
    CHECK(stems(big, same) && stems("", "") && stems("is", "is"));
    CHECK(stems("\xc3\xbc"
                "s",
                "\xc3\xbc"
                "s"));
    CHECK(stems("\xff\xfe\xfd", "\xff\xfe\xfd") && stems("'''", "'"));
    big[128] = '\0';
    CHECK(stems(big, big));
}

TEST(a_full_arena_is_said)
{
    struct tw_arena a;
    struct tw_piece got;

    tw_arena_init(&a, 0);
    CHECK(tw_porter2_stem(&got, &a, (struct tw_piece){ "tests", 5 }, NULL) ==
          TW_ENOMEM);
    CHECK(tw_porter2_stem(&got, &a, (struct tw_piece){ "test", 4 }, NULL) ==
          TW_OK);
}

TEST_MAIN(RUN(every_step_has_its_rules); RUN(regions_of_some_words_start_late);
          RUN(exceptions_come_first); RUN(apostrophes_and_y);
          RUN(short_long_and_broken_words_are_kept); RUN(a_full_arena_is_said);)
