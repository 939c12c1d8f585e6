/*
 * meteor15.c - METEOR 1.5 for English (Denkowski and Lavie, WMT 2014) without
 * paraphrases.
 *
 * Matches are found per module (equal words, stems, synsets), aligned by a
 * beam search over the tokens of the reference, and weighed: content and
 * function words apart, modules by their weights, fragmentation as a penalty.
 * Where the original's code does something odd it is done here too, or scores
 * would differ; such places say so.
 */
#include "score/meteor15.h"

#include "text/draft.h"
#include "text/order.h"
#include "text/porter2.h"

#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

#define NONE UINT32_MAX

enum { BEAM = 40, SYNSETS_MAX = 1024 };

/* Parameters for English. */
static const struct task {
    const char *name;
    double alpha, beta, gamma, delta, weights[TW_METEOR15_MODULES];
    bool characters;
} tasks[TW_METEOR15_TASKS] = {
    [TW_METEOR15_RANK] = { "rank", 0.85, 0.2, 0.6, 0.75, { 1, 0.6, 0.8 }, 0 },
    [TW_METEOR15_ADQ] = { "adq", 0.75, 1.4, 0.45, 0.7, { 1, 1, 0.6 }, 0 },
    [TW_METEOR15_HTER] = { "hter", 0.4, 1.5, 0.35, 0.55, { 1, 0.2, 0.6 }, 0 },
    [TW_METEOR15_UTIL] = { "util", 0.65, 0.1, 0.55, 0.65, { 1, 0, 0 }, 1 },
    [TW_METEOR15_LI] = { "li", 0.75, 1.4, 0.7, 0.5, { 1, 0.5, 0.5 }, 0 },
    [TW_METEOR15_TUNE] = { "tune", 0.5, 1, 0.5, 0.5, { 1, 0.5, 0.5 }, 0 },
    [TW_METEOR15_UNIVERSAL] = { "universal",
                                0.7,
                                1.4,
                                0.3,
                                0.7,
                                { 1, 0.6, 0 },
                                0 },
};

const char *tw_meteor15_task_name(enum tw_meteor15_task task)
{
    TW_ASSERT((unsigned)task < TW_METEOR15_TASKS);
    return tasks[task].name;
}

/*
 * Words and marks above 0.1 % of running English newspaper text: METEOR's
 * definition of a function word.  The list is our own.  METEOR 1.5 ships one
 * of 93 entries; the two agree on all words of the reference scores.
 */
static const char function_words[] =
    " \" $ ' 's 't ( ) , - . : ? a about after all also an and are as "
    "at be been but by can could first for from had has have he her "
    "his i if in into is it its last more most new no not of on one "
    "only or other our out over people s said she so some than that "
    "the their there they this to two up was we were what when which "
    "who will with would year years you ";

/* The list has blanks around each word, so that one search for " word "
 * tells. */
static bool is_function_word(struct tw_piece w)
{
    char text[16] = " ";

    if (w.n == 0 || w.n + 3 > sizeof(text) || memchr(w.s, ' ', w.n) ||
        memchr(w.s, '\0', w.n))
        return false;
    memcpy(text + 1, w.s, w.n);
    text[w.n + 1] = ' ';
    text[w.n + 2] = '\0';
    return strstr(function_words, text) != NULL;
}

/* A different word of the pair: what it can match by. */
struct word {
    struct tw_piece text;
    uint32_t stem; /* equal for equal stems */
    uint32_t n_synsets;
    size_t *synsets; /* sorted */
};

/* Two texts and all that can match in them; arrays in the arena. */
struct pair {
    struct tw_arena *arena;
    struct tw_ids_pair ids;
    const struct tw_tokens *hyp, *ref;
    struct word *words;              /* of number - 1 */
    bool equal;                      /* the same words in the same order */
    uint32_t *cover_hyp, *cover_ref; /* matches that a token could have */
    uint32_t *fixed; /* per reference token: the only match, or NONE */
    unsigned char *fixed_module;
};

struct gathering {
    size_t numbers[SYNSETS_MAX];
    size_t n;
};

/* Synsets of a word while they come; beyond SYNSETS_MAX they are dropped,
 * which no word of WordNet 3.0 reaches. */
