/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder, and the table that decoders are swapped in: that each call
 * reaches the library, and that known functions live as long as they must.
 */
#include <memory>
#include <vector>

#include "common.hpp"

namespace
{

using quiclb::decoder;

/* ---- decoders --------------------------------------------------------- */

void read_gives_all_parts()
{
	const decoder d = common::decoder(2);
	const auto cid = common::encoder(2).next().value();
	std::vector<std::uint8_t> packet(cid.begin(), cid.end());

	packet.resize(40);
	const auto all = d.read(packet).value();
	CHECK(all.server_id() == common::id && all.nonce().size() == 8);
	CHECK(all.config_rotation() == 2 && all.cid_len() == 12);
	CHECK(all.tenant() == 0 && all.worker().empty());
	CHECK(d.decode(packet).value() == common::id);
	CHECK(d.decode(packet)->size() == 3);
	CHECK(d.cid_len(cid[0]).value() == 12);
}

void unroutable_is_an_error_of_the_packet()
{
	const decoder d = common::decoder(2);
	const auto cid = common::encoder(2).next().value();
	const auto other = common::encoder(1).next().value();
	const std::uint8_t reserved[12] = { 0xff };

	CHECK_ERR(d.decode(other), QUICLB_ERR_NO_CONFIG);
	CHECK_ERR(d.decode(reserved), QUICLB_ERR_RESERVED);
	CHECK_ERR(d.decode({ cid.data(), 11 }), QUICLB_ERR_SHORT);
	CHECK_ERR(d.decode({}), QUICLB_ERR_ARG);
	CHECK_ERR(d.read({ cid.data(), 11 }), QUICLB_ERR_SHORT);
	CHECK_ERR(d.cid_len(other[0]), QUICLB_ERR_NO_CONFIG);
	CHECK(d.decode(other)->empty());
}

void remove_forgets_a_config()
{
	decoder d = common::decoder(2);
	const auto cid = common::encoder(2).next().value();

	CHECK_ERR(d.add(common::config(2)), QUICLB_ERR_ROTATION_IN_USE);
	CHECK(d.remove(cid[0]));
	CHECK_ERR(d.remove(cid[0]), QUICLB_ERR_NO_CONFIG);
	CHECK_ERR(d.decode(cid), QUICLB_ERR_NO_CONFIG);
	CHECK(d.add(common::config(2)));
	CHECK(d.decode(cid));
}

void batch_is_what_single_calls_give()
{
	constexpr std::size_t n = 50;
	const decoder d = common::decoder();
	quiclb::encoder e = common::encoder(), other = common::encoder(1);
	std::vector<quiclb::cid> cids(n);
	std::vector<quiclb::result<quiclb::server_id>> ids(n + 1);

	for (std::size_t i = 0; i < n; i++)
		cids[i] = (i % 7 ? e : other).next().value();
	const std::vector<quiclb::bytes> refs(cids.begin(), cids.end());
	CHECK(d.decode_batch(refs, ids).value() == n - 8);
	for (std::size_t i = 0; i < n; i++) {
		const auto one = d.decode(cids[i]);

		CHECK(ids[i].error().code() == one.error().code());
		CHECK(!one || *one == *ids[i]);
	}
	CHECK_ERR(ids[n], QUICLB_ERR_ARG); /* not written */
	CHECK(d.decode_batch({}, ids).value() == 0);
	CHECK_ERR(d.decode_batch(refs, { ids.data(), n - 1 }), QUICLB_ERR_ARG);
}

void known_function_decides()
{
	decoder d = common::decoder();
	const auto cid = common::encoder().next().value();
	std::uint32_t asked = 7;
	bool yes = true;

	CHECK(d.set_known([&](std::uint32_t tenant, quiclb::bytes id) {
		asked = tenant;
		return yes && id == common::id;
	}));
	CHECK(d.decode(cid) && asked == 0);
	yes = false;
	CHECK_ERR(d.decode(cid), QUICLB_ERR_UNKNOWN_SERVER);
	CHECK(d.set_known({}));
	CHECK(d.decode(cid));
}

void tenants_share_a_rotation()
{
	auto d = decoder::create();
	const auto config = [](char c) {
		return common::config().key(std::string(16, c));
	};
	auto b = quiclb::encoder::create(config('b'), { common::id });

	CHECK(d->add_tenant(config('a'), 10));
	CHECK_ERR(d->add_tenant(config('b'), 20), QUICLB_ERR_ROTATION_IN_USE);
	CHECK(d->set_known([](std::uint32_t, quiclb::bytes id) {
		return id == common::id;
	}));
	CHECK(d->add_tenant(config('b'), 20));
	CHECK(d->read(b->next().value()).value().tenant() == 20);
}

/* ---- tables ----------------------------------------------------------- */

/* A decoder whose known function holds on to alive. */
decoder counted(const std::shared_ptr<int> &alive)
{
	decoder d = common::decoder();

	d.set_known([alive](std::uint32_t, quiclb::bytes) {
		 return ++*alive > 0;
	 }).value();
	return d;
}

void swap_shows_at_the_next_question()
{
	const auto cid = common::encoder(1).next().value();
	decoder first = common::decoder(0), second = common::decoder(1);
	auto table = quiclb::table::create(std::move(first)).value();
	auto reader = quiclb::reader::create(table).value();

	CHECK(!first);
	CHECK_ERR(reader.decoder().decode(cid), QUICLB_ERR_NO_CONFIG);
	CHECK(table.swap(std::move(second)));
	CHECK(!second);
	CHECK(reader.decoder().decode(cid).value() == common::id);
	CHECK(reader.decoder().read(cid) && reader.decoder().cid_len(cid[0]));
}

void known_functions_go_with_their_last_reader()
{
	const auto cid = common::encoder().next().value();
	const auto a = std::make_shared<int>(0), b = std::make_shared<int>(0),
		   c = std::make_shared<int>(0);
	auto table = quiclb::table::create(counted(a)).value();
	auto awake = quiclb::reader::create(table).value();
	auto asleep = quiclb::reader::create(table).value();

	CHECK(asleep.decoder().decode(cid) && *a == 1);
	table.swap(counted(b)).value();
	CHECK(awake.decoder().decode(cid) && *b == 1);
	const auto lent = asleep.decoder(); /* b from here on */
	CHECK(a.use_count() == 1);
	table.swap(counted(c)).value();
	CHECK(awake.decoder().decode(cid) && *c == 1);
	CHECK(lent.decode(cid) && *b == 2 && b.use_count() == 2);
	asleep.close();
	CHECK(b.use_count() == 1 && c.use_count() == 2);
	table.close();
	CHECK(awake.decoder().decode(cid) && *c == 2 && c.use_count() == 2);
	awake.close();
	CHECK(c.use_count() == 1);
}

/* A new decoder may have the address of one that is gone. */
void reader_that_never_asked_lets_go_too()
{
	const auto a = std::make_shared<int>(0), b = std::make_shared<int>(0),
		   c = std::make_shared<int>(0);
	auto table = quiclb::table::create(counted(a)).value();
	auto reader = quiclb::reader::create(table).value();

	table.swap(counted(b)).value();
	table.swap(counted(c)).value();
	CHECK(reader.decoder().raw());
	CHECK(a.use_count() == 1 && b.use_count() == 1 && c.use_count() == 2);
}

/* Many swaps that a reader slept through end without deep recursion. */
void long_sleep_ends_well()
{
	const unsigned n = tap::scaled(200000);
	const auto alive = std::make_shared<int>(0);
	auto table = quiclb::table::create(counted(alive)).value();
	auto reader = quiclb::reader::create(table).value();
	auto other = quiclb::reader::create(table).value();

	CHECK(reader.decoder().raw() && other.decoder().raw());
	for (unsigned i = 0; i < n; i++) {
		decoder d = decoder::create().value();

		d.set_known([alive](auto, auto) { return true; }).value();
		table.swap(std::move(d)).value();
	}
	CHECK(alive.use_count() > static_cast<long>(n));
	CHECK(reader.decoder().raw());
	CHECK(alive.use_count() > static_cast<long>(n));
	other.close();
	CHECK(alive.use_count() == 2);
}

} // namespace

int main()
{
	return tap::run({
		{ "read_gives_all_parts", read_gives_all_parts },
		{ "unroutable_is_an_error_of_the_packet",
		  unroutable_is_an_error_of_the_packet },
		{ "remove_forgets_a_config", remove_forgets_a_config },
		{ "batch_is_what_single_calls_give",
		  batch_is_what_single_calls_give },
		{ "known_function_decides", known_function_decides },
		{ "tenants_share_a_rotation", tenants_share_a_rotation },
		{ "swap_shows_at_the_next_question",
		  swap_shows_at_the_next_question },
		{ "known_functions_go_with_their_last_reader",
		  known_functions_go_with_their_last_reader },
		{ "reader_that_never_asked_lets_go_too",
		  reader_that_never_asked_lets_go_too },
		{ "long_sleep_ends_well", long_sleep_ends_well },
	});
}
