/*
 * extract_text.c - answers as text: control tokens and characters.
 *
 * Nothing here knows a language.  What models write around code is a habit of
 * their training: each rule here answers one of those habits.
 */
#include "answer/extract.h"
#include "answer/extract_priv.h"
#include "base/utf8.h"

#include <string.h>

#include "base/banned.h"

/* In bytes: longer ones are text that only looks alike. */
enum { TOKEN_MAX = 64, BYTE_ORDER_MARK = 0xFEFF };

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

/* Length of a control token at p, which is in text; 0 when there is none.  The
 * cut-off forms at the end are what is left when a tokenizer drops "<|". */
size_t tw_extract_token_len(const char *text, const char *p, size_t left)
{
    static const char *const tokens[] = {
        "</s>",        "<unk>",         "<pad>",      "<eos>",
        "<bos>",       "<end_of_turn>", "<file_sep>", "[INST]",
        "[/INST]",     "<<SYS>>",       "<</SYS>>",   "<start_of_turn>",
        "endoftext|>", "im_end|>",
    };
    for (size_t k = 0; k < TW_ARRAY_LEN(tokens); k++)
        if (at_text(p, left, tokens[k]))
            return strlen(tokens[k]);
    /* "vector<s> v" is code, not the start of a text. */
    if (at_text(p, left, "<s>") &&
        (p == text || !is_word(p[-1]) || left == 3 || p[3] == '\n'))
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
    i += strspn(text + i, "`"); /* a fence is no quote */
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
        "<|im_start|>", /* the next turn */
        "<start_of_turn>",
        "<|start_header_id|>",
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
            skip = tw_extract_token_len(text, text + i, n - i);
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
            skip = tw_extract_token_len(text, text + i, n - i);
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
