#include "metrics/score.h"

#include "base/file.h"
#include "test.h"

#include <string.h>

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

TEST_MAIN(RUN(every_metric_scores_every_text);
          RUN(the_variant_names_tokenizer_and_parameters);
          RUN(names_that_do_not_exist_are_refused);
          RUN(a_scorer_is_used_again_after_a_failure);)
