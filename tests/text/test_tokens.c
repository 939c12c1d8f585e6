#include "text/tokens.h"

#include "../score/golden.h"
#include "test.h"

static bool is_list(const struct tw_tokens *t, const struct tw_json *w)
{
    if (t->n != tw_json_len(w))
        return false;
    for (size_t i = 0; i < t->n; i++) {
        struct tw_piece p;

        p.s = tw_json_text(tw_json_at(w, i), &p.n);
        if (!tw_piece_same(t->items[i], p))
            return false;
    }
    return true;
}

static void check_side(struct tw_arena *a, const struct tw_json *row,
                       const char *text, const char *key)
{
    static const enum tw_tokenizer kinds[] = { TW_TOK_TRANX, TW_TOK_TREEBANK };

    for (size_t i = 0; i < 2; i++) {
        const struct tw_json *w = tw_json_get(row, tw_tokenizer_name(kinds[i]));
        struct tw_tokens t;

        CHECK(tw_tokenize(&t, a, kinds[i], golden_text(row, text), NULL) ==
              TW_OK);
        bool same = is_list(&t, tw_json_get(w, key));
        CHECK(same);
        if (!same)
            printf("# %s, id %g, %s\n", tw_tokenizer_name(kinds[i]),
                   golden_number(row, "id"), text);
    }
}

TEST(tranx_and_treebank_give_the_tokens_of_the_reference)
{
    struct golden g;
    const struct tw_json *row;
    int n = 0;

    if (!golden_open(&g, "meteor_nltk.jsonl"))
        return;
    for (; (row = golden_next(&g)); n += 4) {
        struct tw_arena a;

        tw_arena_init(&a, (size_t)64 << 20);
        check_side(&a, row, "hypothesis", "hyp_tokens");
        check_side(&a, row, "reference", "ref_tokens");
        tw_arena_release(&a);
    }
    CHECK(n > 0);
    printf("# %d token lists\n", n);
}

/* The tokens, joined by blanks. */
static const char *joined(enum tw_tokenizer kind, const char *s)
{
    static char out[4096];
    struct tw_arena a;
    struct tw_tokens t = { NULL, 0 };
    size_t n = 0;

    tw_arena_init(&a, 1u << 20);
    CHECK(tw_tokenize(&t, &a, kind, (struct tw_piece){ s, strlen(s) }, NULL) ==
          TW_OK);
    for (size_t i = 0; i < t.n; i++) {
        n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%.*s", i ? " " : "",
                              (int)t.items[i].n, t.items[i].s);
    }
    out[n] = '\0';
    tw_arena_release(&a);
    return out;
}

TEST(the_13a_tokens_are_those_of_the_reference)
{
    struct golden pairs, want;
    const struct tw_json *p, *w;
    int n = 0;

    if (!golden_open(&pairs, "pairs200.jsonl") ||
        !golden_open(&want, "bleu_sacrebleu.jsonl"))
        return;
    for (; (p = golden_next(&pairs)) && (w = golden_next(&want)); n++)
        CHECK(strcmp(joined(TW_TOK_13A, golden_text(p, "hypothesis").s),
                     golden_text(w, "tok13a_hyp").s) == 0);
    CHECK(!golden_next(&want) && n > 0);
    printf("# %d texts\n", n);
}

TEST(rules_are_those_documented)
{
    CHECK(!strcmp(joined(TW_TOK_TRANX, "fooBar(a_1,\"x\")"),
                  "foo Bar ( a_1 , ` x ` )"));
    CHECK(!strcmp(joined(TW_TOK_13A, "a.b 1.5, x-1-2 &lt;"),
                  "a . b 1.5 , x-1 - 2 <"));
    CHECK(!strcmp(joined(TW_TOK_WS, " a\tb\xc2\xa0"
                                    "c\n"),
                  "a b c"));
    CHECK(!strcmp(joined(TW_TOK_CHAR, "\xc3\xa4 b"), "\xc3\xa4 b"));
    CHECK(!strcmp(joined(TW_TOK_WORD, "Rsrp_src+1"), "rsrp src 1"));
    CHECK(!strcmp(joined(TW_TOK_INTL, "a+b, 1.5."), "a + b , 1.5."));
    CHECK(!strcmp(joined(TW_TOK_TREEBANK, "I can't; cannot. \"No\", he's."),
                  "I ca n't ; can not . `` No '' , he 's ."));
}

TEST(the_normaliser_of_meteor_keeps_its_order)
{
    CHECK(!strcmp(joined(TW_TOK_NORM, "He can't say \"no\", can he?"),
                  "he can 't say \" no \" , can he ?"));
    CHECK(!strcmp(joined(TW_TOK_NORM, "a well-known U.S. firm, ltd. and"),
                  "a well known us firm , ltd. and"));
    CHECK(!strcmp(joined(TW_TOK_NORM, "It costs 1,000.50, not 2,5."),
                  "it costs 1,000.50 , not 2,5 ."));
    CHECK(!strcmp(joined(TW_TOK_NORM, "Mr. Ng saw No. 5. No. Then..."),
                  "mr. ng saw no. 5 . no . then ..."));
    /* A rule takes the letters it looks at. */
    CHECK(!strcmp(joined(TW_TOK_NORM, "a,b,c"), "a , b,c"));
    CHECK(!strcmp(joined(TW_TOK_NORM, "''x'' 1990's --y a--b"),
                  "\" x \" 1990 's -y a b"));
    CHECK(!strcmp(joined(TW_TOK_NORM, "x_y=\xc3\xa9t\xc3\xa9\xe2\x80\x99s"),
                  "x _ y = \xc3\xa9t\xc3\xa9 's"));
}