static enum tw_status gather(void *ctx, size_t number, struct tw_err *err)
{
    struct gathering *g = ctx;

    (void)err;
    if (g->n < SYNSETS_MAX)
        g->numbers[g->n++] = number;
    return TW_OK;
}

static int by_number(const void *a, const void *b)
{
    const size_t *x = a, *y = b;

    return tw_order(*x, *y);
}

/* Sorted, so that two words are compared in one pass. */
static enum tw_status find_synsets(struct word *w, struct tw_arena *a,
                                   const struct tw_wordnet *wordnet,
                                   struct tw_err *err)
{
    struct gathering g = { .n = 0 };

    TW_TRY(tw_wordnet_synsets(wordnet, w->text,
                              &(struct tw_wordnet_numbers){ gather, &g }, err));
    w->synsets = tw_arena_alloc(a, g.n, sizeof(*w->synsets));
    if (!w->synsets)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for synsets");
    qsort(g.numbers, g.n, sizeof(*g.numbers), by_number);
    if (g.n)
        memcpy(w->synsets, g.numbers, g.n * sizeof(*g.numbers));
    w->n_synsets = (uint32_t)g.n;
    return TW_OK;
}

/* Both lists are sorted. */
static bool share_synset(const struct word *x, const struct word *y)
{
    size_t i = 0, j = 0;

    while (i < x->n_synsets && j < y->n_synsets) {
        if (x->synsets[i] == y->synsets[j])
            return true;
        if (x->synsets[i] < y->synsets[j])
            i++;
        else
            j++;
    }
    return false;
}

/* Each different word of the pair once: its stem as a number, its synsets. */
static enum tw_status learn_words(struct pair *p,
                                  const struct tw_wordnet *wordnet,
                                  struct tw_err *err)
{
    uint32_t n = p->ids.n_ids;
    struct tw_tokens stems = {
        tw_arena_alloc(p->arena, n, sizeof(*stems.items)), n
    };
    struct tw_ids_pair numbers = { 0 };

    p->words = tw_arena_alloc(p->arena, n, sizeof(*p->words));
    if (!p->words || !stems.items)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for words");
    TW_ASSERT(p->ids.hyp.v && p->ids.ref.v);
    for (size_t i = 0; i < p->hyp->n; i++)
        p->words[p->ids.hyp.v[i] - 1].text = p->hyp->items[i];
    for (size_t j = 0; j < p->ref->n; j++)
        p->words[p->ids.ref.v[j] - 1].text = p->ref->items[j];
    for (uint32_t k = 0; k < n; k++) {
        TW_TRY(
            tw_porter2_stem(&stems.items[k], p->arena, p->words[k].text, err));
        if (wordnet)
            TW_TRY(find_synsets(&p->words[k], p->arena, wordnet, err));
    }
    TW_TRY(tw_ids_of_tokens(&numbers, p->arena, &stems,
                            &(struct tw_tokens){ NULL, 0 }, err));
    TW_ASSERT(numbers.hyp.v);
    for (uint32_t k = 0; k < n; k++)
        p->words[k].stem = numbers.hyp.v[k];
    return TW_OK;
}

/* Whether a module matches token i of the hypothesis with j of the
 * reference. Equal words are left to module 0; equal texts need no other
 * module. */
static bool matches(const struct pair *p, unsigned module, size_t i, size_t j)
{
    uint32_t h = p->ids.hyp.v[i], r = p->ids.ref.v[j];

    if (module == 0 || h == r)
        return module == 0 && h == r;
    if (p->equal)
        return false;
    if (module == 1)
        return p->words[h - 1].stem == p->words[r - 1].stem;
    return share_synset(&p->words[h - 1], &p->words[r - 1]);
}

/* Matches that compete with no other are taken before the search, which
 * shortens it without changing its result. */
static enum tw_status fix(struct pair *p, struct tw_err *err)
{
    size_t n = p->hyp->n, m = p->ref->n;

