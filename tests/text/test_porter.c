#include "text/porter.h"

#include "../score/golden.h"
#include "test.h"

static bool stems_to(struct tw_piece word, struct tw_piece want)
{
    struct tw_arena a;
    struct tw_piece got = { "", 0 };

    tw_arena_init(&a, 1u << 20);
    CHECK(tw_porter_stem(&got, &a, word, NULL) == TW_OK);
    bool same = tw_piece_same(got, want);
    if (!same)
        printf("# %.*s: %.*s, wanted %.*s\n", (int)word.n, word.s, (int)got.n,
               got.s, (int)want.n, want.s);
    tw_arena_release(&a);
    return same;
}

static bool stems(const char *word, const char *want)
{
    return stems_to((struct tw_piece){ word, strlen(word) },
                    (struct tw_piece){ want, strlen(want) });
}

TEST(words_have_the_stems_of_the_reference)
{
    struct golden g;
    const struct tw_json *row;
    int n = 0;

    if (!golden_open(&g, "porter_nltk.jsonl"))
        return;
    for (; (row = golden_next(&g)); n++) {
        struct tw_piece w, s;

        w.s = tw_json_text(tw_json_at(row, 0), &w.n);
        s.s = tw_json_text(tw_json_at(row, 1), &s.n);
        CHECK(stems_to(w, s));
    }
    CHECK(n > 0);
    printf("# %d words\n", n);
}

TEST(rules_apply_in_order)
{
    CHECK(stems("caresses", "caress") && stems("ponies", "poni"));
    CHECK(stems("flies", "fli") && stems("dies", "die"));
    CHECK(stems("hopping", "hop") && stems("falling", "fall"));
    CHECK(stems("conditional", "condit") && stems("radically", "radic"));
    CHECK(stems("enjoy", "enjoy") && stems("happy", "happi"));
    CHECK(stems("controlling", "control") && stems("sky", "sky"));
}

TEST(short_foreign_and_broken_words_are_kept)
{
    CHECK(stems("", "") && stems("is", "is") && stems("\xff\xfe", "\xff\xfe"));
    CHECK(stems("\xc3\xbc"
                "bers",
                "\xc3\xbc"
                "ber"));
    CHECK(stems("yyyy", "yyyi") || stems("yyyy", "yyyy"));
}

TEST(a_word_past_the_limit_is_its_own_stem)
{
    char s[200];

    memset(s, 's', sizeof(s));
    CHECK(stems_to((struct tw_piece){ s, 200 }, (struct tw_piece){ s, 200 }));
    CHECK(stems_to((struct tw_piece){ s, 128 }, (struct tw_piece){ s, 128 }));
}

TEST_MAIN(RUN(words_have_the_stems_of_the_reference); RUN(rules_apply_in_order);
          RUN(short_foreign_and_broken_words_are_kept);
          RUN(a_word_past_the_limit_is_its_own_stem);)
