// Runs the tests of a C++ task and says, with a token, how they went.  The
// token comes by stdin and is read before any code of the candidate runs.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern "C" int tw_tests();

namespace {

enum { SHOWN_MAX = 65536 };

char line[128];
unsigned long n_made, n_passed;
char shown[SHOWN_MAX + 1];

void begin(int, char **, char **)
{
    size_t n = 0;

    while (n < sizeof(line) - 1 && read(0, line + n, 1) == 1 && line[n] != '\n')
        n++;
    line[n] = '\0';
    int null = open("/dev/null", O_RDONLY);
    if (null >= 0)
        dup2(null, 0);
    if (null > 0)
        close(null);
}

// The token ends at the blank; a mode stands behind it.
void finish(const char *how)
{
    char head[256];
    int n = snprintf(head, sizeof(head), "%.*s %s %lu %lu ",
                     (int)strcspn(line, " "), line, how, n_passed, n_made);
    size_t len = n_made < SHOWN_MAX ? n_made : SHOWN_MAX;

    shown[len] = '\n';
    if (write(3, head, (size_t)n) == n)
        for (size_t at = 0; at <= len;) {
            ssize_t put = write(3, shown + at, len + 1 - at);
            if (put <= 0)
                break;
            at += (size_t)put;
        }
    close(3);
    memset(line, 0, sizeof(line));
}

} // namespace

// Before the constructors of the candidate.
__attribute__((section(".preinit_array"), used)) static void (*const tw_first)(
    int, char **, char **) = begin;

extern "C" void tw_checked(int outcome)
{
    if (n_made < SHOWN_MAX)
        shown[n_made] = (char)('0' + outcome);
    n_made++;
    n_passed += outcome == 1;
    if (outcome == 1 || strchr(line, '+'))
        return;
    finish("stopped");
    _exit(1);
}

int main()
{
    int rc = tw_tests();

    finish(rc == 0 ? "done" : "stopped");
    return rc;
}