    p->cover_hyp = tw_arena_alloc(p->arena, n, sizeof(uint32_t));
    p->cover_ref = tw_arena_alloc(p->arena, m, sizeof(uint32_t));
    p->fixed = tw_arena_alloc(p->arena, m, sizeof(uint32_t));
    p->fixed_module = tw_arena_alloc(p->arena, m, 1);
    if (!p->cover_hyp || !p->cover_ref || !p->fixed || !p->fixed_module)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for matches");
    TW_ASSERT(p->ids.hyp.v && p->ids.ref.v);
    for (size_t j = 0; j < m; j++)
        for (unsigned k = 0; k < TW_METEOR15_MODULES; k++)
            for (size_t i = 0; i < n; i++)
                if (matches(p, k, i, j)) {
                    p->cover_hyp[i]++;
                    p->cover_ref[j]++;
                    p->fixed[j] = (uint32_t)i;
                    p->fixed_module[j] = (unsigned char)k;
                }
    for (size_t j = 0; j < m; j++)
        if (p->cover_ref[j] != 1 || p->cover_hyp[p->fixed[j]] != 1)
            p->fixed[j] = NONE;
    return TW_OK;
}

/* A choice, and the choices before it. */
struct step {
    const struct step *before;
    uint32_t ref, hyp;
    unsigned module;
};

/* A way through the reference up to some token. */
struct path {
    const struct step *last;
    int64_t matches, chunks, distance;
    uint32_t end; /* behind the last match in the hypothesis, NONE if skipped */
    uint32_t from; /* row of used words that it goes on with */
    uint32_t seq;  /* order of making */
    uint32_t hyp;  /* the choice at this token, NONE if skipped */
    unsigned module;
};

struct search {
    const struct pair *p;
    struct path *paths, *next;
    size_t n, n_next;
    /* Words of the hypothesis in use, one row per kept path. */
    unsigned char *used, *used_next;
    struct choice *choices; /* for the token at hand, in order of module */
    size_t n_choices;
};

/* What a token of the reference can be matched with. */
struct choice {
    uint32_t hyp;
    unsigned module;
};

/* By module and then by place: the order decides between paths of the same
 * rank. */
static void list_choices(struct search *s, size_t j)
{
    s->n_choices = 0;
    for (unsigned k = 0; k < TW_METEOR15_MODULES; k++)
        for (uint32_t i = 0; i < s->p->hyp->n; i++)
            if (matches(s->p, k, i, j))
                s->choices[s->n_choices++] = (struct choice){ i, k };
}

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* More matches of equal words, then fewer chunks, then less distance. */
static int by_rank(const void *a, const void *b)
{
    const struct path *x = a, *y = b;

    int order = compare(y->matches, x->matches);
    if (order == 0)
        order = compare(x->chunks, y->chunks);
    if (order == 0)
        order = compare(x->distance, y->distance);
    if (order == 0) /* qsort() is not stable, the original's sort is */
        order = compare(x->seq, y->seq);
    return order;
}

/* The path with one match more; its words in use are brought up to date
 * only when it is kept. */
static struct path *take(struct search *s, const struct path *from,
                         uint32_t hyp, unsigned module)
{
    struct path *to = &s->next[s->n_next++];

    *to = *from;
    to->hyp = hyp;
    to->module = module;
    /* Half a match is cut to none: the original counts in whole numbers. */
    if (module == 0)
        to->matches += 2;
    to->chunks += from->end != NONE && from->end != hyp;
    to->end = hyp + 1;
    return to;
}

static int64_t distance(size_t i, size_t j)
{
    return llabs((int64_t)i - (int64_t)j);
}

/* All that can become of one path at token j of the reference. */
static void extend(struct search *s, struct path *path, size_t j)
{
    const struct pair *p = s->p;
    const unsigned char *used = s->used + (size_t)path->from * p->hyp->n;

    if (p->fixed[j] != NONE) {
        struct path *to = take(s, path, p->fixed[j], p->fixed_module[j]);

        to->distance += distance(p->fixed[j], j);
        return;
    }
    for (size_t k = 0; k < s->n_choices; k++) {
        const struct choice *c = &s->choices[k];

        if (used[c->hyp])
            continue;
        take(s, path, c->hyp, c->module);
        /* The old path, not the new one: as the original. */
        path->distance += distance(c->hyp, j);
    }
    path->chunks += path->end != NONE;
    path->end = NONE;
    s->next[s->n_next++] = *path;
}

/* Keep a path: a row of used words and a place for its last choice. */
static enum tw_status keep(struct search *s, size_t i, size_t j,
                           struct tw_err *err)
{
    struct path *path = &s->next[i];
    size_t n = s->p->hyp->n;
    unsigned char *row = s->used_next + i * n;

