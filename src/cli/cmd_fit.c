/*
 * cmd_fit.c - fit: train a generator of windows on a trial.
 *
 * Files become a trial, the trial windows, the windows clusters; the generator
 * learns to draw windows of a given cluster (synth/gen.h). The same files,
 * options and seed give the same model, byte by byte, also when the training
 * was interrupted and went on from the checkpoint beside its output.
 */
#include "cli/cli.h"
#include "cli/cmd_trial.h"

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
      .help = "write the generator (required)" },
    { "generator", 'g', TW_OPT_TEXT, offsetof(struct args, generator), "KIND",
      .help = "sssd (the only one in this version)", TW_OPT_CHOICES("sssd") },
    { "window", 'w', TW_OPT_INT, offsetof(struct args, window), "L",
      .help = "rows of a window (default 48)", TW_OPT_RANGE(2, 1000000) },
    { "clusters", 'k', TW_OPT_INT, offsetof(struct args, clusters), "K",
      .help = "clusters (default: by silhouette)", TW_OPT_RANGE(1, 1000000) },
    { "steps", 'n', TW_OPT_INT, offsetof(struct args, steps), "N",
      .help = "training steps (default: by size, quick 3000)",
      TW_OPT_RANGE(1, 1000000000) },
    { "batch", 'b', TW_OPT_INT, offsetof(struct args, batch), "B",
      .help = "windows a step (default 32)", TW_OPT_RANGE(1, 1000000) },
    { "lr", 0, TW_OPT_NUMBER, offsetof(struct args, lr), "RATE",
      .help = "learning rate (default: by size)", TW_OPT_RANGE(1e-09, 10) },
    { "channels", 0, TW_OPT_INT, offsetof(struct args, channels), "C",
      .help = "residual channels (default: by size)", TW_OPT_RANGE(1, 100000) },
    { "layers", 0, TW_OPT_INT, offsetof(struct args, layers), "N",
      .help = "residual blocks (default: by size)", TW_OPT_RANGE(1, 1000) },
    { "diffusion-steps", 0, TW_OPT_INT, offsetof(struct args, diffusion_steps),
      "T",
      .help = "noise levels (default "
              "200)",
      TW_OPT_RANGE(2, 100000) },
    { "size", 0, TW_OPT_TEXT, offsetof(struct args, size), "SIZE",
      .help = "quick (default: 4 blocks of 32 channels), small (8 of 64), "
              "paper (36 "
              "of 256: days on two cores)",
      TW_OPT_CHOICES("quick", "small", "paper") },
    { "checkpoint", 0, TW_OPT_TEXT, offsetof(struct args, checkpoint), "FILE",
      .help = "go on from FILE when it fits (default: MODEL.gguf.ckpt)" },
    { "checkpoint-every", 0, TW_OPT_INT,
      offsetof(struct args, checkpoint_every), "N",
      .help = "steps (default 100)", TW_OPT_RANGE(1, 1000000000) },
    TW_TRIAL_OPTS(struct args),
    TW_COMMON_OPTS(struct args),
};

/* Sizes by name; NULL stands for the first.  See gen.h for what they cost. */
static const struct size {
    const char *name;
    struct tw_gen_config (*config)(void);
} sizes[] = {
    { "quick", tw_gen_config_quick },
    { "small", tw_gen_config_small },
    { "paper", tw_gen_config_paper },
};

static const struct size *find_size(const char *name)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(sizes); i++)
        if (!name || strcmp(name, sizes[i].name) == 0)
            return &sizes[i];
    return NULL;
}

/* The size's settings, with what the options change. */
static struct tw_gen_config make_config(const struct args *a)
{
    struct tw_gen_config c = find_size(a->size)->config();

    c.steps = tw_cli_count_or(a->steps, c.steps);
    c.checkpoint_every = tw_cli_count_or(a->checkpoint_every, 100);
    c.channels = tw_cli_count_or(a->channels, c.channels);
    c.layers = tw_cli_count_or(a->layers, c.layers);
    c.diffusion_steps = tw_cli_count_or(a->diffusion_steps, c.diffusion_steps);
    c.batch = tw_cli_count_or(a->batch, c.batch);
    if (a->lr > 0)
        c.lr = a->lr;
    c.seed = tw_cli_seed_or(&a->common, c.seed);
    return c;
}

