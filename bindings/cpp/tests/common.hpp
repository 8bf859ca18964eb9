/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configs and encoders that several tests begin with.
 */
#ifndef COMMON_HPP
#define COMMON_HPP

#include <string_view>

#include <quiclb.hpp>

#include "tap.hpp"

namespace common
{

constexpr std::string_view key = "an example key..";
constexpr std::uint8_t id[] = { 0x0a, 0x0b, 0x01 };

/* four-pass, 3 + 8 bytes: CIDs of 12. */
inline quiclb::config config(std::size_t rotation = 0)
{
	return quiclb::config()
		.codec("four-pass")
		.config_rotation(rotation)
		.server_id_len(sizeof(id))
		.nonce_len(8)
		.key(key);
}

inline quiclb::encoder encoder(std::size_t rotation = 0)
{
	return quiclb::encoder::create(config(rotation), { id }).value();
}

inline quiclb::decoder decoder(std::size_t rotation = 0)
{
	quiclb::decoder d = quiclb::decoder::create().value();

	d.add(config(rotation)).value();
	return d;
}

} // namespace common

#endif /* COMMON_HPP */
