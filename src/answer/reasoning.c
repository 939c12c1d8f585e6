/*
 * reasoning.c - the answer without the reasoning that comes before it.
 *
 * Models that reason write a draft between tags; the draft often holds whole
 * programs, and often wrong ones.  Only what stands outside of the tags is the
 * answer.  Some chat templates put the opening tag into the prompt, so that
 * only the closing one is seen; where only the opening one is, the model ran
 * out of tokens, and there is no answer.
 */
#include "answer/extract.h"
#include "answer/extract_priv.h"

#include <string.h>

#include "base/banned.h"

/* Bounds the work for hostile text: each section costs one look at it all. */
enum { SECTIONS_MAX = 64, LOOKS_MAX = 64 };

struct tag {
    const char *open, *close;
};

/* As chat templates and model cards write them. */
static const struct tag TAGS[] = {
    { "<think>", "</think>" }, /* DeepSeek R1, Qwen3, QwQ and many more */
    { "<thinking>", "</thinking>" },
    { "<thought>", "</thought>" },
    { "<reasoning>", "</reasoning>" },
    { "<reflection>", "</reflection>" },
    { "<scratchpad>", "</scratchpad>" },
    { "<analysis>", "</analysis>" },
    { "<seed:think>", "</seed:think>" },           /* Seed-OSS */
    { "[THINK]", "[/THINK]" },                     /* Magistral */
    { "\u25c1think\u25b7", "\u25c1/think\u25b7" }, /* Kimi-VL */
    { "<|begin_of_thought|>", "<|end_of_thought|>" },
    { "<|START_THINKING|>", "<|END_THINKING|>" },             /* Command A */
    { "<|channel|>analysis", "<|channel|>final<|message|>" }, /* gpt-oss */
};

static bool at_text(const char *p, const char *end, const char *text)
{
    size_t n = strlen(text);
    return (size_t)(end - p) >= n && memcmp(p, text, n) == 0;
}

/* A walk over the text that knows where in its line and in which fence it is;
 * it goes forward only, so that a text of nothing but tags costs no more than
 * any other. */
struct walk {
    const char *p, *end;
    bool blank;  /* nothing but blanks and tokens before, in the line */
    bool quoted; /* a quote before, in the line */
    struct tw_fence fence; /* n 0: outside */
    size_t looks;          /* of is_code(), which are not free */
};

static void enter_line(struct walk *w)
{
    struct tw_fence f = tw_fence_of_line(w->p, w->end);

    w->blank = true;
    w->quoted = false;
    if (f.n && !w->fence.n)
        w->fence = f;
    else if (f.n && tw_fence_closes(&w->fence, &f))
        w->fence.n = 0;
}

static struct walk walk_of(const char *p, const char *end)
{
    struct walk w = { .p = p, .end = end };

    enter_line(&w);
    return w;
}

static void step(struct walk *w)
{
    size_t n = 0;

    if (*w->p == '<' || *w->p == '[')
        n = tw_extract_token_len(w->p, w->p, (size_t)(w->end - w->p));
    if (n) {
        w->p += n;
        return;
    }
    char c = *w->p++;
    if (c == '\n')
        enter_line(w);
    else if (!strchr(" \t\r", c))
        w->blank = false;
    if (c == '"' || c == '\'' || c == '`')
        w->quoted = true;
}

/* Is the walk inside of a fenced block that a bare fence will close?  Then a
 * program handles the tag; a draft that is left open is none. */
static bool is_code(struct walk *w)
{
    const char *line = w->p;

    if (!w->fence.n || ++w->looks > LOOKS_MAX)
        return false;
    while (line < w->end) {
        const char *eol = memchr(line, '\n', (size_t)(w->end - line));
        if (!eol)
            return false;
        line = eol + 1;
        struct tw_fence f = tw_fence_of_line(line, w->end);
        if (f.n && tw_fence_closes(&w->fence, &f))
            return f.bare;
    }
    return false;
}

/* The tag that opens at the walk, in a line of its own; NULL: none. */
static const struct tag *opens(const struct walk *w)
{
    for (size_t i = 0; w->blank && i < TW_ARRAY_LEN(TAGS); i++)
        if (*w->p == *TAGS[i].open && at_text(w->p, w->end, TAGS[i].open))
            return &TAGS[i];
    return NULL;
}

/* Behind the tag that closes, a tag in quotes is one that a sentence or a
 * program names; NULL: none. */
static const char *behind_close(const char *p, const char *end,
                                const struct tag *tag)
{
    bool quoted = false;

    for (; p < end; p++) {
        if (*p == *tag->close && !quoted && at_text(p, end, tag->close))
            return p + strlen(tag->close);
        quoted = *p != '\n' && (quoted || strchr("\"'`", *p));
    }
    return NULL;
}

/* Where the next reasoning is opened; NULL: nowhere. */
static const char *find_open(const char *start, const char *end,
                             const struct tag **tag)
{
    struct walk w = walk_of(start, end);

    for (; w.p < end; step(&w)) {
        *tag = opens(&w);
        if (*tag && !is_code(&w))
            return w.p;
    }
    return NULL;
}

/* Behind reasoning that the prompt has opened: up to the last closing tag that
 * no opening one precedes.  start where there is none. */
static const char *skip_headless(const char *start, const char *end)
{
    struct walk w = walk_of(start, end);
    bool opened[TW_ARRAY_LEN(TAGS)] = { false };
    const char *from = start;

    for (; w.p < end; step(&w)) {
        const struct tag *open = opens(&w);
        if (open)
            opened[open - TAGS] = true;
        for (size_t i = 0; !w.quoted && i < TW_ARRAY_LEN(TAGS); i++)
            if (!opened[i] && *w.p == *TAGS[i].close &&
                at_text(w.p, end, TAGS[i].close) && !is_code(&w))
                from = w.p + strlen(TAGS[i].close);
    }
    return from;
}

void tw_extract_answer_text(struct tw_buf *b, const char *text, size_t n)
{
    const char *end = text + n, *p = skip_headless(text, end);
    const struct tag *tag;

    for (size_t i = 0; i < SECTIONS_MAX; i++) {
        const char *open = find_open(p, end, &tag);
        if (!open)
            break;
        tw_buf_add(b, p, (size_t)(open - p));
        p = behind_close(open + strlen(tag->open), end, tag);
        if (!p)
            return; /* cut off while it reasoned */
    }
    tw_buf_add(b, p, (size_t)(end - p));
}
