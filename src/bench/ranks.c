/*
 * ranks.c - the processes of one run, by MPI or alone.
 *
 * The only file that knows MPI.  Ranks share nothing while they work; they
 * talk twice, at the end of asking and at the end of judging, and each of the
 * talks begins with the question whether all are well.
 */
#include "bench/ranks.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#ifdef TW_HAVE_MPI
#include <mpi.h>
#endif

#include "base/banned.h"

/* NULL stands for a process that is alone: most code need not ask. */
struct tw_ranks {
    unsigned rank, size;
};

unsigned tw_ranks_rank(const struct tw_ranks *r)
{
    if (!r)
        return 0;
    return r->rank;
}

unsigned tw_ranks_size(const struct tw_ranks *r)
{
    if (!r)
        return 1;
    return r->size;
}

bool tw_ranks_mine(const struct tw_ranks *r, size_t task)
{
    return task % tw_ranks_size(r) == tw_ranks_rank(r);
}

#ifdef TW_HAVE_MPI

/* MPI's own messages name no reason that helps a user. */
static enum tw_status fail_mpi(struct tw_err *err, const char *what)
{
    return tw_fail(err, TW_EIO, 0, "cannot %s the processes of this run", what);
}

/* The workers call nothing of MPI: only the main thread does. */
static enum tw_status begin(struct tw_ranks *r, struct tw_err *err)
{
    int got, rank, size;

    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &got) != MPI_SUCCESS ||
        MPI_Comm_rank(MPI_COMM_WORLD, &rank) != MPI_SUCCESS ||
        MPI_Comm_size(MPI_COMM_WORLD, &size) != MPI_SUCCESS)
        return fail_mpi(err, "join");
    r->rank = (unsigned)rank;
    r->size = (unsigned)size;
    return TW_OK;
}

static void end(void)
{
    (void)MPI_Finalize();
}

/* All or none: a rank that failed must not leave the others waiting. */
static enum tw_status agree(enum tw_status st, struct tw_err *err)
{
    int mine = st, worst = 0;

    if (MPI_Allreduce(&mine, &worst, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD) !=
        MPI_SUCCESS)
        return fail_mpi(err, "hear");
    if (st == TW_OK && worst != TW_OK)
        return tw_fail(err, (enum tw_status)worst, 0,
                       "stopped: another process of this run failed");
    return st;
}

/* Rank 0: the bytes of the others, in order of rank; the size of each message
 * is asked for first. */
static enum tw_status receive(const struct tw_ranks *r, struct tw_buf *all,
                              struct tw_err *err)
{
    for (unsigned from = 1; from < r->size; from++) {
        MPI_Status about;
        int n = 0;
        if (MPI_Probe((int)from, 0, MPI_COMM_WORLD, &about) != MPI_SUCCESS ||
            MPI_Get_count(&about, MPI_BYTE, &n) != MPI_SUCCESS || n < 0)
            return fail_mpi(err, "hear");
        char *bytes = malloc((size_t)n + 1);
        if (!bytes)
            return tw_fail(err, TW_ENOMEM, 0, "cannot gather the results");
        int rc = MPI_Recv(bytes, n, MPI_BYTE, (int)from, 0, MPI_COMM_WORLD,
                          MPI_STATUS_IGNORE);
        tw_buf_add(all, bytes, (size_t)n);
        free(bytes);
        if (rc != MPI_SUCCESS)
            return fail_mpi(err, "hear");
    }
    return tw_buf_check(all, "the results of all processes", err);
}

/* To rank 0.  MPI counts bytes in an int: what is larger is refused on all
 * ranks alike. */
static enum tw_status exchange(const struct tw_ranks *r, enum tw_status st,
                               const void *bytes, size_t n, struct tw_buf *all,
                               struct tw_err *err)
{
    if (st == TW_OK && n > INT_MAX)
        st = tw_fail(err, TW_ELIMIT, 0, "too many results for one message");
    TW_TRY(agree(st, err));
    if (r->rank == 0) {
        tw_buf_add(all, bytes, n);
        return receive(r, all, err);
    }
    if (MPI_Send(bytes, (int)n, MPI_BYTE, 0, 0, MPI_COMM_WORLD) != MPI_SUCCESS)
        return fail_mpi(err, "reach");
    return TW_OK;
}

