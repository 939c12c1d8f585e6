/*
 * extract.c - from a model's answer to a program.
 */
#include "writer/extract.h"

#include "base/utf8.h"
#include "writer/helper.h"

#include <string.h>

#include "base/banned.h"

/* An answer beyond this length is no function; parsing it takes minutes. */
enum { ANSWER_MAX = 1 << 17 };
enum { TOKEN_MAX = 64, LABEL_MAX = 40, BYTE_ORDER_MARK = 0xFEFF };

/* Length of a terminal escape sequence at p, 0 when there is none. */
static size_t escape_len(const char *p, size_t n)
{
    if (n < 2 || p[0] != 0x1b)
        return n && p[0] == 0x1b;
    if (p[1] != '[')
        return 2;
    size_t i = 2;
    while (i < n && p[i] >= 0x20 && p[i] < 0x40)
        i++;
    return i < n ? i + 1 : i;
}

/* Length of "<|...|>", "</s>" or "<s>" at p. */
static size_t token_len(const char *p, size_t n)
{
    if (n >= 4 && memcmp(p, "</s>", 4) == 0)
        return 4;
    if (n >= 3 && memcmp(p, "<s>", 3) == 0)
        return 3;
    if (n < 4 || p[0] != '<' || p[1] != '|')
        return 0;
    for (size_t i = 2; i + 1 < n && i < TOKEN_MAX && p[i] != '\n'; i++)
        if (p[i] == '|' && p[i + 1] == '>')
            return i + 2;
    return 0;
}

void tw_extract_normalise(struct tw_buf *b, const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t skip = escape_len(text + i, n - i);
        if (!skip)
            skip = token_len(text + i, n - i);
        if (skip) {
            i += skip;
            continue;
        }
        if (text[i] == '\r') {
            tw_buf_addc(b, '\n');
            i += i + 1 < n && text[i + 1] == '\n' ? 2 : 1;
            continue;
        }
        /* A Python text has no NUL and is UTF-8 without a mark. */
        uint32_t code;
        size_t len = tw_utf8_decode(text + i, n - i, &code);
        if (len == 0)
            tw_buf_adds(b, "\xef\xbf\xbd");
        else if (code != 0 && code != BYTE_ORDER_MARK)
            tw_buf_add(b, text + i, len);
        i += len ? len : 1;
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
    return eol ? eol : end;
}

/* Is what stands behind the fence of an opening line a label? */
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

