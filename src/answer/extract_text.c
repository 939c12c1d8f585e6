/*
 * extract_text.c - answers as text: control tokens, fences, tags.
 *
 * Nothing here knows a language.  What models write around code is a habit of
 * their training: each rule here answers one of those habits.
 */
#include "answer/extract.h"
#include "base/utf8.h"

#include <string.h>

#include "base/banned.h"

/* In bytes: longer ones are text that only looks alike. */
enum { TOKEN_MAX = 64, LABEL_MAX = 40, BYTE_ORDER_MARK = 0xFEFF };

static bool at_text(const char *p, size_t n, const char *text)
{
    size_t len = strlen(text);
    return n >= len && memcmp(p, text, len) == 0;
}

/* Length of a terminal escape sequence at p, 0 when there is none. */
static size_t escape_len(const char *p, size_t n)
{
    if (n < 2 || p[0] != 0x1b)
        return n && p[0] == 0x1b;
    if (p[1] == ']') { /* a title and such, up to BEL or ESC \ */
        size_t i = 2;
        while (i < n && p[i] != 0x07 && p[i] != 0x1b && p[i] != '\n')
            i++;
        return i + (i < n && p[i] == 0x07);
    }
    if (p[1] != '[')
        return 2;
    size_t i = 2;
    while (i < n && p[i] >= 0x20 && p[i] < 0x40)
        i++;
    return i + (i < n); /* with the letter that ends it */
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_';
}

/* Length of "<|...|>" at p, also of one that the end of the text cuts off; the
 * bar may be the wide one, U+FF5C. */
static size_t bar_token_len(const char *p, size_t n)
{
    const char *bar = "\xef\xbd\x9c"; /* U+FF5C, as DeepSeek writes it */
    if (at_text(p, n, "<|"))
        bar = "|";
    size_t n_bar = strlen(bar), i = 1 + n_bar;
    if (n < i || p[0] != '<' || !at_text(p + 1, n - 1, bar))
        return 0;
    size_t first = i;
    for (; i < n && i < TOKEN_MAX && p[i] != '\n'; i++)
        if (at_text(p + i, n - i, bar) && i + n_bar < n && p[i + n_bar] == '>')
            return i + n_bar + 1;
    for (i = first; i < n && is_word(p[i]); i++)
        ;
    if (i == n && i > first)
        return n;
    return 0;
}

/* Length of a control token at text + i; 0 when there is none.  The cut-off
 * forms at the end are what is left when a tokenizer drops "<|". */
static size_t token_len(const char *text, size_t i, size_t n)
{
    static const char *const tokens[] = {
        "</s>",        "<unk>",         "<pad>",      "<eos>",
        "<bos>",       "<end_of_turn>", "<file_sep>", "[INST]",
        "[/INST]",     "<<SYS>>",       "<</SYS>>",   "<start_of_turn>",
        "endoftext|>", "im_end|>",
    };
    const char *p = text + i;
    size_t left = n - i;
    for (size_t k = 0; k < TW_ARRAY_LEN(tokens); k++)
        if (at_text(p, left, tokens[k]))
            return strlen(tokens[k]);
    /* "vector<s> v" is code, not the start of a text. */
    if (at_text(p, left, "<s>") &&
        (i == 0 || !is_word(p[-1]) || left == 3 || p[3] == '\n'))
        return 3;
    return bar_token_len(p, left);
}

/* Is there a quote in front of it, in its line?  Then a program handles the
 * token as a text, and does not end there. */
static bool is_quoted(const char *text, size_t at)
{
    size_t i = at;
    while (i > 0 && text[i - 1] != '\n')
        i--;
    for (; i < at; i++)
        if (text[i] == '"' || text[i] == '\'' || text[i] == '`')
            return true;
    return false;
}

/* Tokens in front of any text are part of the answer's frame, and end
 * nothing. */
size_t tw_extract_answer_len(const char *text, size_t n)
{
    static const char *const ends[] = {
        "<|endoftext|>",
        "<|im_end|>",
        "<|eot_id|>",
        "<|end_of_text|>",
        "<|end|>",
        "<|EOT|>",
        "<end_of_turn>",
        "<eos>",
        "</s>",
        "<file_sep>",
        "<\357\275\234end\342\226\201of\342\226\201sentence\357\275\234>",
    };
    bool blank = true;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; !blank && text[i] == '<' && k < TW_ARRAY_LEN(ends);
             k++)
            if (at_text(text + i, n - i, ends[k]) && !is_quoted(text, i))
                return i;
        size_t skip = 0;
        if (text[i] == '<')
            skip = token_len(text, i, n);
        if (skip)
            i += skip - 1;
        else if (!strchr(" \t\r\n", text[i]))
            blank = false;
    }
    return n;
}

void tw_extract_normalise(struct tw_buf *b, const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t skip = escape_len(text + i, n - i);
        if (!skip)
            skip = token_len(text, i, n);
        if (skip) {
            i += skip;
            continue;
        }
        if (text[i] == '\r') {
            tw_buf_addc(b, '\n');
            i += 1 + (i + 1 < n && text[i + 1] == '\n');
            continue;
        }
        /* A Python text has no NUL and is UTF-8 without a mark. */
        uint32_t code;
        size_t len = tw_utf8_decode(text + i, n - i, &code);
        if (len == 0)
            tw_buf_adds(b, "\xef\xbf\xbd");
        else if (code != 0 && code != BYTE_ORDER_MARK)
            tw_buf_add(b, text + i, len);
        if (len == 0)
            len = 1;
        i += len;
    }
}

