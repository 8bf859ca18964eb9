/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>

#include "statistics.h"
#include "unit.h"

#define N_CELLS 256

/* Both tails of a normal deviate. */
static double chance_of(double z)
{
	return erfc(fabs(z) / sqrt(2));
}

/* Of a share p of n. */
static double chance_of_count(double count, double n, double p)
{
	return chance_of((count - n * p) / sqrt(n * p * (1 - p)));
}

/* Too uneven or too even, by the approximation of Wilson and Hilferty. */
static double chance_of_cells(const double *seen, const double *expected,
			      unsigned int n_cells)
{
	const double v = 2.0 / (9.0 * (n_cells - 1));
	double sum = 0;
	unsigned int i;

	for (i = 0; i < n_cells; i++)
		sum += (seen[i] - expected[i]) * (seen[i] - expected[i]) /
		       expected[i];
	return chance_of((cbrt(sum / (n_cells - 1)) - (1 - v)) / sqrt(v));
}

double statistics_chance_of_rare(double count, double mean)
{
	double term = exp(count * log(mean) - mean - lgamma(count + 1));
	double sum = 0;

	if (count <= mean)
		return 1;
	for (; term > sum * 1e-17; count++) {
		sum += term;
		term *= mean / (count + 1);
	}
	return sum;
}

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

/* ------------------------------------------------------------ statistics -- */

static double balance_of_bits(const uint32_t *x, unsigned int n)
{
	unsigned int bit, i, ones;
	double p = 1;

	for (bit = 0; bit < 32; bit++) {
		for (i = ones = 0; i < n; i++)
			ones += x[i] >> bit & 1;
		p = smaller(p, chance_of_count(ones, n, 0.5));
	}
	return p;
}

/* How often a bit differs from the one before: the number of its runs. */
static double runs_of_bits(const uint32_t *x, unsigned int n)
{
	unsigned int bit, i, flips;
	double p = 1;

	for (bit = 0; bit < 32; bit++) {
		for (i = 1, flips = 0; i < n; i++)
			flips += (x[i] ^ x[i - 1]) >> bit & 1;
		p = smaller(p, chance_of_count(flips, n - 1, 0.5));
	}
	return p;
}

#define N_LENGTHS 8 /* runs of 1, 2 .. 7, and of 8 or more */

static double chance_of_lengths(const uint32_t *x, unsigned int n,
				unsigned int bit)
{
	double seen[N_LENGTHS] = { 0 }, expected[N_LENGTHS], runs = 0;
	unsigned int i, len = 1;

	for (i = 1; i < n; i++, len++)
		if ((x[i] ^ x[i - 1]) >> bit & 1) {
			seen[(len < N_LENGTHS ? len : N_LENGTHS) - 1]++;
			runs++;
			len = 0;
		}
	/* no run has ended: what one would expect of a random bit */
	if (runs == 0)
		return chance_of_count(0, n, 0.5);
	for (i = 0; i < N_LENGTHS; i++)
		expected[i] = ldexp(runs, -(int)i - (i < N_LENGTHS - 1));
	return chance_of_cells(seen, expected, N_LENGTHS);
}

static double lengths_of_runs(const uint32_t *x, unsigned int n)
{
	unsigned int bit;
	double p = 1;

	for (bit = 0; bit < 32; bit++)
		p = smaller(p, chance_of_lengths(x, n, bit));
	return p;
}

/* Of each of four bytes: how often it has which value. */
static double chance_of_bytes(const uint32_t *x, unsigned int n)
{
	unsigned int byte, i;
	double p = 1;

	for (byte = 0; byte < 4; byte++) {
		double seen[N_CELLS] = { 0 }, expected[N_CELLS];

		for (i = 0; i < n; i++)
			seen[x[i] >> 8 * byte & 0xff]++;
		for (i = 0; i < N_CELLS; i++)
			expected[i] = (double)n / N_CELLS;
		p = smaller(p, chance_of_cells(seen, expected, N_CELLS));
	}
	return p;
}

static double bytes_of_nonces(const uint32_t *x, unsigned int n)
{
	return chance_of_bytes(x, n);
}

static double bytes_of_differences(const uint32_t *x, unsigned int n)
{
	g_autofree uint32_t *d = g_new(uint32_t, n);
	unsigned int i;

	for (i = 1; i < n; i++)
		d[i - 1] = x[i] - x[i - 1];
	return chance_of_bytes(d, n - 1);
}

unsigned int statistics_twins(uint64_t *numbers, size_t n)
{
	unsigned int twins = 0;
	size_t i;

	unit_any_twice(numbers, n);
	for (i = 1; i < n; i++)
		twins += numbers[i] == numbers[i - 1];
	return twins;
}

/* A counter has one difference; n random nonces have n. */
static double repeated_differences(const uint32_t *x, unsigned int n)
{
	g_autofree uint64_t *d = g_new(uint64_t, n);
	unsigned int i;

	for (i = 1; i < n; i++)
		d[i - 1] = x[i] - x[i - 1];
	return statistics_chance_of_rare(statistics_twins(d, n - 1),
					 ldexp((double)n * n, -33));
}

static double correlation_of_neighbours(const uint32_t *x, unsigned int n)
{
	unsigned int lag, i;
	double p = 1;

	for (lag = 1; lag <= 16; lag++) {
		double sum = 0, squares = 0;

		for (i = 0; i + lag < n; i++) {
			const double a = ldexp(x[i], -32) - 0.5;

			sum += a * (ldexp(x[i + lag], -32) - 0.5);
			squares += a * a;
		}
		p = smaller(p, chance_of(sum / squares * sqrt(n - lag)));
	}
	return p;
}

/* Leading bits in common: what a balancer's logs would be sorted by. */
static double prefixes_of_neighbours(const uint32_t *x, unsigned int n)
{
	double p = 1;
	unsigned int k, i, alike;

	for (k = 1; k <= 8; k++) {
		for (i = 1, alike = 0; i < n; i++)
			alike += !((x[i] ^ x[i - 1]) >> (32 - k));
		p = smaller(p,
			    chance_of_count(alike, n - 1, ldexp(1, -(int)k)));
	}
	return p;
}

const struct statistic statistics[] = {
	{ "balance_of_bits", balance_of_bits, FALSE },
	{ "runs_of_bits", runs_of_bits, TRUE },
	{ "lengths_of_runs", lengths_of_runs, TRUE },
	{ "bytes_of_nonces", bytes_of_nonces, TRUE },
	{ "bytes_of_differences", bytes_of_differences, TRUE },
	{ "repeated_differences", repeated_differences, TRUE },
	{ "correlation_of_neighbours", correlation_of_neighbours, TRUE },
	{ "prefixes_of_neighbours", prefixes_of_neighbours, TRUE },
};

const size_t statistics_n = G_N_ELEMENTS(statistics);
