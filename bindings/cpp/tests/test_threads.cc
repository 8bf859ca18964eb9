/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads: parts of one encoder never issue the same CID, and readers have
 * decoders whose known function is alive, however often they are swapped.
 */
#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "common.hpp"

namespace
{

constexpr unsigned n_threads = 6;

template <class F> void in_threads(F f)
{
	std::vector<std::thread> threads;

	for (unsigned i = 0; i < n_threads; i++)
		threads.emplace_back(f, i);
	for (auto &t : threads)
		t.join();
}

using nonce = std::array<std::uint8_t, 8>;

/* A thread's part of the encoder, and the nonces of all its CIDs. */
void issue(quiclb::encoder part, const quiclb::decoder &decoder,
	   std::vector<nonce> &nonces)
{
	std::vector<quiclb::cid> cids(33);

	for (auto at = nonces.begin(); at != nonces.end();) {
		if (!part.next_batch(cids))
			return;
		for (const auto &cid : cids) {
			const auto all = decoder.read(cid);

			if (at == nonces.end() || !all)
				break;
			std::copy_n(all->nonce().data(), at->size(),
				    at->begin());
			++at;
		}
	}
}

void parts_never_share_a_nonce()
{
	const unsigned each = tap::scaled(30000);
	quiclb::encoder whole = common::encoder();
	const quiclb::decoder decoder = common::decoder();
	std::vector<std::vector<nonce>> nonces(n_threads,
					       std::vector<nonce>(each));
	std::vector<quiclb::encoder> parts;
	std::vector<nonce> all;

	for (unsigned i = 0; i < n_threads; i++)
		parts.push_back(whole.split(i, n_threads).value());
	whole.close();
	in_threads([&](unsigned i) {
		issue(std::move(parts[i]), decoder, nonces[i]);
	});
	for (const auto &n : nonces)
		all.insert(all.end(), n.begin(), n.end());
	std::sort(all.begin(), all.end());
	CHECK(all.size() == std::size_t{ n_threads } * each);
	CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
	CHECK(all.front() != nonce{});
}

/* Says so if it is asked when it is gone; counts those that are there. */
struct canary {
	static inline std::atomic<int> alive;

	canary()
	{
		alive++;
	}

	canary(const canary &) = delete;
	canary &operator=(const canary &) = delete;

	~canary()
	{
		song = 0;
		alive--;
	}

	int song = 1;
};

quiclb::decoder with_canary()
{
	quiclb::decoder d = common::decoder();

	d.set_known([c = std::make_shared<canary>()](auto, auto) {
		 return c->song == 1;
	 }).value();
	return d;
}

/* Reads until it is told to stop; true if nothing went astray. */
bool reads_well(const quiclb::table &table, const quiclb::cid &cid,
		const std::atomic<bool> &stop, unsigned thread)
{
	auto reader = quiclb::reader::create(table).value();
	unsigned n = 0;

	do {
		const auto id = reader.decoder().decode(cid);

		if (!id || *id != common::id)
			return false;
		/* some come and go, some sleep */
		if (thread == 0 && ++n % 16 == 0)
			reader = quiclb::reader::create(table).value();
		else if (thread == 1)
			std::this_thread::yield();
	} while (!stop);
	return true;
}

void readers_see_living_decoders()
{
	const unsigned n_swaps = tap::scaled(20000);
	const auto cid = common::encoder().next().value();
	std::atomic<bool> stop{ false };
	std::atomic<int> good{ 0 };
	std::atomic<unsigned> writers{ 2 };

	{
		auto table = quiclb::table::create(with_canary()).value();

		in_threads([&](unsigned i) {
			if (i >= 2) {
				good += reads_well(table, cid, stop, i - 2);
				return;
			}
			for (unsigned n = 0; n < n_swaps; n++)
				if (table.swap(with_canary()))
					good += n == 0;
			stop = --writers == 0;
		});
		CHECK(canary::alive == 1);
	}
	CHECK(good == static_cast<int>(n_threads));
	CHECK(canary::alive == 0);
}

void one_decoder_serves_all_threads()
{
	const quiclb::decoder d = with_canary();
	const auto cid = common::encoder().next().value();
	std::atomic<unsigned> bad{ 0 };

	in_threads([&](unsigned) {
		std::vector<quiclb::bytes> cids(20, cid);
		std::vector<quiclb::result<quiclb::server_id>> ids(20);

		for (unsigned n = 0; n < tap::scaled(2000); n++) {
			bad += d.decode(cid).value() != common::id;
			bad += d.decode_batch(cids, ids).value() != 20;
		}
	});
	CHECK(bad == 0);
}

} // namespace

int main()
{
	return tap::run({
		{ "parts_never_share_a_nonce", parts_never_share_a_nonce },
		{ "readers_see_living_decoders", readers_see_living_decoders },
		{ "one_decoder_serves_all_threads",
		  one_decoder_serves_all_threads },
	});
}
