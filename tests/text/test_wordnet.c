#include "text/wordnet.h"

#include "../score/golden.h"
#include "test.h"

enum { LEMMAS_MAX = 1000 };
struct set {
    struct tw_piece items[LEMMAS_MAX];
    size_t n;
};

static enum tw_status take(void *ctx, struct tw_piece lemma, struct tw_err *err)
{
    struct set *s = ctx;

    for (size_t i = 0; i < s->n; i++)
        if (tw_piece_same(s->items[i], lemma))
            return TW_OK;
    if (s->n == LEMMAS_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "full");
    s->items[s->n++] = lemma;
    return TW_OK;
}

static struct tw_wordnet *open_wordnet(void)
{
    struct tw_wordnet *w = NULL;

    if (!tw_file_exists(TW_WORDNET_DIR "/data.noun")) {
        test_skip("no WordNet: tools/install-deps.sh bench");
        return NULL;
    }
    CHECK(tw_wordnet_open(&w, TW_WORDNET_DIR, NULL) == TW_OK);
    return w;
}

TEST(lemmas_are_those_of_the_reference)
{
    struct tw_wordnet *w = open_wordnet();
    const struct tw_json *row;
    struct golden g;
    int n = 0;

    if (!w || !golden_open(&g, "wordnet_lemmas_nltk.jsonl"))
        return;
    for (; (row = golden_next(&g)); n++) {
        const struct tw_json *want = tw_json_at(row, 1);
        static struct set s;
        struct tw_wordnet_sink sink = { take, &s };
        struct tw_piece word;
        size_t n_found = 0;

        s.n = 0;
        word.s = tw_json_text(tw_json_at(row, 0), &word.n);
        CHECK(tw_wordnet_lemmas(w, word, &sink, NULL) == TW_OK);
        CHECK(s.n == tw_json_len(want));
        for (size_t i = 0; i < tw_json_len(want); i++) {
            struct tw_piece p;

            p.s = tw_json_text(tw_json_at(want, i), &p.n);
            for (size_t k = 0; k < s.n; k++)
                n_found += tw_piece_same(p, s.items[k]);
        }
        CHECK(n_found == s.n);
    }
    CHECK(n > 0);
    printf("# %d words\n", n);
    tw_wordnet_close(w);
}

TEST(words_that_cannot_be_in_it_have_no_lemma)
{
    static struct set s;
    struct tw_wordnet_sink sink = { take, &s };
    struct tw_wordnet *w = open_wordnet();
    char big[300];

    if (!w)
        return;
    memset(big, 's', sizeof(big));
    CHECK(tw_wordnet_lemmas(w, (struct tw_piece){ "", 0 }, &sink, NULL) ==
          TW_OK);
    CHECK(tw_wordnet_lemmas(w, (struct tw_piece){ big, 300 }, &sink, NULL) ==
          TW_OK);
    CHECK(tw_wordnet_lemmas(w, (struct tw_piece){ "\xff\n ", 3 }, &sink,
                            NULL) == TW_OK);
    CHECK(s.n == 0);
    /* Endings are taken off one by one, down to one letter. */
    CHECK(tw_wordnet_lemmas(w, (struct tw_piece){ big, 96 }, &sink, NULL) ==
          TW_OK);
    CHECK(s.n > 0);
    tw_wordnet_close(w);
}

struct places {
    size_t items[256], n;
};

static enum tw_status take_place(void *ctx, size_t number, struct tw_err *err)
{
    struct places *p = ctx;

    if (p->n == TW_ARRAY_LEN(p->items))
        return tw_fail(err, TW_ELIMIT, 0, "full");
    p->items[p->n++] = number;
    return TW_OK;
}

static struct places places_of(const struct tw_wordnet *w, const char *word)
{
    struct places p = { .n = 0 };
    struct tw_wordnet_numbers sink = { take_place, &p };

    CHECK(tw_wordnet_synsets(w, (struct tw_piece){ word, strlen(word) }, &sink,
                             NULL) == TW_OK);
    return p;
}

static bool share(const struct tw_wordnet *w, const char *x, const char *y)
{
    struct places a = places_of(w, x), b = places_of(w, y);

    for (size_t i = 0; i < a.n; i++)
        for (size_t k = 0; k < b.n; k++)
            if (a.items[i] == b.items[k])
                return true;
    return false;
}

