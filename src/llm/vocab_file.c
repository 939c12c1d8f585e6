/*
 * vocab_file.c - the tokenizer section of a GGUF file: into tables, and out of
 * them.  Nothing of a file is trusted: counts are compared before they are
 * used, ids have to be smaller than the number of tokens.
 */
#include "llm/vocab.h"

#include "base/fault.h"
#include "base/utf8.h"
#include "llm/vocab_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define TOKENS_MAX ((size_t)1 << 22)
#define TOKEN_MAX  ((size_t)1 << 16) /* bytes of one token */
#define USERS_MAX  10000 /* each is compared with every place of a text */

static int shown_len(struct tw_gguf_string s)
{
    if (s.len < 40)
        return (int)s.len;
    return 40;
}

/* GPT-2's alphabet, in which files spell the bytes of tokens: printable bytes
 * stand for themselves, the others for U+0100 and up in their order. */
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
    if (code == 0xad)
        return -1; /* the soft hyphen is not printable: see U+0143 */
    if ((code >= 0x21 && code <= 0x7e) || (code >= 0xa1 && code <= 0xff))
        return (int)code;
    if (code >= 0x100 && code <= 0x120)
        return (int)code - 0x100;
    if (code >= 0x121 && code <= 0x142)
        return (int)code - 0x121 + 0x7f;
    if (code == 0x143)
        return 0xad;
    return -1;
}

/* Bytes behind a normal token's text; a text outside of the alphabet stands
 * for itself.  dst has room for n bytes: the bytes are never more than the
 * characters that spell them. */
static size_t text_to_bytes(char *dst, const char *text, size_t n)
{
    size_t len = 0;

    for (size_t i = 0; i < n;) {
        uint32_t code;
        size_t used = tw_utf8_decode(text + i, n - i, &code);
        int byte = -1;

        if (used)
            byte = code_to_byte(code);
        if (byte < 0) {
            memcpy(dst, text, n);
            return n;
        }
        dst[len++] = (char)byte;
        i += used;
    }
    TW_ASSERT(len <= n);
    return len;
}

/* The reverse of text_to_bytes(), appended to b. */
static void bytes_to_text(struct tw_buf *b, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char utf8[4];

        tw_buf_add(b, utf8,
                   tw_utf8_encode(byte_to_code((uint8_t)bytes[i]), utf8));
    }
}

static bool is_longer(const struct tw_vocab *t, int32_t a, int32_t b)
{
    return t->tokens[a].len > t->tokens[b].len;
}

/* The longest first, so that the first one that fits is the right one.
 * Insertion sort, which keeps the order of equal ones: there are few, and
 * qsort() has no context. */
static void sort_users(struct tw_vocab *t)
{
    for (size_t i = 1; i < t->n_users; i++) {
        int32_t id = t->users[i];
        size_t j = i;

        for (; j && is_longer(t, id, t->users[j - 1]); j--)
            t->users[j] = t->users[j - 1];
        t->users[j] = id;
    }
}

/* The byte that token k spells as "<0x0A>", or -1. */
static int byte_of(const struct tw_vocab *t, const struct tw_token *k,
                   const struct tw_gguf_string *text)
{
    if (!t->scores || k->kind != TW_TOKEN_BYTE)
        return -1;
    return tw_spm_byte(text->bytes, text->len);
}

/* What token id stands for, into dst, which has room for the text. */
static void set_text(struct tw_vocab *t, struct tw_token *k, char *dst,
                     const struct tw_gguf_string *text, int32_t id)
{
    int byte = byte_of(t, k, text);

    if (byte >= 0) {
        dst[0] = (char)byte;
        k->len = 1;
        t->of_byte[byte] = id;
    } else if (t->scores) {
        k->len = (uint32_t)tw_spm_text(dst, text->bytes, text->len);
    } else if (k->kind == TW_TOKEN_NORMAL) {
        k->len = (uint32_t)text_to_bytes(dst, text->bytes, text->len);
    } else if (k->len) {
        memcpy(dst, text->bytes, k->len);
    }
    TW_ASSERT(k->len <= text->len);
}

