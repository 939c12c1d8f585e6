/*
 * test_call.c - signatures of functions under test.
 */
#include "spec/spec.h"
#include "test.h"

#include <string.h>

static enum tw_status parse(struct tw_spec_call *c, struct tw_arena *a,
                            const char *text, struct tw_err *err)
{
    memset(err, 0, sizeof(*err));
    return tw_spec_call_parse(c, a, text, err);
}

TEST(call_gives_names_types_and_defaults)
{
    struct tw_arena a;
    struct tw_spec_call c;
    struct tw_err err;
    tw_arena_init(&a, 1u << 20);
    CHECK(parse(&c, &a,
                "check(voltage: float, low: int = 36, "
                "name: str = 'a,b)') -> bool",
                &err) == TW_OK);
    CHECK(strcmp(c.name, "check") == 0);
    CHECK(c.n_params == 3);
    CHECK(strcmp(c.params[0].name, "voltage") == 0);
    CHECK(c.params[0].type.scalar == TW_SPEC_FLOAT);
    CHECK(c.params[0].fallback == NULL);
    CHECK(strcmp(c.params[1].fallback, "36") == 0);
    CHECK(strcmp(c.params[2].fallback, "'a,b)'") == 0);
    CHECK(c.params[2].type.scalar == TW_SPEC_STR);
    CHECK(c.result.scalar == TW_SPEC_BOOL);
    tw_arena_release(&a);
}

TEST(call_knows_lists_and_none)
{
    struct tw_arena a;
    struct tw_spec_call c;
    struct tw_err err;
    tw_arena_init(&a, 1u << 20);
    CHECK(parse(&c, &a,
                "f(a: list[float], b: List[Optional[float]], "
                "c: list[int | None], d: dict[str, int], e, g: float|None)",
                &err) == TW_OK);
    CHECK(c.n_params == 6);
    CHECK(c.params[0].type.is_list && !c.params[0].type.nullable);
    CHECK(c.params[1].type.is_list && c.params[1].type.nullable);
    CHECK(c.params[2].type.scalar == TW_SPEC_INT && c.params[2].type.nullable);
    CHECK(c.params[3].type.scalar == TW_SPEC_ANY && !c.params[3].type.is_list);
    CHECK(strcmp(c.params[4].type.text, "") == 0);
    CHECK(c.params[5].type.scalar == TW_SPEC_FLOAT &&
          c.params[5].type.nullable);
    CHECK(strcmp(c.result.text, "") == 0);
    tw_arena_release(&a);
}

TEST(call_types_bring_no_statement)
{
    static const char *const bad[] = {
        "f(x: float) -> float; import os",
        "f(x: float;pass) -> float",
        "f(x: float) -> exit()",
        "f(x: exit()) -> float",
    };
    struct tw_arena a;
    struct tw_spec_call c;
    struct tw_err err;

    tw_arena_init(&a, 1u << 20);
    for (size_t i = 0; i < TW_ARRAY_LEN(bad); i++) {
        CHECK(parse(&c, &a, bad[i], &err) == TW_EFORMAT);
        CHECK(strstr(err.msg, "is no type"));
    }
    tw_arena_release(&a);
}

TEST(call_takes_a_def_line_too)
{
    struct tw_arena a;
    struct tw_spec_call c;
    struct tw_err err;
    tw_arena_init(&a, 1u << 20);
    CHECK(parse(&c, &a, "def f(x: int) -> list[int]:", &err) == TW_OK);
    CHECK(strcmp(c.text, "f(x: int) -> list[int]") == 0);
    CHECK(c.result.is_list);
    CHECK(parse(&c, &a, " f() ", &err) == TW_OK && c.n_params == 0);
    tw_arena_release(&a);
}

TEST(call_refuses_what_it_cannot_read)
{
    static const char *const bad[] = {
        "",
        "f",
        "f(",
        "f(a",
        "1f(a)",
        "f(a b)",
        "f(a, a)",
        "f(a=1, b)",
        "f(a) b",
        "f(a) ->",
        "f(class)",
        "def(a)",
        "f(*args)",
        "f(a: int = )",
        "f(a)\nimport os",
        "f(a) # x",
        "f(a,,b)",
        "f(a1,a2,a3,a4,a5,a6,a7,a8,a9,b1,b2,b3,b4,b5,b6,b7,b8)",
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(bad); i++) {
        struct tw_arena a;
        struct tw_spec_call c;
        struct tw_err err;
        tw_arena_init(&a, 1u << 20);
        enum tw_status st = parse(&c, &a, bad[i], &err);
        if (st == TW_OK)
            printf("# accepted: %s\n", bad[i]);
        CHECK(st == TW_EFORMAT || st == TW_ELIMIT);
        CHECK(err.msg[0] != '\0');
        tw_arena_release(&a);
    }
}

TEST(call_survives_a_full_arena)
{
    size_t limit = 0;
    enum tw_status st = TW_ENOMEM;
    for (; st != TW_OK && limit < (1u << 20); limit += 64) {
        struct tw_arena a;
        struct tw_spec_call c;
        tw_arena_init(&a, limit);
        st = tw_spec_call_parse(&c, &a, "f(a: list[float], b: int = 3) -> int",
                                NULL);
        CHECK(st == TW_OK || st == TW_ENOMEM);
        tw_arena_release(&a);
    }
    CHECK(st == TW_OK);
}

TEST_MAIN(RUN(call_gives_names_types_and_defaults);
          RUN(call_knows_lists_and_none); RUN(call_types_bring_no_statement);
          RUN(call_takes_a_def_line_too); RUN(call_refuses_what_it_cannot_read);
          RUN(call_survives_a_full_arena);)
