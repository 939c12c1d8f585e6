#include "score/score.h"

#include "golden.h"
#include "test.h"

#include <unistd.h>

static struct tw_piece text(const char *s)
{
    return (struct tw_piece){ s, strlen(s) };
}

static bool needs_wordnet(const char *name)
{
    return strncmp(name, "meteor", 6) == 0 &&
           strcmp(name, "meteor-nowordnet") != 0;
}

/* The score of a new scorer, NAN when there is none. */
static double score(const char *metric, const char *tokenizer, const char *hyp,
                    const char *ref)
{
    struct tw_score_config c = { .metric = metric, .tokenizer = tokenizer };
    struct tw_scorer *s;
    double v = (double)NAN;

    if (tw_scorer_new(&s, &c, NULL) != TW_OK)
        return (double)NAN;
    if (tw_scorer_pair(&v, s, text(hyp), text(ref), NULL) != TW_OK)
        v = (double)NAN;
    tw_scorer_free(s);
    return v;
}

/* Every metric, on texts that are equal, strangers, empty, broken. */
TEST(every_metric_scores_every_text)
{
    static const char *const texts[] = { "assert a > 1, a_b", "%%% ;;;", "",
                                         "\xff\xc3\xe2\x80", "  \n" };
    const char *name, *about;
    size_t n = 0;

    for (size_t i = 0; (name = tw_score_name(i, &about)); i++) {
        if (needs_wordnet(name) &&
            !tw_file_exists(TW_SCORE_WORDNET "/data.noun"))
            continue;
        double self = score(name, NULL, texts[0], texts[0]);
        double stranger = score(name, NULL, texts[0], texts[1]);

        CHECK(about[0] && self > 0.9 && stranger < 0.2 * self);
        for (size_t h = 0; h < TW_ARRAY_LEN(texts); h++)
            for (size_t r = 0; r < TW_ARRAY_LEN(texts); r++, n++) {
                double v = score(name, NULL, texts[h], texts[r]);

                CHECK(v >= 0 && v <= 100.0000001);
            }
    }
    CHECK(n >= (size_t)16 * 25);
}

TEST(the_variant_names_tokenizer_and_parameters)
{
    struct tw_score_config c = { .metric = "bleu", .tokenizer = "intl" };
    struct tw_scorer *s;

    CHECK(tw_scorer_new(&s, &c, NULL) == TW_OK);
    CHECK(!strcmp(tw_scorer_variant(s),
                  "sacrebleu|smooth:exp|eff:yes|case:mixed|tok:intl"));
    tw_scorer_free(s);
}

TEST(names_that_do_not_exist_are_refused)
{
    struct tw_score_config c = { .metric = "nothing" };
    struct tw_scorer *s;

    CHECK(tw_scorer_new(&s, &c, NULL) == TW_EINVAL && !s);
    c.metric = "bleu";
    c.tokenizer = "nothing";
    CHECK(tw_scorer_new(&s, &c, NULL) == TW_EINVAL && !s);
    c.metric = "chrf";
    c.tokenizer = "ws";
    CHECK(tw_scorer_new(&s, &c, NULL) == TW_EINVAL && !s);
    c = (struct tw_score_config){ .metric = "meteor",
                                  .wordnet = "/nonexistent" };
    CHECK(tw_scorer_new(&s, &c, NULL) == TW_EIO && !s);
    tw_scorer_free(NULL);
}

TEST(a_scorer_is_used_again_after_a_failure)
{
    static char big[TW_METRIC_TEXT_MAX + 1];
    struct tw_score_config c = { .metric = "meteor-nowordnet",
                                 .tokenizer = "ws" };
    struct tw_scorer *s;
    double v;

    CHECK(tw_scorer_new(&s, &c, NULL) == TW_OK);
    CHECK(tw_scorer_pair(&v, s, (struct tw_piece){ big, sizeof(big) },
                         text("a"), NULL) == TW_ELIMIT);
    CHECK(tw_scorer_pair(&v, s, text("a b"), text("a b"), NULL) == TW_OK);
    CHECK_NEAR(v, 0.9375, 1e-12);
    tw_scorer_free(s);
}

/* A number or a truth value. */
static double wanted(const struct tw_json *row, const char *key)
{
    const struct tw_json *v = tw_json_get(row, key);

    return tw_json_kind(v) == TW_JSON_BOOL ? tw_json_bool(v, false)
                                           : tw_json_number(v, (double)NAN);
}