/* What there is to say about the generator that was made. */
struct fitted {
    struct tw_gen_fit fit;
    size_t n_windows;
    size_t n_clusters;
    double silhouette;
};

/* From files to a generator in args->out.  The trial and its windows lie in
 * the job's arena, because the trainer reads them to the end. */
static enum tw_status fit(struct tw_cli_job *job, const struct args *args,
                          struct fitted *f, struct tw_err *err)
{
    struct tw_gen_config config = make_config(args);
    struct tw_window_config wc = { .length =
                                       tw_cli_count_or(args->window, 48) };
    struct tw_cli_progress progress;
    struct tw_trial trial;
    struct tw_windows windows;
    struct tw_clusters clusters;
    struct tw_gen *gen = NULL;
    char checkpoint[4096];

    snprintf(checkpoint, sizeof(checkpoint), "%s.ckpt", args->out);
    TW_TRY(tw_cli_trial_read(&trial, job, &args->trial, err));
    TW_TRY(tw_windows_cut(&windows, &job->arena, &trial, &wc, err));
    TW_TRY(tw_clusters_find(&clusters, &job->arena, &windows,
                            tw_cli_count_or(args->clusters, 0), config.seed,
                            err));
    f->n_windows = windows.n;
    f->n_clusters = clusters.k;
    f->silhouette = clusters.silhouette;
    const struct tw_gen_data data = { &trial, &windows, &clusters };
    enum tw_status st = tw_gen_train(
        &gen, &data, &config, job->be,
        tw_cli_text_or(args->checkpoint, checkpoint),
        tw_cli_progress(&progress, args->common.quiet), &f->fit, err);
    tw_cli_progress_end(&progress);
    if (st == TW_OK)
        st = tw_gen_save(gen, args->out, err);
    tw_gen_free(gen);
    return st;
}

/* resumed_from tells a script whether "seconds" is the time of the whole
 * training or of its last part. */
static void add_json(struct tw_cli_job *job, const struct args *args,
                     const struct fitted *f)
{
    struct tw_json_out *o = &job->json;

    tw_json_out_object(o, NULL);
    tw_json_out_count(o, "windows", f->n_windows);
    tw_json_out_count(o, "clusters", f->n_clusters);
    tw_json_out_fixed(o, "silhouette", f->silhouette, 6);
    tw_json_out_count(o, "parameters", f->fit.n_parameters);
    tw_json_out_short(o, "loss", f->fit.loss, 6);
    tw_json_out_fixed(o, "seconds", f->fit.seconds, 3);
    tw_json_out_count(o, "resumed_from", f->fit.step_resumed);
    tw_json_out_text(o, "model", args->out);
    tw_cli_json_end(job);
}

static const char *mistake(const void *options, char *const *rest,
                           size_t n_rest)
{
    const struct args *args = options;

    (void)rest;
    if (n_rest == 0 || !args->out)
        return "a trial and -o MODEL.gguf are needed";
    return NULL;
}

static enum tw_status run(struct tw_cli_job *job, const void *options,
                          struct tw_err *err)
{
    const struct args *args = options;
    struct fitted f = { 0 };

    TW_TRY(fit(job, args, &f, err));
    if (args->common.json)
        add_json(job, args, &f);
    else
        tw_buf_addf(&job->out,
                    "%zu windows, %zu clusters (silhouette %.3f), %zu "
                    "parameters, loss %.5f, %.1f s: %s\n",
                    f.n_windows, f.n_clusters, f.silhouette, f.fit.n_parameters,
                    f.fit.loss, f.fit.seconds, args->out);
    return TW_OK;
}

const struct tw_cli_command tw_cmd_fit = {
    .name = "fit",
    .summary = "train a generator on a trial",
    .usage = {
    .command = "trialwright fit",
    .args = "TRIAL... -o MODEL.gguf [--generator sssd]",
    .about = "Trains a generator of windows on a trial: diffusion with "
             "structured state spaces (SSSD-S4), conditioned on clusters. "
             "Ctrl-C leaves a checkpoint; the same command goes on from it, "
             "to the same bytes.",
    .opts = opts,
},
    .args_size = sizeof(struct args),
    .backend = true,
    .mistake = mistake,
    .run = run,
};
