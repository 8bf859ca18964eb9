/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program should not do: each has a defined answer.  To be run under
 * valgrind too.
 */
#include <array>
#include <new>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "common.hpp"

namespace
{

using quiclb::decoder;
using quiclb::encoder;
using quiclb::reader;
using quiclb::table;

constexpr std::string_view secret = "in truth: 32 bytes of randomness";

static_assert(!std::is_copy_constructible_v<encoder> &&
	      !std::is_copy_assignable_v<encoder>);
static_assert(!std::is_copy_constructible_v<decoder> &&
	      !std::is_copy_assignable_v<decoder>);
static_assert(!std::is_copy_constructible_v<reader> &&
	      !std::is_copy_assignable_v<reader>);
static_assert(!std::is_copy_constructible_v<table> &&
	      !std::is_copy_assignable_v<table>);
static_assert(std::is_nothrow_move_constructible_v<encoder> &&
	      std::is_nothrow_move_constructible_v<decoder> &&
	      std::is_nothrow_move_constructible_v<reader> &&
	      std::is_nothrow_move_constructible_v<table>);

/* ---- closed, moved from, taken over ----------------------------------- */

void assert_closed(encoder &e)
{
	std::array<std::uint8_t, 12> room{};
	std::vector<quiclb::cid> cids(2);
	encoder good = common::encoder(3);

	CHECK(!e && !e.raw());
	CHECK_ERR(e.next(), QUICLB_ERR_ARG);
	CHECK_ERR(e.next(room), QUICLB_ERR_ARG);
	CHECK_ERR(e.next_batch(cids), QUICLB_ERR_ARG);
	CHECK_ERR(e.next_batch(room, 12), QUICLB_ERR_ARG);
	CHECK_ERR(e.encode({}), QUICLB_ERR_ARG);
	CHECK_ERR(e.split(0, 1), QUICLB_ERR_ARG);
	CHECK_ERR(e.rotate(std::move(good)), QUICLB_ERR_ARG);
	CHECK_ERR(good.rotate(std::move(e)), QUICLB_ERR_ARG);
	CHECK_ERR(e.retire(0), QUICLB_ERR_ARG);
	CHECK_ERR(e.cid_length(0), QUICLB_ERR_ARG);
	CHECK(e.remaining() == 0 && e.cid_len() == 0 && good.next());
	CHECK(!e.fill(room) && room[0] >> 5 == 7);
	e.close();
	e.close();
}

void assert_closed(decoder &d)
{
	std::vector<quiclb::result<quiclb::server_id>> ids(2);
	table t;

	CHECK(!d && !d.raw());
	CHECK_ERR(d.add(common::config()), QUICLB_ERR_ARG);
	CHECK_ERR(d.add_tenant(common::config(), 1), QUICLB_ERR_ARG);
	CHECK_ERR(d.remove(0), QUICLB_ERR_ARG);
	CHECK_ERR(d.set_known([](auto, auto) { return true; }), QUICLB_ERR_ARG);
	CHECK_ERR(d.decode(common::key), QUICLB_ERR_ARG);
	CHECK_ERR(d.read(common::key), QUICLB_ERR_ARG);
	CHECK_ERR(d.cid_len(0), QUICLB_ERR_ARG);
	CHECK_ERR(d.decode_batch({}, ids), QUICLB_ERR_ARG);
	CHECK_ERR(table::create(std::move(d)), QUICLB_ERR_ARG);
	CHECK_ERR(t.swap(std::move(d)), QUICLB_ERR_ARG);
	d.close();
	d.close();
}

void closed_encoder_is_an_error()
{
	encoder closed, from = common::encoder(), next = common::encoder(1);

	assert_closed(closed);
	encoder to = std::move(from);
	assert_closed(from);
	from = std::move(to);
	CHECK(from.next());
	CHECK(from.rotate(std::move(next)));
	assert_closed(next);
	from.close();
	assert_closed(from);
	from = common::encoder(); /* may be used again */
	CHECK(from.next());
}

void closed_decoder_is_an_error()
{
	decoder closed, from = common::decoder();

	assert_closed(closed);
	decoder to = std::move(from);
	assert_closed(from);
	auto t = table::create(std::move(to));
	CHECK(t);
	assert_closed(to);
	decoder next = common::decoder();
	CHECK(t->swap(std::move(next)));
	assert_closed(next);
}

void closed_table_and_reader_are_errors()
{
	table closed, from = table::create(common::decoder()).value();
	reader r;

	CHECK_ERR(closed.swap(common::decoder()), QUICLB_ERR_ARG);
	CHECK_ERR(reader::create(closed), QUICLB_ERR_ARG);
	CHECK_ERR(r.decoder().decode(common::key), QUICLB_ERR_ARG);
	table to = std::move(from);
	CHECK(!from && to);
	CHECK_ERR(from.swap(common::decoder()), QUICLB_ERR_ARG);
	r = reader::create(to).value();
	reader moved = std::move(r);
	CHECK(!r && moved.decoder().raw());
	CHECK_ERR(r.decoder().read(common::key), QUICLB_ERR_ARG);
	r.close();
	moved.close();
	moved.close();
	CHECK_ERR(moved.decoder().cid_len(0), QUICLB_ERR_ARG);
	to.close();
	to.close();
	CHECK_ERR(to.swap(common::decoder()), QUICLB_ERR_ARG);
}

void reader_outlives_its_table()
{
	const auto cid = common::encoder().next().value();
	reader r, never_asked;

	{
		table t = table::create(common::decoder()).value();
		r = reader::create(t).value();
		never_asked = reader::create(t).value();
		r = reader::create(t).value(); /* the other one goes */
	}
	CHECK(r.decoder().decode(cid) && never_asked.decoder().decode(cid));
}

void moved_from_config_is_empty()
{
	quiclb::config from = common::config();
	const quiclb::config to = std::move(from);

	CHECK_ERR(from.check(), QUICLB_ERR_CODEC);
	CHECK_ERR(encoder::create(from, { common::id }), QUICLB_ERR_CODEC);
	CHECK(to.check());
	from = to;
	CHECK(from.check());
}

/* ---- lengths ---------------------------------------------------------- */

/* C would read beyond them: valgrind and sanitizers see it. */
void wrong_lengths_are_errors()
{
	const auto config =
		common::config().nonce_len(10).worker_len(2).server_use_len(3);
	const std::vector<std::uint8_t> one(1, 1), two(2, 2), three(3, 3);
	quiclb::encoder_options o{ common::id };
	quiclb::parts parts;

	o.worker = two;
	encoder e = encoder::create(config, o).value();
	for (const auto &bad : { one, two }) {
		parts.server_use = bad;
		CHECK_ERR(e.encode(parts), QUICLB_ERR_ARG);
	}
	parts.server_use = {};
	parts.nonce = three;
	CHECK_ERR(e.encode(parts), QUICLB_ERR_ARG);
	parts.nonce = std::string_view("eleven byte");
	CHECK_ERR(e.encode(parts), QUICLB_ERR_ARG);
	for (const auto &bad : { one, three }) {
		o.worker = bad;
		CHECK_ERR(encoder::create(config, o), QUICLB_ERR_ARG);
	}
	o.worker = {}; /* has none, should */
	CHECK_ERR(encoder::create(config, o), QUICLB_ERR_ARG);
	o.worker = two;
	o.server_use = one;
	CHECK_ERR(encoder::create(config, o), QUICLB_ERR_ARG);
	o.server_use = three;
	o.mark_store = [](std::uint64_t) { return true; };
	o.nonce_secret = secret.substr(1);
	CHECK_ERR(encoder::create(config, o), QUICLB_ERR_ARG);
	o.nonce_secret = secret;
	CHECK(encoder::create(config, o));
	o.server_id = two;
	CHECK_ERR(encoder::create(config, o), QUICLB_ERR_ARG);
	o.server_id = {};
	CHECK_ERR(encoder::create(config, o), QUICLB_ERR_ARG);
}

/* Parts have the lengths of what they are of. */
void parts_check_lengths_too()
{
	quiclb::parts parts;
	encoder whole = common::encoder();
	encoder part = whole.split(0, 2).value();
	const std::vector<std::uint8_t> seven(7, 7), eight(8, 8);

	parts.nonce = seven;
	CHECK_ERR(part.encode(parts), QUICLB_ERR_ARG);
	parts.nonce = eight;
	CHECK(part.encode(parts));
}

/* ---- functions that throw --------------------------------------------- */

void thrown_by_a_function_ends_there()
{
	quiclb::encoder_options o{ common::id };
	decoder d = common::decoder();
	const auto plain =
		quiclb::config().codec("plain").server_id_len(3).nonce_len(4);
	bool throws = true;

	o.nonce_secret = secret;
	o.mark = (std::uint64_t{ 1 } << 32) - 3;
	o.threshold = 2;
	o.mark_store = [&](std::uint64_t) {
		if (throws)
			throw std::runtime_error("the disk is full");
		return true;
	};
	o.threshold_reached = [](std::uint64_t) { throw 7; };
	encoder e = encoder::create(plain, o).value();
	CHECK_ERR(e.next(), QUICLB_ERR_MARK);
	throws = false;
	CHECK(e.next() && e.next() && e.next());
	CHECK_ERR(e.next(), QUICLB_ERR_EXHAUSTED);
	const auto cid = common::encoder().next().value();
	d.set_known([](auto, auto) -> bool { throw std::bad_alloc(); }).value();
	CHECK_ERR(d.decode(cid), QUICLB_ERR_UNKNOWN_SERVER);
	CHECK_ERR(d.read(cid), QUICLB_ERR_UNKNOWN_SERVER);
	const std::vector<quiclb::bytes> cids(9, cid);
	std::vector<quiclb::result<quiclb::server_id>> ids(9);
	CHECK(d.decode_batch(cids, ids).value() == 0);
	CHECK_ERR(ids[8], QUICLB_ERR_UNKNOWN_SERVER);
}

/* ---- processes, secrets ----------------------------------------------- */

/* The exit status of a child that uses its parent's encoder. */
int child_of(encoder &e)
{
	std::array<std::uint8_t, 12> cid{};
	int status = 1;
	const pid_t child = fork();

	if (!child) {
		const bool refused =
			e.next().error().code() == QUICLB_ERR_FORKED &&
			e.split(0, 1).error().code() == QUICLB_ERR_FORKED &&
			!e.fill(cid) && common::encoder().next();

		e.close();
		_exit(refused ? 42 : 1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void forked_child_is_refused()
{
	encoder e = common::encoder();

	CHECK(child_of(e) == 42);
	CHECK(e.next());
}

/* Whether the key is in memory that may have been let go. */
template <std::size_t n> bool has_key(const unsigned char (&memory)[n])
{
	const volatile unsigned char *const m = memory;

	for (std::size_t i = 0; i + common::key.size() <= n; i++) {
		std::size_t same = 0;

		while (same < common::key.size() &&
		       m[i + same] ==
			       static_cast<unsigned char>(common::key[same]))
			same++;
		if (same == common::key.size())
			return true;
	}
	return false;
}

/* T made of a keyed config in memory that is looked at when it is gone. */
template <class T> void assert_wiped()
{
	alignas(T) static unsigned char memory[sizeof(T)];
	T *const t = new (memory) T(common::config());

	CHECK(has_key(memory));
	t->~T();
	CHECK(!has_key(memory));
	T *const from = new (memory) T(common::config());
	{
		const T to = std::move(*from);
		CHECK(!has_key(memory));
		*from = to;
		CHECK(has_key(memory));
	}
	from->~T();
	CHECK(!has_key(memory));
}

void configs_are_wiped()
{
	alignas(quiclb::config) static unsigned char
		memory[sizeof(quiclb::config)];
	auto *const c = new (memory) quiclb::config(common::config());

	c->key({});
	CHECK(!has_key(memory));
	c->~config();
	assert_wiped<quiclb::config>();
	assert_wiped<quiclb::result<quiclb::config>>();
}

} // namespace

int main()
{
	return tap::run({
		{ "closed_encoder_is_an_error", closed_encoder_is_an_error },
		{ "closed_decoder_is_an_error", closed_decoder_is_an_error },
		{ "closed_table_and_reader_are_errors",
		  closed_table_and_reader_are_errors },
		{ "reader_outlives_its_table", reader_outlives_its_table },
		{ "moved_from_config_is_empty", moved_from_config_is_empty },
		{ "wrong_lengths_are_errors", wrong_lengths_are_errors },
		{ "parts_check_lengths_too", parts_check_lengths_too },
		{ "thrown_by_a_function_ends_there",
		  thrown_by_a_function_ends_there },
		{ "forked_child_is_refused", forked_child_is_refused },
		{ "configs_are_wiped", configs_are_wiped },
	});
}
