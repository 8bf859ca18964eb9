/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder: finds the server ID in a CID.
 */
#ifndef QUICLB_CPP_DECODER_HPP
#define QUICLB_CPP_DECODER_HPP

#include <functional>
#include <memory>
#include <new>

#include "config.hpp"

namespace quiclb
{

/*
 * Whether there is a server of this ID.  May be called by every thread that
 * decodes, at the same time.  Thrown: there is none.
 */
using known_function = std::function<bool(std::uint32_t tenant, bytes id)>;

/* All that a CID says.  Views are of this object. */
class decoded
{
public:
	decoded() noexcept
	{
		quiclb_decoded_init(&raw_);
	}

	bytes server_id() const noexcept
	{
		return { raw_.server_id, raw_.server_id_len };
	}

	/* The worker's bytes among them. */
	bytes nonce() const noexcept
	{
		return { raw_.nonce, raw_.nonce_len };
	}

	bytes worker() const noexcept
	{
		return { raw_.nonce, raw_.worker_len };
	}

	std::uint32_t tenant() const noexcept
	{
		return raw_.tenant;
	}

	std::uint8_t config_rotation() const noexcept
	{
		return raw_.config_rotation;
	}

	/* Of the config's CIDs, bytes. */
	std::size_t cid_len() const noexcept
	{
		return raw_.cid_len;
	}

private:
	template <class> friend class reading;

	quiclb_decoded raw_;
};

/* What decoder and decoder_ref have in common.  Threads: safe, all of it. */
template <class Self> class reading
{
public:
	/* The server ID alone, at the least cost. */
	result<server_id> decode(bytes cid) const noexcept
	{
		result<server_id> r;
		quiclb_server_id &id = r.outcome_.value_.raw_;

		id.len = quiclb_decoder_decode(raw(), cid.data(), cid.size(),
					       id.bytes, sizeof(id.bytes));
		return r;
	}

	result<decoded> read(bytes cid) const noexcept
	{
		result<decoded> r;

		r.outcome_.code_ = quiclb_decoder_read(
			raw(), cid.data(), cid.size(), &r.outcome_.value_.raw_);
		return r;
	}

	/*
	 * What decode() would give for each, at a fraction of the cost.  How
	 * many have a server ID; QUICLB_ERR_ARG if there are fewer ids than
	 * cids.
	 */
	result<std::size_t>
	decode_batch(span<const bytes> cids,
		     span<result<server_id>> ids) const noexcept
	{
		if (!raw() || ids.size() < cids.size())
			return detail::failure{ QUICLB_ERR_ARG };
		return quiclb_decoder_decode_batch(
			raw(), bytes::raw(cids.data()),
			reinterpret_cast<quiclb_server_id *>(ids.data()),
			cids.size());
	}

	/* Of a config's CIDs, by their first octet. */
	result<std::size_t> cid_len(std::uint8_t first_octet) const noexcept
	{
		return detail::count(
			quiclb_decoder_cid_len(raw(), first_octet));
	}

private:
	const quiclb_decoder *raw() const noexcept
	{
		return static_cast<const Self *>(this)->raw();
	}
};

/* Somebody else's decoder, as reader::decoder() lends it. */
class decoder_ref : public reading<decoder_ref>
{
public:
	explicit decoder_ref(const quiclb_decoder *raw = nullptr) noexcept
	    : raw_(raw)
	{
	}

	const quiclb_decoder *raw() const noexcept
	{
		return raw_;
	}

private:
	const quiclb_decoder *raw_;
};

/*
 * Owns a decoder.  Closed, moved from, or taken over by a table: its calls are
 * QUICLB_ERR_ARG.
 * Threads: one while it is built; then const calls from any number.
 */
class decoder : public reading<decoder>
{
public:
	decoder() noexcept = default; /* closed */

	/* Empty. */
	static result<decoder> create() noexcept
	{
		quiclb_decoder *raw = nullptr;
		const int err = quiclb_decoder_new(&raw);
		decoder d;

		if (err)
			return detail::failure{ err };
		d.raw_.reset(raw);
		return d;
	}

	explicit operator bool() const noexcept
	{
		return raw_ != nullptr;
	}

	/* Wipes and releases; again: nothing. */
	void close() noexcept
	{
		raw_.reset();
		known_.reset();
	}

	/* Asked for each server ID; an empty one: all are taken. */
	result<void> set_known(known_function known) noexcept
	{
		std::unique_ptr<known_function> kept;

		if (!raw_)
			return detail::failure{ QUICLB_ERR_ARG };
		if (known) {
			kept.reset(new (std::nothrow)
					   known_function(std::move(known)));
			if (!kept)
				return detail::failure{ QUICLB_ERR_NOMEM };
		}
		quiclb_decoder_set_known(raw_.get(), kept ? ask : nullptr,
					 kept.get());
		known_ = std::move(kept);
		return {};
	}

	result<void> add(const config &config) noexcept
	{
		return detail::done(
			quiclb_decoder_add(raw_.get(), &config.raw()));
	}

	/* May share its rotation where set_known() was called before. */
	result<void> add_tenant(const config &config,
				std::uint32_t tenant) noexcept
	{
		return detail::done(quiclb_decoder_add_tenant(
			raw_.get(), &config.raw(), tenant));
	}

	/* The configs of a first octet. */
	result<void> remove(std::uint8_t first_octet) noexcept
	{
		return detail::done(
			quiclb_decoder_remove(raw_.get(), first_octet));
	}

	/* For the C API; still owned here. */
	quiclb_decoder *raw() const noexcept
	{
		return raw_.get();
	}

private:
	friend class table;

	struct release {
		void operator()(quiclb_decoder *raw) const noexcept
		{
			quiclb_decoder_free(raw);
		}
	};

	static int ask(void *arg, std::uint32_t tenant, const std::uint8_t *id,
		       std::size_t id_len) noexcept
	{
		const auto *const known = static_cast<known_function *>(arg);

		return detail::guarded(
			[&] { return (*known)(tenant, bytes(id, id_len)); },
			false);
	}

	/* in this order: the decoder goes before what it asks */
	std::unique_ptr<known_function> known_;
	std::unique_ptr<quiclb_decoder, release> raw_;
};

} // namespace quiclb

#endif /* QUICLB_CPP_DECODER_HPP */
