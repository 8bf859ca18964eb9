/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TAP for the tests of this folder, and what they check.  A check that fails
 * is printed and its case goes on.
 */
#ifndef TAP_HPP
#define TAP_HPP

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <initializer_list>

#define CHECK(good) tap::check(static_cast<bool>(good), #good, __LINE__)
/* That a result is the error of that number; 0: none. */
#define CHECK_ERR(result, number)                                              \
	tap::check_err((result).error().code(), (number), #result, __LINE__)

namespace tap
{

inline int failures; /* of the case that runs */

inline void check(bool good, const char *what, int line)
{
	if (good)
		return;
	failures++;
	std::printf("# line %d: not so: %s\n", line, what);
}

inline void check_err(int is, int should_be, const char *what, int line)
{
	if (is == should_be)
		return;
	failures++;
	std::printf("# line %d: %s is %d, not %d\n", line, what, is, should_be);
}

struct test {
	const char *name;
	void (*run)();
};

inline void run_one(const test &t)
{
#if defined(__cpp_exceptions)
	try {
		t.run();
	} catch (const std::exception &e) {
		failures++;
		std::printf("# thrown: %s\n", e.what());
	}
#else
	t.run();
#endif
}

/* For main() to return. */
inline int run(std::initializer_list<test> tests)
{
	int n = 0, failed = 0;

	std::printf("1..%zu\n", tests.size());
	for (const test &t : tests) {
		failures = 0;
		run_one(t);
		failed += failures != 0;
		std::printf("%sok %d - %s\n", failures ? "not " : "", ++n,
			    t.name);
		std::fflush(stdout);
	}
	return failed != 0;
}

/* n, or less of it where QUICLB_TEST_SCALE says so, as under valgrind. */
inline unsigned scaled(unsigned n)
{
	const char *const text = std::getenv("QUICLB_TEST_SCALE");
	const unsigned long scale = text ? std::strtoul(text, nullptr, 10) : 1;

	return scale > 1 ? static_cast<unsigned>(n / scale) + 1 : n;
}

} // namespace tap

#endif /* TAP_HPP */
