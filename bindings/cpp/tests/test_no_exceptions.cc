/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same headers with -fno-exceptions: values alone, all of it compiles, and
 * what could have been thrown is an error.
 */
#include <array>
#include <vector>

#include <quiclb.hpp>

#include "tap.hpp"

#if defined(__cpp_exceptions)
#error "to be compiled with -fno-exceptions"
#endif

namespace
{

constexpr std::uint8_t id[] = { 7, 8, 9 };

/* Whether there is a value() to call. */
template <class T, class = void> constexpr bool throws = false;
template <class T>
constexpr bool throws<T, std::void_t<decltype(std::declval<T>().value())>> =
	true;
static_assert(!throws<quiclb::result<quiclb::cid>> &&
	      !throws<quiclb::result<void>>);

void server_and_decoder_meet()
{
	auto config = quiclb::config::preset("aws-nlb");
	auto decoder = quiclb::decoder::create();
	quiclb::encoder_options options;
	std::array<std::uint8_t, 17> room{};
	bool asked = false;

	config->server_id_len(3).nonce_len(8);
	options.server_id = id;
	options.threshold_reached = [](std::uint64_t) {};
	auto encoder = quiclb::encoder::create(*config, std::move(options));
	CHECK(config && decoder && encoder);
	CHECK_ERR(decoder->add(*config), 0);
	CHECK(decoder->set_known([&](auto, quiclb::bytes server_id) {
		return asked = server_id == id;
	}));
	const auto cid = encoder->next();
	CHECK(cid && *decoder->decode(*cid) == id && asked);
	auto table = quiclb::table::create(std::move(*decoder));
	auto reader = quiclb::reader::create(*table);
	CHECK(reader->decoder().read(*cid)->server_id() == id);
	CHECK(!encoder->fill(room));
}

void failure_is_an_empty_value()
{
	auto encoder = quiclb::encoder::create({}, {});
	auto config = quiclb::config::preset("none of these");

	CHECK_ERR(encoder, QUICLB_ERR_CODEC);
	CHECK(!encoder && !*encoder);
	CHECK_ERR(encoder->next(), QUICLB_ERR_ARG);
	CHECK(encoder->next()->empty());
	CHECK_ERR(config, QUICLB_ERR_CODEC);
	CHECK_ERR(config->check(), QUICLB_ERR_CODEC);
}

} // namespace

int main()
{
	return tap::run({
		{ "server_and_decoder_meet", server_and_decoder_meet },
		{ "failure_is_an_empty_value", failure_is_an_empty_value },
	});
}
