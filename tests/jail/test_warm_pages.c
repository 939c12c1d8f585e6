/*
 * test_warm_pages.c - memory that is cheap to fork keeps its bytes, and what
 * the kernel wipes in a fork stays wiped there.
 */
#define _GNU_SOURCE
#include "jail/warm_pages.h"

#include "test.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 4096 };

static char *area(void)
{
    char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return NULL;
    memset(p, 'x', SIZE);
    return p;
}

/* What a fork finds there. */
static int seen_by_fork(const char *p)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0)
        _exit(*p);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

/* Random numbers of libc lie there: with the same bytes in each fork, all runs
 * draw the same ones. */
TEST(what_a_fork_must_not_inherit_is_not_moved)
{
    static struct warm_pages pages;
    char *plain = area(), *wiped = area();

    if (!plain || !wiped || madvise(wiped, SIZE, MADV_WIPEONFORK)) {
        test_skip("no madvise(MADV_WIPEONFORK) here");
        return;
    }
    tw_warm_pages_settle(&pages);
    CHECK(pages.n_all > 0);
    CHECK(plain[0] == 'x' && seen_by_fork(plain) == 'x');
    CHECK(wiped[0] == 'x' && seen_by_fork(wiped) == 0);
    for (int i = 0; i < pages.n_all; i++)
        CHECK((uintptr_t)wiped < pages.all[i].start ||
              (uintptr_t)wiped >= pages.all[i].end);
    munmap(plain, SIZE);
    munmap(wiped, SIZE);
}

TEST_MAIN(RUN(what_a_fork_must_not_inherit_is_not_moved);)
