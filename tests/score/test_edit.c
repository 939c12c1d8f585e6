#include "score/edit.h"

#include "golden.h"
#include "test.h"

struct sequences {
    struct tw_arena arena;
    struct tw_ids_pair chars, tokens;
};

static void number(struct sequences *s, struct tw_piece h, struct tw_piece r)
{
    struct tw_tokens th, tr;

    tw_arena_init(&s->arena, (size_t)256 << 20);
    CHECK(tw_ids_of_chars(&s->chars, &s->arena, h, r, true, NULL) == TW_OK);
    CHECK(tw_tokenize(&th, &s->arena, TW_TOK_TRANX, h, NULL) == TW_OK);
    CHECK(tw_tokenize(&tr, &s->arena, TW_TOK_TRANX, r, NULL) == TW_OK);
    CHECK(tw_ids_of_tokens(&s->tokens, &s->arena, &th, &tr, NULL) == TW_OK);
}

static void check_chars(struct sequences *s, const struct tw_json *w)
{
    size_t lev, indel, n_h = s->chars.hyp.n, n_r = s->chars.ref.n;
    double junk, plain;

    CHECK(tw_edit_levenshtein(&lev, &s->arena, &s->chars, NULL) == TW_OK);
    CHECK(tw_edit_indel(&indel, &s->arena, &s->chars, NULL) == TW_OK);
    CHECK(tw_edit_difflib(&junk, &s->arena, &s->chars, true, NULL) == TW_OK);
    CHECK(tw_edit_difflib(&plain, &s->arena, &s->chars, false, NULL) == TW_OK);
    CHECK((double)lev == golden_number(w, "lev_char"));
    CHECK((double)indel == golden_number(w, "indel_char"));
    CHECK_NEAR(tw_edit_similarity(lev, n_h, n_r),
               golden_number(w, "lev_sim_char"), 1e-12);
    CHECK_NEAR(tw_edit_ratio(indel, n_h, n_r), golden_number(w, "indel_ratio"),
               1e-12);
    CHECK_NEAR(junk, golden_number(w, "difflib_ratio"), 1e-12);
    CHECK_NEAR(plain, golden_number(w, "difflib_ratio_noautojunk"), 1e-12);
}

TEST(distances_and_ratios_are_those_of_the_reference)
{
    struct golden pairs, want;
    const struct tw_json *p, *w;
    int n = 0;

    if (!golden_open(&pairs, "pairs200.jsonl") ||
        !golden_open(&want, "edit.jsonl"))
        return;
    while ((p = golden_next(&pairs)) && (w = golden_next(&want))) {
        struct tw_piece h = golden_text(p, "hypothesis");
        struct tw_piece r = golden_text(p, "reference");
        struct sequences s;
        size_t lev;

        number(&s, h, r);
        check_chars(&s, w);
        CHECK(tw_edit_levenshtein(&lev, &s.arena, &s.tokens, NULL) == TW_OK);
        CHECK((double)lev == golden_number(w, "lev_tranx"));
        CHECK_NEAR(tw_edit_similarity(lev, s.tokens.hyp.n, s.tokens.ref.n),
                   golden_number(w, "ruby_string"), 1e-12);
        CHECK(tw_piece_same(h, r) ==
              tw_json_bool(tw_json_get(w, "exact"), false));
        CHECK((lev == 0) == tw_json_bool(tw_json_get(w, "exact_tranx"), false));
        tw_arena_release(&s.arena);
        n++;
    }
    CHECK(!golden_next(&want) && n > 0);
    printf("# %d pairs\n", n);
}

static void small(struct sequences *s, const char *h, const char *r)
{
    number(s, (struct tw_piece){ h, strlen(h) },
           (struct tw_piece){ r, strlen(r) });
}