/* The next run of three or more backticks, or of tildes at a line start. */
static struct fence find_fence(const char *p, const char *start,
                               const char *end)
{
    for (; p < end; p++) {
        if (*p != '`' && *p != '~')
            continue;
        size_t n = run_of(p, end);
        const char *s = p;
        while (s > start && (s[-1] == ' ' || s[-1] == '\t'))
            s--;
        bool line_start = s == start || s[-1] == '\n';
        if (n >= 3 && (*p == '`' || line_start))
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

void tw_extract_cut(struct tw_extract_blocks *out, const char *text, size_t n)
{
    const char *p = text, *end = text + n;
    memset(out, 0, sizeof(*out));
    struct fence f = find_fence(p, text, end);
    out->rest =
        (struct tw_extract_answer){ text, f.at ? (size_t)(f.at - text) : n };
    while (f.at) {
        const char *body = f.at + f.n;
        const char *eol = line_end(body, end);
        if (is_label(body, eol))
            body = eol < end ? eol + 1 : end;
        struct fence close = find_close(body, text, end, f);
        add_block(out, body, close.at ? close.at : end);
        if (!close.at)
            return;
        f = find_fence(close.at + close.n, text, end);
    }
}

static struct tw_pyval *str_of(struct tw_arena *a, struct tw_extract_answer s)
{
    return tw_pyval_str(a, s.text, s.len);
}

/* Arguments of tw_extract for one answer. */
static enum tw_status build_args(struct tw_arena *a,
                                 const struct tw_extract_task *task,
                                 const struct tw_extract_answer *answer,
                                 struct tw_pyval **args, struct tw_err *err)
{
    struct tw_buf text;
    struct tw_extract_blocks cut;
    tw_buf_init(&text, ANSWER_MAX);
    size_t n = answer->len < ANSWER_MAX ? answer->len : ANSWER_MAX;
    tw_extract_normalise(&text, answer->text, n);
    tw_extract_cut(&cut, tw_buf_text(&text), text.len);
    struct tw_pyval **blocks =
        tw_arena_alloc(a, cut.n + 1, sizeof(struct tw_pyval *));
    bool fine = blocks != NULL && text.failed == TW_OK;
    for (size_t i = 0; fine && i < cut.n; i++) {
        blocks[i] = str_of(a, cut.blocks[i]);
        fine = blocks[i] != NULL;
    }
    if (fine) {
        args[0] = tw_pyval_list(a, blocks, cut.n);
        args[1] = str_of(a, cut.rest);
        args[2] = tw_helper_str(a, task->entry);
        args[3] = tw_helper_str(a, task->stub ? task->stub : "");
        args[4] = tw_helper_str(a, task->head ? task->head : "");
        args[5] = tw_pyval_bool(a, task->tests);
    }
    for (size_t i = 0; fine && i < 6; i++)
        fine = args[i] != NULL;
    tw_buf_release(&text);
    return fine ? TW_OK : tw_fail(err, TW_ENOMEM, 0, "cannot hold an answer");
}

static void read_reply(struct tw_arena *a, const struct tw_py_result *reply,
                       struct tw_extract_result *out)
{
    static const struct {
        const char *name;
        enum tw_extract_class class;
    } classes[] = {
        { "ok", TW_EXTRACT_OK },
        { "no_code", TW_EXTRACT_NO_CODE },
        { "no_entry", TW_EXTRACT_NO_ENTRY },
        { "syntax", TW_EXTRACT_SYNTAX },
    };
    out->class = TW_EXTRACT_HARNESS;
    out->code = "";
    if (reply->outcome != TW_PY_VALUE)
        return;
    const char *name = tw_helper_text(tw_helper_item(reply->value, 0), a);
    for (size_t i = 0; i < TW_ARRAY_LEN(classes); i++)
        if (strcmp(name, classes[i].name) == 0)
            out->class = classes[i].class;
    out->code = tw_helper_text(tw_helper_item(reply->value, 1), a);
}

enum tw_status tw_extract_run(struct tw_jail *jail, struct tw_arena *a,
                              const struct tw_extract_task *task,
                              const struct tw_extract_answer *answers, size_t n,
                              struct tw_extract_result *results,
                              struct tw_err *err)
{
    struct tw_py_call *calls = tw_arena_alloc(a, n + 1, sizeof(*calls));
    struct tw_pyval **args =
        tw_arena_alloc(a, 6 * n + 1, sizeof(struct tw_pyval *));
    if (!calls || !args)
        return tw_fail(err, TW_ENOMEM, 0, "cannot hold the answers");
    for (size_t i = 0; i < n; i++) {
        TW_TRY(build_args(a, task, &answers[i], &args[6 * i], err));
        calls[i] = (struct tw_py_call){ .function = "tw_extract",
                                        .args = &args[6 * i],
                                        .n_args = 6 };
    }
    struct tw_py_result *replies;
    TW_TRY(tw_helper_run(jail, a, calls, n, &replies, err));
    for (size_t i = 0; i < n; i++) {
        struct tw_py_result *reply = &replies[i];
        /* An answer that kills the parser must not take others with it. */
        if (reply->outcome == TW_PY_MISSING && n > 1 &&
            tw_helper_run(jail, a, &calls[i], 1, &reply, NULL) != TW_OK)
            reply = &replies[i];
        read_reply(a, reply, &results[i]);
    }
    return TW_OK;
}
