/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The encoder: issues the CIDs of one server.
 */
#ifndef QUICLB_CPP_ENCODER_HPP
#define QUICLB_CPP_ENCODER_HPP

#include <functional>
#include <memory>
#include <optional>

#include "config.hpp"

namespace quiclb
{

/*
 * What an encoder needs beside its config.  Bytes are read by
 * encoder::create() only, the functions live as long as the encoder and its
 * parts.  They must not use the encoder that calls them.
 */
struct encoder_options {
	bytes server_id = {};
	std::uint32_t flags = 0; /* QUICLB_F_* */
	/* Of the lengths that the config says, or none. */
	bytes worker = {};
	bytes server_use = {}; /* none: random ones */
	/* Of QUICLB_NONCE_SECRET_BYTES; together with mark_store, or none. */
	bytes nonce_secret = {};

	/*
	 * Puts a high-water mark on stable storage; true when it is there.
	 * False, or thrown: this CID is refused, QUICLB_ERR_MARK.  One call
	 * at a time, from whichever thread has a part.
	 */
	std::function<bool(std::uint64_t mark)> mark_store = {};
	std::uint64_t mark = 0; /* as last stored */

	/*
	 * Called when no more than threshold nonces remain.  What it throws
	 * is ignored.  Each part calls it on its own thread.
	 */
	std::function<void(std::uint64_t remaining)> threshold_reached = {};
	std::uint64_t threshold = 0;
};

/* What a CID is made of, where the encoder is not to choose. */
struct parts {
	/* Of the lengths that the config says, or none. */
	bytes nonce = {};			   /* none: the next one */
	bytes server_use = {};			   /* none: as always */
	std::optional<std::uint8_t> low_bits = {}; /* of the first octet */
};

/*
 * Owns an encoder.  Closed, moved from, or taken over by rotate(): its calls
 * are QUICLB_ERR_ARG, and fill() gives unroutable CIDs.
 * Threads: one at a time; it may be moved to another.
 */
class encoder
{
public:
	encoder() noexcept = default; /* closed */

	static result<encoder> create(const config &config,
				      encoder_options options) noexcept
	{
		const quiclb_config &c = config.raw();
		quiclb_encoder *raw = nullptr;
		encoder e;

		if (!fits(options.worker, c.worker_len) ||
		    !fits(options.server_use, c.server_use_len) ||
		    !fits(options.nonce_secret, QUICLB_NONCE_SECRET_BYTES))
			return detail::failure{ QUICLB_ERR_ARG };
		if (!e.keep_functions(options))
			return detail::failure{ QUICLB_ERR_NOMEM };
		const quiclb_encoder_options o = e.raw_options(options);
		const int err = quiclb_encoder_new(&c, &o, &raw);
		if (err)
			return detail::failure{ err };
		e.raw_.reset(raw);
		e.nonce_len_ = c.nonce_len;
		e.server_use_len_ = c.server_use_len;
		return e;
	}

	explicit operator bool() const noexcept
	{
		return raw_ != nullptr;
	}

	/* Wipes and releases; again: nothing. */
	void close() noexcept
	{
		raw_.reset();
		functions_.reset();
	}

	/* Part 0..n_parts - 1, for one thread; this one then issues none. */
	result<encoder> split(std::uint32_t part,
			      std::uint32_t n_parts) noexcept
	{
		quiclb_encoder *raw = nullptr;
		const int err =
			quiclb_encoder_split(raw_.get(), part, n_parts, &raw);
		encoder e;

		if (err)
			return detail::failure{ err };
		e.raw_.reset(raw);
		e.functions_ = functions_;
		e.nonce_len_ = nonce_len_;
		e.server_use_len_ = server_use_len_;
		return e;
	}

	/* Moves to the config of next, which is taken over on success. */
	result<void> rotate(encoder &&next) noexcept
	{
		const int err =
			quiclb_encoder_rotate(raw_.get(), next.raw_.get());

		if (err)
			return detail::failure{ err };
		static_cast<void>(next.raw_.release()); /* C has it */
		functions_ = std::move(next.functions_);
		nonce_len_ = next.nonce_len_;
		server_use_len_ = next.server_use_len_;
		return {};
	}

	/* Forgets a former config, by the first octet of its CIDs. */
	result<void> retire(std::uint8_t first_octet) noexcept
	{
		return detail::done(
			quiclb_encoder_retire(raw_.get(), first_octet));
	}

	result<cid> next() noexcept
	{
		result<cid> r;
		cid &c = r.outcome_.value_;

		end(r, quiclb_encoder_next(raw_.get(), c.bytes_,
					   sizeof(c.bytes_)));
		return r;
	}

	/* Into room of the caller's; the length. */
	result<std::size_t> next(buffer cid) noexcept
	{
		return detail::count(quiclb_encoder_next(raw_.get(), cid.data(),
							 cid.size()));
	}

	/* The next cids.size() CIDs; how many there are now. */
	result<std::size_t> next_batch(span<cid> cids) noexcept
	{
		const int n = quiclb_encoder_next_batch(
			raw_.get(),
			reinterpret_cast<std::uint8_t *>(cids.data()),
			sizeof(cid), cids.size());
		const auto len = static_cast<std::uint8_t>(cid_len());

		for (int i = 0; i < n; i++)
			cids.data()[i].len_ = len;
		return detail::count(n);
	}

