/*
 * pretok.c - regular expressions of tokenizers, written out by hand.
 *
 * A kind is a list of stages.  A stage is a matcher: how many characters does
 * the expression match here?  Alternatives stand in the order of the
 * expression, for the first one that matches wins, as in the regex engines
 * that the models were trained with.  The expressions are those of llama.cpp,
 * src/llama-vocab.cpp.
 */
#include "llm/pretok.h"

#include "base/fault.h"
#include "base/unicode.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define TEXT_MAX ((size_t)1 << 31)

struct glyph {     /* one character of the text */
    uint32_t code; /* U+FFFD for a byte that is no UTF-8 */
    uint32_t kind; /* bits of enum tw_char_kind; 0 for such a byte */
};

/* Characters matched at g[0], g < end; 0: no match. */
typedef size_t matcher(const struct glyph *g, const struct glyph *end);

static size_t at_least_one(size_t n)
{
    if (!n)
        return 1;
    return n;
}

static size_t at_most(size_t n, size_t max)
{
    if (n > max)
        return max;
    return n;
}

/* Is the character at g of one of these kinds?  Not behind the end. */
static bool is(const struct glyph *g, const struct glyph *end, unsigned kinds)
{
    return g < end && (g->kind & kinds);
}

static bool is_newline(const struct glyph *g, const struct glyph *end)
{
    return g < end && (g->code == '\n' || g->code == '\r');
}

/* Neither space nor letter nor number. */
static bool is_other(const struct glyph *g, const struct glyph *end)
{
    return g < end &&
           !(g->kind & (TW_CHAR_SPACE | TW_CHAR_LETTER | TW_CHAR_NUMBER));
}

/* How many characters of these kinds follow each other. */
static size_t run_of(const struct glyph *g, const struct glyph *end,
                     unsigned kinds)
{
    const struct glyph *p = g;

    while (is(p, end, kinds))
        p++;
    return (size_t)(p - g);
}

static uint32_t lower(uint32_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c + 32;
    return c;
}

static uint32_t fold(uint32_t c, bool any_case)
{
    if (any_case)
        return lower(c);
    return c;
}

/* 's 't 're 've 'm 'll 'd */
static size_t match_contraction(const struct glyph *g, const struct glyph *end,
                                bool any_case)
{
    if (end - g < 2 || g[0].code != '\'')
        return 0;
    uint32_t a = fold(g[1].code, any_case);
    if (a == 's' || a == 't' || a == 'm' || a == 'd')
        return 2;
    if (end - g < 3)
        return 0;
    uint32_t b = fold(g[2].code, any_case);
    if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') ||
        (a == 'l' && b == 'l'))
        return 3;
    return 0;
}

/* \s+(?!\S) | \s+ : all of the run at the end, else all but the last, which
 * goes with the word behind it. */
static size_t match_spaces(const struct glyph *g, const struct glyph *end)
{
    size_t n = run_of(g, end, TW_CHAR_SPACE);

    if (n > 1 && g + n < end)
        return n - 1;
    return n;
}

/* 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ */
static size_t match_gpt2(const struct glyph *g, const struct glyph *end)
{
    size_t n = match_contraction(g, end, false);
    size_t skip = g->code == ' ';

    if (n)
        return n;
    if ((n = run_of(g + skip, end, TW_CHAR_LETTER)) ||
        (n = run_of(g + skip, end, TW_CHAR_NUMBER)))
        return skip + n;
    while (is_other(g + skip + n, end))
        n++;
    if (n)
        return skip + n;
    return match_spaces(g, end);
}

/* \s*[\r\n]+ : up to the last line break of a run of spaces. */
static size_t match_line_breaks(const struct glyph *g, const struct glyph *end)
{
    size_t n = run_of(g, end, TW_CHAR_SPACE);

    while (n && !is_newline(g + n - 1, end))
        n--;
    return n;
}

/* (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}|
 *  ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+ */
