/*
 * samples_shape.c - what the texts of a file of samples are: continuations of
 * their prompts, whole programs, or either of them within an answer of prose.
 *
 * The name of a field says what its texts should be, and is believed until a
 * text looks otherwise.  Then what compiles decides: a text that is no program
 * by itself and is one behind its prompt is a continuation, and the reverse.
 * Published results with verdicts of their own are read as their publisher
 * read them, unless most of the file is something else.
 */
#include "answer/extract.h"
#include "code/syntax.h"
#include "tasks/samples_priv.h"

#include <string.h>

#include "base/banned.h"

/* For the trees of one text and its prompt. */
#define TREES_MAX ((size_t)256 << 20)

/* Does it parse?  A text beyond the parser's limits counts as one that does
 * not: then the field's name is all there is. */
static bool parses(const char *text, size_t n)
{
    struct tw_syntax_tree tree;
    struct tw_arena a;

    tw_arena_init(&a, TREES_MAX);
    bool fine = tw_syntax_parse(&tree, &a, TW_SYNTAX_PYTHON,
                                (struct tw_piece){ .s = text, .n = n },
                                NULL) == TW_OK &&
                !tree.errors;
    tw_arena_release(&a);
    return fine;
}

/* Is the first line of code indented?  Python refuses that in a program, and
 * the parser, which repairs, does not. */
static bool starts_indented(const char *text, size_t n)
{
    const char *end = text + n;

    for (const char *p = text; p < end; p++) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));
        if (!eol)
            eol = end;
        const char *code = p;
        while (code < eol && strchr(" \t\r\f\v", *code))
            code++;
        if (code < eol && *code != '#')
            return code > p;
        p = eol;
    }
    return false;
}

/* A program by itself? */
static bool is_program(const char *text, size_t n)
{
    return !starts_indented(text, n) && parses(text, n);
}

/* A program behind its prompt? */
static bool continues(const struct tw_task *t, const char *text, size_t n)
{
    struct tw_buf b;

    tw_buf_init(&b, TREES_MAX);
    tw_buf_adds(&b, t->prompt);
    tw_buf_add(&b, text, n);
    bool fine = !b.failed && parses(tw_buf_text(&b), b.len);
    tw_buf_release(&b);
    return fine;
}

/* Does the text hold all that the prompt has in front of the function?  Then
 * nothing is lost when the prompt is left away.  Line by line, as a program
 * writes its imports in another order. */
static bool has_front(struct tw_sample_reader *r, const struct tw_task *t,
                      const char *text)
{
    const char *p = t->prompt;

    while (*p && strncmp(p, "def ", 4) != 0) {
        size_t n = strcspn(p, "\n");
        const char *line = tw_arena_text(&r->scratch, p, n);
        if (!line || !strstr(text, line))
            return false;
        p += n + (p[n] == '\n');
    }
    return true;
}

/* What a text is that looks like the other kind; whole: what it should be. */
static bool whole_by_parser(struct tw_sample_reader *r, const struct tw_task *t,
                            const char *text, size_t n, bool whole)
{
    bool alone = is_program(text, n);
    bool behind = continues(t, text, n);

    if (whole)
        return alone || !behind;
    /* A program that compiles behind its prompt as well defines its function a
     * second time there. */
    return alone && (!behind || has_front(r, t, text));
}

static bool whole_of(struct tw_sample_reader *r, const struct tw_sample *s,
                     bool whole)
{
    const struct tw_task *t = &r->set->tasks[s->task];
    bool looks = tw_sample_is_whole(t, r->set->lang, s->text, s->len);

    if (looks == whole || r->set->layout == TW_LAYOUT_STDIO ||
        tw_sample_is_blank(s->text, s->len) || r->set->lang != TW_LANG_PYTHON)
        return whole;
    return whole_by_parser(r, t, s->text, s->len, whole);
}

/* Does the mark stand in front of a line, at most three columns in? */
static bool has_mark(const char *text, const char *mark)
{
    for (const char *p = text; (p = strstr(p, mark)) != NULL; p++) {
        const char *line = p;
        while (line > text && line[-1] == ' ')
            line--;
        if (p - line <= 3 && (line == text || line[-1] == '\n'))
            return true;
    }
    return false;
}

/* A fence, or the end of a model's reasoning. */
static bool has_marks(const char *text)
{
    return strstr(text, "</think") || has_mark(text, "```") ||
           has_mark(text, "~~~");
}

/* Of a block: 2 when it is what is wanted, 1 when only its place says so. */
static int worth(const struct tw_sample_reader *r, const struct tw_task *t,
                 const char *text, size_t n)
{
    bool defines = tw_sample_is_whole(t, r->set->lang, text, n);

    if (r->set->lang != TW_LANG_PYTHON)
        return 1 + defines;
    if (is_program(text, n))
        return 1 + defines;
    return starts_indented(text, n) && continues(t, text, n);
}

