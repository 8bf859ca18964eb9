/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a call that may fail gives back: a value or the library's error, to be
 * asked for or thrown, as the caller likes.
 */
#ifndef QUICLB_CPP_RESULT_HPP
#define QUICLB_CPP_RESULT_HPP

#include <cstddef>
#include <exception>
#include <type_traits>
#include <utility>

#include <quiclb/quiclb.h>

namespace quiclb
{

/* A number of enum quiclb_error.  result<T>::value() throws it. */
class error : public std::exception
{
public:
	explicit error(int code) noexcept : code_(code)
	{
	}

	/* QUICLB_ERR_*, or 0: there was none. */
	int code() const noexcept
	{
		return code_;
	}

	/* One line, static, without full stop. */
	const char *text() const noexcept
	{
		return quiclb_strerror(code_);
	}

	const char *what() const noexcept override
	{
		return text();
	}

	/* One of the packet's, expected: let it go the usual way. */
	bool is_unroutable() const noexcept
	{
		return quiclb_is_unroutable(code_) != 0;
	}

private:
	int code_;
};

namespace detail
{

struct failure {
	int code;
};

/* A value, and the number that says it is none. */
template <class T> class outcome
{
public:
	explicit outcome(T &&value) noexcept : value_(std::move(value))
	{
	}

	explicit outcome(failure f) noexcept : code_(f.code)
	{
	}

	int code() const noexcept
	{
		return code_;
	}

	T value_{};
	int code_ = 0;
};

/*
 * The only place that differs with -fno-exceptions.  Callbacks go through it,
 * so that nothing is thrown through C.
 */
#if defined(__cpp_exceptions)
template <class F, class R> R guarded(F &&f, R otherwise) noexcept
{
	try {
		return std::forward<F>(f)();
	} catch (...) {
		return otherwise;
	}
}

[[noreturn]] inline void raise(const error &e)
{
	throw e;
}
#else
template <class F, class R> R guarded(F &&f, R) noexcept
{
	return std::forward<F>(f)();
}
#endif

} // namespace detail

/*
 * T, or an error.  Ask with `if (r)`; then *r and r-> are the value.  Of a
 * failed one they are an empty T, never undefined: zero, no bytes, or closed.
 */
template <class T> class [[nodiscard]] result
{
public:
	/* QUICLB_ERR_ARG: nothing has been asked for yet */
	result() noexcept : outcome_(detail::failure{ QUICLB_ERR_ARG })
	{
	}

	result(T &&value) noexcept : outcome_(std::move(value))
	{
	}

	result(detail::failure f) noexcept : outcome_(f)
	{
	}

	explicit operator bool() const noexcept
	{
		return outcome_.code() == 0;
	}

	quiclb::error error() const noexcept
	{
		return quiclb::error(outcome_.code());
	}

	T &operator*() &noexcept
	{
		return outcome_.value_;
	}

	const T &operator*() const &noexcept
	{
		return outcome_.value_;
	}

	T &&operator*() &&noexcept
	{
		return std::move(outcome_.value_);
	}

	T *operator->() noexcept
	{
		return &outcome_.value_;
	}

	const T *operator->() const noexcept
	{
		return &outcome_.value_;
	}

#if defined(__cpp_exceptions)
	/* The value; throws quiclb::error if there is none. */
	T &value() &
	{
		check();
		return outcome_.value_;
	}

	const T &value() const &
	{
		check();
		return outcome_.value_;
	}

	T value() &&
	{
		check();
		return std::move(outcome_.value_);
	}
#endif

private:
	/* these write values in place: copying costs as much as decoding */
	friend class encoder;
	template <class> friend class reading;

#if defined(__cpp_exceptions)
	void check() const
	{
		if (!*this)
			detail::raise(error());
	}
#endif

	detail::outcome<T> outcome_;
};

/* Done, or an error. */
template <> class [[nodiscard]] result<void>
{
public:
	result() noexcept = default;

	result(detail::failure f) noexcept : code_(f.code)
	{
	}

	explicit operator bool() const noexcept
	{
		return code_ == 0;
	}

	quiclb::error error() const noexcept
	{
		return quiclb::error(code_);
	}

#if defined(__cpp_exceptions)
	/* Throws quiclb::error if it was not done. */
	void value() const
	{
		if (code_)
			detail::raise(error());
	}
#endif

private:
	int code_ = 0;
};

namespace detail
{

/* Of a C function that returns 0 or an error. */
inline result<void> done(int err) noexcept
{
	return err ? result<void>(failure{ err }) : result<void>();
}

/* Of one that returns a count or an error. */
inline result<std::size_t> count(int n) noexcept
{
	if (n < 0)
		return failure{ n };
	return static_cast<std::size_t>(n);
}

} // namespace detail

} // namespace quiclb

#endif /* QUICLB_CPP_RESULT_HPP */