	/* As many as there is room for, stride bytes apart. */
	result<std::size_t> next_batch(buffer cids, std::size_t stride) noexcept
	{
		return detail::count(quiclb_encoder_next_batch(
			raw_.get(), cids.data(), stride,
			stride ? cids.size() / stride : 1));
	}

	/*
	 * Fills all of cid; cannot fail.  True if it is the next CID, false if
	 * it is an unroutable one.
	 */
	bool fill(buffer cid) noexcept
	{
		return quiclb_encoder_fill(raw_.get(), cid.data(),
					   cid.size()) == 1;
	}

	/* A CID of parts of the caller's. */
	result<cid> encode(const parts &parts) noexcept
	{
		result<cid> r; /* as yet QUICLB_ERR_ARG */
		cid &c = r.outcome_.value_;
		quiclb_parts p;

		if (!fits(parts.nonce, nonce_len_) ||
		    !fits(parts.server_use, server_use_len_))
			return r;
		quiclb_parts_init(&p);
		p.nonce = given(parts.nonce);
		p.server_use = given(parts.server_use);
		p.has_low_bits = parts.low_bits.has_value();
		p.low_bits = parts.low_bits.value_or(std::uint8_t{ 0 });
		end(r, quiclb_encoder_encode(raw_.get(), &p, c.bytes_,
					     sizeof(c.bytes_)));
		return r;
	}

	/* How often next() can still succeed; 0 of a closed one. */
	std::uint64_t remaining() const noexcept
	{
		return quiclb_encoder_remaining(raw_.get());
	}

	/* Of the CIDs that are issued now, bytes; 0 of a closed one. */
	std::size_t cid_len() const noexcept
	{
		return quiclb_encoder_cid_len(raw_.get());
	}

	/* Of any CID this encoder has issued, by its first octet. */
	result<std::size_t> cid_length(std::uint8_t first_octet) const noexcept
	{
		return detail::count(
			quiclb_encoder_cid_length(raw_.get(), first_octet));
	}

	/* For the C API; still owned here. */
	quiclb_encoder *raw() const noexcept
	{
		return raw_.get();
	}

private:
	struct release {
		void operator()(quiclb_encoder *raw) const noexcept
		{
			quiclb_encoder_free(raw);
		}
	};

	/* Parts share them with the encoder they are of. */
	struct functions {
		decltype(encoder_options::mark_store) mark_store;
		decltype(encoder_options::threshold_reached) threshold_reached;
	};

	static int store(void *arg, std::uint64_t mark) noexcept
	{
		const auto *const f = static_cast<functions *>(arg);

		return detail::guarded([&] { return f->mark_store(mark); },
				       false)
			       ? 0
			       : -1;
	}

	static void reached(void *arg, std::uint64_t remaining) noexcept
	{
		const auto *const f = static_cast<functions *>(arg);
		const auto call = [&] {
			f->threshold_reached(remaining);
			return 0;
		};

		detail::guarded(call, 0);
	}

	/* C reads as many bytes as the config says. */
	static bool fits(bytes b, std::size_t len) noexcept
	{
		return b.empty() || b.size() == len;
	}

	static const std::uint8_t *given(bytes b) noexcept
	{
		return b.empty() ? nullptr : b.data();
	}

	/* Where a call that wrote a CID gave its length, or an error. */
	static void end(result<cid> &r, int len) noexcept
	{
		r.outcome_.code_ = len < 0 ? len : 0;
		if (len >= 0)
			r.outcome_.value_.len_ = static_cast<std::uint8_t>(len);
	}

	bool keep_functions(encoder_options &from) noexcept
	{
		const auto keep = [&] {
			functions_ = std::make_shared<functions>(
				functions{ std::move(from.mark_store),
					   std::move(from.threshold_reached) });
			return true;
		};

		if (!from.mark_store && !from.threshold_reached)
			return true;
		return detail::guarded(keep, false);
	}

	quiclb_encoder_options
	raw_options(const encoder_options &from) const noexcept
	{
		quiclb_encoder_options o;

		quiclb_encoder_options_init(&o);
		o.server_id = given(from.server_id);
		o.server_id_len = from.server_id.size();
		o.flags = from.flags;
		o.worker = given(from.worker);
		o.server_use = given(from.server_use);
		o.nonce_secret = given(from.nonce_secret);
		o.mark = from.mark;
		o.threshold = from.threshold;
		if (functions_ && functions_->mark_store) {
			o.mark_store = store;
			o.mark_arg = functions_.get();
		}
		if (functions_ && functions_->threshold_reached) {
			o.threshold_reached = reached;
			o.threshold_arg = functions_.get();
		}
		return o;
	}

	/* in this order: the encoder goes before what it calls */
	std::shared_ptr<functions> functions_;
	std::unique_ptr<quiclb_encoder, release> raw_;
	std::uint8_t nonce_len_ = 0, server_use_len_ = 0;
};

} // namespace quiclb

#endif /* QUICLB_CPP_ENCODER_HPP */
