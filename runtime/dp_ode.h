/* dp_ode - explicit Runge-Kutta steps with their tangents and adjoints, for any right-hand side.
 *
 * u' = f(t, u) with u of [n]. The right-hand side and its derivatives are callbacks, so one that
 * dpc generated and one written by hand fit alike. Time and step size are not differentiated.
 * Parameters of f are f's own affair: its tangent reads their direction, and its adjoint adds to
 * their cotangents, behind `user`.
 *
 * Callbacks return 0, or a status that ends the call and is returned by it. Works are bytes,
 * SIZE_MAX where n is negative or too large; what is too short or NULL gives DP_WORK_SHORT or
 * DP_BAD_SIZE. */
#ifndef DP_ODE_H
#define DP_ODE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* du = f(t, u). */
typedef int dp_rhs(void *user, int64_t n, double t, const double *u, double *du);
/* Also du_dot = df/du u_dot (+ df/dp p_dot). */
typedef int dp_rhs_tan(void *user, int64_t n, double t, const double *u, const double *u_dot,
                       double *du, double *du_dot);
/* Adds (df/du)^T du_bar to u_bar (and (df/dp)^T du_bar to the parameters' cotangents). */
typedef int dp_rhs_adj(void *user, int64_t n, double t, const double *u, double *u_bar,
                       const double *du_bar);

typedef struct dp_system {
  dp_rhs *f;
  dp_rhs_tan *f_tan; /* NULL where no tangent is asked for */
  dp_rhs_adj *f_adj; /* NULL where no adjoint is asked for */
  void *user;
} dp_system;

/* Of order 1, 2, 2 and 4 (Hairer, Norsett & Wanner, "Solving Ordinary Differential Equations I",
 * II.1). */
typedef enum dp_ode_method { DP_EULER, DP_MIDPOINT, DP_HEUN, DP_RK4 } dp_ode_method;

/* Enough for every function below. */
size_t dp_ode_work(dp_ode_method method, int64_t n);

/* ---- one step, from t to t + dt -------------------------------------------------------------- */

/* u [n] (inout): the state. */
int dp_ode_step(dp_ode_method method, const dp_system *system, int64_t n, double t, double dt,
                double *u, void *work, size_t work_bytes);
/* u, u_dot [n] (inout). */
int dp_ode_step_tan(dp_ode_method method, const dp_system *system, int64_t n, double t, double dt,
                    double *u, double *u_dot, void *work, size_t work_bytes);
/* u [n] (in): the state before the step. u_bar [n] (inout): the cotangent of the state after it
 * becomes that of the state before it. */
int dp_ode_step_adj(dp_ode_method method, const dp_system *system, int64_t n, double t, double dt,
                    const double *u, double *u_bar, void *work, size_t work_bytes);

/* ---- many steps ------------------------------------------------------------------------------ */

/* us [steps + 1, n] (inout): row 0 is the start, the others are written. */
int dp_ode_solve(dp_ode_method method, const dp_system *system, int64_t n, double t, double dt,
                 int64_t steps, double *us, void *work, size_t work_bytes);
/* us, us_dot [steps + 1, n] (inout): likewise. */
int dp_ode_solve_tan(dp_ode_method method, const dp_system *system, int64_t n, double t, double dt,
                     int64_t steps, double *us, double *us_dot, void *work, size_t work_bytes);
/* us [steps + 1, n] (in): as dp_ode_solve left it. us_bar [steps + 1, n] (inout): the cotangents
 * of the rows; on return row 0 holds that of the start, and each row k what reaches state k from
 * itself and later. */
int dp_ode_solve_adj(dp_ode_method method, const dp_system *system, int64_t n, double t, double dt,
                     int64_t steps, const double *us, double *us_bar, void *work,
                     size_t work_bytes);

#ifdef __cplusplus
}
#endif
#endif