    if (n)
        memcpy(row, s->used + (size_t)path->from * n, n);
    path->from = (uint32_t)i;
    if (path->hyp == NONE)
        return TW_OK;
    struct step *step = tw_arena_alloc(s->p->arena, 1, sizeof(*step));
    if (!step)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for an alignment");
    *step = (struct step){ path->last, (uint32_t)j, path->hyp, path->module };
    row[path->hyp] = 1;
    path->last = step;
    path->hyp = NONE;
    return TW_OK;
}

/* The best of the paths past token j become the paths. */
static enum tw_status advance(struct search *s, size_t j, struct tw_err *err)
{
    for (size_t i = 0; i < s->n_next; i++)
        s->next[i].seq = (uint32_t)i;
    qsort(s->next, s->n_next, sizeof(*s->next), by_rank);
    s->n = tw_least(s->n_next, BEAM);
    for (size_t i = 0; i < s->n; i++)
        TW_TRY(keep(s, i, j, err));
    struct path *paths = s->paths;
    unsigned char *used = s->used;
    s->paths = s->next;
    s->used = s->used_next;
    s->next = paths;
    s->used_next = used;
    s->n_next = 0;
    return TW_OK;
}

/* Token by token of the reference. A path makes one path for each choice
 * and one that skips the token, hence the room. */
static enum tw_status search(const struct step **best, const struct pair *p,
                             struct tw_err *err)
{
    struct search s = { .p = p };
    size_t most = 0, n = p->hyp->n;

    for (size_t j = 0; j < p->ref->n; j++)
        if (p->cover_ref[j] > most)
            most = p->cover_ref[j];
    s.paths = tw_arena_alloc(p->arena, 2 * BEAM * (most + 1), sizeof(*s.paths));
    s.used = tw_arena_alloc(p->arena, 2 * BEAM * n, 1);
    s.choices = tw_arena_alloc(p->arena, most, sizeof(*s.choices));
    if (!s.paths || !s.used || !s.choices)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for an alignment");
    s.next = s.paths + BEAM * (most + 1);
    s.used_next = s.used + BEAM * n;
    s.paths[0] = (struct path){ .end = NONE, .hyp = NONE };
    s.n = 1;
    for (size_t j = 0; j < p->ref->n; j++) {
        if (p->fixed[j] == NONE)
            list_choices(&s, j);
        for (size_t i = 0; i < s.n; i++)
            extend(&s, &s.paths[i], j);
        TW_TRY(advance(&s, j, err));
    }
    for (size_t i = 0; i < s.n; i++) {
        s.paths[i].chunks += s.paths[i].end != NONE;
        s.paths[i].seq = (uint32_t)i;
    }
    qsort(s.paths, s.n, sizeof(*s.paths), by_rank);
    *best = s.paths[0].last;
    return TW_OK;
}

/* Of one text: its length and its matches, by kind of word. */
struct side {
    double length, function;
    double content_by[TW_METEOR15_MODULES], function_by[TW_METEOR15_MODULES];
    double matched; /* in the unit of the length */
};

/* What a word counts for: 1, or its characters (task utility). */
static double size_of(struct tw_piece w, const struct task *t)
{
    double n = 0;

    for (size_t i = 0; t->characters && i < w.n; i++)
        n += ((unsigned char)w.s[i] & 0xc0) != 0x80;
    if (!t->characters)
        return 1;
    return n;
}

/* The length of a text, and of its function words. */
static void measure(struct side *s, const struct tw_tokens *tokens,
                    const struct task *t)
{
    for (size_t i = 0; i < tokens->n; i++) {
        double size = size_of(tokens->items[i], t);

        s->length += size;
        if (is_function_word(tokens->items[i]))
            s->function += size;
    }
}

/* A match counts on each side with that side's own word. */
static void add_match(struct side *s, struct tw_piece w, unsigned module,
                      const struct task *t)
{
    double size = size_of(w, t);

    s->matched += size;
    if (is_function_word(w))
        s->function_by[module] += size;
    else
        s->content_by[module] += size;
}

/* Precision or recall: delta divides the weight between content and
 * function words. */
