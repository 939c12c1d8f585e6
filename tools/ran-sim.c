/*
 * ran-sim.c - a small radio cell, simulated millisecond by millisecond, that
 * writes counters of one user equipment (UE) per series as CSV on stdout.
 *
 *     ran-sim --seed 20261120 --series 3 --rows 400 > trial.csv
 *
 * The model is described in examples/ran-kpi/TRIAL.md.  Same arguments, same
 * bytes, on every machine: random numbers are counter-based, and the only
 * mathematics beyond + - * / are frexp() and a series written out here.
 */
#include "base/rng.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PERIOD_MS = 250, /* of one row */
    CELL_PRB = 50,
    MCS_MAX = 27,
    PACKET_BYTES = 1400,
    BSR_MS = 10, /* buffer status reports of the uplink */
    CQI_MS = 20, /* channel reports of the downlink */
    OTHERS_MAX = 3,
    SERIES_MAX = 999,
    ROWS_MAX = 1000000,
};

/* Received power that the uplink aims at, per PRB, dBm. */
#define P0_DBM (-75.0)

enum traffic { EMBB, URLLC, MMTC, MIXED, N_TRAFFIC };
static const char *const traffic_name[] = { "embb", "urllc", "mmtc", "mixed" };
/* Share of the cell that the slice of a class owns. */
static const int slice_prb[] = { 40, 25, 15, 50 };

/* Bytes that wait, and in how many packets they came. */
struct queue {
    double bytes, packets;
    double carry; /* part of a packet already delivered */
};

struct source {
    bool bursting;      /* eMBB: a download is under way */
    double burst_bytes; /* left to send by the server */
    bool talking;       /* URLLC: a session is on */
    int phase;          /* of its packets, ms */
    double size_down, size_up;
};

struct link {
    double fading; /* dB, fast */
    double olla;   /* dB, correction of the reported quality by ACK and NACK */
    double known;  /* what the scheduler knows: SINR dl, bytes ul */
    struct queue queue;
};

struct cell {
    struct tw_rng rng;
    enum traffic traffic;
    double loss_mean, shadow; /* path loss, dB */
    double interference;      /* dB over noise */
    int n_others;             /* UEs that share the slice */
    struct source source;
    struct link down, up;
    int64_t now_ms;
};

/* Sums over one period. */
struct direction {
    double mcs, bytes, packets;
    int n, n_failed;
};
struct period {
    struct direction down, up;
    double cqi, sinr, headroom, iterations;
    int n_cqi, requested, granted;
};

static double uniform(struct cell *c)
{
    return tw_rng_uniform(&c->rng);
}

static bool chance(struct cell *c, double p)
{
    return uniform(c) < p;
}

static double between(struct cell *c, double low, double high)
{
    return low + (high - low) * uniform(c);
}

/* Nearly normal: the scaled sum of four uniform numbers, exact everywhere. */
static double normal(struct cell *c)
{
    double sum = -2;

    for (int i = 0; i < 4; i++)
        sum += uniform(c);
    return sum * 1.7320508075688773;
}

/* 10 log10(x) by the series of the area tangent; libm's may differ in the
 * last bit from machine to machine. */
static double decibel(double x)
{
    int e;
    double m = frexp(x, &e), z = (m - 0.75) / (m + 0.75), z2 = z * z;
    double sum = 0;

    for (int k = 21; k > 0; k -= 2)
        sum = sum * z2 + 1.0 / k;
    double ln = 2 * z * sum + e * 0.69314718055994531 - 0.28768207245178093;
    return ln * 4.3429448190325183;
}

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* One step of an autoregressive process of the given deviation. */
static double drift(struct cell *c, double x, double keep, double deviation)
{
    return keep * x + deviation * sqrt(1 - keep * keep) * normal(c);
}

static double path_loss(const struct cell *c)
{
    return c->loss_mean + c->shadow;
}

/* Quality that an MCS needs for one error in two, dB. */
static double needed_sinr(int mcs)
{
    return -5.5 + 1.05 * mcs;
}

/* Bits in one PRB of one millisecond. */
static double bits_of(int mcs)
{
    return 132 * (0.2 + 0.08 * mcs + 0.0042 * mcs * mcs);
}

