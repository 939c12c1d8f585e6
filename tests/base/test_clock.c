/* test_clock.c - clocks that do not go back, and the form of a date. */
#include "base/clock.h"
#include "test.h"

#include <string.h>

TEST(clocks_never_go_back)
{
    double mono = tw_clock_mono(), cpu = tw_clock_cpu();

    for (unsigned i = 0; i < 1000; i++) {
        double m = tw_clock_mono(), c = tw_clock_cpu();
        CHECK(m >= mono && c >= cpu);
        mono = m;
        cpu = c;
    }
    CHECK(mono > 0 && cpu > 0);
}

TEST(the_date_has_its_form)
{
    static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
    char text[32];

    tw_clock_iso(text);
    CHECK(strlen(text) == strlen(form));
    for (size_t i = 0; text[i] && form[i]; i++)
        CHECK(form[i] == 'd' ? text[i] >= '0' && text[i] <= '9'
                             : text[i] == form[i]);
}

TEST_MAIN(RUN(clocks_never_go_back); RUN(the_date_has_its_form);)