/* One block of the arena takes the bytes of all tokens. */
static enum tw_status take_text_room(struct tw_vocab *t,
                                     const struct tw_gguf_string *texts,
                                     char **bytes, struct tw_err *err)
{
    size_t total = 0;

    for (size_t i = 0; i < t->n; i++) {
        if (texts[i].len > TOKEN_MAX)
            return tw_fail(err, TW_EFORMAT, 0,
                           "bad tokenizer.ggml.tokens: token %zu has %zu bytes",
                           i, texts[i].len);
        total += texts[i].len;
    }
    *bytes = tw_arena_alloc(&t->arena, total + 1, 1);
    if (!*bytes)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for vocabulary");
    return TW_OK;
}

/* kinds NULL: all tokens are normal ones. */
static enum tw_status load_tokens(struct tw_vocab *t,
                                  const struct tw_gguf_string *texts,
                                  const int64_t *kinds, struct tw_err *err)
{
    char *bytes;

    TW_TRY(take_text_room(t, texts, &bytes, err));
    for (size_t i = 0; i < t->n; bytes += texts[i++].len) {
        struct tw_token *k = &t->tokens[i];
        int64_t kind = TW_TOKEN_NORMAL;

        if (kinds)
            kind = kinds[i];
        if (kind < 0 || kind > TW_TOKEN_BYTE)
            return tw_fail(err, TW_EFORMAT, 0,
                           "bad tokenizer.ggml.token_type of token %zu", i);
        k->kind = (uint8_t)kind;
        k->bytes = bytes;
        k->len = (uint32_t)texts[i].len;
        set_text(t, k, bytes, &texts[i], (int32_t)i);
        tw_vocab_index(t, (int32_t)i);
    }
    if (t->n_users > USERS_MAX)
        return tw_fail(err, TW_EFORMAT, 0,
                       "bad tokenizer.ggml.token_type: %zu user-defined tokens",
                       t->n_users);
    sort_users(t);
    return TW_OK;
}

/* "left right", cut at the first blank after position 0: a text may begin with
 * a blank.  room: 2 * TOKEN_MAX bytes. */
static enum tw_status load_merge(struct tw_vocab *t, struct tw_gguf_string s,
                                 char *room, struct tw_err *err)
{
    const char *blank = s.len > 1 ? memchr(s.bytes + 1, ' ', s.len - 1) : NULL;

    if (!blank || s.len > 2 * TOKEN_MAX)
        return tw_fail(err, TW_EFORMAT, 0,
                       "bad tokenizer.ggml.merges: entry %zu is no pair",
                       t->n_merges);
    size_t n = (size_t)(blank - s.bytes);

    TW_ASSERT(n > 0 && n < s.len);
    size_t n_left = text_to_bytes(room, s.bytes, n);
    size_t n_right = text_to_bytes(room + n_left, blank + 1, s.len - n - 1);
    int32_t left = tw_vocab_find(t, room, n_left);
    int32_t right = tw_vocab_find(t, room + n_left, n_right);
    int32_t result = tw_vocab_find(t, room, n_left + n_right);
    if (left >= 0 && right >= 0 && result >= 0)
        tw_bpe_add_merge(t, left, right, result);
    else
        t->n_merges++; /* names a text that is no token: cannot apply */
    return TW_OK;
}

/* The id that a key names; -1 when there is none or no such token: files of
 * converters are often wrong here, and no text depends on it. */
static int32_t load_id(const struct tw_vocab *t, const struct tw_gguf *f,
                       const char *key)
{
    uint64_t id;

    if (tw_gguf_get_u64(f, key, &id, NULL) != TW_OK || id >= t->n)
        return -1;
    return (int32_t)id;
}

static int32_t id_or(int32_t id, int32_t usual)
{
    if (id < 0)
        return usual;
    return id;
}

/* A SentencePiece text begins with a blank unless the file says no. */
static void load_blank(struct tw_vocab *t, const struct tw_gguf *f)
{
    t->add_blank = t->scores != NULL;
    if (!t->scores)
        return;
    if (tw_gguf_get_bool(f, "tokenizer.ggml.add_space_prefix", &t->add_blank,
                         NULL) != TW_OK)
        t->add_blank = true;
}

