#include "score/meteor_align.h"

#include "golden.h"
#include "test.h"

struct puzzle {
    uint64_t rows[TW_ALIGN_TOKENS][TW_ALIGN_WORDS];
    size_t links[TW_ALIGN_TOKENS];
    struct tw_align_graph g;
};

static uint32_t next(uint32_t *x)
{
    *x = *x * 1664525u + 1013904223u;
    return *x >> 8;
}

/* Letters that are equal may match; with other > 0, that share of the other
 * pairs too. */
static void make(struct puzzle *p, const char *hyp, const char *ref,
                 uint32_t other, uint32_t *x)
{
    memset(p->rows, 0, sizeof(p->rows));
    p->g = (struct tw_align_graph){ (const uint64_t(*)[TW_ALIGN_WORDS])p->rows,
                                    strlen(hyp), strlen(ref) };
    for (size_t i = 0; i < p->g.n_hyp; i++) {
        p->links[i] = SIZE_MAX;
        for (size_t j = 0; j < p->g.n_ref; j++)
            if (hyp[i] == ref[j] || (other && next(x) % other == 0))
                p->rows[i][j / 64] |= (uint64_t)1 << j % 64;
    }
}

static struct tw_align solve(struct puzzle *p)
{
    struct tw_align r = { .links = p->links };
    struct tw_arena a;

    tw_arena_init(&a, (size_t)512 << 20);
    CHECK(tw_align_best(&r, &a, &p->g, NULL) == TW_OK);
    tw_arena_release(&a);
    return r;
}

/* Links are allowed, one to one, and make up what is said of them. */
static void check_links(const struct puzzle *p, const struct tw_align *r)
{
    uint64_t used[TW_ALIGN_WORDS] = { 0 };
    size_t n = 0, chunks = 0, after = SIZE_MAX;

    for (size_t i = 0; i < p->g.n_hyp; i++) {
        size_t j = p->links[i];

        if (j != SIZE_MAX) {
            uint64_t b = (uint64_t)1 << j % 64;

            CHECK(j < p->g.n_ref && (p->rows[i][j / 64] & b));
            CHECK(!(used[j / 64] & b));
            used[j / 64] |= b;
            n++;
            chunks += j != after;
        }
        after = j == SIZE_MAX ? SIZE_MAX : j + 1;
    }
    CHECK(n == r->matches && (n == 0 || chunks == r->chunks));
}

/* Every alignment there is, odometer style: digit i is the link of token i,
 * n_ref for none. */
static void try_all(const struct puzzle *p, size_t *matches, size_t *chunks)
{
    size_t n = p->g.n_hyp, m = p->g.n_ref, digits[8] = { 0 };

    *matches = *chunks = 0;
    for (;;) {
        size_t used = 0, k = 0, c = 0, after = SIZE_MAX, i;
        bool fits = true;

        for (i = 0; i < n && fits; i++) {
            size_t j = digits[i];

            fits = j == m || ((p->rows[i][0] >> j & 1) && !(used >> j & 1));
            if (j < m) {
                used |= (size_t)1 << j;
                k++;
                c += j != after;
            }
            after = j == m ? SIZE_MAX : j + 1;
        }
        if (fits && (k > *matches || (k == *matches && c < *chunks))) {
            *matches = k;
            *chunks = c;
        }
        for (i = 0; i < n && digits[i] == m; i++)
            digits[i] = 0;
        if (i == n)
            return;
        digits[i]++;
    }
}

TEST(small_puzzles_are_solved_as_by_trying_all)
{
    static struct puzzle p;
    uint32_t x = 11;

    for (int round = 0; round < 150; round++) {
        char h[8] = "", r[8] = "";
        size_t matches, chunks, n_h = next(&x) % 6, n_r = next(&x) % 7;

        for (size_t i = 0; i < n_h; i++)
            h[i] = (char)('a' + next(&x) % 3);
        for (size_t i = 0; i < n_r; i++)
            r[i] = (char)('a' + next(&x) % 3);
        make(&p, h, r, round % 3 ? 0 : 4, &x);
        try_all(&p, &matches, &chunks);
        struct tw_align got = solve(&p);
        CHECK(got.proven && got.matches == matches);
        CHECK(matches == 0 || got.chunks == chunks);
        check_links(&p, &got);
    }
}

