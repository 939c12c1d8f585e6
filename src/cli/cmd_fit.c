#include "cli/cli.h"
#include "cli/cli_trial.h"

#include "base/json.h"
#include "synth/gen.h"
#include "trial/window.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

struct args {
    struct tw_common common;
    struct tw_trial_args trial;
    const char *out;
    const char *generator;
    const char *checkpoint;
    int64_t window, clusters, channels, layers, diffusion_steps, steps, batch;
    int64_t checkpoint_every;
    double lr;
    const char *size;
};

static const struct tw_opt opts[] = {
    { "output", 'o', TW_OPT_TEXT, offsetof(struct args, out), "MODEL.gguf",
      "write the generator (required)" },
    { "generator", 'g', TW_OPT_TEXT, offsetof(struct args, generator), "KIND",
      "sssd (the only one in this version)" },
    { "window", 'w', TW_OPT_INT, offsetof(struct args, window), "L",
      "rows of a window (default 48)" },
    { "clusters", 'k', TW_OPT_INT, offsetof(struct args, clusters), "K",
      "clusters (default: by silhouette)" },
    { "steps", 'n', TW_OPT_INT, offsetof(struct args, steps), "N",
      "training steps (default: by size, quick 3000)" },
    { "batch", 'b', TW_OPT_INT, offsetof(struct args, batch), "B",
      "windows a step (default 32)" },
    { "lr", 0, TW_OPT_NUMBER, offsetof(struct args, lr), "RATE",
      "learning rate (default: by size)" },
    { "channels", 0, TW_OPT_INT, offsetof(struct args, channels), "C",
      "residual channels (default: by size)" },
    { "layers", 0, TW_OPT_INT, offsetof(struct args, layers), "N",
      "residual blocks (default: by size)" },
    { "diffusion-steps", 0, TW_OPT_INT, offsetof(struct args, diffusion_steps),
      "T",
      "noise levels (default "
      "200)" },
    { "size", 0, TW_OPT_TEXT, offsetof(struct args, size), "SIZE",
      "quick (default: 4 blocks of 32 channels), small (8 of 64), paper (36 "
      "of 256: days on two cores)" },
    { "checkpoint", 0, TW_OPT_TEXT, offsetof(struct args, checkpoint), "FILE",
      "go on from FILE when it fits (default: MODEL.gguf.ckpt)" },
    { "checkpoint-every", 0, TW_OPT_INT,
      offsetof(struct args, checkpoint_every), "N", "steps (default 100)" },
    TW_TRIAL_OPTS(struct args),
    TW_COMMON_OPTS(struct args),
};

static const struct tw_opt_usage usage = {
    .command = "trialwright fit",
    .args = "TRIAL... -o MODEL.gguf [--generator sssd]",
    .about = "Trains a generator of windows on a trial: diffusion with "
             "structured state spaces (SSSD-S4), conditioned on clusters. "
             "Ctrl-C leaves a checkpoint; the same command goes on from it, "
             "to the same bytes.",
    .opts = opts,
};

static struct tw_gen_config make_config(const struct args *a)
{
    struct tw_gen_config c = tw_gen_config_quick();

    if (a->size && strcmp(a->size, "small") == 0)
        c = tw_gen_config_small();
    else if (a->size && strcmp(a->size, "paper") == 0)
        c = tw_gen_config_paper();
    if (a->steps > 0)
        c.steps = (size_t)a->steps;
    c.checkpoint_every =
        a->checkpoint_every > 0 ? (size_t)a->checkpoint_every : 100;
    if (a->channels > 0)
        c.channels = (size_t)a->channels;
    if (a->layers > 0)
        c.layers = (size_t)a->layers;
    if (a->diffusion_steps > 0)
        c.diffusion_steps = (size_t)a->diffusion_steps;
    if (a->batch > 0)
        c.batch = (size_t)a->batch;
    if (a->lr > 0)
        c.lr = a->lr;
    if (a->common.seed >= 0)
        c.seed = (uint64_t)a->common.seed;
    return c;
}

struct fitted {
    struct tw_gen_fit fit;
    size_t n_windows;
    size_t n_clusters;
    double silhouette;
};