/* bos, eos and so on, and which tokens end an answer besides eos. */
static void load_specials(struct tw_vocab *t, const struct tw_gguf *f)
{
    t->bos = load_id(t, f, "tokenizer.ggml.bos_token_id");
    t->eos = load_id(t, f, "tokenizer.ggml.eos_token_id");
    t->pad = load_id(t, f, "tokenizer.ggml.padding_token_id");
    t->unknown = load_id(t, f, "tokenizer.ggml.unknown_token_id");
    if (tw_gguf_get_bool(f, "tokenizer.ggml.add_bos_token", &t->add_bos,
                         NULL) != TW_OK)
        t->add_bos = t->scores || t->pre == TW_PRETOK_LLAMA3;
    load_blank(t, f);
    if (t->scores && t->n > 2) { /* what the format takes for granted */
        t->bos = id_or(t->bos, 1);
        t->eos = id_or(t->eos, 2);
        t->unknown = id_or(t->unknown, 0);
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

/* A kind of tokenizer that is not known would cut texts in another way and
 * give wrong ids without a sign, so the file is refused. */
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
                       shown_len(s), s.bytes);
    TW_TRY(tw_gguf_get_string(f, "tokenizer.ggml.pre", &s, err));
    if (!tw_pretok_find(s.bytes, s.len, pre))
        return tw_fail(err, TW_EFORMAT, 0,
                       "unsupported tokenizer.ggml.pre '%.*s'", shown_len(s),
                       s.bytes);
    return TW_OK;
}

/* The arrays of the section; pointers into the file and the scratch arena. */
struct section {
    struct tw_gguf_string *texts;  /* (n) */
    struct tw_gguf_string *merges; /* (n_merges); NULL: SentencePiece */
    int64_t *kinds;                /* (n), or NULL */
    double *scores;                /* (n); NULL: BPE */
    size_t n, n_merges;
};

/* Arrays of one section have one length. */
static enum tw_status check_len(const char *key, size_t have, size_t n,
                                struct tw_err *err)
{
    if (have != n)
        return tw_fail(err, TW_EFORMAT, 0, "bad %s: %zu for %zu tokens", key,
                       have, n);
    return TW_OK;
}

/* All arrays are read and compared before the first one is used. */
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

/* scores NULL: a BPE vocabulary has none.  They decide what kind t is, so they
 * come before the tokens. */
static enum tw_status set_scores(struct tw_vocab *t, const double *scores,
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
static enum tw_status load(struct tw_vocab **out, const struct tw_gguf *f,
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
    TW_TRY(tw_vocab_new(out, x.n, x.n_merges, err));
    (*out)->pre = pre;
    (*out)->whole_pieces = pre == TW_PRETOK_LLAMA3;
    TW_TRY(set_scores(*out, x.scores, err));
    TW_TRY(load_tokens(*out, x.texts, x.kinds, err));
    for (size_t i = 0; i < x.n_merges; i++)
        TW_TRY(load_merge(*out, x.merges[i], room, err));
    load_specials(*out, f);
    TW_ASSERT((*out)->n_merges == x.n_merges);
    return TW_OK;
}

/* On failure nothing of *out is left. */
enum tw_status tw_vocab_open(struct tw_vocab **out, const struct tw_gguf *f,
                             struct tw_err *err)
{
    struct tw_arena scratch;

    *out = NULL;
    tw_arena_init(&scratch, TW_VOCAB_ARENA_MAX);
    enum tw_status st = load(out, f, &scratch, err);
    tw_arena_release(&scratch);
    if (st != TW_OK) {
        tw_vocab_free(*out);
        *out = NULL;
    }
    return st;
}

/* What one section needs while it is written; the writer copies all of it. */
struct out_section {
    struct tw_buf text;             /* all texts, one behind the other */
    struct tw_gguf_string *strings; /* (larger of n, n_merges): into text */
    int32_t *kinds;                 /* (n) */
    const struct tw_merge **ranked; /* (n_merges): by rank, NULL: a gap */
};

/* The strings have their lengths; the text no longer moves. */
static void place_strings(struct out_section *x, size_t n)
{
    const char *at = tw_buf_text(&x->text);

    for (size_t i = 0; i < n; i++) {
        x->strings[i].bytes = at;
        at += x->strings[i].len;
    }
    TW_ASSERT(at == tw_buf_text(&x->text) + x->text.len);
}

static void put_tokens(const struct tw_vocab *t, struct tw_gguf_out *o,
                       struct out_section *x)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct tw_token *k = &t->tokens[i];
        size_t first = x->text.len;

        if (k->kind == TW_TOKEN_NORMAL)
            bytes_to_text(&x->text, k->bytes, k->len);
        else
            tw_buf_add(&x->text, k->bytes, k->len);
        x->strings[i].len = x->text.len - first;
        x->kinds[i] = k->kind;
    }
    place_strings(x, t->n);
    tw_gguf_put_strings(o, "tokenizer.ggml.tokens", x->strings, t->n);
    tw_gguf_put_i32s(o, "tokenizer.ggml.token_type", x->kinds, t->n);
}