TEST(known_alignments)
{
    static struct puzzle p;
    uint32_t x = 1;

    make(&p, "ababab", "bababa", 0, &x);
    CHECK(solve(&p).chunks == 2);
    make(&p, "abcdef", "abcdef", 0, &x);
    CHECK(solve(&p).chunks == 1);
    make(&p, "(x)(y)(z)", "(z)(x)(y)", 0, &x);
    CHECK(solve(&p).chunks == 2);
    make(&p, "", "abc", 0, &x);
    CHECK(solve(&p).matches == 0);
    make(&p, "abc", "", 0, &x);
    CHECK(solve(&p).matches == 0);
    make(&p, "abc", "xyz", 0, &x);
    CHECK(solve(&p).matches == 0);
}

TEST(a_good_start_is_kept_and_a_bad_one_replaced)
{
    static struct puzzle p;
    uint32_t x = 1;

    make(&p, "aab", "aba", 0, &x);
    p.links[0] = 2;
    p.links[1] = 0;
    p.links[2] = 1;
    struct tw_align r = solve(&p);
    CHECK(r.chunks == 2 && p.links[1] == 0 && r.proven);
    p.links[1] = SIZE_MAX;
    p.links[2] = SIZE_MAX;
    CHECK(solve(&p).matches == 3);
}

/* Two letters in no order: nobody proves these, and they end all the same. */
TEST(the_cap_ends_the_search)
{
    static struct puzzle p;
    char h[161], r[161];
    uint32_t x = 5;

    for (size_t i = 0; i < 160; i++) {
        h[i] = (char)('a' + next(&x) % 3);
        r[i] = (char)('a' + next(&x) % 3);
    }
    h[120] = r[120] = '\0';
    make(&p, h, r, 0, &x);
    struct tw_align got = solve(&p);
    CHECK(!got.proven && got.matches > 100 && got.chunks < 60);
    check_links(&p, &got);
}

/* The most that there is to look at. */
TEST(the_longest_texts_end_soon)
{
    static struct puzzle p;
    char h[TW_ALIGN_TOKENS + 1], r[TW_ALIGN_TOKENS + 1];
    uint32_t x = 9;

    for (size_t i = 0; i < TW_ALIGN_TOKENS; i++) {
        h[i] = (char)('a' + next(&x) % 2);
        r[i] = (char)('a' + next(&x) % 2);
    }
    h[TW_ALIGN_TOKENS] = r[TW_ALIGN_TOKENS] = '\0';
    make(&p, h, r, 0, &x);
    struct tw_align got = solve(&p);
    CHECK(!got.proven && got.matches > 450);
    check_links(&p, &got);
}

TEST(limits_are_kept)
{
    static struct puzzle p;
    struct tw_align r = { .links = p.links };
    struct tw_arena a;
    uint32_t x = 2;
    enum tw_status st = TW_ENOMEM;

    p.g = (struct tw_align_graph){ (const uint64_t(*)[TW_ALIGN_WORDS])p.rows,
                                   TW_ALIGN_TOKENS + 1, 1 };
    tw_arena_init(&a, 0);
    CHECK(tw_align_best(&r, &a, &p.g, NULL) == TW_ELIMIT);
    for (size_t limit = 1 << 16; st != TW_OK && limit < 1 << 21;
         limit += 1 << 14) {
        make(&p, "ababab", "bababa", 0, &x);
        tw_arena_init(&a, limit);
        st = tw_align_best(&r, &a, &p.g, NULL);
        tw_arena_release(&a);
        CHECK(st == TW_OK || st == TW_ENOMEM);
    }
    CHECK(st == TW_OK && r.chunks == 2);
}

TEST_MAIN(RUN(small_puzzles_are_solved_as_by_trying_all); RUN(known_alignments);
          RUN(a_good_start_is_kept_and_a_bad_one_replaced);
          RUN(the_cap_ends_the_search); RUN(the_longest_texts_end_soon);
          RUN(limits_are_kept);)
