/* bpe.c - vocabularies: tables, GGUF section in and out, decoding. */
#include "llm/bpe.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "llm/bpe_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define ARENA_MAX  ((size_t)1 << 30)
#define TOKENS_MAX ((size_t)1 << 22)
#define TOKEN_MAX  ((size_t)1 << 16) /* bytes of one token */

enum tw_status tw_ids_add(struct tw_ids *ids, int32_t id, struct tw_err *err)
{
    if (ids->n == ids->cap) {
        size_t cap = ids->cap ? 2 * ids->cap : 256;
        int32_t *v = realloc(ids->v, cap * sizeof(*v));

        if (!v)
            return tw_fail(err, TW_ENOMEM, 0, "out of memory for token ids");
        ids->v = v;
        ids->cap = cap;
    }
    ids->v[ids->n++] = id;
    return TW_OK;
}

void tw_ids_release(struct tw_ids *ids)
{
    free(ids->v);
    *ids = (struct tw_ids){ 0 };
}

static size_t table_size(size_t n)
{
    size_t size = 16;

    while (size < 2 * n)
        size *= 2;
    return size;
}

enum tw_status tw_bpe_new(struct tw_bpe **out, size_t n, size_t n_merges,
                          struct tw_err *err)
{
    struct tw_bpe *t = calloc(1, sizeof(*t));

    *out = NULL;
    if (!t)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for vocabulary");
    tw_arena_init(&t->arena, ARENA_MAX);
    t->n = n;
    t->n_by_bytes = table_size(n);
    t->n_slots = table_size(n_merges);
    t->bos = t->eos = t->pad = t->unknown = -1;
    t->tokens = tw_arena_alloc(&t->arena, n, sizeof(*t->tokens));
    t->by_bytes = tw_arena_alloc(&t->arena, t->n_by_bytes, sizeof(uint32_t));
    t->merges = tw_arena_alloc(&t->arena, t->n_slots, sizeof(*t->merges));
    t->users = tw_arena_alloc(&t->arena, n, sizeof(*t->users));
    if (!t->tokens || !t->by_bytes || !t->merges || !t->users) {
        tw_bpe_free(t);
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for vocabulary");
    }
    for (size_t i = 0; i < t->n_slots; i++)
        t->merges[i].rank = UINT32_MAX;
    for (size_t i = 0; i < 256; i++)
        t->of_byte[i] = -1;
    *out = t;
    return TW_OK;
}

void tw_bpe_free(struct tw_bpe *t)
{
    if (!t)
        return;
    tw_arena_release(&t->arena);
    free(t);
}

static uint32_t *slot_of(const struct tw_bpe *t, const char *bytes, size_t n)
{
    size_t mask = t->n_by_bytes - 1, i = (size_t)tw_hash_fnv64(bytes, n) & mask;

    for (; t->by_bytes[i]; i = (i + 1) & mask) {
        const struct tw_token *k = &t->tokens[t->by_bytes[i] - 1];

        if (k->len == n && memcmp(k->bytes, bytes, n) == 0)
            break;
    }
    return &t->by_bytes[i];
}

static bool is_end_text(const struct tw_token *k)
{
    static const char *const TEXTS[] = {
        "<|endoftext|>", "<|im_end|>",      "<|eot_id|>",    "<|end|>",
        "<end_of_turn>", "<|end_of_text|>", "<EOT>",         "<|EOT|>",
        "<|eom_id|>",    "<|fim_pad|>",     "<|repo_name|>", "<|file_sep|>",
        "</s>"
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(TEXTS); i++)
        if (k->len == strlen(TEXTS[i]) && !memcmp(k->bytes, TEXTS[i], k->len))
            return true;
    return false;
}

