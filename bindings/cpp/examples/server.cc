/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server of several threads through a config rotation: each thread has the
 * stack's hook with a part of an encoder, and a reader of a table.
 */
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <quiclb.hpp>

namespace
{

constexpr std::uint8_t server_id[] = { 0x0a, 0x0b, 0x01 };
constexpr std::uint32_t n_threads = 2;

void check(bool good)
{
	if (!good)
		std::abort();
}

quiclb::config config_of(std::size_t rotation)
{
	/* each config has a key of its own */
	return quiclb::config()
		.codec("four-pass")
		.config_rotation(rotation)
		.server_id_len(sizeof(server_id))
		.nonce_len(8)
		.key(std::string(16, static_cast<char>('k' + rotation)));
}

/* [hook] */
/* What the stack asks for CIDs: one object per thread. */
class cids
{
public:
	cids(quiclb::encoder encoder, quiclb::reader reader)
	    : encoder_(std::move(encoder)), reader_(std::move(reader))
	{
	}

	std::size_t length() const
	{
		return encoder_.cid_len();
	}

	/* Cannot fail: without a nonce left, it is an unroutable one. */
	void generate(std::uint8_t *cid, std::size_t len)
	{
		if (!encoder_.fill({ cid, len }))
			n_unroutable_++; /* for your metrics */
	}

	/* Whether a packet with this DCID is for this server. */
	bool is_ours(quiclb::bytes dcid)
	{
		const auto id = reader_.decoder().decode(dcid);

		return id && *id == server_id;
	}

	/* Between two events of the thread's loop. */
	bool rotate(quiclb::encoder next)
	{
		return static_cast<bool>(encoder_.rotate(std::move(next)));
	}

	/* When the last connection with such a CID is gone. */
	bool retire(std::uint8_t first_octet)
	{
		return static_cast<bool>(encoder_.retire(first_octet));
	}

	std::size_t n_unroutable() const
	{
		return n_unroutable_;
	}

private:
	quiclb::encoder encoder_;
	quiclb::reader reader_;
	std::size_t n_unroutable_ = 0;
};
/* [end] */

/* [control] */
quiclb::decoder decoder_of(std::initializer_list<std::size_t> rotations)
{
	auto decoder = quiclb::decoder::create().value();

	for (const auto r : rotations)
		decoder.add(config_of(r)).value();
	return decoder;
}

/* One part of an encoder for each thread. */
std::vector<quiclb::encoder> parts_of(const quiclb::config &config)
{
	auto whole = quiclb::encoder::create(config, { server_id }).value();
	std::vector<quiclb::encoder> parts;

	for (std::uint32_t i = 0; i < n_threads; i++)
		parts.push_back(whole.split(i, n_threads).value());
	return parts; /* they live on without it */
}
/* [end] */

void serve(cids mine, std::promise<void> &ready,
	   std::future<quiclb::encoder> next)
{
	std::array<std::uint8_t, 12> old{}, cid{};

	check(mine.length() == cid.size());
	mine.generate(old.data(), old.size());
	check(mine.is_ours(old));
	ready.set_value();
	check(mine.rotate(next.get()));
	mine.generate(cid.data(), cid.size());
	check(mine.is_ours(cid) && cid[0] >> 5 == 1);
	check(mine.is_ours(old)); /* old connections go on */
	check(mine.retire(old[0]));
	check(mine.n_unroutable() == 0);
	mine.generate(cid.data(), 11); /* a length that no config has */
	check(mine.n_unroutable() == 1);
}

} // namespace

int main()
{
	auto table = quiclb::table::create(decoder_of({ 0 })).value();
	auto parts = parts_of(config_of(0));
	std::array<std::promise<void>, n_threads> ready;
	std::array<std::promise<quiclb::encoder>, n_threads> next;
	std::vector<std::thread> threads;

	for (std::uint32_t i = 0; i < n_threads; i++)
		threads.emplace_back(
			serve,
			cids(std::move(parts[i]),
			     quiclb::reader::create(table).value()),
			std::ref(ready[i]), next[i].get_future());
	for (auto &r : ready)
		r.get_future().wait();
	/* decoders first, everywhere; then servers */
	table.swap(decoder_of({ 0, 1 })).value();
	parts = parts_of(config_of(1));
	for (std::uint32_t i = 0; i < n_threads; i++)
		next[i].set_value(std::move(parts[i]));
	for (auto &t : threads)
		t.join();
	std::printf("rotated on %u threads\n", n_threads);
	return 0;
}