static int choose_mcs(double sinr)
{
    return (int)clamp((sinr + 5.5) / 1.05 - 1, 0, MCS_MAX);
}

/* Steep around no margin, with a tail on both sides. */
static double error_rate(double margin)
{
    double s = 2 * margin * fabs(margin);

    return 0.5 * (1 - s / (1 + fabs(s)));
}

static void put(struct queue *q, double bytes, double packets)
{
    q->bytes += bytes;
    q->packets += packets;
}

/* Takes bytes out; returns the whole packets that are complete with them. */
static double take(struct queue *q, double bytes)
{
    double part = bytes / q->bytes * q->packets + q->carry;
    double whole = floor(part + 1e-9);

    q->packets -= part - q->carry;
    q->carry = part - whole > 0 ? part - whole : 0;
    q->bytes -= bytes;
    if (q->bytes < 0.5) {
        whole += q->carry > 0.5;
        *q = (struct queue){ 0 };
    }
    return whole;
}

/* Downloads with pauses; the server fills the queue like TCP does. */
static void arrive_embb(struct cell *c)
{
    struct source *s = &c->source;

    if (!s->bursting && chance(c, 1.0 / 5000)) {
        s->bursting = true;
        s->burst_bytes = clamp(250e3 / sqrt(uniform(c) + 1e-3), 0, 5e6);
    }
    if (s->bursting && c->down.queue.bytes < 160e3) {
        double bytes =
            clamp(between(c, 0, 3.2) * PACKET_BYTES, 0, s->burst_bytes);

        put(&c->down.queue, bytes, bytes / PACKET_BYTES);
        s->burst_bytes -= bytes;
        s->bursting = s->burst_bytes >= 1;
    }
    if (chance(c, 1.0 / 900)) /* keep-alives, name look-ups */
        put(&c->up.queue, 90, 1);
}

/* Sessions of small packets both ways, at a fixed beat, with alarms. */
static void arrive_urllc(struct cell *c)
{
    struct source *s = &c->source;

    if (chance(c, s->talking ? 1.0 / 14000 : 1.0 / 9000)) {
        s->talking = !s->talking;
        s->phase = (int)between(c, 0, 8);
        s->size_down = between(c, 120, 500);
        s->size_up = between(c, 250, 900);
    }
    if (s->talking && c->now_ms % 8 == s->phase) {
        put(&c->down.queue, s->size_down, 1);
        put(&c->up.queue, s->size_up, 1);
    }
    if (s->talking && chance(c, 1.0 / 2500)) {
        double n = floor(between(c, 5, 40));

        put(&c->up.queue, 700 * n, n);
        put(&c->down.queue, 300 * n, n);
    }
}

/* Reports of sensors, acknowledged; rarely a piece of new firmware. */
static void arrive_mmtc(struct cell *c)
{
    if (chance(c, 1.0 / 2200)) {
        double n = floor(between(c, 1, 14));

        put(&c->up.queue, between(c, 60, 220) * n, n);
        put(&c->down.queue, 64 * n, n);
    }
    if (chance(c, 1.0 / 40000)) {
        double bytes = between(c, 15e3, 180e3);

        put(&c->down.queue, bytes, ceil(bytes / 512));
    }
}

static void arrive(struct cell *c)
{
    if (c->traffic == EMBB || c->traffic == MIXED)
        arrive_embb(c);
    if (c->traffic == URLLC || c->traffic == MIXED)
        arrive_urllc(c);
    if (c->traffic == MMTC)
        arrive_mmtc(c);
}

/* PRBs of the slice that the other UEs leave in this millisecond. */
static int free_prb(struct cell *c)
{
    int n_busy = 0;

    for (int i = 0; i < c->n_others; i++)
        n_busy += chance(c, 0.3);
    return slice_prb[c->traffic] / (1 + n_busy);
}

/* ACK and NACK move the correction so that one block in ten fails. */
static bool transmit(struct cell *c, struct link *l, struct direction *d,
                     int mcs, double margin)
{
    bool failed = chance(c, error_rate(margin));

    l->olla = clamp(l->olla + (failed ? -0.45 : 0.05), -6, 6);
    d->n++;
    d->n_failed += failed;
    d->mcs += mcs;
    return !failed;
}