TEST(synsets_are_reached_by_base_forms)
{
    struct tw_wordnet *w = open_wordnet();

    if (!w)
        return;
    CHECK(share(w, "geese", "goose")); /* an exception */
    CHECK(share(w, "halts", "stop") && share(w, "bought", "purchase"));
    CHECK(places_of(w, "qzxs").n == 0);
    CHECK(places_of(w, "").n == 0 && !share(w, "cell", "rain"));
    tw_wordnet_close(w);
}

/* A dictionary of one noun in a folder of its own. */
static void write_dictionary(const char *dir, const char *index,
                             const char *data)
{
    static const char *const names[] = { "noun", "verb", "adj", "adv" };
    char path[300];

    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s/index.%s", dir, names[i]);
        CHECK(tw_file_write(path, i ? " \n" : index, i ? 2 : strlen(index),
                            NULL) == TW_OK);
        snprintf(path, sizeof(path), "%s/data.%s", dir, names[i]);
        CHECK(tw_file_write(path, i ? " \n" : data, i ? 2 : strlen(data),
                            NULL) == TW_OK);
        snprintf(path, sizeof(path), "%s/%s.exc", dir, names[i]);
        CHECK(tw_file_write(path, "mice mouse\n", 11, NULL) == TW_OK);
    }
}

static enum tw_status look_up(const char *dir, const char *word, struct set *s)
{
    struct tw_wordnet_sink sink = { take, s };
    struct tw_wordnet *w = NULL;

    s->n = 0;
    CHECK(tw_wordnet_open(&w, dir, NULL) == TW_OK);
    enum tw_status st = tw_wordnet_lemmas(
        w, (struct tw_piece){ word, strlen(word) }, &sink, NULL);
    tw_wordnet_close(w);
    return st;
}

TEST(damaged_files_are_refused)
{
    static const char *const bad[][2] = {
        { "mouse n 1 0 1 0 99999999\n", "0 0 n 01 mouse 0\n" },
        { "mouse n 1 0 1 0\n", "0 0 n 01 mouse 0\n" },
        { "mouse n x 0 1 0 0\n", "0 0 n 01 mouse 0\n" },
        { "mouse n 1 0 1 0 0\n", "0 0 n zz mouse 0\n" },
        { "mouse", "0" },
    };
    static struct set s;
    char dir[] = "wordnet-XXXXXX"; /* where the tests run */

    bool made = mkdtemp(dir) != NULL;
    CHECK(made);
    if (!made)
        return;
    write_dictionary(dir, "mouse n 1 1 @ 1 0 0\n",
                     "00000000 05 n 02 mouse 0 Mus(p) 0 000\n");
    CHECK(look_up(dir, "mouse", &s) == TW_OK && s.n == 2);
    CHECK(s.n == 2); /* the mapping is gone, the count stays */
    CHECK(look_up(dir, "mice", &s) == TW_OK && s.n == 2);
    CHECK(look_up(dir, "rat", &s) == TW_OK && s.n == 0);
    for (size_t i = 0; i < TW_ARRAY_LEN(bad); i++) {
        write_dictionary(dir, bad[i][0], bad[i][1]);
        CHECK(look_up(dir, "mouse", &s) == TW_EFORMAT);
    }
    struct tw_wordnet *w;
    CHECK(tw_wordnet_open(&w, "/nonexistent", NULL) == TW_EIO && !w);
    char cmd[300];
    static const char *const names[] = { "noun", "verb", "adj", "adv" };
    for (size_t i = 0; i < 4; i++) {
        snprintf(cmd, sizeof(cmd), "%s/index.%s", dir, names[i]);
        remove(cmd);
        snprintf(cmd, sizeof(cmd), "%s/data.%s", dir, names[i]);
        remove(cmd);
        snprintf(cmd, sizeof(cmd), "%s/%s.exc", dir, names[i]);
        remove(cmd);
    }
    remove(dir);
}

TEST_MAIN(RUN(lemmas_are_those_of_the_reference);
          RUN(words_that_cannot_be_in_it_have_no_lemma);
          RUN(synsets_are_reached_by_base_forms);
          RUN(damaged_files_are_refused);)
