/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors as values and as exceptions, views of bytes, configs, the list of
 * codecs, and what needs neither encoder nor decoder.
 */
#include <array>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "common.hpp"

namespace
{

using quiclb::config;

/* ---- errors ----------------------------------------------------------- */

void error_has_the_librarys_text()
{
	const quiclb::error e(QUICLB_ERR_KEY_MISSING);

	CHECK(e.code() == QUICLB_ERR_KEY_MISSING);
	CHECK(!std::strcmp(e.text(), quiclb_strerror(e.code())));
	CHECK(!std::strcmp(e.what(), e.text()));
	CHECK(!e.is_unroutable());
	CHECK(quiclb::error(QUICLB_ERR_SHORT).is_unroutable());
}

void failed_result_is_false_and_throws()
{
	auto r = config::preset("no such");
	int caught = 0;

	CHECK(!r);
	CHECK_ERR(r, QUICLB_ERR_CODEC);
	try {
		(void)r.value();
	} catch (const std::exception &e) {
		CHECK(!std::strcmp(e.what(),
				   quiclb_strerror(QUICLB_ERR_CODEC)));
		caught++;
	}
	try {
		config().check().value();
	} catch (const quiclb::error &e) {
		CHECK(e.code() == QUICLB_ERR_CODEC);
		caught++;
	}
	try {
		(void)quiclb::decoder().decode({}).value();
	} catch (const quiclb::error &e) {
		CHECK(e.code() == QUICLB_ERR_ARG);
		caught++;
	}
	CHECK(caught == 3);
}

void good_result_is_true_and_does_not_throw()
{
	auto r = config::preset("nghttpx");

	CHECK(r);
	CHECK_ERR(r, 0);
	CHECK(r.value().raw().server_id_len == r->raw().server_id_len);
	common::config().check().value();
	CHECK_ERR(common::config().check(), 0);
}

/* ---- bytes ------------------------------------------------------------ */

bool same(quiclb::bytes a, quiclb::bytes b)
{
	return a == b;
}

void bytes_come_from_anything()
{
	const std::uint8_t array[] = { 'a', 'b' };
	const std::array<std::uint8_t, 2> arrays{ 'a', 'b' };
	std::vector<std::uint8_t> vector{ 'a', 'b' };
	const std::vector<std::byte> std_bytes{ std::byte{ 'a' },
						std::byte{ 'b' } };
	const std::string string = "ab";

	CHECK(same(array, arrays) && same(arrays, vector));
	CHECK(same(vector, std_bytes) && same(std_bytes, string));
	CHECK(same(string, std::string_view("abc", 2)));
	CHECK(same(string, { array, 2 }));
	CHECK(!same(array, { array, 1 }));
	CHECK(quiclb::bytes(array) != std::string("ac"));
	static_assert(!std::is_convertible_v<std::vector<int>, quiclb::bytes>);
	static_assert(!std::is_convertible_v<const std::vector<std::uint8_t> &,
					     quiclb::buffer>);
	static_assert(!std::is_convertible_v<const char *, quiclb::bytes>);
}

void null_bytes_are_empty()
{
	CHECK(quiclb::bytes(nullptr, 7).empty());
	CHECK(quiclb::buffer(nullptr, 7).size() == 0);
	CHECK(same({}, std::string()));
	CHECK(same(std::vector<std::uint8_t>(), { nullptr, 1 }));
}

/* ---- codecs and configs ----------------------------------------------- */

void codecs_are_the_librarys()
{
	std::set<std::string_view> names;
	int number = 0;

	for (const quiclb::codec c : quiclb::codecs()) {
		number = quiclb_codec_next(number);
		CHECK(c.number() == number);
		CHECK(c.name() == quiclb_codec_name(number));
		CHECK(c.is_keyed() == (quiclb_codec_is_keyed(number) == 1));
		CHECK(c.rotation_bits().value() ==
		      static_cast<std::size_t>(
			      quiclb_codec_rotation_bits(number)));
		CHECK(config().codec(c.name()).raw().codec == number);
		names.insert(c.name());
	}
	CHECK(quiclb_codec_next(number) == 0 && number > 0);
	CHECK(names.count("four-pass") == 1);
	CHECK(quiclb::codec(0).name().empty() && !quiclb::codec(0).is_keyed());
	CHECK_ERR(quiclb::codec(0).rotation_bits(), QUICLB_ERR_CODEC);
}

void presets_are_the_librarys()
{
	quiclb_config c;

	for (const char *name : { "aws-nlb", "nghttpx", "envoy" }) {
		quiclb_config_init(&c);
		CHECK(!quiclb_config_preset(&c, name));
		CHECK(!std::memcmp(&config::preset(name)->raw(), &c,
				   sizeof(c)));
	}
	CHECK_ERR(config::preset(""), QUICLB_ERR_CODEC);
	/* no longer than the view says */
	CHECK_ERR(config::preset(std::string_view("envoy", 4)),
		  QUICLB_ERR_CODEC);
}

void setters_set()
{
	const quiclb_config c = config().codec("single-pass")
					.config_rotation(2)
					.rotation_bits(3)
					.server_id_len(4)
					.nonce_len(12)
					.server_use_len(3)
					.worker_len(5)
					.encode_length(true, 1)
					.key(common::key)
					.raw();

	CHECK(c.codec == QUICLB_CODEC_SINGLE_PASS && c.config_rotation == 2);
	CHECK(c.rotation_bits == 3 && c.server_id_len == 4);
	CHECK(c.nonce_len == 12 && c.server_use_len == 3 && c.worker_len == 5);
	CHECK(c.encode_length == 1 && c.uncounted_len == 1 && c.has_key == 1);
	CHECK(quiclb::bytes(c.key) == common::key);
	CHECK(!quiclb_config_check(&c));
}

void config_says_what_is_wrong()
{
	const auto good = [] { return common::config(); };

	CHECK_ERR(config().check(), QUICLB_ERR_CODEC);
	CHECK_ERR(good().check(), 0);
	CHECK_ERR(good().codec("four").check(), QUICLB_ERR_CODEC);
	CHECK_ERR(good().codec("").check(), QUICLB_ERR_CODEC);
	CHECK_ERR(good().codec(256 + QUICLB_CODEC_FOUR_PASS).check(),
		  QUICLB_ERR_CODEC);
	CHECK_ERR(good().codec(-1).check(), QUICLB_ERR_CODEC);
	CHECK_ERR(good().key({}).check(), QUICLB_ERR_KEY_MISSING);
	CHECK_ERR(good().key({ common::id, 3 }).check(), QUICLB_ERR_ARG);
	CHECK_ERR(good().key(std::string(17, 'k')).check(), QUICLB_ERR_ARG);
	CHECK_ERR(good().key(std::string(17, 'k')).key(common::key).check(), 0);
	CHECK_ERR(good().codec("plain").check(), QUICLB_ERR_KEY_UNEXPECTED);
	CHECK_ERR(good().config_rotation(7).check(), QUICLB_ERR_ROTATION);
}

/* A length of 256 more must not be the length itself. */
void large_numbers_do_not_wrap()
{
	const auto good = [] { return common::config(); };

	CHECK_ERR(good().server_id_len(256 + 3).check(),
		  QUICLB_ERR_SERVER_ID_LEN);
	CHECK_ERR(good().nonce_len(256 + 8).check(), QUICLB_ERR_NONCE_LEN);
	CHECK_ERR(good().config_rotation(256).check(), QUICLB_ERR_ROTATION);
	CHECK_ERR(good().rotation_bits(256 + 3).check(),
		  QUICLB_ERR_ROTATION_BITS);
	CHECK_ERR(good().server_use_len(256).check(), QUICLB_ERR_CID_LEN);
	CHECK_ERR(good().worker_len(256).check(), QUICLB_ERR_WORKER_LEN);
	CHECK_ERR(good().encode_length(true, 256).check(),
		  QUICLB_ERR_UNCOUNTED_LEN);
}

/* ---- free functions --------------------------------------------------- */

void version_is_the_librarys()
{
	CHECK(!std::strcmp(quiclb::version(), quiclb_version()));
}

void unroutable_fills_all_of_it()
{
	const auto decoder = common::decoder();
	std::array<std::uint8_t, 12> one{}, two{};

	quiclb::unroutable(one);
	quiclb::unroutable(two);
	CHECK(one != two);
	CHECK_ERR(decoder.decode(one), QUICLB_ERR_RESERVED);
	CHECK(decoder.decode(one).error().is_unroutable());
	quiclb::unroutable({});
}

void reset_token_is_the_librarys()
{
	const std::string reset_key(32, 'r');
	const auto cid = common::encoder().next().value();
	const std::uint8_t other[] = { 0x0a, 0x0b, 0x02 };
	const auto token = quiclb::reset_token(reset_key, common::id, cid);
	quiclb::reset_token_bytes again{};

	CHECK(!quiclb_reset_token(
		reinterpret_cast<const std::uint8_t *>(reset_key.data()),
		reset_key.size(), common::id, sizeof(common::id), cid.data(),
		cid.size(), again.data()));
	CHECK(token && *token == again);
	CHECK(*quiclb::reset_token(reset_key, other, cid) != again);
	CHECK_ERR(quiclb::reset_token({}, common::id, cid), QUICLB_ERR_ARG);
	CHECK_ERR(quiclb::reset_token(reset_key, {}, cid), QUICLB_ERR_ARG);
	CHECK_ERR(quiclb::reset_token(reset_key, common::id, {}),
		  QUICLB_ERR_ARG);
}

} // namespace

int main()
{
	return tap::run({
		{ "error_has_the_librarys_text", error_has_the_librarys_text },
		{ "failed_result_is_false_and_throws",
		  failed_result_is_false_and_throws },
		{ "good_result_is_true_and_does_not_throw",
		  good_result_is_true_and_does_not_throw },
		{ "bytes_come_from_anything", bytes_come_from_anything },
		{ "null_bytes_are_empty", null_bytes_are_empty },
		{ "codecs_are_the_librarys", codecs_are_the_librarys },
		{ "presets_are_the_librarys", presets_are_the_librarys },
		{ "setters_set", setters_set },
		{ "config_says_what_is_wrong", config_says_what_is_wrong },
		{ "large_numbers_do_not_wrap", large_numbers_do_not_wrap },
		{ "version_is_the_librarys", version_is_the_librarys },
		{ "unroutable_fills_all_of_it", unroutable_fills_all_of_it },
		{ "reset_token_is_the_librarys", reset_token_is_the_librarys },
	});
}
