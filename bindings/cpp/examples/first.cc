/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From nothing to a CID and back, with exceptions and without.
 */
#include <cstdio>
#include <string_view>

#include <quiclb.hpp>

namespace
{

constexpr std::uint8_t server_id[] = { 0x0a, 0x01 };
constexpr std::string_view key = "an example key.."; /* 16 bytes of yours */

void print(const char *what, quiclb::bytes b)
{
	std::printf("%s ", what);
	for (const auto byte : b)
		std::printf("%02x", byte);
	std::printf("\n");
}

/* [throwing] */
void there_and_back()
{
	const auto config = quiclb::config()
				    .codec("four-pass")
				    .server_id_len(sizeof(server_id))
				    .nonce_len(8)
				    .key(key);
	auto encoder = quiclb::encoder::create(config, { server_id }).value();
	auto decoder = quiclb::decoder::create().value();

	decoder.add(config).value();
	const auto cid = encoder.next().value();
	print("CID", cid);
	print("of server", decoder.decode(cid).value());
}
/* [end] */

/* [values] */
int ask(const quiclb::decoder &decoder, quiclb::bytes cid)
{
	const auto id = decoder.decode(cid);

	if (!id) {
		const auto e = id.error();

		if (!e.is_unroutable()) /* else: expected, do not log */
			std::fprintf(stderr, "%d: %s\n", e.code(), e.text());
		return e.code();
	}
	print("of server", *id);
	return 0;
}
/* [end] */

} // namespace

int main()
{
	try {
		there_and_back();
		return ask(quiclb::decoder::create().value(), server_id) ==
				       QUICLB_ERR_NO_CONFIG
			       ? 0
			       : 1;
	} catch (const quiclb::error &e) {
		std::fprintf(stderr, "%s\n", e.what());
		return 1;
	}
}