static size_t run_of(const char *p, const char *end)
{
    const char *s = p;
    while (s < end && *s == *p)
        s++;
    return (size_t)(s - p);
}

static const char *line_end(const char *p, const char *end)
{
    const char *eol = memchr(p, '\n', (size_t)(end - p));
    if (!eol)
        return end;
    return eol;
}

/* Is what stands behind the fence of an opening line a label, such as python
 * or {.cpp}?  Else it is code on the same line. */
static bool is_label(const char *p, const char *eol)
{
    if (eol - p > LABEL_MAX)
        return false;
    for (; p < eol; p++) {
        bool word = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                    (*p >= '0' && *p <= '9');
        if (!word && !strchr(" \t_+-#.{}=\"", *p))
            return false;
    }
    return true;
}

struct fence {
    const char *at; /* first character of the fence; NULL: none left */
    size_t n;
    char mark;
};

/* Length of "[PYTHON]" at p, or of "[/PYTHON]"; 0: something else. */
static size_t tag_len(const char *p, const char *end, bool closing)
{
    static const char *const names[] = { "PYTHON", "CPP",        "C++",
                                         "JAVA",   "JAVASCRIPT", "CODE",
                                         "GOLANG", "TESTS",      "SHELL" };
    size_t skip = 1 + closing, left = (size_t)(end - p);
    if (left < skip || p[0] != '[' || (closing && p[1] != '/'))
        return 0;
    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++) {
        size_t n = strlen(names[i]);
        if (at_text(p + skip, left - skip, names[i]) && left > skip + n &&
            p[skip + n] == ']')
            return skip + n + 1;
    }
    return 0;
}

static bool starts_line(const char *p, const char *start)
{
    while (p > start && (p[-1] == ' ' || p[-1] == '\t'))
        p--;
    return p == start || p[-1] == '\n';
}

/* The next run of three or more backticks, or at a line start of tildes or a
 * tag. */
static struct fence find_fence(const char *p, const char *start,
                               const char *end)
{
    for (; p < end; p++) {
        if (*p == '[' && starts_line(p, start) && tag_len(p, end, false))
            return (struct fence){ p, tag_len(p, end, false), '[' };
        if (*p != '`' && *p != '~')
            continue;
        size_t n = run_of(p, end);
        if (n >= 3 && (*p == '`' || starts_line(p, start)))
            return (struct fence){ p, n, *p };
        p += n - 1;
    }
    return (struct fence){ NULL, 0, 0 };
}

/* End of the block that open starts: the next fence of its kind. */
static struct fence find_close(const char *p, const char *start,
                               const char *end, struct fence open)
{
    struct fence f = find_fence(p, start, end);
    while (f.at && (f.mark != open.mark || f.n < open.n))
        f = find_fence(f.at + f.n, start, end);
    return f;
}

static bool is_blank(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strchr(" \t\n\f\v", p[i]))
            return false;
    return true;
}

/* Blocks beyond the most are dropped: the program is in the first ones. */
static void add_block(struct tw_extract_blocks *out, const char *p,
                      const char *end)
{
    /* The blanks in front of the closing fence are not part of the block. */
    while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    size_t n = (size_t)(end - p);
    if (out->n < TW_EXTRACT_BLOCK_MAX && !is_blank(p, n))
        out->blocks[out->n++] = (struct tw_extract_answer){ p, n };
}

/* What is between tags is a block, unless fences in there tell better.
 * Returns where to go on. */
static const char *cut_tag(struct tw_extract_blocks *out, const char *start,
                           const char *end, struct fence tag)
{
    const char *body = tag.at + tag.n, *close = body;
    while (close < end && !tag_len(close, end, true))
        close++;
    struct fence inner = find_fence(body, start, close);
    if (inner.at && inner.mark != '[')
        return body;
    if (body < close && *body == '\n')
        body++;
    out->open = close == end;
    add_block(out, body, close);
    return close + tag_len(close, end, true); /* 0 at the end */
}

/* What is behind a fence; returns where to go on. */
static const char *cut_fence(struct tw_extract_blocks *out, const char *start,
                             const char *end, struct fence f)
{
    const char *body = f.at + f.n;
    const char *eol = line_end(body, end);
    if (is_label(body, eol))
        body = eol + (eol < end);
    struct fence close = find_close(body, start, end, f);
    out->open = close.at == NULL;
    if (out->open) /* the answer was cut off */
        close.at = end;
    add_block(out, body, close.at);
    return close.at + close.n;
}

/* rest: the prose in front of the first block.  What stands between blocks is
 * prose too, and is dropped. */
void tw_extract_cut(struct tw_extract_blocks *out, const char *text, size_t n)
{
    const char *end = text + n;
    memset(out, 0, sizeof(*out));
    struct fence f = find_fence(text, text, end);
    out->rest = (struct tw_extract_answer){ text, n };
    if (f.at)
        out->rest.len = (size_t)(f.at - text);
    while (f.at) {
        const char *p;
        if (f.mark == '[')
            p = cut_tag(out, text, end, f);
        else
            p = cut_fence(out, text, end, f);
        f = find_fence(p, text, end);
    }
}