static size_t match_chat(const struct glyph *g, const struct glyph *end,
                         size_t digits)
{
    size_t n = match_contraction(g, end, true);

    if (n)
        return n;
    size_t lead =
        !is(g, end, TW_CHAR_LETTER | TW_CHAR_NUMBER) && !is_newline(g, end);
    if ((n = run_of(g + lead, end, TW_CHAR_LETTER)))
        return lead + n;
    if ((n = run_of(g, end, TW_CHAR_NUMBER)))
        return at_most(n, digits);
    size_t skip = g->code == ' ';
    while (is_other(g + skip + n, end))
        n++;
    if (n) {
        while (is_newline(g + skip + n, end))
            n++;
        return skip + n;
    }
    n = match_line_breaks(g, end);
    if (n)
        return n;
    return match_spaces(g, end);
}

static size_t match_qwen2(const struct glyph *g, const struct glyph *end)
{
    return match_chat(g, end, 1);
}

/* Up to three digits together, as llama-bpe has it; qwen2 takes them one by
 * one. */
static size_t match_llama3(const struct glyph *g, const struct glyph *end)
{
    return match_chat(g, end, 3);
}

/* \p{N} : a digit alone, so that numbers of any length have few tokens. */
static size_t match_number(const struct glyph *g, const struct glyph *end)
{
    return is(g, end, TW_CHAR_NUMBER);
}

static size_t match_newline(const struct glyph *g, const struct glyph *end)
{
    return is_newline(g, end);
}

/* \s?KIND+ */
static size_t match_spaced(const struct glyph *g, const struct glyph *end,
                           unsigned kind)
{
    size_t skip = is(g, end, TW_CHAR_SPACE);
    size_t n = run_of(g + skip, end, kind);

    if (!n)
        return 0;
    return skip + n;
}

static size_t match_word(const struct glyph *g, const struct glyph *end)
{
    return match_spaced(g, end, TW_CHAR_LETTER);
}

static size_t match_punct(const struct glyph *g, const struct glyph *end)
{
    return match_spaced(g, end, TW_CHAR_PUNCT);
}

/* [\x{800}-\x{9fa5}\x{ac00}-\x{d7ff}]+ : Chinese, Japanese, Korean. */
static size_t match_cjk(const struct glyph *g, const struct glyph *end)
{
    const struct glyph *p = g;

    while (p < end && ((p->code >= 0x800 && p->code <= 0x9fa5) ||
                       (p->code >= 0xac00 && p->code <= 0xd7ff)))
        p++;
    return (size_t)(p - g);
}

#define STAGES_MAX 5

/* Names of files; some have the rule of another.  The first ones stand in the
 * order of the enum and are the names that we write. */
static const struct {
    const char *name;
    enum tw_pretok_kind kind;
} NAMES[] = {
    { "gpt-2", TW_PRETOK_GPT2 },
    { "starcoder", TW_PRETOK_STARCODER },
    { "qwen2", TW_PRETOK_QWEN2 },
    { "llama-bpe", TW_PRETOK_LLAMA3 },
    { "deepseek-coder", TW_PRETOK_DEEPSEEK_CODER },
    { "phi-2", TW_PRETOK_GPT2 },
    { "mpt", TW_PRETOK_GPT2 },
    { "olmo", TW_PRETOK_GPT2 },
    { "refact", TW_PRETOK_STARCODER },
    { "command-r", TW_PRETOK_STARCODER },
    { "codeshell", TW_PRETOK_STARCODER },
    { "smollm", TW_PRETOK_STARCODER },
    { "stablelm2", TW_PRETOK_QWEN2 },
    { "llama-v3", TW_PRETOK_LLAMA3 },
    { "llama3", TW_PRETOK_LLAMA3 },
};

