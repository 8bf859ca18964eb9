/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connection IDs for mvfst, in C++.
 */
#include <atomic>
#include <functional>
#include <quiclb/quiclb.h>
#include <set>
#include <string>
#include <thread>

#include "mvfst.h"
#include "pool.h"

/* [adapter] */
namespace
{

constexpr size_t cid_bytes = 8; /* kDefaultConnectionIdSize */

/* What the workers of a process share; outlives its QuicServer. */
struct shared {
	uint32_t host_id = 0; /* the server ID, big-endian */
	quiclb_table *table = nullptr;
	/*
	 * An encoder of the config in force, with this worker byte: process ID
	 * on top, then worker ID.  Runs in the worker; nullptr: none.
	 */
	std::function<quiclb_encoder *(uint8_t)> make_encoder;
	std::atomic<unsigned> generation{ 0 }; /* moved when there is another */
	std::atomic<uint64_t> n_unroutable{ 0 }; /* for your metrics */
};

/* The decoder in force, for each thread that parses. */
const quiclb_decoder *decoder_of(const shared &s)
{
	thread_local std::unique_ptr<quiclb_reader, void (*)(quiclb_reader *)>
		reader(nullptr, quiclb_reader_free);
	thread_local quiclb_table *table;

	if (table != s.table) {
		quiclb_reader *fresh = nullptr;

		quiclb_reader_new(s.table, &fresh);
		reader.reset(fresh);
		table = fresh ? s.table : nullptr;
	}
	return quiclb_reader_decoder(reader.get());
}

class Algo : public quic::ConnectionIdAlgo
{
public:
	using Params = quic::ServerConnectionIdParams;

	explicit Algo(shared &s) : shared_(s)
	{
	}

	bool canParse(const quic::ConnectionId &id) const noexcept override
	{
		return read(id).has_value();
	}

	quic::Expected<Params, quic::QuicError>
	parseConnectionId(const quic::ConnectionId &id) noexcept override
	{
		const auto params = read(id);

		if (params)
			return *params;
		return quic::make_unexpected(quic::QuicError(
			quic::TransportErrorCode::INTERNAL_ERROR,
			"CID of no config"));
	}

	/* Never an error: mvfst would end the process. */
	quic::Expected<quic::ConnectionId, quic::QuicError>
	encodeConnectionId(const Params &params) noexcept override
	{
		std::vector<uint8_t> bytes(cid_bytes);

		if (!quiclb_encoder_fill(encoder_of(params), bytes.data(),
					 cid_bytes)) {
			/* in clear, so that this host still finds the worker */
			bytes[1] = params.workerId;
			bytes[2] = params.processId;
			shared_.n_unroutable++;
		}
		return quic::ConnectionId::createAndMaybeCrash(bytes);
	}

private:
	/* Of the worker that this object belongs to; nullptr: none. */
	quiclb_encoder *encoder_of(const Params &params) noexcept
	{
		const unsigned now = shared_.generation.load();
		const uint8_t byte = static_cast<uint8_t>(
			params.processId << 7 | params.workerId);

		if (params.hostId != shared_.host_id || params.processId > 1 ||
		    params.workerId > 127 || (encoder_ && byte != byte_))
			return nullptr;
		if (!encoder_)
			encoder_.reset(shared_.make_encoder(byte));
		else if (now != generation_)
			rotate(shared_.make_encoder(byte));
		generation_ = now;
		byte_ = byte;
		return encoder_.get();
	}

	void rotate(quiclb_encoder *next) noexcept
	{
		if (next && same_length_rotate(encoder_.get(), next))
			quiclb_encoder_free(next);
	}

	std::optional<Params> read(const quic::ConnectionId &id) const noexcept
	{
		const uint8_t *const cid = id.data();
		quiclb_decoded plain;
		uint32_t host = 0;
		int err;

		if (id.size() != cid_bytes)
			return {};
		quiclb_decoded_init(&plain);
		err = quiclb_decoder_read(decoder_of(shared_), cid, cid_bytes,
					  &plain);
		if (err == QUICLB_ERR_RESERVED)
			return params(shared_.host_id, cid[2], cid[1]);
		if (err || plain.worker_len != 1)
			return {};
		for (size_t i = 0; i < plain.server_id_len; i++)
			host = host << 8 | plain.server_id[i];
		return params(host, plain.nonce[0] >> 7, plain.nonce[0] & 127);
	}

	static Params params(uint32_t host, uint8_t process, uint8_t worker)
	{
		return Params(quic::ConnectionIdVersion::V0, host, process & 1,
			      worker);
	}

	shared &shared_;
	std::unique_ptr<quiclb_encoder, void (*)(quiclb_encoder *)> encoder_{
		nullptr, quiclb_encoder_free
	};
	unsigned generation_ = 0;
	uint8_t byte_ = 0;
};

/* For QuicServer::setConnectionIdAlgoFactory(). */
class Factory : public quic::ConnectionIdAlgoFactory
{
public:
	explicit Factory(shared &s) : shared_(s)
	{
	}
	std::unique_ptr<quic::ConnectionIdAlgo> make() override
	{
		return std::make_unique<Algo>(shared_);
	}

private:
	shared &shared_;
};

} // namespace
/* [end] */