/* The last of the best blocks: a model that corrects itself does so further
 * down.  false: no block is worth anything. */
static bool choose_block(const struct tw_sample_reader *r,
                         const struct tw_task *t,
                         const struct tw_extract_blocks *blocks,
                         struct tw_extract_answer *found)
{
    int best = 0;

    for (size_t i = 0; i < blocks->n; i++) {
        const struct tw_extract_answer *b = &blocks->blocks[i];
        int w = worth(r, t, b->text, b->len);
        if (w > 0 && w >= best) {
            best = w;
            *found = *b;
        }
    }
    if (!blocks->n && worth(r, t, blocks->rest.text, blocks->rest.len) == 2) {
        *found = blocks->rest;
        return true;
    }
    return best > 0;
}

/* Put the code of an answer with prose in the place of the answer.  A text that
 * compiles as it is has its fences in a string.  false: no memory. */
static bool take_code(struct tw_sample_reader *r, struct tw_sample *s)
{
    const struct tw_task *t = &r->set->tasks[s->task];
    struct tw_extract_blocks blocks;
    struct tw_extract_answer code;
    struct tw_buf thought, text;

    if (!has_marks(s->text))
        return true;
    if (r->set->lang == TW_LANG_PYTHON &&
        (is_program(s->text, s->len) || continues(t, s->text, s->len)))
        return true;
    tw_buf_init(&thought, TREES_MAX);
    tw_buf_init(&text, TREES_MAX);
    tw_extract_answer_text(&thought, s->text, s->len);
    tw_extract_normalise(&text, tw_buf_text(&thought), thought.len);
    tw_extract_cut(&blocks, tw_buf_text(&text), text.len);
    bool fine = !text.failed && !thought.failed;
    if (fine && choose_block(r, t, &blocks, &code)) {
        char *copy = tw_arena_text(&r->out->arena, code.text, code.len);
        fine = copy != NULL;
        if (fine) {
            s->text = copy;
            s->len = code.len;
            s->fenced = true;
            r->out->n_fenced++;
        }
    }
    tw_buf_release(&text);
    tw_buf_release(&thought);
    return fine;
}

/* How many look like programs. */
static size_t count_whole(const struct tw_sample_reader *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->out->n; i++) {
        const struct tw_sample *s = &r->out->items[i];
        n += tw_sample_is_whole(&r->set->tasks[s->task], r->set->lang, s->text,
                                s->len);
    }
    return n;
}

/* Are texts read one by one?  Not where a publisher's own verdicts stand beside
 * them and most are what they should be. */
static bool one_by_one(const struct tw_sample_reader *r, bool whole,
                       size_t n_whole)
{
    size_t n = r->out->n - r->out->n_empty;
    size_t n_odd = n_whole;

    if (whole)
        n_odd = n - tw_size_min(n, n_whole);
    return strcmp(r->out->layout, "jsonl") == 0 ||
           strcmp(r->out->layout, "generations") == 0 || 2 * n_odd > n;
}

/* What the texts say all in all is the rule, and the parser the exception: one
 * program that defines a helper only must not be put behind the prompt. */
bool tw_sample_shapes(struct tw_sample_reader *r)
{
    struct tw_samples *out = r->out;
    bool open = strcmp(out->layout, "jsonl") == 0 ||
                strcmp(out->layout, "generations") == 0;

    for (size_t i = 0; i < out->n; i++)
        out->n_empty +=
            tw_sample_is_blank(out->items[i].text, out->items[i].len);
    for (size_t i = 0; open && i < out->n; i++)
        if (!take_code(r, &out->items[i]))
            return false;
    size_t n_whole = count_whole(r), n_full = out->n - out->n_empty;
    bool whole = r->shape == TW_SAMPLE_WHOLE;
    /* Of other languages nothing is parsed: there the majority decides, but
     * not that a solution is none, for its braces may stand anywhere. */
    if (r->shape == TW_SAMPLE_BY_TEXT ||
        (r->set->lang != TW_LANG_PYTHON && !whole))
        whole = 2 * n_whole > n_full;
    if (r->set->layout == TW_LAYOUT_STDIO)
        whole = true; /* a prompt in prose cannot be continued */
    bool each = one_by_one(r, whole, n_whole);
    for (size_t i = 0; i < out->n; i++) {
        struct tw_sample *s = &out->items[i];
        const struct tw_task *t = &r->set->tasks[s->task];
        s->whole = whole;
        if (each)
            s->whole = whole_of(r, s, whole);
        if (tw_sample_is_blank(s->text, s->len))
            continue;
        out->n_whole += s->whole;
        out->n_odd +=
            s->whole != tw_sample_is_whole(t, r->set->lang, s->text, s->len);
        if (r->shape != TW_SAMPLE_BY_TEXT)
            out->n_turned += s->whole != (r->shape == TW_SAMPLE_WHOLE);
    }
    return true;
}