static const struct named {
    const char *metric, *tokenizer, *file, *key;
} all_named[] = {
    { "bleu", NULL, "bleu_sacrebleu.jsonl", "13a_exp_eff" },
    { "bleu-noeff", NULL, "bleu_sacrebleu.jsonl", "13a_exp_noeff" },
    { "bleu-none", NULL, "bleu_sacrebleu.jsonl", "13a_none_eff" },
    { "bleu-floor", NULL, "bleu_sacrebleu.jsonl", "13a_floor_eff" },
    { "bleu-addk", NULL, "bleu_sacrebleu.jsonl", "13a_addk_eff" },
    { "bleu-lower", NULL, "bleu_sacrebleu.jsonl", "13a_lc_exp_eff" },
    { "bleu", "intl", "bleu_sacrebleu.jsonl", "intl_exp_eff" },
    { "bleu", "char", "bleu_sacrebleu.jsonl", "char_exp_eff" },
    { "bleu", "ws", "bleu_sacrebleu.jsonl", "none_exp_eff" },
    { "bleu-nltk0", NULL, "bleu_nltk.jsonl", "method0" },
    { "bleu-nltk", NULL, "bleu_nltk.jsonl", "method1" },
    { "bleu-nltk2", NULL, "bleu_nltk.jsonl", "method2" },
    { "bleu-nltk3", NULL, "bleu_nltk.jsonl", "method3" },
    { "bleu-nltk4", NULL, "bleu_nltk.jsonl", "method4" },
    { "bleu-nltk5", NULL, "bleu_nltk.jsonl", "method5" },
    { "bleu-nltk6", NULL, "bleu_nltk.jsonl", "method6" },
    { "bleu-nltk7", NULL, "bleu_nltk.jsonl", "method7" },
    { "chrf", NULL, "chrf_sacrebleu.jsonl", "chrF" },
    { "chrf++", NULL, "chrf_sacrebleu.jsonl", "chrF++" },
    { "chrf-eps", NULL, "chrf_sacrebleu.jsonl", "chrF_eps" },
    { "chrf-space", NULL, "chrf_sacrebleu.jsonl", "chrF_ws" },
    { "chrf-lower", NULL, "chrf_sacrebleu.jsonl", "chrF_lc" },
    { "chrf-beta1", NULL, "chrf_sacrebleu.jsonl", "chrF_b1" },
    { "edit", NULL, "edit.jsonl", "lev_sim_char" },
    { "indel", NULL, "edit.jsonl", "indel_ratio" },
    { "ruby", NULL, "edit.jsonl", "ruby_string" },
    { "difflib", NULL, "edit.jsonl", "difflib_ratio" },
    { "difflib-nojunk", NULL, "edit.jsonl", "difflib_ratio_noautojunk" },
    { "exact", NULL, "edit.jsonl", "exact" },
    { "exact-strip", NULL, "edit.jsonl", "exact_strip" },
    { "exact-tokens", "tranx", "edit.jsonl", "exact_tranx" },
    { "crystalbleu", NULL, "crystalbleu.jsonl", "crystal" },
};

static size_t check_named(const struct named *m, struct tw_scorer *s)
{
    struct golden pairs, want;
    const struct tw_json *p, *w;
    size_t n = 0;

    if (!golden_open(&pairs, "pairs200.jsonl") || !golden_open(&want, m->file))
        return 0;
    for (; (p = golden_next(&pairs)) && (w = golden_next(&want)); n++) {
        double v = (double)NAN, right = wanted(w, m->key);
        enum tw_status st = tw_scorer_pair(&v, s, golden_text(p, "hypothesis"),
                                           golden_text(p, "reference"), NULL);

        if (isnan(right)) /* the original refuses */
            CHECK(st == TW_EINVAL);
        else
            CHECK_NEAR(v, right, 1e-9 * fmax(1, fabs(right)));
    }
    golden_next(&want); /* release */
    return n;
}

TEST(every_name_stands_for_the_reference)
{
    const char *shared = getenv("TW_SHARED");
    char ignore[1024];
    size_t n = 0;

    snprintf(ignore, sizeof(ignore),
             "%s/golden/metrics/crystalbleu_trivial.json",
             shared ? shared : "");
    if (!tw_file_exists(ignore)) {
        test_skip("shared data absent");
        return;
    }
    for (size_t i = 0; i < TW_ARRAY_LEN(all_named); i++) {
        const struct named *m = &all_named[i];
        bool crystal = strcmp(m->metric, "crystalbleu") == 0;
        struct tw_score_config c = { .metric = m->metric,
                                     .tokenizer = m->tokenizer,
                                     .ignore = crystal ? ignore : NULL };
        struct tw_scorer *s;

        CHECK(tw_scorer_new(&s, &c, NULL) == TW_OK);
        n += check_named(m, s);
        tw_scorer_free(s);
    }
    CHECK(n > 0);
    printf("# %zu scores\n", n);
}

