/*
 * train_data.c - lines of prompts and answers become tokens, and documents
 * become rows.
 *
 * All tokens of a file lie in one array, and a document is a place in it: 30
 * million tokens are 120 MB, and no document is allocated by itself.
 */
#include "teach/train_data.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define FILE_MAX ((size_t)1 << 32)
#define DOCS_MAX ((size_t)1 << 31)
/* Documents that packing may choose from.  With so many, rows of short ones are
 * more than 95 % full, and the order stays nearly random. */
#define WAITING  64

/* It may be used again. */
void tw_train_data_release(struct tw_train_data *d)
{
    tw_ids_release(&d->ids);
    free(d->docs);
    *d = (struct tw_train_data){ 0 };
}

/* Room for need elements of size bytes in v, which has room for *cap; the new
 * array, or NULL and v is still good. */
static void *grow(void *v, size_t *cap, size_t need, size_t size)
{
    size_t more = 1024;

    if (need <= *cap)
        return v;
    if (*cap)
        more = 2 * *cap;
    if (more > DOCS_MAX)
        return NULL;
    void *p = tw_mem_resize(v, more * size);
    if (p)
        *cap = more;
    return p;
}

static enum tw_status doc_add(struct tw_train_data *d, struct tw_train_doc doc,
                              struct tw_err *err)
{
    struct tw_train_doc *docs = grow(d->docs, &d->cap, d->n + 1, sizeof(*docs));

    if (!docs)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for documents");
    d->docs = docs;
    TW_ASSERT(d->n < d->cap && doc.prompt < doc.n);
    d->docs[d->n++] = doc;
    return TW_OK;
}

/* Prompt and answer are encoded apart: a token across their border would never
 * occur when the model writes an answer. */
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
    if (n > T + 1 || n < 2) { /* nothing to learn, or no row for it */
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

/* Texts are borrowed from the tree of the line for the call of fn. */
static enum tw_status read_line(const char *line, size_t n, size_t n_line,
                                pair_fn *fn, void *ctx, struct tw_err *err)
{
    struct tw_json *root;
    struct tw_bpe_text prompt, answer;
    enum tw_status st;

    TW_TRY(tw_json_parse_loose(&root, line, n, err));
    prompt.bytes = tw_json_text(tw_json_get(root, "prompt"), &prompt.len);
    answer.bytes = tw_json_text(tw_json_get(root, "answer"), &answer.len);
    if (prompt.bytes && answer.bytes)
        st = fn(ctx, n_line, &prompt, &answer, err);
    else
        st = tw_fail(err, TW_EFORMAT, 0,
                     "a line needs the texts 'prompt' and 'answer'");
    tw_json_free(root);
    return st;
}

/* Reads max_lines lines, or all (0); empty ones count and are passed over. */
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
        size_t n = tw_json_line_len(line, map.len - at);

        at += n + 1;
        if (!tw_json_is_blank(line, n))
            st = read_line(line, n, n_line, fn, ctx, &why);
        n_line++;
    }
    if (st != TW_OK)
        st = tw_fail(err, st, 0, "cannot read '%s' line %zu: %s", path, n_line,
                     why.msg);
    return tw_file_map_end(&map, st, err);
}

/* Where the documents of a file go. */
struct reader {
    struct tw_train_data *d, *held;
    size_t held_every; /* 0: none is held out */
    size_t T;
    const struct tw_vocab *vocab;
};

/* A document of a line: to train on, or held out. */
static enum tw_status read_doc(void *ctx, size_t n_line,
                               const struct tw_bpe_text *prompt,
                               const struct tw_bpe_text *answer,
                               struct tw_err *err)
{
    const struct reader *r = ctx;
    struct tw_train_data *d = r->d;

    if (r->held_every && n_line % r->held_every == r->held_every - 1)
        d = r->held;
    return tw_train_data_add(d, r->vocab, prompt, answer, r->T, err);
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

/* All texts of a file in one buffer, which moves while it grows: texts get
 * their bytes at the end. */
struct corpus {
    struct tw_buf bytes;
    struct tw_bpe_text *texts; /* (n), room for cap */
    size_t n, cap;
};

/* Prompt and answer as two texts: no merge goes across their border. */
static enum tw_status corpus_add(void *ctx, size_t n_line,
                                 const struct tw_bpe_text *prompt,
                                 const struct tw_bpe_text *answer,
                                 struct tw_err *err)
{
    struct corpus *c = ctx;

    (void)n_line;
    struct tw_bpe_text *texts =
        grow(c->texts, &c->cap, c->n + 2, sizeof(*texts));
    if (!texts)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for texts");
    c->texts = texts;
    tw_buf_add(&c->bytes, prompt->bytes, prompt->len);
    tw_buf_add(&c->bytes, answer->bytes, answer->len);
    c->texts[c->n++] = (struct tw_bpe_text){ NULL, prompt->len };
    c->texts[c->n++] = (struct tw_bpe_text){ NULL, answer->len };
    return tw_buf_check(&c->bytes, "corpus", err);
}

/* The texts of the file in memory, then bpe.h. */
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

/* Fisher and Yates (Knuth, vol. 2, 3.4.2): a function of seed and epoch. */
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

/* Where the window of documents that may be chosen ends. */
static size_t window_end(size_t i, size_t n)
{
    if (n - i < WAITING)
        return n;
    return i + WAITING;
}

/* The longest of the next documents that fits goes next, so that rows are
 * nearly full; order is changed in place. */
static void pack(struct tw_train_rows *rows, const struct tw_train_data *d,
                 size_t T)
{
    size_t used = 0;

    for (size_t i = 0; i < d->n; i++) {
        size_t best = i, best_len = 0;
        size_t last = window_end(i, d->n);

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
        TW_ASSERT(used <= T);
    }
    rows->starts[rows->n] = d->n;
}

/* order and starts have room for one more: an empty set has one row start. */
enum tw_status tw_train_pack(struct tw_train_rows *rows,
                             const struct tw_train_data *d, size_t T,
                             uint64_t seed, uint64_t epoch, struct tw_err *err)
{
    *rows = (struct tw_train_rows){ 0 };
    rows->order = tw_mem_alloc((d->n + 1) * sizeof(*rows->order));
    rows->starts = tw_mem_alloc((d->n + 2) * sizeof(*rows->starts));
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

/* Targets are the tokens one place on; the last token of a document is a target
 * only. */
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
            slot->ids[at] = ids[i];
            slot->segments[at] = segment;
            slot->targets[at] = -1;
            if (slot->answer_only && i + 1 < doc->prompt)
                continue; /* the next token is still of the prompt */
            slot->targets[at] = ids[i + 1];
            n_targets++;
        }
        segment++;
    }
    TW_ASSERT(at <= slot->T);
    for (; at < slot->T; at++) { /* padding: a segment per position */
        slot->ids[at] = 0;
        slot->segments[at] = segment++;
        slot->targets[at] = -1;
    }
    return n_targets;
}