void tw_bpe_index(struct tw_bpe *t, int32_t id)
{
    struct tw_token *k = &t->tokens[id];

    if (k->kind == TW_TOKEN_NORMAL && k->len) {
        uint32_t *slot = slot_of(t, k->bytes, k->len);

        if (!*slot)
            *slot = (uint32_t)id + 1;
        if (k->len == 1 && !t->scores && t->of_byte[(uint8_t)k->bytes[0]] < 0)
            t->of_byte[(uint8_t)k->bytes[0]] = id;
    } else if (k->kind == TW_TOKEN_USER && k->len) {
        t->users[t->n_users++] = id;
    } else if (k->kind == TW_TOKEN_CONTROL) {
        k->ends = is_end_text(k);
    }
}

int32_t tw_bpe_find(const struct tw_bpe *t, const char *bytes, size_t n)
{
    return (int32_t)*slot_of(t, bytes, n) - 1;
}

static struct tw_merge *merge_slot(const struct tw_bpe *t, int32_t left,
                                   int32_t right)
{
    uint64_t key = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
    size_t mask = t->n_slots - 1;
    size_t i = (size_t)(key * 0x9e3779b97f4a7c15u >> 20) & mask;

    while (t->merges[i].rank != UINT32_MAX &&
           (t->merges[i].left != left || t->merges[i].right != right))
        i = (i + 1) & mask;
    return &t->merges[i];
}

void tw_bpe_add_merge(struct tw_bpe *t, int32_t left, int32_t right,
                      int32_t result)
{
    struct tw_merge *m = merge_slot(t, left, right);

    if (m->rank == UINT32_MAX)
        *m = (struct tw_merge){ left, right, (uint32_t)t->n_merges, result };
    t->n_merges++;
}

const struct tw_merge *tw_bpe_merge(const struct tw_bpe *t, int32_t left,
                                    int32_t right)
{
    const struct tw_merge *m = merge_slot(t, left, right);

    return m->rank == UINT32_MAX ? NULL : m;
}

/* GPT-2's alphabet: printable bytes stand for themselves, the others for
 * U+0100 and up in their order. */
static uint32_t byte_to_code(uint8_t byte)
{
    if ((byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte != 0xad))
        return byte;
    if (byte <= 0x20)
        return 0x100u + byte;
    if (byte <= 0xa0)
        return 0x100u + 33 + (byte - 0x7fu);
    return 0x100u + 67;
}

/* The byte of a character of the alphabet, or -1. */
static int code_to_byte(uint32_t code)
{
    if ((code >= 0x21 && code <= 0x7e) || (code >= 0xa1 && code <= 0xff))
        return code == 0xad ? -1 : (int)code;
    if (code >= 0x100 && code <= 0x120)
        return (int)code - 0x100;
    if (code >= 0x121 && code <= 0x142)
        return (int)code - 0x121 + 0x7f;
    return code == 0x143 ? 0xad : -1;
}

/* Bytes behind a normal token's text; a text outside of the alphabet stands
 * for itself.  dst has room for n bytes. */
static size_t text_to_bytes(char *dst, const char *text, size_t n)
{
    size_t len = 0;

    for (size_t i = 0; i < n;) {
        uint32_t code;
        size_t used = tw_utf8_decode(text + i, n - i, &code);
        int byte = used ? code_to_byte(code) : -1;

        if (byte < 0) {
            memcpy(dst, text, n);
            return n;
        }
        dst[len++] = (char)byte;
        i += used;
    }
    return len;
}

static void bytes_to_text(struct tw_buf *b, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char utf8[4];

        tw_buf_add(b, utf8,
                   tw_utf8_encode(byte_to_code((uint8_t)bytes[i]), utf8));
    }
}

static int compare_users(const void *a, const void *b, const struct tw_bpe *t)
{
    const struct tw_token *x = &t->tokens[*(const int32_t *)a];
    const struct tw_token *y = &t->tokens[*(const int32_t *)b];

    return (x->len < y->len) - (x->len > y->len);
}

/* Insertion sort: there are few, and qsort() has no context. */
static void sort_users(struct tw_bpe *t)
{
    for (size_t i = 1; i < t->n_users; i++) {
        int32_t id = t->users[i];
        size_t j = i;

        for (; j && compare_users(&t->users[j - 1], &id, t) > 0; j--)
            t->users[j] = t->users[j - 1];
        t->users[j] = id;
    }
}