TEST(a_corpus_is_counts_or_the_mean)
{
    static const char *const hyps[] = { "a b c d", "a x", "x" };
    static const char *const refs[] = { "a b c d", "a b", "y" };
    static const struct {
        const char *metric, *how;
        double score;
    } want[] = {
        { "edit-tokens", "mean", 0.5 },
        /* 5/7 3/4 2/2 1/1, and as many words as the references */
        { "bleu", "counts", 85.552618587 },
        { "chrf", "counts", 100 * (5.0 / 7 + 0.75 + 2) / 4 },
    };

    for (size_t m = 0; m < TW_ARRAY_LEN(want); m++) {
        struct tw_score_config c = { .metric = want[m].metric };
        struct tw_scorer *s;
        const char *how;
        double v;

        CHECK(tw_scorer_new(&s, &c, NULL) == TW_OK);
        CHECK(tw_scorer_corpus(&v, &how, s, NULL) == TW_EINVAL);
        for (size_t i = 0; i < TW_ARRAY_LEN(hyps); i++)
            CHECK(tw_scorer_pair(&v, s, text(hyps[i]), text(refs[i]), NULL) ==
                  TW_OK);
        CHECK(tw_scorer_corpus(&v, &how, s, NULL) == TW_OK);
        CHECK_NEAR(v, want[m].score, 1e-6);
        CHECK(!strcmp(how, want[m].how));
        tw_scorer_free(s);
    }
}

TEST(crystalbleu_learns_what_is_frequent)
{
    struct tw_score_config c = { .metric = "crystalbleu", .top = 2 };
    struct tw_scorer *s;
    double v;

    CHECK(tw_scorer_new(&s, &c, NULL) == TW_OK && tw_scorer_learns(s));
    CHECK(tw_scorer_learn(s, text("( a ) ( b )"), NULL) == TW_OK);
    CHECK(tw_scorer_learn(s, text("( c )"), NULL) == TW_OK);
    /* Brackets are all that the two share, and do not count. */
    CHECK(tw_scorer_pair(&v, s, text("( x )"), text("( y )"), NULL) == TW_OK);
    CHECK(v == 0 && !tw_scorer_learns(s));
    CHECK(tw_scorer_learn(s, text("late"), NULL) == TW_EINVAL);
    CHECK(strstr(tw_scorer_variant(s), "ignore:2 of references"));
    tw_scorer_free(s);
    /* Without any reference shown nothing is ignored. */
    CHECK(tw_scorer_new(&s, &c, NULL) == TW_OK);
    CHECK(tw_scorer_pair(&v, s, text("( x )"), text("( y )"), NULL) == TW_OK);
    CHECK(v > 0);
    tw_scorer_free(s);
    c = (struct tw_score_config){ .metric = "edit", .ignore = "x" };
    CHECK(tw_scorer_new(&s, &c, NULL) == TW_EINVAL && !s);
    c = (struct tw_score_config){ .metric = "crystalbleu",
                                  .ignore = "/nonexistent" };
    CHECK(tw_scorer_new(&s, &c, NULL) == TW_EIO && !s);
}

TEST(lists_of_n_grams_are_input_like_any_other)
{
    static const char *const bad[] = { "",
                                       "{}",
                                       "[1]",
                                       "[[]]",
                                       "[[1]]",
                                       "[[\"a\",\"b\",\"c\",\"d\",\"e\"]]",
                                       "{\"trivial\": 3}",
                                       "[[[], 3]]",
                                       "[[\"a\"" };
    char file[] = "ignore-XXXXXX";
    int fd = mkstemp(file);
    struct tw_score_config c = { .metric = "crystalbleu", .ignore = file };
    struct tw_scorer *s;

    CHECK(fd >= 0);
    if (fd < 0)
        return;
    close(fd);
    for (size_t i = 0; i < TW_ARRAY_LEN(bad); i++) {
        CHECK(tw_file_write(file, bad[i], strlen(bad[i]), NULL) == TW_OK);
        CHECK(tw_scorer_new(&s, &c, NULL) == TW_EFORMAT && !s);
    }
    CHECK(tw_file_write(file, "[[\"a\"], [[\"b\", \"c\"], 3]]", 24, NULL) ==
          TW_OK);
    CHECK(tw_scorer_new(&s, &c, NULL) == TW_OK);
    CHECK(s && strstr(tw_scorer_variant(s), "ignore:2 given"));
    tw_scorer_free(s);
    remove(file);
}

TEST_MAIN(RUN(every_name_stands_for_the_reference);
          RUN(a_corpus_is_counts_or_the_mean);
          RUN(crystalbleu_learns_what_is_frequent);
          RUN(lists_of_n_grams_are_input_like_any_other);
          RUN(every_metric_scores_every_text);
          RUN(the_variant_names_tokenizer_and_parameters);
          RUN(names_that_do_not_exist_are_refused);
          RUN(a_scorer_is_used_again_after_a_failure);)
