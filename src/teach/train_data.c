#include "teach/train_data.h"

#include "base/file.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define FILE_MAX ((size_t)1 << 32)
#define WAITING  64 /* documents that packing may choose from */
#define DOCS_MAX ((size_t)1 << 31)

void tw_train_data_release(struct tw_train_data *d)
{
    tw_ids_release(&d->ids);
    free(d->docs);
    *d = (struct tw_train_data){ 0 };
}

static enum tw_status doc_add(struct tw_train_data *d, struct tw_train_doc doc,
                              struct tw_err *err)
{
    if (d->n == d->cap) {
        size_t cap = d->cap ? 2 * d->cap : 1024;
        struct tw_train_doc *docs =
            cap > DOCS_MAX ? NULL : realloc(d->docs, cap * sizeof(*docs));

        if (!docs)
            return tw_fail(err, TW_ENOMEM, 0, "out of memory for documents");
        d->docs = docs;
        d->cap = cap;
    }
    d->docs[d->n++] = doc;
    return TW_OK;
}

enum tw_status tw_train_data_add(struct tw_train_data *d,
                                 const struct tw_vocab *vocab,
                                 const struct tw_bpe_text *prompt,
                                 const struct tw_bpe_text *answer, size_t T,
                                 struct tw_err *err)
{
    size_t first = d->ids.n;
    int32_t bos = tw_vocab_bos(vocab);

    if (bos >= 0)
        TW_TRY(tw_ids_add(&d->ids, bos, err));
    TW_TRY(tw_vocab_encode(vocab, prompt->bytes, prompt->len, &d->ids, err));
    size_t n_prompt = d->ids.n - first;
    TW_TRY(tw_vocab_encode(vocab, answer->bytes, answer->len, &d->ids, err));
    TW_TRY(tw_ids_add(&d->ids, tw_vocab_eos(vocab), err));
    size_t n = d->ids.n - first;
    if (n > T + 1 || n < 2) {
        d->ids.n = first;
        d->n_too_long++;
        return TW_OK;
    }
    return doc_add(
        d, (struct tw_train_doc){ first, (uint32_t)n, (uint32_t)n_prompt },
        err);
}

/* Called with prompt and answer of each line of a file. */
typedef enum tw_status pair_fn(void *ctx, size_t n_line,
                               const struct tw_bpe_text *prompt,
                               const struct tw_bpe_text *answer,
                               struct tw_err *err);

static enum tw_status read_line(const char *line, size_t n, size_t n_line,
                                pair_fn *fn, void *ctx, struct tw_err *err)
{
    struct tw_json *root;
    struct tw_bpe_text prompt, answer;

    TW_TRY(tw_json_parse(&root, line, n, err));
    prompt.bytes = tw_json_text(tw_json_get(root, "prompt"), &prompt.len);
    answer.bytes = tw_json_text(tw_json_get(root, "answer"), &answer.len);
    enum tw_status st =
        prompt.bytes && answer.bytes
            ? fn(ctx, n_line, &prompt, &answer, err)
            : tw_fail(err, TW_EFORMAT, 0,
                      "a line needs the texts 'prompt' and 'answer'");
    tw_json_free(root);
    return st;
}

/* Reads max_lines lines, or all (0). */
static enum tw_status read_pairs(const char *path, size_t max_lines,
                                 pair_fn *fn, void *ctx, struct tw_err *err)
{
    struct tw_file_map map = { 0 };
    struct tw_err why = { 0 };
    enum tw_status st = tw_file_map_open(&map, path, err);
    size_t n_line = 0, at = 0;

    if (st != TW_OK)
        return st;
    while (at < map.len && st == TW_OK && (!max_lines || n_line < max_lines)) {
        const char *line = (const char *)map.bytes + at;
        const char *eol = memchr(line, '\n', map.len - at);
        size_t n = eol ? (size_t)(eol - line) : map.len - at;

        at += n + 1;
        if (n)
            st = read_line(line, n, n_line, fn, ctx, &why);
        n_line++;
    }
    tw_file_map_close(&map);
    if (st != TW_OK)
        return tw_fail(err, st, 0, "cannot read '%s' line %zu: %s", path,
                       n_line, why.msg);
    return TW_OK;
}

struct reader {
    struct tw_train_data *d, *held;
    size_t held_every, T;
    const struct tw_vocab *vocab;
};

static enum tw_status read_doc(void *ctx, size_t n_line,
                               const struct tw_bpe_text *prompt,
                               const struct tw_bpe_text *answer,
                               struct tw_err *err)
{
    const struct reader *r = ctx;
    bool is_held = r->held_every && n_line % r->held_every == r->held_every - 1;

    return tw_train_data_add(is_held ? r->held : r->d, r->vocab, prompt, answer,
                             r->T, err);
}

enum tw_status tw_train_data_read(struct tw_train_data *d,
                                  struct tw_train_data *held, size_t held_every,
                                  const struct tw_vocab *vocab,
                                  const char *path, size_t T,
                                  struct tw_err *err)
{
    struct reader r = { d, held, held_every, T, vocab };

    return read_pairs(path, 0, read_doc, &r, err);
}

struct corpus {
    struct tw_buf bytes;
    struct tw_bpe_text *texts;
    size_t n, cap;
};

static enum tw_status corpus_add(void *ctx, size_t n_line,
                                 const struct tw_bpe_text *prompt,
                                 const struct tw_bpe_text *answer,
                                 struct tw_err *err)
{
    struct corpus *c = ctx;