/* What token id stands for, into room. */
static void set_text(struct tw_bpe *t, struct tw_token *k, char *room,
                     const struct tw_gguf_string *text, int32_t id)
{
    int byte = t->scores && k->kind == TW_TOKEN_BYTE
                   ? tw_spm_byte(text->bytes, text->len)
                   : -1;

    if (byte >= 0) {
        room[0] = (char)byte;
        k->len = 1;
        t->of_byte[byte] = id;
    } else if (t->scores) {
        k->len = (uint32_t)tw_spm_text(room, text->bytes, text->len);
    } else if (k->kind == TW_TOKEN_NORMAL) {
        k->len = (uint32_t)text_to_bytes(room, text->bytes, text->len);
    } else if (k->len) {
        memcpy(room, text->bytes, k->len);
    }
}

static enum tw_status load_tokens(struct tw_bpe *t,
                                  const struct tw_gguf_string *texts,
                                  const int64_t *kinds, struct tw_err *err)
{
    size_t total = 0, used = 0, n_users = 0;

    for (size_t i = 0; i < t->n; i++) {
        if (texts[i].len > TOKEN_MAX)
            return tw_fail(err, TW_EFORMAT, 0,
                           "bad tokenizer.ggml.tokens: token %zu has %zu bytes",
                           i, texts[i].len);
        total += texts[i].len;
    }
    char *room = tw_arena_alloc(&t->arena, total + 1, 1);
    if (!room)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for vocabulary");
    for (size_t i = 0; i < t->n; i++) {
        struct tw_token *k = &t->tokens[i];
        int64_t kind = kinds ? kinds[i] : TW_TOKEN_NORMAL;

        if (kind < 0 || kind > TW_TOKEN_BYTE)
            return tw_fail(err, TW_EFORMAT, 0,
                           "bad tokenizer.ggml.token_type of token %zu", i);
        n_users += kind == TW_TOKEN_USER;
        k->kind = (uint8_t)kind;
        k->bytes = room + used;
        k->len = (uint32_t)texts[i].len;
        set_text(t, k, room + used, &texts[i], (int32_t)i);
        used += texts[i].len;
        tw_bpe_index(t, (int32_t)i);
    }
    if (n_users > 10000)
        return tw_fail(err, TW_EFORMAT, 0,
                       "bad tokenizer.ggml.token_type: %zu user-defined tokens",
                       n_users);
    sort_users(t);
    return TW_OK;
}

/* "left right", cut at the first blank after position 0. */
static enum tw_status load_merge(struct tw_bpe *t, struct tw_gguf_string s,
                                 char *room, struct tw_err *err)
{
    const char *blank = s.len > 1 ? memchr(s.bytes + 1, ' ', s.len - 1) : NULL;

    if (!blank || s.len > 2 * TOKEN_MAX)
        return tw_fail(err, TW_EFORMAT, 0,
                       "bad tokenizer.ggml.merges: entry %zu is no pair",
                       t->n_merges);
    size_t n = (size_t)(blank - s.bytes);
    size_t n_left = text_to_bytes(room, s.bytes, n);
    size_t n_right = text_to_bytes(room + n_left, blank + 1, s.len - n - 1);
    int32_t left = tw_bpe_find(t, room, n_left);
    int32_t right = tw_bpe_find(t, room + n_left, n_right);
    int32_t result = tw_bpe_find(t, room, n_left + n_right);
    if (left >= 0 && right >= 0 && result >= 0)
        tw_bpe_add_merge(t, left, right, result);
    else
        t->n_merges++; /* names a text that is no token: cannot apply */
    return TW_OK;
}

static int32_t load_id(const struct tw_bpe *t, const struct tw_gguf *f,
                       const char *key)
{
    uint64_t id;

    if (tw_gguf_get_u64(f, key, &id, NULL) != TW_OK || id >= t->n)
        return -1;
    return (int32_t)id;
}

