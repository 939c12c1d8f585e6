/*
 * bench_sssd.c - time of the small SSSD: one training step, one evaluation, and
 * drawing series.  Prints one JSON line.
 *
 *     bench_sssd [THREADS [STEPS [CHANNELS [LAYERS [LENGTH]]]]]
 *
 * Defaults: 2 threads, 20 steps, 64 channels, 8 layers, length 100; batch 32,
 * 14 counters, state 64.  The figure of a step is the median.
 */
#include "base/clock.h"
#include "base/rng.h"
#include "kern/backend.h"
#include "synth/diffusion.h"
#include "synth/gen.h"
#include "synth/sssd.h"
#include "tensor/optim.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 32, COUNTERS = 14, CLUSTERS = 4, STEPS_MAX = 1000 };
#define LIMIT ((size_t)32 << 30)

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
    qsort(v, n, sizeof(*v), compare);
    return v[n / 2];
}

static void fill(const struct tw_sssd_graph *g)
{
    tw_rng_fill_normal(g->x->data, g->x->n, 1, 0);
    if (g->target) {
        tw_rng_fill_normal(g->target->data, g->target->n, 2, 0);
        for (size_t i = 0; i < g->weight->n; i++)
            g->weight->data[i] = 1;
    }
    for (size_t b = 0; b < g->B; b++) {
        tw_diffusion_embed((double)b, g->step->data + b, g->B);
        g->labels->data[b] = 1;
    }
}

static int time_training(struct tw_sssd *net, struct tw_backend *be,
                         size_t n_steps, double *wall, double *cpu)
{
    struct tw_sssd_graph g;
    struct tw_adam adam;
    double times[STEPS_MAX];

    if (tw_sssd_graph_init(&g, net, BATCH, true, LIMIT, NULL) != TW_OK)
        return 1;
    if (tw_adam_init(&adam, tw_sssd_params(net), be, NULL) != TW_OK)
        return 1;
    adam.clip = 1;
    adam.ema_decay = 0.99f;
    fill(&g);
    for (size_t i = 0; i < n_steps + 1; i++) {
        double start = tw_clock_mono();

        if (i == 1)
            *cpu = tw_clock_cpu();
        tw_params_zero_grad(tw_sssd_params(net));
        tw_graph_forward(g.g, true);
        tw_graph_backward(g.g);
        tw_adam_step(&adam, 1e-4f);
        if (i > 0)
            times[i - 1] = tw_clock_mono() - start;
    }
    *cpu = (tw_clock_cpu() - *cpu) / (double)n_steps;
    *wall = median(times, n_steps);
    tw_adam_release(&adam);
    tw_sssd_graph_release(&g);
    return 0;
}

static int time_evaluation(struct tw_sssd *net, size_t n_steps, double *wall,
                           double *cpu, double *kernels)
{
    struct tw_sssd_graph g;
    double times[STEPS_MAX], start = tw_clock_mono();

    if (tw_sssd_fix_kernels(net, NULL) != TW_OK ||
        tw_sssd_graph_init(&g, net, BATCH, false, LIMIT, NULL) != TW_OK)
        return 1;
    *kernels = tw_clock_mono() - start;
    fill(&g);
    tw_graph_forward(g.g, false);
    *cpu = tw_clock_cpu();
    for (size_t i = 0; i < n_steps; i++) {
        start = tw_clock_mono();
        tw_graph_forward(g.g, false);
        times[i] = tw_clock_mono() - start;
    }
    *cpu = (tw_clock_cpu() - *cpu) / (double)n_steps;
    *wall = median(times, n_steps);
    tw_sssd_graph_release(&g);
    return 0;
}

static size_t argument(int argc, char **argv, int i, size_t fallback)
{
    return argc > i ? (size_t)strtoul(argv[i], NULL, 10) : fallback;
}

int main(int argc, char **argv)
{
    unsigned n_threads = (unsigned)argument(argc, argv, 1, 2);
    size_t n_steps = argument(argc, argv, 2, 20);
    struct tw_sssd_config c = { .K = COUNTERS,
                                .L = argument(argc, argv, 5, 100),
                                .n_labels = CLUSTERS,
                                .channels = argument(argc, argv, 3, 64),
                                .layers = argument(argc, argv, 4, 8),
                                .state = 64 };
    struct tw_backend *be;
    struct tw_sssd *net;
    struct tw_err err = { 0 };
    double train = 0, cpu = 0, evaluation = 0, cpu2 = 0, kernels = 0;
    double start = tw_clock_mono();

    if (n_steps < 1 || n_steps > STEPS_MAX)
        n_steps = STEPS_MAX;
    if (tw_backend_new(&be, getenv("TW_CPU"), n_threads, &err) != TW_OK ||
        tw_sssd_new(&net, &c, NULL, 1, be, &err) != TW_OK) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    double setup = tw_clock_mono() - start;

    if (time_training(net, be, n_steps, &train, &cpu) ||
        time_evaluation(net, n_steps, &evaluation, &cpu2, &kernels))
        return 1;
    printf("{\"bench\":\"sssd\",\"threads\":%u,\"channels\":%zu,\"layers\":%zu,"
           "\"batch\":%d,\"length\":%zu,\"counters\":%d,\"parameters\":%zu,"
           "\"setup_s\":%.3f,\"train_step_s\":%.4f,\"train_step_cpu_s\":%.4f,"
           "\"kernels_s\":%.4f,\"evaluation_s\":%.5f,"
           "\"evaluation_cpu_s\":%.5f,"
           "\"sample_200_steps_s\":%.2f}\n",
           n_threads, c.channels, c.layers, BATCH, c.L, COUNTERS,
           tw_sssd_elements(&c), setup, train, cpu, kernels, evaluation, cpu2,
           kernels + 200 * evaluation);
    tw_sssd_free(net);
    tw_backend_free(be);
    return 0;
}