/* What rank 0 has, to all. */
static enum tw_status spread(const struct tw_ranks *r, enum tw_status st,
                             struct tw_buf *all, struct tw_err *err)
{
    unsigned long long n = all->len;

    if (st == TW_OK && n > INT_MAX)
        st = tw_fail(err, TW_ELIMIT, 0, "too many answers for one message");
    TW_TRY(agree(st, err));
    if (MPI_Bcast(&n, 1, MPI_UNSIGNED_LONG_LONG, 0, MPI_COMM_WORLD) !=
        MPI_SUCCESS)
        return fail_mpi(err, "reach");
    char *bytes = calloc((size_t)n + 1, 1);
    if (!bytes)
        return tw_fail(err, TW_ENOMEM, 0, "cannot share the answers");
    if (r->rank == 0 && n)
        memcpy(bytes, all->bytes, (size_t)n);
    int rc = MPI_Bcast(bytes, (int)n, MPI_BYTE, 0, MPI_COMM_WORLD);
    if (r->rank > 0)
        tw_buf_add(all, bytes, (size_t)n);
    free(bytes);
    if (rc != MPI_SUCCESS)
        return fail_mpi(err, "reach");
    return tw_buf_check(all, "the answers", err);
}

#else

static enum tw_status begin(struct tw_ranks *r, struct tw_err *err)
{
    (void)r;
    return tw_fail(err, TW_EIO, 0,
                   "this program was built without MPI: start it by itself, "
                   "or build it with -Dmpi=enabled");
}

static void end(void)
{
}

static enum tw_status exchange(const struct tw_ranks *r, enum tw_status st,
                               const void *bytes, size_t n, struct tw_buf *all,
                               struct tw_err *err)
{
    (void)r;
    TW_TRY(st);
    tw_buf_add(all, bytes, n);
    return tw_buf_check(all, "the results", err);
}

static enum tw_status spread(const struct tw_ranks *r, enum tw_status st,
                             struct tw_buf *all, struct tw_err *err)
{
    (void)r;
    (void)all;
    (void)err;
    return st;
}

#endif

/* Nothing of MPI is started for a process that is alone, so that the program
 * runs where MPI is installed and not set up. */
enum tw_status tw_ranks_open(struct tw_ranks **out, bool launched,
                             struct tw_err *err)
{
    *out = NULL;
    if (!launched)
        return TW_OK;
    struct tw_ranks *r = calloc(1, sizeof(*r));
    if (!r)
        return tw_fail(err, TW_ENOMEM, 0, "cannot join the other processes");
    enum tw_status st = begin(r, err);
    if (st != TW_OK) {
        free(r);
        return st;
    }
    *out = r;
    return TW_OK;
}

/* MPI_Finalize() waits for the other ranks. */
void tw_ranks_close(struct tw_ranks *r)
{
    if (!r)
        return;
    end();
    free(r);
}

/* Alone, the bytes are copied and that is all: callers have one way. */
enum tw_status tw_ranks_gather(struct tw_ranks *r, enum tw_status st,
                               const void *bytes, size_t n, struct tw_buf *all,
                               struct tw_err *err)
{
    struct tw_ranks alone = { 0, 1 };

    if (!r)
        r = &alone;
    return exchange(r, st, bytes, n, all, err);
}

enum tw_status tw_ranks_share(struct tw_ranks *r, enum tw_status st,
                              const void *bytes, size_t n, struct tw_buf *all,
                              struct tw_err *err)
{
    if (!r)
        return tw_ranks_gather(r, st, bytes, n, all, err);
    st = exchange(r, st, bytes, n, all, err);
    return spread(r, st, all, err);
}
