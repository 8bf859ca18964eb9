/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes: views of the caller's, as C++17 has no std::span, and the small
 * values that the library gives back, CIDs and server IDs.
 */
#ifndef QUICLB_CPP_BYTES_HPP
#define QUICLB_CPP_BYTES_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "result.hpp"

namespace quiclb
{

namespace detail
{

template <class T>
constexpr bool is_byte =
	std::is_same_v<T, unsigned char> || std::is_same_v<T, char> ||
	std::is_same_v<T, std::byte>;

/* What data() of a C points to, where it has data() and size(). */
template <class C, class = void> struct element {
	using type = void;
};
template <class C>
struct element<C, std::void_t<decltype(std::declval<C &>().data()),
			      decltype(std::declval<C &>().size())>> {
	using type =
		std::remove_pointer_t<decltype(std::declval<C &>().data())>;
};
template <class C> using element_of = typename element<C>::type;

template <class C>
constexpr bool holds_bytes = is_byte<std::remove_cv_t<element_of<const C>>>;

/* As std::span has it: an array of From may be seen as one of To. */
template <class From, class To>
constexpr bool seen_as = std::is_convertible_v<From (*)[], To (*)[]>;
template <class To> constexpr bool seen_as<void, To> = false;

} // namespace detail

/*
 * A view of bytes that are only read.  From a pointer and a length, an array,
 * or anything with data() and size(): std::array, std::vector, std::string,
 * std::string_view, std::span.  A null pointer makes it empty.
 */
class bytes
{
public:
	bytes() noexcept : raw_{ nullptr, 0 }
	{
	}

	bytes(const std::uint8_t *data, std::size_t size) noexcept
	    : raw_{ data, data ? size : 0 }
	{
	}

	template <std::size_t N>
	bytes(const std::uint8_t (&array)[N]) noexcept : raw_{ array, N }
	{
	}

	template <class C, std::enable_if_t<detail::holds_bytes<C>, int> = 0>
	bytes(const C &c) noexcept
	    : bytes(reinterpret_cast<const std::uint8_t *>(c.data()), c.size())
	{
	}

	const std::uint8_t *data() const noexcept
	{
		return raw_.cid;
	}

	std::size_t size() const noexcept
	{
		return raw_.cid_len;
	}

	bool empty() const noexcept
	{
		return !size();
	}

	const std::uint8_t *begin() const noexcept
	{
		return data();
	}

	const std::uint8_t *end() const noexcept
	{
		return data() + size();
	}

	/* Many of them, as batches take them. */
	static const quiclb_cid_ref *raw(const bytes *many) noexcept
	{
		return reinterpret_cast<const quiclb_cid_ref *>(many);
	}

private:
	quiclb_cid_ref raw_; /* nothing else: see raw() */
};

static_assert(sizeof(bytes) == sizeof(quiclb_cid_ref) &&
		      std::is_standard_layout_v<bytes>,
	      "an array of one is an array of the other");

/* Of CIDs and server IDs too. */
inline bool operator==(bytes a, bytes b) noexcept
{
	return a.size() == b.size() &&
	       (a.empty() || !std::memcmp(a.data(), b.data(), a.size()));
}

inline bool operator!=(bytes a, bytes b) noexcept
{
	return !(a == b);
}

/* A view of Ts, to be read or written. */
template <class T> class span
{
public:
	span() noexcept = default;

	span(T *data, std::size_t size) noexcept
	    : data_(data), size_(data ? size : 0)
	{
	}

	template <std::size_t N>
	span(T (&array)[N]) noexcept : data_(array), size_(N)
	{
	}

	template <class C,
		  std::enable_if_t<detail::seen_as<detail::element_of<C>, T>,
				   int> = 0>
	span(C &&c) noexcept : span(c.data(), c.size())
	{
	}

	T *data() const noexcept
	{
		return data_;
	}

	std::size_t size() const noexcept
	{
		return size_;
	}

private:
	T *data_ = nullptr;
	std::size_t size_ = 0;
};

/* Room that is written. */
using buffer = span<std::uint8_t>;

/* A CID of its own.  Empty if there is none. */
class cid
{
public:
	const std::uint8_t *data() const noexcept
	{
		return bytes_;
	}

	std::size_t size() const noexcept
	{
		return len_;
	}

	bool empty() const noexcept
	{
		return !len_;
	}

	std::uint8_t operator[](std::size_t i) const noexcept
	{
		return bytes_[i];
	}

	const std::uint8_t *begin() const noexcept
	{
		return bytes_;
	}

	const std::uint8_t *end() const noexcept
	{
		return bytes_ + len_;
	}

private:
	friend class encoder;

	std::uint8_t bytes_[QUICLB_CID_MAX_BYTES] = {}; /* first */
	std::uint8_t len_ = 0;
};

static_assert(std::is_standard_layout_v<cid>, "CIDs a stride apart");

/* A server ID of its own.  Empty if there is none. */
class server_id
{
public:
	const std::uint8_t *data() const noexcept
	{
		return raw_.bytes;
	}

	std::size_t size() const noexcept
	{
		return raw_.len > 0 ? static_cast<std::size_t>(raw_.len) : 0;
	}

	bool empty() const noexcept
	{
		return !size();
	}

	const std::uint8_t *begin() const noexcept
	{
		return data();
	}

	const std::uint8_t *end() const noexcept
	{
		return data() + size();
	}

private:
	template <class> friend class reading;
	friend class detail::outcome<server_id>;

	quiclb_server_id raw_ = {};
};

namespace detail
{

/* The library's own way to say it: the length is the error. */
template <> class outcome<server_id>
{
public:
	explicit outcome(server_id &&value) noexcept : value_(value)
	{
	}

	explicit outcome(failure f) noexcept
	{
		value_.raw_.len = f.code;
	}

	int code() const noexcept
	{
		return value_.raw_.len < 0 ? value_.raw_.len : 0;
	}

	server_id value_;
};

} // namespace detail

static_assert(sizeof(result<server_id>) == sizeof(quiclb_server_id) &&
		      std::is_standard_layout_v<result<server_id>>,
	      "an array of one is an array of the other");

} // namespace quiclb

#endif /* QUICLB_CPP_BYTES_HPP */