TEST(names_are_found_again)
{
    for (unsigned i = 0; i < TW_TOK_COUNT; i++)
        CHECK(tw_tokenizer_find(tw_tokenizer_name((enum tw_tokenizer)i)) == i);
    CHECK(tw_tokenizer_find("14a") == TW_TOK_COUNT);
}

TEST(lower_case_knows_more_than_ascii)
{
    struct tw_arena a;
    struct tw_piece out,
        in = { "A\xc3\x84\xce\xa9\xd0\x96\xe2\x84\xaa\xff", 10 };

    tw_arena_init(&a, 1u << 20);
    CHECK(tw_text_lower(&out, &a, in, NULL) == TW_OK);
    CHECK(out.n == 8 && !memcmp(out.s, "a\xc3\xa4\xcf\x89\xd0\xb6k\xff", 8));
    tw_arena_release(&a);
}

/* What Python's str.lower() gives for each. */
TEST(lower_case_of_all_of_unicode)
{
    static const struct {
        const char *text, *lower;
    } TEXTS[] = {
        { "\u1e9e\u01c5\u01c4", "\u00df\u01c6\u01c6" },
        { "\u0130I", "i\u0307i" },          /* two characters */
        { "\u023a\u023e", "\u2c65\u2c66" }, /* one byte more each */
        { "\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c2" },
        { "\u03a3", "\u03c3" },
        { "\u03a3\u03a3 \u03a3\u0391", "\u03c3\u03c2 \u03c3\u03b1" },
        { "A\u03a3.", "a\u03c2." },
        { "A\u03a3.B", "a\u03c3.b" }, /* '.' is ignored for case */
        { "A\u0301\u03a3\u00ad-B", "a\u0301\u03c2\u00ad-b" },
        { "1\u03a3", "1\u03c3" },
        { "\U00010400\U0001e921", "\U00010428\U0001e943" },
        { "\u10a0\u13a0\u2c00", "\u2d00\uab70\u2c30" },
        { "\xff\u03a3\xce", "\xff\u03c3\xce" },
    };
    struct tw_arena a;

    tw_arena_init(&a, 1u << 20);
    for (size_t i = 0; i < TW_ARRAY_LEN(TEXTS); i++) {
        const char *want = TEXTS[i].lower;
        struct tw_piece out, in = { TEXTS[i].text, strlen(TEXTS[i].text) };

        CHECK(tw_text_lower(&out, &a, in, NULL) == TW_OK);
        CHECK(out.n == strlen(want) && memcmp(out.s, want, out.n) == 0);
    }
    struct tw_piece items[2] = { { "\u023a\u023a\u0130", 6 },
                                 { "B\u03a3", 3 } };
    struct tw_tokens t = { items, 2 };
    CHECK(tw_tokens_lower(&t, &a, NULL) == TW_OK);
    CHECK(items[0].n == 9 && !memcmp(items[0].s, "\u2c65\u2c65i\u0307", 9));
    CHECK(items[1].n == 3 && !memcmp(items[1].s, "b\u03c2", 3));
    tw_arena_release(&a);
}

TEST(space_at_the_end_goes)
{
    struct tw_piece p = { "a \xe3\x80\x80\xc2\xa0\n", 8 };

    CHECK(tw_text_rstrip(p).n == 1);
    CHECK(tw_text_rstrip((struct tw_piece){ " \x80", 2 }).n == 2);
    CHECK(tw_text_rstrip((struct tw_piece){ "  ", 2 }).n == 0);
}

/* Every tokenizer on every short string over the bytes that rules name. */
TEST(hostile_texts_never_overrun)
{
    static const char bytes[] = ".'\"` (,:a1s-&<\xe2\x80\x99\xff\n";
    uint32_t x = 3;

    for (int round = 0; round < 4000; round++) {
        struct tw_arena a;
        struct tw_tokens t;
        char s[40];
        size_t n = (size_t)round % sizeof(s);

        for (size_t i = 0; i < n; i++) {
            x = x * 1664525u + 1013904223u;
            s[i] = bytes[(x >> 16) % (sizeof(bytes) - 1)];
        }
        tw_arena_init(&a, 1u << 20);
        for (unsigned k = 0; k < TW_TOK_COUNT; k++)
            CHECK(tw_tokenize(&t, &a, (enum tw_tokenizer)k,
                              (struct tw_piece){ s, n }, NULL) == TW_OK);
        tw_arena_release(&a);
    }
}

TEST(limits_are_kept)
{
    static char big[TW_METRIC_TEXT_MAX + 1];
    struct tw_arena a;
    struct tw_tokens t;

    tw_arena_init(&a, 0);
    for (unsigned k = 0; k < TW_TOK_COUNT; k++) {
        CHECK(tw_tokenize(&t, &a, (enum tw_tokenizer)k,
                          (struct tw_piece){ big, sizeof(big) },
                          NULL) == TW_ELIMIT);
        CHECK(tw_tokenize(&t, &a, (enum tw_tokenizer)k,
                          (struct tw_piece){ "a b", 3 }, NULL) == TW_ENOMEM);
    }
}

TEST_MAIN(RUN(tranx_and_treebank_give_the_tokens_of_the_reference);
          RUN(the_13a_tokens_are_those_of_the_reference);
          RUN(rules_are_those_documented);
          RUN(the_normaliser_of_meteor_keeps_its_order);
          RUN(names_are_found_again); RUN(lower_case_knows_more_than_ascii);
          RUN(lower_case_of_all_of_unicode); RUN(space_at_the_end_goes);
          RUN(hostile_texts_never_overrun); RUN(limits_are_kept);)
