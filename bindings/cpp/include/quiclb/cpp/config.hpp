/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configs, the list of codecs, and the functions that need neither encoder
 * nor decoder.
 */
#ifndef QUICLB_CPP_CONFIG_HPP
#define QUICLB_CPP_CONFIG_HPP

#include <array>
#include <string>
#include <string_view>

#include "bytes.hpp"

namespace quiclb
{

/* Of the library that is linked, "MAJOR.MINOR.PATCH". */
inline const char *version() noexcept
{
	return quiclb_version();
}

/* ------------------------------------------------------------- codecs -- */

/* One of codecs(). */
class codec
{
public:
	explicit codec(int number = 0) noexcept : number_(number)
	{
	}

	/* QUICLB_CODEC_* */
	int number() const noexcept
	{
		return number_;
	}

	/* Empty if there is no such codec. */
	std::string_view name() const noexcept
	{
		const char *const name = quiclb_codec_name(number_);

		return name ? name : std::string_view();
	}

	bool is_keyed() const noexcept
	{
		return quiclb_codec_is_keyed(number_) == 1;
	}

	/* 3, 2 or 0. */
	result<std::size_t> rotation_bits() const noexcept
	{
		return detail::count(quiclb_codec_rotation_bits(number_));
	}

private:
	int number_;
};

/* Every codec there is: `for (quiclb::codec codec : quiclb::codecs())`. */
class codecs
{
public:
	class iterator
	{
	public:
		explicit iterator(int number) noexcept : number_(number)
		{
		}

		codec operator*() const noexcept
		{
			return codec(number_);
		}

		iterator &operator++() noexcept
		{
			number_ = quiclb_codec_next(number_);
			return *this;
		}

		bool operator!=(const iterator &other) const noexcept
		{
			return number_ != other.number_;
		}

	private:
		int number_;
	};

	iterator begin() const noexcept
	{
		return iterator(quiclb_codec_next(0));
	}

	iterator end() const noexcept
	{
		return iterator(0);
	}
};

/* ------------------------------------------------------------- config -- */

/*
 * What servers and decoders must agree on.  Setters take anything; check(),
 * and whatever takes the config, says what is wrong with it.  Copies are
 * wiped one by one when they go; what was moved from is an empty config.
 * Threads: as an int.
 */
class config
{
public:
	config() noexcept
	{
		quiclb_config_init(&raw_);
	}

	config(const config &) noexcept = default;
	config &operator=(const config &) noexcept = default;

	config(config &&other) noexcept : raw_(other.raw_)
	{
		other.clear();
	}

	config &operator=(config &&other) noexcept
	{
		if (this != &other) {
			raw_ = other.raw_;
			other.clear();
		}
		return *this;
	}

	~config()
	{
		quiclb_wipe(&raw_, sizeof(raw_));
	}

	/* A layout by the name of who uses it; rotation and key are yours. */
	static result<config> preset(std::string_view name) noexcept
	{
		config c;
		const auto fill = [&] {
			return quiclb_config_preset(&c.raw_,
						    std::string(name).c_str());
		};
		const int err = detail::guarded(fill, +QUICLB_ERR_NOMEM);

		if (err)
			return detail::failure{ err };
		return c;
	}

	/* By name, as in codecs(). */
	config &codec(std::string_view name) noexcept
	{
		raw_.codec = 0;
		for (const auto each : codecs())
			if (each.name() == name)
				return codec(each.number());
		return *this;
	}

	/* QUICLB_CODEC_* */
	config &codec(int number) noexcept
	{
		raw_.codec = number > 0 && number <= 0xff
				     ? static_cast<std::uint8_t>(number)
				     : 0;
		return *this;
	}

	config &config_rotation(std::size_t rotation) noexcept
	{
		raw_.config_rotation = byte(rotation);
		return *this;
	}

	/* 0: as is usual for the codec */
	config &rotation_bits(std::size_t bits) noexcept
	{
		raw_.rotation_bits = byte(bits);
		return *this;
	}

	config &server_id_len(std::size_t len) noexcept
	{
		raw_.server_id_len = byte(len);
		return *this;
	}

	config &nonce_len(std::size_t len) noexcept
	{
		raw_.nonce_len = byte(len);
		return *this;
	}

	config &server_use_len(std::size_t len) noexcept
	{
		raw_.server_use_len = byte(len);
		return *this;
	}

	config &worker_len(std::size_t len) noexcept
	{
		raw_.worker_len = byte(len);
		return *this;
	}

	/* The first octet encodes the CID's length, less these last bytes. */
	config &encode_length(bool encode = true,
			      std::size_t uncounted_len = 0) noexcept
	{
		raw_.encode_length = encode;
		raw_.uncounted_len = byte(uncounted_len);
		return *this;
	}

	/* Copied.  Empty: none. */
	config &key(bytes key) noexcept
	{
		quiclb_wipe(raw_.key, sizeof(raw_.key));
		raw_.has_key = !key.empty();
		if (key.size() == sizeof(raw_.key))
			std::memcpy(raw_.key, key.data(), key.size());
		else if (raw_.has_key)
			raw_.has_key = bad_key;
		return *this;
	}

	/* Whether it is one that its codec allows. */
	result<void> check() const noexcept
	{
		return detail::done(quiclb_config_check(&raw_));
	}

	/* For the C API, and to read what is set. */
	const quiclb_config &raw() const noexcept
	{
		return raw_;
	}

private:
	/* no flag: the library answers QUICLB_ERR_ARG */
	static constexpr std::uint8_t bad_key = 2;

	/* What does not fit is out of every range. */
	static std::uint8_t byte(std::size_t n) noexcept
	{
		return static_cast<std::uint8_t>(n < 0xff ? n : 0xff);
	}

	void clear() noexcept
	{
		quiclb_wipe(&raw_, sizeof(raw_));
		quiclb_config_init(&raw_);
	}

	quiclb_config raw_;
};

/* ------------------------------------------- without encoder, decoder -- */

/*
 * Fills all of cid with one that says it carries no server ID; cannot fail.
 * Threads: safe.
 */
inline void unroutable(buffer cid) noexcept
{
	quiclb_unroutable(cid.data(), cid.size());
}

using reset_token_bytes = std::array<std::uint8_t, QUICLB_RESET_TOKEN_BYTES>;

/*
 * Stateless reset token of a CID, for the server with this ID alone, whatever
 * the CID decodes to.  Threads: safe.
 */
inline result<reset_token_bytes> reset_token(bytes reset_key, bytes server_id,
					     bytes cid) noexcept
{
	reset_token_bytes token = {};
	const int err = quiclb_reset_token(
		reset_key.data(), reset_key.size(), server_id.data(),
		server_id.size(), cid.data(), cid.size(), token.data());

	if (err)
		return detail::failure{ err };
	return token;
}

} // namespace quiclb

#endif /* QUICLB_CPP_CONFIG_HPP */