static int needed_prb(double bytes, int mcs, int limit)
{
    double n = ceil(bytes * 8 / bits_of(mcs));

    return n > limit ? limit : (int)n;
}

static void serve_down(struct cell *c, struct period *p, double sinr)
{
    struct link *l = &c->down;
    int mcs, n, n_free = free_prb(c);

    if (c->now_ms % CQI_MS == 0) {
        double cqi = floor(clamp((sinr + 6.5) / 2, 1, 15));

        /* The scheduler knows the class of the quality, not the quality. */
        l->known = cqi * 2 - 6.5 + 1;
        p->cqi += cqi;
        p->n_cqi++;
    }
    if (l->queue.bytes < 0.5)
        return;
    mcs = choose_mcs(l->known + l->olla);
    n = needed_prb(l->queue.bytes, mcs, slice_prb[c->traffic]);
    p->requested += n;
    n = n > n_free ? n_free : n;
    p->granted += n;
    if (!transmit(c, l, &p->down, mcs, sinr - needed_sinr(mcs)))
        return; /* the bytes stay for the retransmission */
    double bytes = clamp(n * bits_of(mcs) / 8, 0, l->queue.bytes);
    double packets = take(&l->queue, bytes);
    p->down.bytes += bytes;
    p->down.packets += packets;
    /* Half as many acknowledgements come back for a download. */
    if (c->source.bursting || c->traffic == MIXED)
        put(&c->up.queue, 26 * packets, packets / 2);
}

/* Power per PRB and headroom of n PRBs: fractional path loss compensation,
 * at most 23 dBm in all. */
static double headroom_of(const struct cell *c, int n)
{
    return 23 - (P0_DBM + 0.8 * path_loss(c)) - decibel(n);
}

static void serve_up(struct cell *c, struct period *p)
{
    struct link *l = &c->up;
    int mcs, n, n_free = free_prb(c);

    if (c->now_ms % BSR_MS == 0)
        l->known = l->queue.bytes;
    if (l->known < 0.5 || l->queue.bytes < 0.5)
        return;
    double power = P0_DBM + 0.8 * path_loss(c);
    double sinr =
        power - path_loss(c) + 116 - 0.5 * c->interference + l->fading;
    mcs = (int)clamp(choose_mcs(sinr + l->olla), 0, 20);
    n = needed_prb(l->known, mcs, n_free);
    while (n > 1 && headroom_of(c, n) < 0)
        n--;
    double margin = sinr - needed_sinr(mcs);
    p->sinr += sinr;
    p->headroom += clamp(headroom_of(c, n), -10, 31);
    p->iterations += clamp(1 + 3 * error_rate(margin), 1, 5);
    if (!transmit(c, l, &p->up, mcs, margin))
        return;
    double bytes = clamp(n * bits_of(mcs) / 8, 0, l->queue.bytes);
    p->up.packets += take(&l->queue, bytes);
    p->up.bytes += bytes;
    l->known = clamp(l->known - bytes, 0, l->known);
}

static void step(struct cell *c, struct period *p)
{
    c->shadow = drift(c, c->shadow, 0.9998, 4);
    c->interference = 18 + drift(c, c->interference - 18, 0.999, 3);
    c->down.fading = drift(c, c->down.fading, 0.98, 2.2);
    c->up.fading = drift(c, c->up.fading, 0.98, 1.8);
    if (chance(c, 1.0 / 15000))
        c->n_others = (int)between(c, 0, OTHERS_MAX + 1);
    arrive(c);
    serve_down(c, p,
               29 - path_loss(c) + 116 - c->interference + c->down.fading);
    serve_up(c, p);
    c->now_ms++;
}

static double mean_of(double sum, int n)
{
    return n > 0 ? sum / n : 0;
}

static void print_direction(const struct link *l, const struct direction *d)
{
    printf(",%.0f,%.6g,%.0f,%.4g", floor(l->queue.bytes),
           d->bytes * 8 / (PERIOD_MS * 1000.0), d->packets,
           mean_of(100.0 * d->n_failed, d->n));
}