static void load_specials(struct tw_bpe *t, const struct tw_gguf *f)
{
    t->bos = load_id(t, f, "tokenizer.ggml.bos_token_id");
    t->eos = load_id(t, f, "tokenizer.ggml.eos_token_id");
    t->pad = load_id(t, f, "tokenizer.ggml.padding_token_id");
    t->unknown = load_id(t, f, "tokenizer.ggml.unknown_token_id");
    if (tw_gguf_get_bool(f, "tokenizer.ggml.add_bos_token", &t->add_bos,
                         NULL) != TW_OK)
        t->add_bos = t->scores || t->pre == TW_PRETOK_LLAMA3;
    t->add_blank = t->scores != NULL;
    if (t->scores && tw_gguf_get_bool(f, "tokenizer.ggml.add_space_prefix",
                                      &t->add_blank, NULL) != TW_OK)
        t->add_blank = true;
    if (t->scores && t->n > 2) { /* what the format takes for granted */
        t->bos = t->bos < 0 ? 1 : t->bos;
        t->eos = t->eos < 0 ? 2 : t->eos;
        t->unknown = t->unknown < 0 ? 0 : t->unknown;
    }
    int32_t eot = load_id(t, f, "tokenizer.ggml.eot_token_id");
    if (t->eos >= 0)
        t->tokens[t->eos].ends = true;
    if (eot >= 0)
        t->tokens[eot].ends = true;
}

static bool is(const struct tw_gguf_string *s, const char *text)
{
    return s->len == strlen(text) && memcmp(s->bytes, text, s->len) == 0;
}

static enum tw_status find_kind(const struct tw_gguf *f, bool *spm,
                                enum tw_pretok_kind *pre, struct tw_err *err)
{
    struct tw_gguf_string s;

    TW_TRY(tw_gguf_get_string(f, "tokenizer.ggml.model", &s, err));
    *spm = is(&s, "llama");
    if (*spm)
        return TW_OK;
    if (!is(&s, "gpt2"))
        return tw_fail(err, TW_EFORMAT, 0,
                       "unsupported tokenizer.ggml.model '%.*s', not 'gpt2' "
                       "or 'llama'",
                       s.len < 40 ? (int)s.len : 40, s.bytes);
    TW_TRY(tw_gguf_get_string(f, "tokenizer.ggml.pre", &s, err));
    if (!tw_pretok_find(s.bytes, s.len, pre))
        return tw_fail(err, TW_EFORMAT, 0,
                       "unsupported tokenizer.ggml.pre '%.*s'",
                       s.len < 40 ? (int)s.len : 40, s.bytes);
    return TW_OK;
}

/* The arrays of the section; pointers into the file and the scratch arena. */
struct section {
    struct tw_gguf_string *texts, *merges;
    int64_t *kinds;
    double *scores;
    size_t n, n_merges;
};

static enum tw_status check_len(const char *key, size_t have, size_t n,
                                struct tw_err *err)
{
    if (have != n)
        return tw_fail(err, TW_EFORMAT, 0, "bad %s: %zu for %zu tokens", key,
                       have, n);
    return TW_OK;
}

static enum tw_status read_section(struct section *x, const struct tw_gguf *f,
                                   bool spm, struct tw_arena *scratch,
                                   struct tw_err *err)
{
    static const char KINDS[] = "tokenizer.ggml.token_type";
    static const char SCORES[] = "tokenizer.ggml.scores";
    size_t n;

