/* Every file of the TOML 1.0.0 list of the conformance suite: valid ones give
 * the values of the tagged JSON beside them, invalid ones are refused. */
#include "base/file.h"
#include "base/json.h"
#include "base/toml.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static const char *const type_names[] = {
    [TW_TOML_STRING] = "string",
    [TW_TOML_INT] = "integer",
    [TW_TOML_FLOAT] = "float",
    [TW_TOML_BOOL] = "bool",
    [TW_TOML_OFFSET_DATETIME] = "datetime",
    [TW_TOML_LOCAL_DATETIME] = "datetime-local",
    [TW_TOML_LOCAL_DATE] = "date-local",
    [TW_TOML_LOCAL_TIME] = "time-local",
};

/* Dates are the same when only zeros at the end of the fraction differ. */
static void plain_date(const char *s, char out[64])
{
    size_t n = 0, zeros = 0;
    bool fraction = false;

    for (; *s && n < 63; s++) {
        if (fraction && (*s < '0' || *s > '9')) {
            n -= zeros;
            n -= n && out[n - 1] == '.';
            fraction = false;
        }
        fraction |= *s == '.';
        zeros = *s == '0' ? zeros + 1 : 0;
        out[n++] = *s;
    }
    if (fraction)
        n -= zeros;
    out[n] = '\0';
}

static bool same_date(const char *a, const char *b)
{
    char x[64], y[64];

    plain_date(a, x);
    plain_date(b, y);
    return strcmp(x, y) == 0;
}

static bool same_float(double v, const char *text)
{
    double expected = strtod(text, NULL);

    return isnan(expected) ? isnan(v) : v == expected;
}

static bool same_scalar(const struct tw_toml *v, const struct tw_json *tagged)
{
    const char *type = tw_json_text(tw_json_get(tagged, "type"), NULL);
    size_t n;
    const char *text = tw_json_text(tw_json_get(tagged, "value"), &n);

    if (!type || !text || strcmp(type, type_names[v->kind]) != 0)
        return false;
    switch (v->kind) {
    case TW_TOML_STRING:
        return v->u.text.len == n && memcmp(v->u.text.bytes, text, n) == 0;
    case TW_TOML_INT:
        return v->u.i == strtoll(text, NULL, 10);
    case TW_TOML_FLOAT:
        return same_float(v->u.f, text);
    case TW_TOML_BOOL:
        return v->u.b == (strcmp(text, "true") == 0);
    case TW_TOML_OFFSET_DATETIME:
    case TW_TOML_LOCAL_DATETIME:
    case TW_TOML_LOCAL_DATE:
    case TW_TOML_LOCAL_TIME:
        return same_date(v->u.text.bytes, text);
    case TW_TOML_ARRAY:
    case TW_TOML_TABLE:
        break;
    }
    return false;
}

static bool same(const struct tw_toml *v, const struct tw_json *expected)
{
    size_t i = 0;

    if (v->kind != TW_TOML_ARRAY && v->kind != TW_TOML_TABLE)
        return same_scalar(v, expected);
    enum tw_json_kind kind =
        v->kind == TW_TOML_ARRAY ? TW_JSON_ARRAY : TW_JSON_OBJECT;
    if (tw_json_kind(expected) != kind ||
        tw_json_len(expected) != v->n_children)
        return false;
    for (const struct tw_toml *c = v->first; c; c = c->next, i++) {
        const struct tw_json *e = v->kind == TW_TOML_ARRAY
                                      ? tw_json_at(expected, i)
                                      : tw_json_get(expected, c->key);
        if (!e || !same(c, e))
            return false;
    }
    return i == v->n_children;
}

/* jansson has no NUL in keys; test_toml.c compares such a document. */
static const char nul_key_file[] = "valid/key/quoted-unicode.toml";

static bool starts_with_place(const char *msg)
{
    unsigned line, column;

    return sscanf(msg, "%u:%u: ", &line, &column) == 2 && line && column;
}

/* name is "valid/..." or "invalid/..."; true when all is as it must be. */
static bool check_file(const char *folder, const char *name)
{
    char path[700];
    struct tw_buf text, json;
    struct tw_arena a;
    struct tw_toml *root;
    struct tw_json *expected = NULL;
    struct tw_err err = { 0 };
    bool ok = true;

    tw_buf_init(&text, 1u << 20);
    tw_buf_init(&json, 1u << 20);
    tw_arena_init(&a, 16u << 20);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    ok &= tw_file_read(&text, path, NULL) == TW_OK;
    enum tw_status st =
        tw_toml_parse(&root, &a, tw_buf_text(&text), text.len, &err);
    if (strncmp(name, "invalid/", 8) == 0) {
        ok &= st == TW_EFORMAT && !root && starts_with_place(err.msg);
    } else {
        snprintf(path, sizeof(path), "%s/%.*s.json", folder,
                 (int)(strlen(name) - strlen(".toml")), name);
        ok &= tw_file_read(&json, path, NULL) == TW_OK;
        enum tw_status json_st =
            tw_json_parse(&expected, tw_buf_text(&json), json.len, NULL);
        if (strcmp(name, nul_key_file) == 0)
            ok &= st == TW_OK && json_st == TW_EFORMAT;
        else
            ok &= st == TW_OK && expected && same(root, expected);
    }
    if (!ok)
        printf("# %s: %s\n", name, st == TW_OK ? "other values" : err.msg);
    tw_json_free(expected);
    tw_arena_release(&a);
    tw_buf_release(&json);
    tw_buf_release(&text);
    return ok;
}

TEST(every_file_of_the_list_is_read_or_refused)
{
    const char *shared = getenv("TW_SHARED");
    char folder[600], list_path[640];
    struct tw_buf list;
    char *save = NULL;
    unsigned n = 0, n_good = 0;

    snprintf(folder, sizeof(folder), "%s/golden/toml/tests",
             shared ? shared : "");
    snprintf(list_path, sizeof(list_path), "%s/files-toml-1.0.0", folder);
    if (!shared || !tw_file_exists(list_path)) {
        test_skip("shared data absent");
        return;
    }
    tw_buf_init(&list, 1u << 20);
    CHECK(tw_file_read(&list, list_path, NULL) == TW_OK);
    for (char *name = strtok_r(list.bytes, "\n", &save); name;
         name = strtok_r(NULL, "\n", &save)) {
        size_t len = strlen(name);
        if (len < 5 || strcmp(name + len - 5, ".toml") != 0)
            continue;
        n++;
        n_good += check_file(folder, name);
    }
    printf("# %u of %u files\n", n_good, n);
    CHECK(n > 500);
    CHECK(n_good == n);
    tw_buf_release(&list);
}

TEST_MAIN(RUN(every_file_of_the_list_is_read_or_refused);)