/* Merges in the order of their ranks; those that cannot apply are gone. */
static void put_merges(const struct tw_vocab *t, struct tw_gguf_out *o,
                       struct out_section *x)
{
    size_t n = 0, first = 0;

    for (size_t i = 0; i < t->n_slots; i++)
        if (t->merges[i].rank != UINT32_MAX)
            x->ranked[t->merges[i].rank] = &t->merges[i];
    for (size_t i = 0; i < t->n_merges; i++) {
        if (!x->ranked[i])
            continue;
        const struct tw_token *left = &t->tokens[x->ranked[i]->left];
        const struct tw_token *right = &t->tokens[x->ranked[i]->right];

        bytes_to_text(&x->text, left->bytes, left->len);
        tw_buf_addc(&x->text, ' ');
        bytes_to_text(&x->text, right->bytes, right->len);
        x->strings[n].len = x->text.len - first;
        first = x->text.len;
        n++;
    }
    place_strings(x, n);
    tw_gguf_put_strings(o, "tokenizer.ggml.merges", x->strings, n);
}

/* Keys without a token are left out, not written as -1. */
static void put_specials(const struct tw_vocab *t, struct tw_gguf_out *o)
{
    if (t->eos >= 0)
        tw_gguf_put_u32(o, "tokenizer.ggml.eos_token_id", (uint32_t)t->eos);
    if (t->bos >= 0)
        tw_gguf_put_u32(o, "tokenizer.ggml.bos_token_id", (uint32_t)t->bos);
    if (t->pad >= 0)
        tw_gguf_put_u32(o, "tokenizer.ggml.padding_token_id", (uint32_t)t->pad);
    tw_gguf_put_bool(o, "tokenizer.ggml.add_bos_token", t->add_bos);
}

/* The two arrays; a section that lacks them would be a broken file that says
 * nothing, so memory that runs out is a failure here. */
static enum tw_status put_arrays(const struct tw_vocab *t,
                                 struct tw_gguf_out *o, struct out_section *x,
                                 struct tw_err *err)
{
    if (!x->strings || !x->kinds || !x->ranked)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for vocabulary");
    put_tokens(t, o, x);
    TW_TRY(tw_buf_check(&x->text, "vocabulary", err));
    tw_buf_clear(&x->text);
    put_merges(t, o, x);
    return tw_buf_check(&x->text, "vocabulary", err);
}

enum tw_status tw_vocab_put(const struct tw_vocab *t, struct tw_gguf_out *o,
                            struct tw_err *err)
{
    size_t n_strings = t->n;
    struct out_section x;

    TW_ASSERT(tw_vocab_is_writable(t));
    if (n_strings < t->n_merges)
        n_strings = t->n_merges;
    tw_buf_init(&x.text, TW_VOCAB_ARENA_MAX);
    x.strings = tw_mem_zeroed(n_strings + 1, sizeof(*x.strings));
    x.kinds = tw_mem_zeroed(t->n + 1, sizeof(*x.kinds));
    x.ranked = tw_mem_zeroed(t->n_merges + 1, sizeof(struct tw_merge *));
    tw_gguf_put_string(o, "tokenizer.ggml.model", "gpt2");
    tw_gguf_put_string(o, "tokenizer.ggml.pre", tw_pretok_name(t->pre));
    enum tw_status st = put_arrays(t, o, &x, err);
    put_specials(t, o);
    tw_buf_release(&x.text);
    free(x.strings);
    free(x.kinds);
    free(x.ranked);
    return st;
}

enum tw_status tw_vocab_save(const struct tw_vocab *t, const char *path,
                             struct tw_err *err)
{
    struct tw_gguf_out *o;

    TW_TRY(tw_gguf_out_new(&o, err));
    tw_gguf_put_string(o, "general.architecture", "llama");
    enum tw_status st = tw_vocab_put(t, o, err);
    if (st == TW_OK)
        st = tw_gguf_write(o, path, err);
    tw_gguf_out_free(o);
    return st;
}