namespace
{

using Params = quic::ServerConnectionIdParams;
using Version = quic::ConnectionIdVersion;

quiclb_config configs[3]; /* the last has CIDs of 9 bytes */
std::atomic<const quiclb_config *> in_force;
std::atomic<uint64_t> n_left;

quiclb_encoder *make_encoder(uint8_t worker)
{
	const quiclb_config *const config = in_force.load();
	quiclb_encoder_options options;
	quiclb_encoder *encoder;

	pool_options(&options, config, n_left.load());
	options.worker = &worker;
	CHECK(!quiclb_encoder_new(config, &options, &encoder));
	return encoder;
}

bool same(const Params &a, const Params &b)
{
	return a.hostId == b.hostId && a.processId == b.processId &&
	       a.workerId == b.workerId;
}

/* A CID of this worker, read by what routes packets; which rotation it has. */
int check_cid(quic::ConnectionIdAlgo &worker, quic::ConnectionIdAlgo &router,
	      const Params &params)
{
	const auto cid = worker.encodeConnectionId(params);

	CHECK(cid.has_value() && cid->size() == 8);
	CHECK(router.canParse(*cid));
	CHECK(same(*router.parseConnectionId(*cid), params));
	return cid->data()[0] >> 5;
}

void check_workers(Factory &factory, quic::ConnectionIdAlgo &router, shared &s)
{
	const uint64_t before = s.n_unroutable;

	for (unsigned process = 0; process < 2; process++)
		for (unsigned n = 0; n < 256; n++) {
			const auto worker = factory.make();
			const Params params(Version::V0, s.host_id,
					    static_cast<uint8_t>(process),
					    static_cast<uint8_t>(n));

			CHECK(check_cid(*worker, router, params) ==
			      (n < 128 ? 0 : 7));
		}
	CHECK(s.n_unroutable - before == 256);
}

/* Whatever arrives: what can be parsed is parsed, the rest is an error. */
void check_garbage(quic::ConnectionIdAlgo &router)
{
	std::vector<uint8_t> bytes;
	int n_parsed = 0;

	for (unsigned i = 0; i < 21 * 256; i++) {
		bytes.assign(i / 256, static_cast<uint8_t>(i * 7));
		if (!bytes.empty())
			bytes[0] = static_cast<uint8_t>(i);
		const auto id = quic::ConnectionId::createAndMaybeCrash(bytes);
		const bool can = router.canParse(id);

		CHECK(router.parseConnectionId(id).has_value() == can);
		CHECK(!can || bytes.size() == 8);
		n_parsed += can;
	}
	CHECK(n_parsed == 3 * 32); /* two rotations, and unroutable ones */
}

void check_exhausted(Factory &factory, quic::ConnectionIdAlgo &router,
		     shared &s)
{
	const Params params(Version::V0, s.host_id, 1, 5);
	const auto worker = factory.make();

	n_left = 3;
	for (int i = 0; i < 6; i++)
		CHECK(check_cid(*worker, router, params) == (i < 3 ? 0 : 7));
	n_left = 1000;
	/* the next config mends it; a longer one is refused */
	in_force = &configs[1];
	s.generation++;
	CHECK(check_cid(*worker, router, params) == 1);
	in_force = &configs[2];
	s.generation++;
	CHECK(check_cid(*worker, router, params) == 1);
	in_force = &configs[0];
	/* the CIDs of an object name one worker, whoever asks */
	CHECK(check_cid(*worker, router,
			Params(Version::V0, s.host_id, 1, 6)) == 7);
}

/* Workers that issue and route, while the decoder is swapped. */
void check_threads(Factory &factory, quic::ConnectionIdAlgo &router, shared &s)
{
	std::set<std::string> cids[3];
	std::vector<std::thread> threads;
	std::set<std::string> all;

	for (uint8_t n = 0; n < 3; n++)
		threads.emplace_back([&, n] {
			const auto worker = factory.make();
			const Params params(Version::V0, s.host_id, 0, n);

			for (int i = 0; i < 300; i++) {
				const auto cid =
					worker->encodeConnectionId(params);

				CHECK(same(*router.parseConnectionId(*cid),
					   params));
				cids[n].emplace(cid->data(), cid->data() + 8);
			}
		});
	for (int i = 0; i < 20; i++)
		CHECK(!quiclb_table_swap(s.table, pool_decoder(configs, 2)));
	for (auto &thread : threads)
		thread.join();
	for (const auto &set : cids)
		all.insert(set.begin(), set.end());
	CHECK(all.size() == 900);
}

} // namespace

int main()
{
	shared s;

	for (uint8_t i = 0; i < 3; i++) {
		pool_config(&configs[i], i, 2, i == 2 ? 6 : 5, 0);
		configs[i].worker_len = 1;
	}
	s.host_id = 0x0a0b;
	s.make_encoder = make_encoder;
	CHECK(!quiclb_table_new(pool_decoder(configs, 2), &s.table));
	in_force = &configs[0];
	n_left = 1000;
	{
		Factory factory(s);
		const auto router = factory.make();
		const auto other = factory.make();

		check_workers(factory, *router, s);
		check_garbage(*router);
		check_exhausted(factory, *router, s);
		check_threads(factory, *router, s);
		CHECK(check_cid(*other, *router,
				Params(Version::V0, s.host_id, 0, 1)) == 0);
		const auto cid = other->encodeConnectionId(
			Params(Version::V0, s.host_id, 0, 1));

		/* at another host it is told apart */
		s.host_id++;
		CHECK(router->parseConnectionId(*cid)->hostId == 0x0a0b);
		/* and a host ID that is not this server's is not put in */
		CHECK(other->encodeConnectionId(
				   Params(Version::V0, 0x0a0b, 0, 1))
				      ->data()[0] >>
			      5 ==
		      7);
	}
	quiclb_table_free(s.table);
	return 0;
}