/* Applied one after the other, each inside the pieces of the one before. */
static matcher *const STAGES[][STAGES_MAX + 1] = {
    [TW_PRETOK_GPT2] = { match_gpt2 },
    [TW_PRETOK_STARCODER] = { match_number, match_gpt2 },
    [TW_PRETOK_QWEN2] = { match_qwen2 },
    [TW_PRETOK_LLAMA3] = { match_llama3 },
    [TW_PRETOK_DEEPSEEK_CODER] = { match_newline, match_word, match_punct,
                                   match_cjk, match_number },
};

/* An unknown name is refused by the caller: a near rule would give other ids.
 */
bool tw_pretok_find(const char *name, size_t n, enum tw_pretok_kind *kind)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(NAMES); i++) {
        if (strlen(NAMES[i].name) == n && !memcmp(NAMES[i].name, name, n)) {
            *kind = NAMES[i].kind;
            return true;
        }
    }
    return false;
}

const char *tw_pretok_name(enum tw_pretok_kind kind)
{
    TW_ASSERT(NAMES[kind].kind == kind);
    return NAMES[kind].name;
}

/* Marks of piece starts: starts[i] is set when a piece starts at character i.
 * A character that nothing matches becomes part of a piece with its unmatched
 * neighbours, as a regex engine that splits at matches leaves it. */
static void stage_run(matcher *match, const struct glyph *g, size_t n,
                      uint8_t *starts)
{
    size_t piece = 0;

    while (piece < n) {
        size_t end = piece + 1;
        while (end < n && !starts[end])
            end++;
        for (size_t i = piece; i < end;) {
            size_t len = match(g + i, g + end);

            if (len) {
                starts[i] = 1;
                if (i + len < end)
                    starts[i + len] = 1;
            }
            i += at_least_one(len); /* what nothing matches joins the next */
        }
        piece = end;
    }
}

/* The characters of a text; g has room for n.  Returns how many. */
static size_t decode(struct glyph *g, const char *text, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; count++) {
        uint32_t code;
        size_t len = tw_utf8_decode(text + i, n - i, &code);

        if (len)
            g[count] = (struct glyph){ code, tw_char_kind(code) };
        else
            g[count] = (struct glyph){ 0xfffd, 0 };
        i += at_least_one(len);
    }
    TW_ASSERT(count <= n);
    return count;
}

/* Byte lengths of the pieces from the marks of their characters. */
static void measure(struct tw_pieces *p, const char *text, size_t n,
                    const uint8_t *starts)
{
    size_t at = 0;

    for (size_t i = 0; i < n; at++) {
        uint32_t code;
        size_t len = tw_utf8_decode(text + i, n - i, &code);

        if (starts[at])
            p->lens[p->n++] = 0;
        p->lens[p->n - 1] += at_least_one(len);
        i += at_least_one(len);
    }
}

/* 12 bytes a byte of text while it runs. */
enum tw_status tw_pretok_cut(struct tw_pieces *p, enum tw_pretok_kind kind,
                             const char *text, size_t n, struct tw_err *err)
{
    *p = (struct tw_pieces){ 0 };
    if (!n)
        return TW_OK;
    if (n > TEXT_MAX)
        return tw_fail(err, TW_ELIMIT, n, "text exceeds %zu bytes", TEXT_MAX);
    struct glyph *g = tw_mem_alloc(n * sizeof(*g));
    uint8_t *starts = tw_mem_zeroed(n, 1);
    enum tw_status st = TW_OK;

    p->lens = tw_mem_alloc(n * sizeof(*p->lens));
    if (g && starts && p->lens) {
        size_t count = decode(g, text, n);

        TW_ASSERT(count > 0 && STAGES[kind][0] != NULL);
        starts[0] = 1;
        for (matcher *const *m = STAGES[kind]; *m; m++)
            stage_run(*m, g, count, starts);
        measure(p, text, n, starts);
    } else {
        st = tw_fail(err, TW_ENOMEM, 0, "out of memory to cut a text");
    }
    free(g);
    free(starts);
    return st;
}

void tw_pieces_release(struct tw_pieces *p)
{
    free(p->lens);
    *p = (struct tw_pieces){ 0 };
}