TEST(empty_texts_are_alike)
{
    struct sequences s;
    size_t d;
    double ratio;

    small(&s, "", "");
    CHECK(tw_edit_levenshtein(&d, &s.arena, &s.chars, NULL) == TW_OK && d == 0);
    CHECK(tw_edit_similarity(d, 0, 0) == 1 && tw_edit_ratio(0, 0, 0) == 1);
    CHECK(tw_edit_difflib(&ratio, &s.arena, &s.chars, true, NULL) == TW_OK);
    CHECK(ratio == 1);
    tw_arena_release(&s.arena);
    small(&s, "", "abc");
    CHECK(tw_edit_levenshtein(&d, &s.arena, &s.chars, NULL) == TW_OK && d == 3);
    CHECK(tw_edit_lcs(&d, &s.arena, &s.chars, NULL) == TW_OK && d == 0);
    CHECK(tw_edit_difflib(&ratio, &s.arena, &s.chars, true, NULL) == TW_OK);
    CHECK(ratio == 0);
    tw_arena_release(&s.arena);
}

TEST(distances_of_known_words)
{
    struct sequences s;
    size_t d;

    small(&s, "kitten", "sitting");
    CHECK(tw_edit_levenshtein(&d, &s.arena, &s.chars, NULL) == TW_OK && d == 3);
    CHECK(tw_edit_indel(&d, &s.arena, &s.chars, NULL) == TW_OK && d == 5);
    CHECK(tw_edit_lcs(&d, &s.arena, &s.chars, NULL) == TW_OK && d == 4);
    tw_arena_release(&s.arena);
}

/* The table that everybody writes, against 64 columns at a time. */
static size_t lcs_plain(const struct tw_ids_pair *p)
{
    static uint32_t t[301][301];

    for (size_t i = 0; i < p->hyp.n; i++)
        for (size_t j = 0; j < p->ref.n; j++) {
            uint32_t a = t[i][j + 1], b = t[i + 1][j];

            t[i + 1][j + 1] = p->hyp.v[i] == p->ref.v[j] ? t[i][j] + 1
                              : a > b                    ? a
                                                         : b;
        }
    return t[p->hyp.n][p->ref.n];
}

TEST(long_subsequences_cross_words_of_64)
{
    struct sequences s;
    char h[301], r[301];
    uint32_t x = 7;
    size_t lcs;

    for (size_t i = 0; i < 300; i++) {
        x = x * 1664525u + 1013904223u;
        h[i] = (char)('a' + (x >> 20) % 4);
        r[i] = (char)('a' + (x >> 26) % 4);
    }
    h[300] = r[290] = '\0';
    small(&s, h, r);
    CHECK(tw_edit_lcs(&lcs, &s.arena, &s.chars, NULL) == TW_OK);
    CHECK(lcs == lcs_plain(&s.chars) && lcs > 100);
    tw_arena_release(&s.arena);
}

TEST(long_sequences_are_refused)
{
    static char s[TW_EDIT_MAX + 2];
    struct sequences q;
    size_t d;
    double ratio;

    memset(s, 'a', TW_EDIT_MAX + 1);
    small(&q, s, "a");
    CHECK(tw_edit_levenshtein(&d, &q.arena, &q.chars, NULL) == TW_ELIMIT);
    CHECK(tw_edit_lcs(&d, &q.arena, &q.chars, NULL) == TW_ELIMIT);
    CHECK(tw_edit_difflib(&ratio, &q.arena, &q.chars, 0, NULL) == TW_ELIMIT);
    tw_arena_release(&q.arena);
}

TEST(a_full_arena_is_said)
{
    struct sequences s;
    struct tw_arena none;
    size_t d;
    double ratio;

    small(&s, "abc", "abd");
    tw_arena_init(&none, 0);
    CHECK(tw_edit_levenshtein(&d, &none, &s.chars, NULL) == TW_ENOMEM);
    CHECK(tw_edit_lcs(&d, &none, &s.chars, NULL) == TW_ENOMEM);
    CHECK(tw_edit_difflib(&ratio, &none, &s.chars, 0, NULL) == TW_ENOMEM);
    tw_arena_release(&s.arena);
}

TEST_MAIN(RUN(distances_and_ratios_are_those_of_the_reference);
          RUN(empty_texts_are_alike); RUN(distances_of_known_words);
          RUN(long_subsequences_cross_words_of_64);
          RUN(long_sequences_are_refused); RUN(a_full_arena_is_said);)
