/* test_status.c - names of codes and the forwarding of failures. */
#include "base/status.h"
#include "test.h"

#include <string.h>

TEST(every_code_has_its_name)
{
#define X(name, value, text) CHECK(strcmp(tw_status_name(name), #name) == 0);
    TW_STATUS_MAP(X)
#undef X
    CHECK(strcmp(tw_status_name((enum tw_status)77), "TW_UNKNOWN") == 0);
}

TEST(a_failure_fills_the_error_and_returns_its_code)
{
    struct tw_err err = { 0 };
    char huge[1000];

    CHECK(tw_fail(&err, TW_EFORMAT, 7, "cannot read '%s'", "x") == TW_EFORMAT);
    CHECK(err.code == TW_EFORMAT && err.pos == 7);
    CHECK(strcmp(err.msg, "cannot read 'x'") == 0);
    memset(huge, 'x', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    CHECK(tw_fail(&err, TW_EIO, 0, "%s", huge) == TW_EIO);
    CHECK(strlen(err.msg) == sizeof(err.msg) - 1);
    CHECK(tw_fail(NULL, TW_EIO, 0, "x") == TW_EIO);
}

static enum tw_status forward(enum tw_status st, int *went_on)
{
    TW_TRY(st);
    *went_on = 1;
    return TW_OK;
}

TEST(try_forwards_failures_only)
{
    int went_on = 0;

    CHECK(forward(TW_EIO, &went_on) == TW_EIO && !went_on);
    CHECK(forward(TW_OK, &went_on) == TW_OK && went_on);
}

TEST_MAIN(RUN(every_code_has_its_name);
          RUN(a_failure_fills_the_error_and_returns_its_code);
          RUN(try_forwards_failures_only);)
