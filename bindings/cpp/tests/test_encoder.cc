/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The encoder: that each call reaches the library, with what it was given.
 */
#include <array>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common.hpp"

namespace
{

using byte_vector = std::vector<std::uint8_t>;
using quiclb::encoder;

constexpr std::string_view secret = "in truth: 32 bytes of randomness";
static_assert(secret.size() == QUICLB_NONCE_SECRET_BYTES);

/* plain, 3 + 4 bytes: a nonce that needs flag or mark. */
quiclb::config short_config(std::size_t rotation = 0)
{
	return quiclb::config()
		.codec("plain")
		.config_rotation(rotation)
		.server_id_len(3)
		.nonce_len(4);
}

/* n CIDs before it is exhausted. */
quiclb::encoder_options nearly_exhausted(std::uint64_t n)
{
	quiclb::encoder_options o;

	o.server_id = common::id;
	o.nonce_secret = secret;
	o.mark = (std::uint64_t{ 1 } << 32) - n;
	o.mark_store = [](std::uint64_t) { return true; };
	return o;
}

/* ---- issuing ---------------------------------------------------------- */

void next_gives_cids_of_the_server()
{
	const auto decoder = common::decoder();
	encoder e = common::encoder();
	std::array<std::uint8_t, 20> room{};
	std::set<byte_vector> seen;

	CHECK(e.cid_len() == 12);
	for (int i = 0; i < 100; i++) {
		const auto cid = e.next();

		CHECK(cid && cid->size() == e.cid_len() && !cid->empty());
		CHECK(decoder.decode(*cid).value() == common::id);
		seen.insert(byte_vector(cid->begin(), cid->end()));
	}
	CHECK(seen.size() == 100);
	CHECK(e.next(room).value() == 12);
	CHECK(decoder.decode({ room.data(), 12 }).value() == common::id);
	CHECK_ERR(e.next({ room.data(), 11 }), QUICLB_ERR_SPACE);
}

void next_batch_gives_as_many()
{
	const auto decoder = common::decoder();
	encoder e = common::encoder();
	std::vector<quiclb::cid> cids(40);
	std::set<byte_vector> seen;

	CHECK(e.next_batch(cids).value() == cids.size());
	for (const auto &cid : cids) {
		CHECK(cid.size() == 12);
		CHECK(decoder.decode(cid).value() == common::id);
		seen.insert(byte_vector(cid.begin(), cid.end()));
	}
	CHECK(seen.size() == cids.size());
	CHECK(e.next_batch({}).error().code() == QUICLB_ERR_ARG);
}

void next_batch_keeps_to_its_strides()
{
	const auto decoder = common::decoder();
	encoder e = common::encoder();
	byte_vector room(16 * 3 + 15, 0xee);

	CHECK(e.next_batch(room, 16).value() == 3);
	for (std::size_t i = 0; i < room.size(); i++)
		if (i % 16 >= 12 || i >= 48)
			CHECK(room[i] == 0xee);
	for (std::size_t i = 0; i < 3; i++)
		CHECK(decoder.decode({ room.data() + 16 * i, 12 }).value() ==
		      common::id);
	CHECK_ERR(e.next_batch(room, 11), QUICLB_ERR_SPACE);
	CHECK_ERR(e.next_batch(room, 0), QUICLB_ERR_SPACE);
	CHECK(e.next_batch({ room.data(), 15 }, 16).value() == 0);
}

void exhausted_is_an_error_but_fill_goes_on()
{
	auto e = encoder::create(short_config(), nearly_exhausted(5)).value();
	std::vector<quiclb::cid> cids(9);
	std::array<std::uint8_t, 8> cid{};

	CHECK(e.remaining() == 5);
	CHECK(e.next() && e.fill(cid));
	CHECK(e.remaining() == 3);
	CHECK(e.next_batch(cids).value() == 3);
	CHECK(cids[2].size() == 8 && cids[3].empty());
	CHECK_ERR(e.next(), QUICLB_ERR_EXHAUSTED);
	CHECK(e.next()->empty());
	CHECK(!e.fill(cid));
	CHECK(cid[0] >> 5 == 7);
	CHECK(e.remaining() == 0);
}

void fill_of_another_length_is_unroutable()
{
	encoder e = common::encoder();
	std::array<std::uint8_t, 9> cid{};
	std::array<std::uint8_t, 12> good{};

	CHECK(!e.fill(cid) && cid[0] == (7 << 5 | 8));
	CHECK(e.fill(good));
	CHECK(!e.fill({}));
}

/* ---- options ---------------------------------------------------------- */

void short_nonce_needs_its_flag()
{
	quiclb::encoder_options o{ common::id };

	CHECK_ERR(encoder::create(short_config(), o), QUICLB_ERR_NONCE_RESTART);
	o.flags = QUICLB_F_SHORT_NONCE;
	CHECK(encoder::create(short_config(), o));
	o.flags = 0x80;
	CHECK_ERR(encoder::create(short_config(), o), QUICLB_ERR_ARG);
}

void worker_and_server_use_are_in_the_cid()
{
	const std::string worker = "wo", use = "use";
	auto config =
		common::config().nonce_len(10).worker_len(2).server_use_len(3);
	auto d = quiclb::decoder::create();
	quiclb::encoder_options o{ common::id };

	o.worker = worker;
	o.server_use = use;
	const auto cid = encoder::create(config, o)->next().value();
	CHECK(cid.size() == 17);
	CHECK(quiclb::bytes(cid.data() + 14, 3) == use);
	d->add(config).value();
	CHECK(d->read(cid).value().worker() == worker);
	CHECK(d->read(cid)->nonce().size() == 10);
}

void encode_takes_parts()
{
	const std::string nonce = "nonce678", use = "xy", always = "AB";
	auto config = common::config().server_use_len(2);
	quiclb::encoder_options o{ common::id };
	quiclb::parts parts;
	auto d = quiclb::decoder::create();

	o.server_use = always;
	d->add(config).value();
	encoder e = encoder::create(config, o).value();
	CHECK(e.encode(parts)->end()[-2] == 'A'); /* all is left open */
	parts.low_bits = std::uint8_t{ 0x15 };
	parts.nonce = nonce;
	const auto one = e.encode(parts).value();
	CHECK(one[0] == 0x15);
	CHECK(quiclb::bytes(one.end() - 2, 2) == always);
	CHECK(d->read(one).value().nonce() == nonce);
	CHECK(e.encode(parts).value() == one);
	parts.server_use = use;
	CHECK(quiclb::bytes(e.encode(parts).value().end() - 2, 2) != always);
	CHECK(e.encode(parts)->end()[-1] == 'y');
}

void mark_is_stored_and_refused()
{
	std::vector<std::uint64_t> marks;
	bool good = false;
	quiclb::encoder_options o{ common::id };

	o.nonce_secret = secret;
	o.mark = 7;
	o.mark_store = [&](std::uint64_t mark) {
		marks.push_back(mark);
		return good;
	};
	auto e = encoder::create(short_config(), o).value();
	CHECK_ERR(e.next(), QUICLB_ERR_MARK);
	good = true;
	CHECK(e.next());
	CHECK(e.next());
	CHECK(marks.size() == 2 && marks[0] == marks[1] && marks[0] > 7);
	o.mark_store = {};
	CHECK_ERR(encoder::create(short_config(), o), QUICLB_ERR_ARG);
}

void threshold_is_told_once()
{
	std::vector<std::uint64_t> told;
	auto o = nearly_exhausted(6);

	o.threshold = 4;
	o.threshold_reached = [&](std::uint64_t n) { told.push_back(n); };
	auto e = encoder::create(short_config(), o).value();
	CHECK(e.next() && told.empty());
	CHECK(e.next() && told.size() == 1 && told[0] == 4);
	for (int i = 0; i < 100 && e.next(); i++)
		;
	CHECK_ERR(e.next(), QUICLB_ERR_EXHAUSTED);
	CHECK(told.size() == 1);
}

/* ---- several ---------------------------------------------------------- */

void parts_share_functions_and_no_nonce()
{
	const auto alive = std::make_shared<int>(0);
	auto o = nearly_exhausted(10);
	std::set<byte_vector> seen;
	std::vector<encoder> all;

	o.mark_store = [alive](std::uint64_t) { return ++*alive > 0; };
	{
		auto whole = encoder::create(short_config(), std::move(o));
		for (std::uint32_t i = 0; i < 3; i++)
			all.push_back(whole->split(i, 3).value());
		CHECK_ERR(whole->split(1, 3), QUICLB_ERR_PART_TAKEN);
		CHECK_ERR(whole->split(3, 3), QUICLB_ERR_ARG);
		CHECK_ERR(whole->next(), QUICLB_ERR_SPLIT);
	}
	for (std::size_t i = 0; i < 100; i++)
		if (const auto cid = all[i % 3].next())
			seen.insert(byte_vector(cid->begin() + 1, cid->end()));
	CHECK(seen.size() == 10 && *alive > 0);
	all.clear();
	CHECK(alive.use_count() == 1);
}

/* What the old config needed goes, what the new one needs stays. */
void rotate_takes_next_over()
{
	const auto old_alive = std::make_shared<int>(0);
	const auto new_alive = std::make_shared<int>(0);
	auto o = nearly_exhausted(2), n = nearly_exhausted(2);

	o.mark_store = [old_alive](std::uint64_t) { return true; };
	n.mark_store = [new_alive](std::uint64_t) { return ++*new_alive > 0; };
	encoder e = encoder::create(short_config(0), std::move(o)).value();
	auto config = short_config(1).server_use_len(2);
	encoder next = encoder::create(config, std::move(n)).value();
	const auto old = e.next().value();
	CHECK(e.rotate(std::move(next)));
	CHECK(!next && old_alive.use_count() == 1);
	const auto cid = e.next().value();
	CHECK(cid[0] >> 5 == 1 && cid.size() == 10 && *new_alive == 1);
	CHECK(e.cid_length(old[0]).value() == 8);
	CHECK(e.cid_length(cid[0]).value() == 10);
	/* lengths of parts are the new config's */
	quiclb::parts parts;
	parts.server_use = common::key;
	CHECK_ERR(e.encode(parts), QUICLB_ERR_ARG);
	parts.server_use = { common::id, 2 };
	CHECK(e.encode(parts));
	CHECK(e.retire(old[0]));
	CHECK_ERR(e.cid_length(old[0]), QUICLB_ERR_NO_CONFIG);
	CHECK_ERR(e.retire(old[0]), QUICLB_ERR_NO_CONFIG);
	CHECK_ERR(e.retire(cid[0]), QUICLB_ERR_ROTATION_IN_USE);
}

void refused_rotation_leaves_both()
{
	encoder e = common::encoder(2), same = common::encoder(2);

	CHECK_ERR(e.rotate(std::move(same)), QUICLB_ERR_ROTATION_IN_USE);
	CHECK(same && same.next() && e.next());
	CHECK_ERR(e.rotate(std::move(e)), QUICLB_ERR_ARG);
	CHECK(e && e.next());
}

} // namespace

int main()
{
	return tap::run({
		{ "next_gives_cids_of_the_server",
		  next_gives_cids_of_the_server },
		{ "next_batch_gives_as_many", next_batch_gives_as_many },
		{ "next_batch_keeps_to_its_strides",
		  next_batch_keeps_to_its_strides },
		{ "exhausted_is_an_error_but_fill_goes_on",
		  exhausted_is_an_error_but_fill_goes_on },
		{ "fill_of_another_length_is_unroutable",
		  fill_of_another_length_is_unroutable },
		{ "short_nonce_needs_its_flag", short_nonce_needs_its_flag },
		{ "worker_and_server_use_are_in_the_cid",
		  worker_and_server_use_are_in_the_cid },
		{ "encode_takes_parts", encode_takes_parts },
		{ "mark_is_stored_and_refused", mark_is_stored_and_refused },
		{ "threshold_is_told_once", threshold_is_told_once },
		{ "parts_share_functions_and_no_nonce",
		  parts_share_functions_and_no_nonce },
		{ "rotate_takes_next_over", rotate_takes_next_over },
		{ "refused_rotation_leaves_both",
		  refused_rotation_leaves_both },
	});
}
