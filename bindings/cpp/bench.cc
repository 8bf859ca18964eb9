/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What CIDs cost a C++ program; the same as bench/bindings/c.c, which
 * bench/bindings/run compares it with.  Usage: bench [--samples N] [--calls N]
 */
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <quiclb.hpp>

namespace
{

constexpr std::size_t n_cids = 1024; /* to be decoded, in turn */
constexpr std::size_t n_batch = 64;  /* CIDs a call */
constexpr std::size_t warm_ups = 3;  /* samples */
constexpr std::uint8_t server_id[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

void must_be(bool good, const char *what)
{
	if (good)
		return;
	std::fprintf(stderr, "wrong result: %s\n", what);
	std::exit(1);
}

class subject
{
public:
	subject(const char *codec, std::size_t id_len)
	    : name(codec), id(server_id, id_len)
	{
		auto config = quiclb::config()
				      .codec(codec)
				      .server_id_len(id_len)
				      .nonce_len(8);

		if (quiclb::codec(config.raw().codec).is_keyed())
			config.key(std::string_view("an example key.."));
		encoder = quiclb::encoder::create(config, { id }).value();
		decoder = quiclb::decoder::create().value();
		decoder.add(config).value();
		must_be(encoder.next_batch(cids).value() == n_cids, "next");
		refs.assign(cids.begin(), cids.end());
		check();
	}

	const char *name;
	quiclb::bytes id;
	quiclb::encoder encoder;
	quiclb::decoder decoder;
	std::vector<quiclb::cid> cids{ n_cids };
	std::vector<quiclb::bytes> refs; /* of cids */

private:
	/* Each CID has the server's ID, by each way to decode. */
	void check() const
	{
		std::vector<quiclb::result<quiclb::server_id>> ids(n_cids);

		must_be(decoder.decode_batch(refs, ids).value() == n_cids,
			"decode_batch");
		for (std::size_t i = 0; i < n_cids; i++)
			must_be(decoder.decode(refs[i]).value() == id &&
					*ids[i] == id,
				"server ID");
	}
};

/* ---- operations: n CIDs; how many were right -------------------------- */

std::size_t next(subject &s, std::size_t n)
{
	std::size_t good = 0;

	while (n--)
		if (const auto cid = s.encoder.next())
			good += !cid->empty();
	return good;
}

std::size_t decode(subject &s, std::size_t n)
{
	std::size_t good = 0;

	for (std::size_t i = 0; i < n; i++)
		if (const auto id = s.decoder.decode(s.refs[i % n_cids]))
			good += id->data()[2] == server_id[2];
	return good;
}

std::size_t decode_batch(subject &s, std::size_t n)
{
	std::vector<quiclb::result<quiclb::server_id>> ids(n_batch);
	std::size_t good = 0;

	for (std::size_t i = 0; i < n; i += n_batch) {
		if (!s.decoder.decode_batch({ &s.refs[i % n_cids], n_batch },
					    ids))
			return 0;
		for (const auto &id : ids)
			good += id && id->data()[2] == server_id[2];
	}
	return good;
}

constexpr struct operation {
	const char *name;
	std::size_t (*run)(subject &s, std::size_t n);
} operations[] = {
	{ "next", next },
	{ "decode", decode },
	{ "decode_batch", decode_batch },
};

/* ---- measuring -------------------------------------------------------- */

double sample(const operation &o, subject &s, std::size_t n)
{
	const auto from = std::chrono::steady_clock::now();
	const std::size_t good = o.run(s, n);
	const std::chrono::duration<double, std::nano> took =
		std::chrono::steady_clock::now() - from;

	must_be(good == n, o.name);
	return took.count() / static_cast<double>(n);
}

struct row {
	const operation *o;
	subject *s;
	std::vector<double> ns;
};

void print_row(const row &r)
{
	const char *before = "";

	std::printf("{\"language\": \"C++\", \"codec\": \"%s\", "
		    "\"operation\": \"%s\", \"ns\": [",
		    r.s->name, r.o->name);
	for (const double ns : r.ns) {
		std::printf("%s%.3f", before, ns);
		before = ", ";
	}
	std::printf("]}\n");
}

/* All take turns, so that noise hits all alike. */
void measure(std::vector<subject> &subjects, std::size_t samples,
	     std::size_t calls)
{
	std::vector<row> rows;

	for (auto &s : subjects)
		for (const auto &o : operations)
			rows.push_back({ &o, &s, {} });
	for (std::size_t i = 0; i < samples + warm_ups; i++)
		for (auto &r : rows) {
			const double ns = sample(*r.o, *r.s, calls);

			if (i >= warm_ups)
				r.ns.push_back(ns);
		}
	for (const auto &r : rows)
		print_row(r);
}

/* The number behind an option, or what is usual. */
std::size_t option(int argc, char **argv, std::string_view name,
		   std::size_t usual)
{
	for (int i = 1; i + 1 < argc; i += 2)
		if (argv[i] == name)
			usual = std::strtoull(argv[i + 1], nullptr, 10);
	return usual;
}

} // namespace

int main(int argc, char **argv)
{
	const std::size_t samples = option(argc, argv, "--samples", 21);
	const std::size_t calls = option(argc, argv, "--calls", 20000);
	std::vector<subject> subjects;

	if (!samples || !calls || argc % 2 == 0) {
		std::fprintf(stderr, "usage: %s [--samples N] [--calls N]\n",
			     argv[0]);
		return 2;
	}
	subjects.reserve(3); /* refs point into them */
	subjects.emplace_back("plain", 3U);
	subjects.emplace_back("single-pass", 8U);
	subjects.emplace_back("four-pass", 3U);
	/* whole batches */
	measure(subjects, samples, (calls + n_batch - 1) / n_batch * n_batch);
	return 0;
}
