/*
 * task_text.c - reading and cutting the texts of tasks: names of functions,
 * stop strings, tests without numpy.
 *
 * No parser: a prompt is unfinished code, and one that cannot be read costs a
 * name and no task.
 */
#include "tasks/task_priv.h"

#include <string.h>

#include "base/banned.h"

const char *tw_task_join(struct tw_arena *a, const char *head, const char *tail)
{
    if (!head || !tail)
        return NULL;
    return tw_arena_textf(a, "%s%s", head, tail);
}

/* A buffer that is full counts as an arena that is full: either way the text is
 * too large for a task. */
const char *tw_task_keep(struct tw_arena *a, struct tw_buf *b)
{
    const char *text = NULL;

    if (b->failed)
        a->failed = true;
    else
        text = tw_arena_text(a, tw_buf_text(b), b->len);
    tw_buf_release(b);
    return text;
}

/* In place, as the text only gets shorter. */
void tw_task_unix_lines(char *text)
{
    char *to = text;
    for (const char *p = text; *p; p++)
        if (p[0] != '\r' || p[1] != '\n')
            *to++ = *p;
    *to = '\0';
}

/* ASCII only: no published entry has another letter. */
size_t tw_task_name_len(const char *p)
{
    return strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                     "0123456789_");
}

/* The last function, for helpers stand in front of the one that is wanted. */
const char *tw_task_python_entry(struct tw_arena *a, const char *code)
{
    const char *found = "";
    for (const char *p = code; p && *p; p = strchr(p, '\n')) {
        p += *p == '\n';
        if (strncmp(p, "def ", 4) == 0)
            found = p + 4;
    }
    return tw_arena_text(a, found, tw_task_name_len(found));
}

/* Codex' stop strings for Python (Chen et al., 2021) and those that later
 * models need: a fence, a decorator, the mark between files.  In a language
 * with braces the brace tells the end, which the extraction counts. */
void tw_task_default_stops(struct tw_task *t, enum tw_lang lang)
{
    static const char *const python[] = { "\nclass", "\ndef",     "\n#",
                                          "\n@",     "\nif",      "\nprint",
                                          "\n```",   "<file_sep>" };
    static const char *const braces[] = { "\n```", "<file_sep>" };
    if (lang == TW_LANG_PYTHON) {
        t->stops = python;
        t->n_stops = TW_ARRAY_LEN(python);
    } else {
        t->stops = braces;
        t->n_stops = TW_ARRAY_LEN(braces);
    }
}

/* The name in front of the parameters of a line that opens a function. */
static size_t opened_name(const char *p, const char *eol, const char **name)
{
    while (eol > p && strchr(" \t\r", eol[-1]))
        eol--;
    if (eol == p || eol[-1] != '{')
        return 0;
    if (strncmp(p, "const ", 6) == 0) {
        *name = p + 6;
        return tw_task_name_len(*name);
    }
    const char *open = memchr(p, '(', (size_t)(eol - p));
    const char *end = p;
    if (open)
        end = open;
    while (end > p && end[-1] == ' ')
        end--;
    *name = end;
    while (*name > p && tw_task_name_len(*name - 1) > 0)
        --*name;
    return (size_t)(end - *name);
}

/* From the last line up, passing over lines that open a statement. */
const char *tw_task_brace_entry(struct tw_arena *a, const char *declaration)
{
    const char *eol = declaration + strlen(declaration);
    while (eol > declaration) {
        const char *p = eol, *name;
        while (p > declaration && p[-1] != '\n')
            p--;
        size_t n = opened_name(p, eol, &name);
        if (n && !(n == 3 && memcmp(name, "for", n) == 0) &&
            !(n == 2 && memcmp(name, "if", n) == 0) &&
            !(n == 5 && memcmp(name, "while", n) == 0))
            return tw_arena_text(a, name, n);
        eol = p;
        if (p > declaration)
            eol = p - 1; /* in front of the line end */
    }
    return "";
}

/* What EvalPlus's other edition, with its results in "test", wants of numpy: a
 * jail has none, and it takes long to load. */
static const char NUMPY_IMPORT[] = "import numpy as np\n";
static const char NUMPY[] =
    "class np:\n"
    "    class ndarray:\n"
    "        dtype = None\n"
    "    float64 = float32 = float\n"
    "\n"
    "    @staticmethod\n"
    "    def allclose(a, b, rtol=1e-05, atol=1e-08):\n"
    "        if isinstance(a, (list, tuple)) or isinstance(b, (list, tuple)):\n"
    "            return len(a) == len(b) and all(\n"
    "                np.allclose(x, y, rtol, atol) for x, y in zip(a, b))\n"
    "        gap = abs(a - b)\n"
    "        return a == b or (gap != float('inf') and\n"
    "                          gap <= atol + rtol * abs(b))\n";

/* The import is replaced by a class with the few names that the tests use;
 * tests that use more keep the import, and say themselves that there is no
 * numpy. */
enum tw_status tw_task_without_numpy(struct tw_arena *a, const char **tests,
                                     struct tw_err *err)
{
    static const char *const known[] = { "ndarray", "float64", "float32",
                                         "allclose" };
    const char *import = strstr(*tests, NUMPY_IMPORT);
    if (!import || (import > *tests && import[-1] != '\n'))
        return TW_OK;
    for (const char *p = strstr(import, "np."); p; p = strstr(p + 1, "np.")) {
        /* "inp.x" is something else. */
        bool fine = p[-1] >= 'a' && p[-1] <= 'z';
        for (size_t i = 0; i < TW_ARRAY_LEN(known); i++)
            fine = fine || strncmp(p + 3, known[i], strlen(known[i])) == 0;
        if (!fine)
            return TW_OK; /* the tests want more: they will say so */
    }
    struct tw_buf b;
    tw_buf_init(&b, 2 * TW_RECORD_MAX);
    tw_buf_add(&b, *tests, (size_t)(import - *tests));
    tw_buf_adds(&b, NUMPY);
    tw_buf_adds(&b, import + strlen(NUMPY_IMPORT));
    *tests = tw_task_keep(a, &b);
    return tw_arena_check(a, "the tests of a task", err);
}