static double weigh(const struct side *s, const struct task *t)
{
    double matched = 0, length = t->delta * (s->length - s->function) +
                                 (1 - t->delta) * s->function;

    for (size_t k = 0; k < TW_METEOR15_MODULES; k++)
        matched += s->content_by[k] * t->weights[k] * t->delta;
    for (size_t k = 0; k < TW_METEOR15_MODULES; k++)
        matched += s->function_by[k] * t->weights[k] * (1 - t->delta);
    return matched / length;
}

/* A chunk is a run of tokens that are neighbours in both texts. */
static void count_chunks(struct tw_meteor15_result *r, size_t n_ref)
{
    size_t end = SIZE_MAX;

    for (size_t j = 0; j < n_ref; j++) {
        size_t i = r->links[j];

        if (i == SIZE_MAX) {
            end = SIZE_MAX;
            continue;
        }
        r->matches++;
        r->chunks += end != i;
        end = i + 1;
    }
}

/* The formulas of the paper, section 2; a pair in which all is matched in
 * one chunk has no penalty. */
static void score(struct tw_meteor15_result *r, const struct pair *p,
                  const struct task *t)
{
    struct side h = { 0 }, f = { 0 };

    measure(&h, p->hyp, t);
    measure(&f, p->ref, t);
    for (size_t j = 0; j < p->ref->n; j++) {
        size_t i = r->links[j];

        if (i == SIZE_MAX)
            continue;
        add_match(&h, p->hyp->items[i], r->modules[j], t);
        add_match(&f, p->ref->items[j], r->modules[j], t);
    }
    count_chunks(r, p->ref->n);
    if (r->matches == 0)
        return;
    r->precision = weigh(&h, t);
    r->recall = weigh(&f, t);
    double frag = (double)r->chunks / (double)r->matches;
    if (h.matched >= h.length && f.matched >= f.length && r->chunks == 1)
        frag = 0;
    double mean = 1 / ((1 - t->alpha) / r->precision + t->alpha / r->recall);
    r->penalty = t->gamma * pow(frag, t->beta);
    r->score = mean * (1 - r->penalty);
    if (!(r->score > 0))
        r->score = 0;
}

/* TW_METEOR15_TOKENS bounds the search for matches, which looks at all
 * pairs of tokens. */
static enum tw_status begin(struct pair *p, struct tw_err *err)
{
    if (p->hyp->n > TW_METEOR15_TOKENS || p->ref->n > TW_METEOR15_TOKENS)
        return tw_fail(err, TW_ELIMIT, 0, "more than %d tokens",
                       (int)TW_METEOR15_TOKENS);
    TW_TRY(tw_ids_of_tokens(&p->ids, p->arena, p->hyp, p->ref, err));
    TW_ASSERT(p->ids.hyp.v && p->ids.ref.v);
    p->equal = p->hyp->n == p->ref->n;
    for (size_t i = 0; p->equal && i < p->hyp->n; i++)
        p->equal = p->ids.hyp.v[i] == p->ids.ref.v[i];
    return TW_OK;
}

enum tw_status tw_meteor15_score(struct tw_meteor15_result *r,
                                 const struct tw_wordnet *wordnet,
                                 enum tw_meteor15_task task, struct tw_arena *a,
                                 const struct tw_tokens *hyp,
                                 const struct tw_tokens *ref,
                                 struct tw_err *err)
{
    struct pair p = { .arena = a, .hyp = hyp, .ref = ref };
    const struct step *best = NULL;

    TW_ASSERT((unsigned)task < TW_METEOR15_TASKS);
    TW_TRY(begin(&p, err));
    *r = (struct tw_meteor15_result){ 0 };
    r->links = tw_arena_alloc(a, ref->n, sizeof(*r->links));
    r->modules = tw_arena_alloc(a, ref->n, 1);
    if (!r->links || !r->modules)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for an alignment");
    TW_TRY(learn_words(&p, wordnet, err));
    TW_TRY(fix(&p, err));
    TW_TRY(search(&best, &p, err));
    for (size_t j = 0; j < ref->n; j++)
        r->links[j] = SIZE_MAX;
    for (; best; best = best->before) {
        r->links[best->ref] = best->hyp;
        r->modules[best->ref] = (unsigned char)best->module;
    }
    score(r, &p, &tasks[task]);
    return TW_OK;
}