    (void)n_line;
    if (c->n + 2 > c->cap) {
        size_t cap = c->cap ? 2 * c->cap : 1024;
        struct tw_bpe_text *texts = realloc(c->texts, cap * sizeof(*texts));

        if (!texts)
            return tw_fail(err, TW_ENOMEM, 0, "out of memory for texts");
        c->texts = texts;
        c->cap = cap;
    }
    tw_buf_add(&c->bytes, prompt->bytes, prompt->len);
    tw_buf_add(&c->bytes, answer->bytes, answer->len);
    c->texts[c->n++] = (struct tw_bpe_text){ NULL, prompt->len };
    c->texts[c->n++] = (struct tw_bpe_text){ NULL, answer->len };
    return tw_buf_check(&c->bytes, "corpus", err);
}

enum tw_status tw_train_vocab(struct tw_vocab **t,
                              const struct tw_bpe_train *opt, const char *path,
                              size_t max_lines,
                              const struct tw_progress *progress,
                              struct tw_err *err)
{
    struct corpus c = { 0 };

    *t = NULL;
    tw_buf_init(&c.bytes, FILE_MAX);
    enum tw_status st = read_pairs(path, max_lines, corpus_add, &c, err);
    for (size_t i = 0, at = 0; i < c.n; at += c.texts[i++].len)
        c.texts[i].bytes = tw_buf_text(&c.bytes) + at;
    if (st == TW_OK)
        st = tw_bpe_learn(t, opt, c.texts, c.n, progress, err);
    tw_buf_release(&c.bytes);
    free(c.texts);
    return st;
}

static void shuffle(uint32_t *order, size_t n, uint64_t seed, uint64_t epoch)
{
    struct tw_rng root = tw_rng_seeded(seed);
    struct tw_rng r = tw_rng_split(&root, "epoch", epoch);

    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)tw_rng_below(&r, i);
        uint32_t x = order[i - 1];

        order[i - 1] = order[j];
        order[j] = x;
    }
}

/* Positions that a document takes: all but its last token are inputs. */
static size_t doc_len(const struct tw_train_data *d, uint32_t doc)
{
    return d->docs[doc].n - 1;
}

/* The longest of the next documents that fits goes next, so that rows are
 * nearly full; order is changed in place. */
static void pack(struct tw_train_rows *rows, const struct tw_train_data *d,
                 size_t T)
{
    size_t used = 0;

    for (size_t i = 0; i < d->n; i++) {
        size_t best = i, best_len = 0;
        size_t last = d->n - i < WAITING ? d->n : i + WAITING;

        for (size_t j = i; j < last; j++) {
            size_t len = doc_len(d, rows->order[j]);

            if (len > best_len && used + len <= T) {
                best = j;
                best_len = len;
            }
        }
        if (!best_len) { /* none fits: a new row, begun with the next one */
            rows->starts[rows->n++] = i;
            used = 0;
            best_len = doc_len(d, rows->order[i]);
        }
        uint32_t x = rows->order[best];
        memmove(rows->order + i + 1, rows->order + i,
                (best - i) * sizeof(*rows->order));
        rows->order[i] = x;
        used += best_len;
    }
    rows->starts[rows->n] = d->n;
}

enum tw_status tw_train_pack(struct tw_train_rows *rows,
                             const struct tw_train_data *d, size_t T,
                             uint64_t seed, uint64_t epoch, struct tw_err *err)
{
    *rows = (struct tw_train_rows){ 0 };
    rows->order = malloc((d->n + 1) * sizeof(*rows->order));
    rows->starts = malloc((d->n + 2) * sizeof(*rows->starts));
    if (!rows->order || !rows->starts) {
        tw_train_rows_release(rows);
        return tw_fail(err, TW_ENOMEM, 0, "out of memory to pack documents");
    }
    for (size_t i = 0; i < d->n; i++)
        rows->order[i] = (uint32_t)i;
    if (epoch != UINT64_MAX)
        shuffle(rows->order, d->n, seed, epoch);
    if (d->n)
        rows->starts[rows->n++] = 0;
    pack(rows, d, T);
    return TW_OK;
}

void tw_train_rows_release(struct tw_train_rows *rows)
{
    free(rows->order);
    free(rows->starts);
    *rows = (struct tw_train_rows){ 0 };
}

size_t tw_train_fill(const struct tw_train_slot *slot,
                     const struct tw_train_data *d,
                     const struct tw_train_rows *rows, size_t r)
{
    size_t at = 0, n_targets = 0;
    int32_t segment = 0;

    for (size_t k = rows->starts[r]; k < rows->starts[r + 1]; k++) {
        const struct tw_train_doc *doc = &d->docs[rows->order[k]];
        const int32_t *ids = d->ids.v + doc->first;

        for (size_t i = 0; i + 1 < doc->n; i++, at++) {
            bool counts = !slot->answer_only || i + 1 >= doc->prompt;

            slot->ids[at] = ids[i];
            slot->segments[at] = segment;
            slot->targets[at] = counts ? ids[i + 1] : -1;
            n_targets += counts;
        }
        segment++;
    }
    for (; at < slot->T; at++) { /* padding: a segment per position */
        slot->ids[at] = 0;
        slot->segments[at] = segment++;
        slot->targets[at] = -1;
    }
    return n_targets;
}