    TW_TRY(tw_gguf_get_strings(f, "tokenizer.ggml.tokens", scratch, &x->texts,
                               &x->n, err));
    if (!x->n || x->n > TOKENS_MAX)
        return tw_fail(err, TW_EFORMAT, 0,
                       "bad tokenizer.ggml.tokens: %zu tokens", x->n);
    if (spm) {
        TW_TRY(tw_gguf_get_f64s(f, SCORES, scratch, &x->scores, &n, err));
        TW_TRY(check_len(SCORES, n, x->n, err));
    } else {
        TW_TRY(tw_gguf_get_strings(f, "tokenizer.ggml.merges", scratch,
                                   &x->merges, &x->n_merges, err));
    }
    if (x->n_merges > TOKENS_MAX)
        return tw_fail(err, TW_EFORMAT, 0,
                       "bad tokenizer.ggml.merges: %zu entries", x->n_merges);
    if (!tw_gguf_has(f, KINDS))
        return TW_OK;
    TW_TRY(tw_gguf_get_i64s(f, KINDS, scratch, &x->kinds, &n, err));
    return check_len(KINDS, n, x->n, err);
}

static enum tw_status set_scores(struct tw_bpe *t, const double *scores,
                                 struct tw_err *err)
{
    if (!scores)
        return TW_OK;
    t->scores = tw_arena_alloc(&t->arena, t->n, sizeof(*t->scores));
    if (!t->scores)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for vocabulary");
    for (size_t i = 0; i < t->n; i++)
        t->scores[i] = (float)scores[i];
    return TW_OK;
}

/* scratch holds the arrays of the file while they are turned into tables. */
static enum tw_status load(struct tw_bpe **out, const struct tw_gguf *f,
                           struct tw_arena *scratch, struct tw_err *err)
{
    enum tw_pretok_kind pre = TW_PRETOK_GPT2;
    struct section x = { 0 };
    bool spm = false;

    TW_TRY(find_kind(f, &spm, &pre, err));
    TW_TRY(read_section(&x, f, spm, scratch, err));
    char *room = tw_arena_alloc(scratch, 2 * TOKEN_MAX, 1);
    if (!room)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for vocabulary");
    TW_TRY(tw_bpe_new(out, x.n, x.n_merges, err));
    (*out)->pre = pre;
    (*out)->whole_pieces = pre == TW_PRETOK_LLAMA3;
    TW_TRY(set_scores(*out, x.scores, err));
    TW_TRY(load_tokens(*out, x.texts, x.kinds, err));
    for (size_t i = 0; i < x.n_merges; i++)
        TW_TRY(load_merge(*out, x.merges[i], room, err));
    load_specials(*out, f);
    return TW_OK;
}

enum tw_status tw_bpe_open(struct tw_bpe **out, const struct tw_gguf *f,
                           struct tw_err *err)
{
    struct tw_arena scratch;

    *out = NULL;
    tw_arena_init(&scratch, ARENA_MAX);
    enum tw_status st = load(out, f, &scratch, err);
    tw_arena_release(&scratch);
    if (st != TW_OK) {
        tw_bpe_free(*out);
        *out = NULL;
    }
    return st;
}

static void put_tokens(const struct tw_bpe *t, struct tw_gguf_out *o,
                       struct tw_buf *b, struct tw_gguf_string *s,
                       int32_t *kinds)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct tw_token *k = &t->tokens[i];
        size_t first = b->len;

        if (k->kind == TW_TOKEN_NORMAL)
            bytes_to_text(b, k->bytes, k->len);
        else
            tw_buf_add(b, k->bytes, k->len);
        s[i].len = b->len - first;
        kinds[i] = k->kind;
    }
    for (size_t i = 0, at = 0; i < t->n; at += s[i++].len)
        s[i].bytes = tw_buf_text(b) + at;
    tw_gguf_put_strings(o, "tokenizer.ggml.tokens", s, t->n);
    tw_gguf_put_i32s(o, "tokenizer.ggml.token_type", kinds, t->n);
}

/* Merges in the order of their ranks; those that cannot apply are gone. */
static void put_merges(const struct tw_bpe *t, struct tw_gguf_out *o,
                       struct tw_buf *b, const struct tw_merge **ranked,
                       struct tw_gguf_string *s)
{
    size_t n = 0, first = 0;

