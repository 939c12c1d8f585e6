/*
 * hippo.h - HiPPO-LegS, its diagonal-plus-low-rank form, and S4 kernels.
 *
 * A = V (Lambda - p p*) V*, Lambda_n = -1/2 + i im_n, b = sqrt(2) p (S4; Gu,
 * Goel, Re 2022).  Only the half with negative imaginary part is kept: for a
 * real signal the other half is its conjugate.  The phase of every column of V
 * is chosen so that p is real and positive; numbers in this basis therefore
 * mean the same on every machine.
 *
 * The kernel of length L and step dt is K[l] = C dA^l dB with the bilinear
 * transform.  What a network trains is C~ = C (I - dA^L), in which K is linear:
 *
 *     K[l] = sum_n Re C~_n M[n][l] + Im C~_n M[n_pairs + n][l]
 *
 * tw_hippo_basis() makes M; tw_hippo_kernel() takes another route (Cauchy sums
 * at the roots of unity), and the tests hold both against dense powers.
 * Everything is computed in float64: in float32 the recurrence loses two
 * digits.
 */
#ifndef TW_SYNTH_HIPPO_H
#define TW_SYNTH_HIPPO_H

#include "base/arena.h"
#include "base/status.h"

#include <complex.h>
#include <stddef.h>

enum { TW_HIPPO_STATE_MAX = 256, TW_HIPPO_LENGTH_MAX = 1 << 16 };

struct tw_hippo {
    size_t n_state;    /* N, even */
    size_t n_pairs;    /* N / 2 */
    double *im;        /* (n_pairs) imaginary parts, ascending, all negative */
    double *p;         /* (n_pairs) positive */
    double complex *v; /* (N, n_pairs) eigenvectors in columns */
};

/* The order-N system; its arrays live in the arena, which also serves as
 * scratch (about 48 N^2 bytes).  N even, 2..TW_HIPPO_STATE_MAX. */
enum tw_status tw_hippo_init(struct tw_hippo *h, struct tw_arena *a, size_t N,
                             struct tw_err *err) TW_NODISCARD;

/* A row vector of the original basis (N reals) in the diagonal one: C V. */
void tw_hippo_project(const struct tw_hippo *h, const double *row,
                      double complex *c);
/* c <- c (I - dA^L), in the diagonal basis; scratch: 3 n_pairs. */
void tw_hippo_fold(const struct tw_hippo *h, double dt, size_t L,
                   double complex *c, double complex *scratch);
/* m: (2 n_pairs, L), the basis M above.  scratch: 3 n_pairs. */
void tw_hippo_basis(const struct tw_hippo *h, double dt, size_t L, double *m,
                    double complex *scratch);
/* k: (L), the kernel of C~ = c.  scratch: L / 2 + 1 elements. */
void tw_hippo_kernel(const struct tw_hippo *h, double dt, size_t L,
                     const double complex *c, double *k,
                     double complex *scratch);

/* S4D (Gu et al. 2022): diagonal systems with real part -1/2 and B = 1. */
enum tw_s4d_kind { TW_S4D_LIN, TW_S4D_INV };
/* im: (n_pairs).  S4D-LegS takes the negated im of struct tw_hippo instead. */
void tw_s4d_imag(enum tw_s4d_kind kind, size_t n_pairs, double *im);
/* Zero-order hold: K[l] = 2 Re sum_n c_n (exp(dt a_n) - 1) / a_n
 * exp(dt a_n l), by recurrence: O(n_pairs) memory. */
void tw_s4d_kernel(size_t n_pairs, const double *im, double dt, size_t L,
                   const double complex *c, double *k);

#endif /* TW_SYNTH_HIPPO_H */