static enum tw_status fit(const struct args *args, char **files, size_t n_files,
                          struct tw_backend *be, struct tw_arena *a,
                          struct fitted *f, struct tw_err *err)
{
    struct tw_gen_config config = make_config(args);
    struct tw_window_config wc = { .length = args->window > 0
                                                 ? (size_t)args->window
                                                 : 48 };
    struct tw_cli_progress progress;
    struct tw_trial trial;
    struct tw_windows windows;
    struct tw_clusters clusters;
    struct tw_gen *gen = NULL;
    char checkpoint[4096];

    snprintf(checkpoint, sizeof(checkpoint), "%s.ckpt", args->out);
    TW_TRY(tw_cli_trial_read(&trial, a, &args->trial,
                             (const char *const *)files, n_files, err));
    TW_TRY(tw_windows_cut(&windows, a, &trial, &wc, err));
    TW_TRY(tw_clusters_find(&clusters, a, &windows,
                            args->clusters > 0 ? (size_t)args->clusters : 0,
                            config.seed, err));
    f->n_windows = windows.n;
    f->n_clusters = clusters.k;
    f->silhouette = clusters.silhouette;
    const struct tw_gen_data data = { &trial, &windows, &clusters };
    enum tw_status st = tw_gen_train(
        &gen, &data, &config, be,
        args->checkpoint ? args->checkpoint : checkpoint,
        tw_cli_progress(&progress, args->common.quiet), &f->fit, err);
    tw_cli_progress_end(&progress);
    if (st == TW_OK)
        st = tw_gen_save(gen, args->out, err);
    tw_gen_free(gen);
    return st;
}

static void describe(struct tw_buf *out, const struct args *args,
                     const struct fitted *f)
{
    if (!args->common.json) {
        tw_buf_addf(out,
                    "%zu windows, %zu clusters (silhouette %.3f), %zu "
                    "parameters, loss %.5f, %.1f s: %s\n",
                    f->n_windows, f->n_clusters, f->silhouette,
                    f->fit.n_parameters, f->fit.loss, f->fit.seconds,
                    args->out);
        return;
    }
    tw_buf_addf(out,
                "{\"windows\": %zu, \"clusters\": %zu, \"silhouette\": %.6f, "
                "\"parameters\": %zu, \"loss\": %.6g, \"seconds\": %.3f, "
                "\"resumed_from\": %zu, \"model\": ",
                f->n_windows, f->n_clusters, f->silhouette, f->fit.n_parameters,
                f->fit.loss, f->fit.seconds, f->fit.step_resumed);
    tw_json_adds(out, args->out);
    tw_buf_adds(out, "}\n");
}

int tw_cmd_fit(int argc, char **argv)
{
    struct args args = { 0 };
    char *rest[TW_CLI_ARGS_MAX];
    struct tw_err err = { 0 };
    struct tw_backend *be;
    struct tw_arena arena;
    struct fitted f = { 0 };
    struct tw_buf out;
    size_t n_rest;
    int status;

    if (!tw_cli_parse(&usage, &args, argc, argv, rest, &n_rest, &status))
        return status;
    if (n_rest == 0 || !args.out)
        return tw_cli_usage(&usage, "a trial and -o MODEL.gguf are needed");
    if (args.generator && strcmp(args.generator, "sssd") != 0)
        return tw_cli_usage(&usage, "this version has the generator 'sssd'");
    if (args.size && strcmp(args.size, "quick") != 0 &&
        strcmp(args.size, "small") != 0 && strcmp(args.size, "paper") != 0)
        return tw_cli_usage(&usage, "--size must be quick, small or paper");
    enum tw_status st = tw_cli_backend(&be, &args.common, &err);
    if (st != TW_OK)
        return tw_cli_fail(st, &err);
    tw_arena_init(&arena, (size_t)8 << 30);
    tw_buf_init(&out, 1u << 16);
    st = fit(&args, rest, n_rest, be, &arena, &f, &err);
    if (st == TW_OK) {
        describe(&out, &args, &f);
        status = tw_cli_out(&out, TW_EXIT_OK);
    } else {
        status = tw_cli_fail(st, &err);
    }
    tw_buf_release(&out);
    tw_arena_release(&arena);
    tw_backend_free(be);
    return status;
}