    memset(ranked, 0, t->n_merges * sizeof(struct tw_merge *));
    for (size_t i = 0; i < t->n_slots; i++)
        if (t->merges[i].rank != UINT32_MAX)
            ranked[t->merges[i].rank] = &t->merges[i];
    tw_buf_clear(b);
    for (size_t i = 0; i < t->n_merges; i++) {
        if (!ranked[i])
            continue;
        const struct tw_token *x = &t->tokens[ranked[i]->left];
        const struct tw_token *y = &t->tokens[ranked[i]->right];

        bytes_to_text(b, x->bytes, x->len);
        tw_buf_addc(b, ' ');
        bytes_to_text(b, y->bytes, y->len);
        s[n].len = b->len - first;
        first = b->len;
        n++;
    }
    for (size_t i = 0, at = 0; i < n; at += s[i++].len)
        s[i].bytes = tw_buf_text(b) + at;
    tw_gguf_put_strings(o, "tokenizer.ggml.merges", s, n);
}

void tw_bpe_put(const struct tw_bpe *t, struct tw_gguf_out *o)
{
    struct tw_buf b;
    size_t n = t->n > t->n_merges ? t->n : t->n_merges;
    struct tw_gguf_string *s = calloc(n + 1, sizeof(*s));
    int32_t *kinds = calloc(t->n + 1, sizeof(*kinds));
    const struct tw_merge **ranked =
        calloc(t->n_merges + 1, sizeof(struct tw_merge *));

    tw_buf_init(&b, ARENA_MAX);
    tw_gguf_put_string(o, "tokenizer.ggml.model", "gpt2");
    tw_gguf_put_string(o, "tokenizer.ggml.pre", tw_pretok_name(t->pre));
    if (s && kinds && ranked) {
        put_tokens(t, o, &b, s, kinds);
        put_merges(t, o, &b, ranked, s);
    }
    if (t->eos >= 0)
        tw_gguf_put_u32(o, "tokenizer.ggml.eos_token_id", (uint32_t)t->eos);
    if (t->bos >= 0)
        tw_gguf_put_u32(o, "tokenizer.ggml.bos_token_id", (uint32_t)t->bos);
    if (t->pad >= 0)
        tw_gguf_put_u32(o, "tokenizer.ggml.padding_token_id", (uint32_t)t->pad);
    tw_gguf_put_bool(o, "tokenizer.ggml.add_bos_token", t->add_bos);
    tw_buf_release(&b);
    free(s);
    free(kinds);
    free(ranked);
}

enum tw_status tw_bpe_save(const struct tw_bpe *t, const char *path,
                           struct tw_err *err)
{
    struct tw_gguf_out *o;

    TW_TRY(tw_gguf_out_new(&o, err));
    tw_gguf_put_string(o, "general.architecture", "llama");
    tw_bpe_put(t, o);
    enum tw_status st = tw_gguf_write(o, path, err);
    tw_gguf_out_free(o);
    return st;
}

bool tw_bpe_is_writable(const struct tw_bpe *t)
{
    return !t->scores;
}

size_t tw_bpe_count(const struct tw_bpe *t)
{
    return t->n;
}

int32_t tw_bpe_bos(const struct tw_bpe *t)
{
    return t->add_bos ? t->bos : -1;
}

int32_t tw_bpe_eos(const struct tw_bpe *t)
{
    return t->eos;
}

bool tw_bpe_is_end(const struct tw_bpe *t, int32_t id)
{
    return id >= 0 && (size_t)id < t->n && t->tokens[id].ends;
}

void tw_bpe_decode(const struct tw_bpe *t, int32_t id, bool shown,
                   struct tw_buf *b)
{
    if (id < 0 || (size_t)id >= t->n)
        return;
    const struct tw_token *k = &t->tokens[id];
    if (shown || (k->kind != TW_TOKEN_CONTROL && k->kind != TW_TOKEN_UNKNOWN))
        tw_buf_add(b, k->bytes, k->len);
}
