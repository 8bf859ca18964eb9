/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoders that change while threads read.  What is done here beyond the C
 * calls is to keep the table until its last reader is gone, and each known
 * function as long as anyone may ask it.
 */
#ifndef QUICLB_CPP_TABLE_HPP
#define QUICLB_CPP_TABLE_HPP

#include <mutex>

#include "decoder.hpp"

namespace quiclb
{

namespace detail
{

/*
 * A decoder that was put in force, and its known function.  Readers have the
 * one they are at, each has the next, the table has the last: so one is gone
 * when no reader is at it or before it.
 */
struct turn {
	const quiclb_decoder *decoder = nullptr;
	std::unique_ptr<known_function> known;
	std::shared_ptr<turn> next; /* set once, under the lock */
};

/* One by one: a destructor that calls the next may go too deep. */
inline void let_go(std::shared_ptr<turn> from, const turn *until) noexcept
{
	while (from.get() != until) {
		const std::shared_ptr<turn> next = from->next;

		from = next;
	}
}

/* Of a table and its readers. */
struct table_state {
	table_state() = default;
	table_state(const table_state &) = delete;
	table_state &operator=(const table_state &) = delete;

	~table_state()
	{
		quiclb_table_free(raw);
	}

	quiclb_table *raw = nullptr;
	std::mutex lock; /* of newest, and next of each */
	std::shared_ptr<turn> newest;
};

} // namespace detail

/*
 * Holds the decoder in force.  Closed or moved from: its calls are
 * QUICLB_ERR_ARG; readers that are left go on.
 * Threads: safe, but for close() and being moved.
 */
class table
{
public:
	table() noexcept = default; /* closed */
	table(table &&) noexcept = default;
	table &operator=(table &&) noexcept = default;

	/* The decoder is taken over on success. */
	static result<table> create(decoder &&decoder) noexcept
	{
		table t;

		if (!detail::guarded([&] { return t.prepare(); }, false))
			return detail::failure{ QUICLB_ERR_NOMEM };
		const int err = quiclb_table_new(decoder.raw(), &t.state_->raw);
		if (err)
			return detail::failure{ err };
		take(*t.state_->newest, decoder);
		return t;
	}

	explicit operator bool() const noexcept
	{
		return state_ != nullptr;
	}

	/* Again: nothing. */
	void close() noexcept
	{
		state_.reset();
	}

	/*
	 * Puts another decoder in force, which is taken over on success.  The
	 * former one is wiped when its last reader asks again or is closed.
	 */
	result<void> swap(decoder &&next) noexcept
	{
		std::shared_ptr<detail::turn> fresh, former;
		const auto make = [&] {
			fresh = std::make_shared<detail::turn>();
			return true;
		};

		if (!state_ || !next)
			return detail::failure{ QUICLB_ERR_ARG };
		if (!detail::guarded(make, false))
			return detail::failure{ QUICLB_ERR_NOMEM };
		const std::lock_guard<std::mutex> hold(state_->lock);
		const int err = quiclb_table_swap(state_->raw, next.raw());
		if (err)
			return detail::failure{ err };
		take(*fresh, next);
		state_->newest->next = fresh;
		former = std::exchange(state_->newest, fresh);
		return {};
	}

private:
	friend class reader;

	bool prepare()
	{
		state_ = std::make_shared<detail::table_state>();
		state_->newest = std::make_shared<detail::turn>();
		return true;
	}

	static void take(detail::turn &turn, decoder &from) noexcept
	{
		turn.decoder = from.raw_.release();
		turn.known = std::move(from.known_);
	}

	std::shared_ptr<detail::table_state> state_;
};

/*
 * One thread's way to the decoder in force.  Closed or moved from: decoder()
 * lends one whose calls are QUICLB_ERR_ARG.
 * Threads: one at a time; it may be moved to another, and outlive its table.
 */
class reader
{
public:
	reader() noexcept = default; /* closed */

	static result<reader> create(const table &table) noexcept
	{
		reader r;

		if (!table)
			return detail::failure{ QUICLB_ERR_ARG };
		const int err = quiclb_reader_new(table.state_->raw, &r.raw_);
		if (err)
			return detail::failure{ err };
		r.state_ = table.state_;
		const std::lock_guard<std::mutex> hold(r.state_->lock);
		r.at_ = r.state_->newest;
		/* so that no later decoder gets the address of newest's */
		quiclb_reader_decoder(r.raw_);
		return r;
	}

	reader(reader &&other) noexcept
	    : state_(std::move(other.state_)),
	      raw_(std::exchange(other.raw_, nullptr)),
	      at_(std::move(other.at_))
	{
	}

	reader &operator=(reader &&other) noexcept
	{
		if (this != &other) {
			close();
			state_ = std::move(other.state_);
			raw_ = std::exchange(other.raw_, nullptr);
			at_ = std::move(other.at_);
		}
		return *this;
	}

	~reader()
	{
		close();
	}

	explicit operator bool() const noexcept
	{
		return raw_ != nullptr;
	}

	/* Again: nothing. */
	void close() noexcept
	{
		if (!raw_)
			return;
		quiclb_reader_free(std::exchange(raw_, nullptr));
		go_to(nullptr);
		at_.reset();
		state_.reset();
	}

	/*
	 * Stays as it is until this reader is asked again or closed.  Ask for
	 * every packet: it costs next to nothing while nothing has changed.
	 */
	decoder_ref decoder() noexcept
	{
		const quiclb_decoder *const now = quiclb_reader_decoder(raw_);

		if (now && now != at_->decoder)
			go_to(now);
		return decoder_ref(now);
	}

private:
	/*
	 * To the turn of a decoder that this reader has, or to the newest.
	 * Others may have had its address before it, none can after it.
	 */
	void go_to(const quiclb_decoder *decoder) noexcept
	{
		std::shared_ptr<detail::turn> former = at_;

		{
			const std::lock_guard<std::mutex> hold(state_->lock);
			auto turn = former->next;

			for (; turn; turn = turn->next)
				if (!decoder || turn->decoder == decoder)
					at_ = turn;
		}
		detail::let_go(std::move(former), at_.get());
	}

	std::shared_ptr<detail::table_state> state_;
	quiclb_reader *raw_ = nullptr;
	std::shared_ptr<detail::turn> at_;
};

} // namespace quiclb

#endif /* QUICLB_CPP_TABLE_HPP */