static void print_row(const struct cell *c, const struct period *p,
                      const char *id, int segment, int64_t start_ms,
                      int64_t epoch_ms)
{
    printf("%s,%s,%d,%" PRId64 ",%" PRId64 ",%d,%d", id,
           traffic_name[c->traffic], segment, c->now_ms - start_ms,
           epoch_ms + c->now_ms, 1 + c->n_others, slice_prb[c->traffic]);
    printf(",%.5g,%d", mean_of(p->down.mcs, p->down.n), p->down.n);
    print_direction(&c->down, &p->down);
    printf(",%.5g,%.5g,%d", mean_of(p->cqi, p->n_cqi),
           mean_of(p->up.mcs, p->up.n), p->up.n);
    print_direction(&c->up, &p->up);
    printf(",%.5g,%.4g,%d,%d,%.5g\n", mean_of(p->sinr, p->up.n),
           mean_of(p->headroom, p->up.n), p->requested, p->granted,
           mean_of(p->iterations, p->up.n));
}

/* One series: half its rows, a gap of some seconds, the other half. */
static void simulate(struct tw_rng rng, enum traffic traffic, int index,
                     int n_rows)
{
    struct cell c = { .rng = rng, .traffic = traffic, .interference = 18 };
    char id[64];
    int64_t start_ms, epoch_ms;
    int segment = 0;

    snprintf(id, sizeof(id), "sim_%s_%d", traffic_name[traffic], index + 1);
    c.loss_mean = between(&c, 97, 115);
    c.shadow = 4 * normal(&c);
    c.n_others = (int)between(&c, 0, OTHERS_MAX + 1);
    epoch_ms = INT64_C(1767225600000) + 3600000 * (int64_t)traffic +
               600000 * (int64_t)index;
    for (int warm = 0; warm < 8 * PERIOD_MS; warm++)
        step(&c, &(struct period){ 0 });
    start_ms = c.now_ms + PERIOD_MS;
    for (int row = 0; row < n_rows; row++) {
        struct period p = { 0 };
        int n_ms = PERIOD_MS;

        if (row > 0 && row == n_rows / 2) {
            int n_lost = (int)between(&c, 5, 60) * PERIOD_MS;

            for (int ms = 0; ms < n_lost; ms++)
                step(&c, &(struct period){ 0 });
            segment++;
        }
        /* The collector is late by a millisecond at times. */
        n_ms += chance(&c, 0.02);
        for (int ms = 0; ms < n_ms; ms++)
            step(&c, &p);
        print_row(&c, &p, id, segment, start_ms, epoch_ms);
    }
}

static bool parse(const char *text, uint64_t max, uint64_t *v)
{
    char *end;

    *v = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && *v <= max;
}

static int usage(void)
{
    fprintf(stderr, "usage: ran-sim [--seed N] [--series N] [--rows N]\n");
    return 2;
}

int main(int argc, char **argv)
{
    uint64_t seed = 1, n_series = 3, n_rows = 400;

    for (int i = 1; i < argc; i += 2) {
        bool good = i + 1 < argc;

        if (good && strcmp(argv[i], "--seed") == 0)
            good = parse(argv[i + 1], UINT64_MAX, &seed);
        else if (good && strcmp(argv[i], "--series") == 0)
            good = parse(argv[i + 1], SERIES_MAX, &n_series);
        else if (good && strcmp(argv[i], "--rows") == 0)
            good = parse(argv[i + 1], ROWS_MAX, &n_rows);
        else
            good = false;
        if (!good)
            return usage();
    }
    struct tw_rng root = tw_rng_seeded(seed);
    printf("series_id,traffic_class,segment,t_ms,timestamp_ms,num_ues,"
           "slice_prb,dl_mcs,dl_n_samples,dl_buffer_bytes,dl_brate_mbps,"
           "dl_pkts,dl_err_pct,dl_cqi,ul_mcs,ul_n_samples,ul_buffer_bytes,"
           "ul_brate_mbps,ul_pkts,ul_err_pct,ul_sinr_db,phr_db,"
           "prb_requested,prb_granted,ul_turbo_iters\n");
    for (int t = 0; t < N_TRAFFIC; t++) {
        /* One series of mixed traffic is enough. */
        int n = t == MIXED ? n_series > 0 : (int)n_series;

        for (int i = 0; i < n; i++)
            simulate(tw_rng_split(&root, traffic_name[t], (uint64_t)i),
                     (enum traffic)t, i, (int)n_rows);
    }
    return ferror(stdout) || fclose(stdout) != 0;
}
