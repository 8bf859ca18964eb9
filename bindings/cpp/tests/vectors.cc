/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every row of tests/vectors, through encode, read, decode and decode_batch.
 * Knows the format of tests/vectors/README.md and nothing of codecs.
 */
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "common.hpp"

namespace
{

using byte_vector = std::vector<std::uint8_t>;

constexpr const char *head = "# quiclb vectors, format 2";

struct row {
	std::string name, codec;
	std::size_t rotation_bits, rotation;
	std::optional<std::size_t> uncounted; /* encodes the length */
	std::uint8_t first;
	byte_vector key, server_id, nonce, server_use, cid;
};

struct counts {
	int passed = 0, failed = 0;
};

/* "-" is empty. */
byte_vector unhex(const std::string &text)
{
	byte_vector out;

	for (std::size_t i = 0; i + 1 < text.size(); i += 2)
		out.push_back(static_cast<std::uint8_t>(
			std::stoul(text.substr(i, 2), nullptr, 16)));
	return out;
}

std::optional<row> parse(const std::string &line)
try {
	std::istringstream in(line);
	std::vector<std::string> c;

	for (std::string column; in >> column;)
		c.push_back(column);
	if (c.size() != 11)
		return {};
	row r{};
	r.name = c[0];
	r.codec = c[1];
	r.rotation_bits = std::stoul(c[2]);
	r.rotation = std::stoul(c[3]);
	if (c[4] != "-")
		r.uncounted = std::stoul(c[4]);
	r.first = c[5] == "-" ? std::uint8_t{} : unhex(c[5]).at(0);
	r.key = unhex(c[6]);
	r.server_id = unhex(c[7]);
	r.nonce = unhex(c[8]);
	r.server_use = unhex(c[9]);
	r.cid = unhex(c[10]);
	return r;
} catch (const std::logic_error &) { /* of std::stoul() */
	return {};
}

/* ---- what is asked of a row ------------------------------------------- */

quiclb::config config_of(const row &r)
{
	return quiclb::config()
		.codec(r.codec)
		.rotation_bits(r.rotation_bits)
		.config_rotation(r.rotation)
		.server_id_len(r.server_id.size())
		.nonce_len(r.nonce.size())
		.server_use_len(r.server_use.size())
		.encode_length(r.uncounted.has_value(), r.uncounted.value_or(0))
		.key(r.key);
}

bool encodes(const row &r, const quiclb::config &config)
{
	quiclb::encoder_options options;
	quiclb::parts parts;

	options.server_id = r.server_id;
	options.flags = QUICLB_F_SHORT_NONCE;
	auto encoder = quiclb::encoder::create(config, options);
	parts.nonce = r.nonce;
	parts.server_use = r.server_use;
	/* where the length stands instead it must win */
	parts.low_bits = r.uncounted ? std::uint8_t{ 0xff } : r.first;
	const auto cid = encoder->encode(parts);
	return cid && *cid == r.cid;
}

bool reads(const row &r, const quiclb::decoder &decoder)
{
	const auto all = decoder.read(r.cid);

	return all && all->server_id() == r.server_id &&
	       all->nonce() == r.nonce && all->cid_len() == r.cid.size() &&
	       all->config_rotation() == r.rotation && all->tenant() == 0 &&
	       all->worker().empty();
}

bool decodes(const row &r, const quiclb::decoder &decoder)
{
	const auto id = decoder.decode(r.cid);
	const auto len = decoder.cid_len(r.cid[0]);

	return id && *id == r.server_id && len && *len == r.cid.size();
}

/* Among others, one of which is none. */
bool decodes_in_a_batch(const row &r, const quiclb::decoder &decoder)
{
	constexpr std::size_t n = 20, bad = 11;
	std::vector<quiclb::bytes> cids(n, r.cid);
	std::vector<quiclb::result<quiclb::server_id>> ids(n);

	cids[bad] = {};
	const auto found = decoder.decode_batch(cids, ids);
	if (!found || *found != n - 1 || ids[bad])
		return false;
	for (std::size_t i = 0; i < n; i++)
		if (i != bad && (!ids[i] || *ids[i] != r.server_id))
			return false;
	return true;
}

bool holds(const row &r)
{
	const quiclb::config config = config_of(r);
	auto decoder = quiclb::decoder::create();

	return config.check() && decoder->add(config) && encodes(r, config) &&
	       reads(r, *decoder) && decodes(r, *decoder) &&
	       decodes_in_a_batch(r, *decoder);
}

/* ---- files ------------------------------------------------------------ */

std::vector<std::filesystem::path> files()
{
	const char *const path = std::getenv("QUICLB_VECTORS");
	const char *const source = std::getenv("QUICLB_SOURCE");
	std::istringstream folders(path ? path
					: std::string(source ? source : ".") +
						   "/tests/vectors");
	std::vector<std::filesystem::path> found;
	std::error_code none;

	for (std::string folder; std::getline(folders, folder, ':');)
		for (const auto &f :
		     std::filesystem::directory_iterator(folder, none))
			if (f.path().extension() == ".txt")
				found.push_back(f.path());
	std::sort(found.begin(), found.end());
	return found;
}

/* False if a line is malformed, or there is no row. */
bool run_file(const std::filesystem::path &path,
	      std::map<std::string, counts> &codecs)
{
	std::ifstream in(path);
	std::string line;
	int rows = 0;

	if (!std::getline(in, line) || line != head)
		return false;
	while (std::getline(in, line)) {
		if (line.empty() || line[0] == '#')
			continue;
		const auto r = parse(line);
		if (!r)
			return false;
		const bool good = holds(*r);
		if (!good)
			std::printf("# %s\n", r->name.c_str());
		(good ? codecs[r->codec].passed : codecs[r->codec].failed)++;
		rows++;
	}
	return rows > 0;
}

int n_cases, n_failed;

void report(bool good, const std::string &name)
{
	std::printf("%sok %d - %s\n", good ? "" : "not ", ++n_cases,
		    name.c_str());
	n_failed += !good;
}

} // namespace

int main()
{
	std::map<std::string, counts> codecs;
	const auto paths = files();

	report(!paths.empty(), "there_are_files");
	for (const auto &path : paths)
		report(run_file(path, codecs),
		       "reads_" + path.filename().string());
	for (const quiclb::codec codec : quiclb::codecs())
		codecs[std::string(codec.name())];
	for (const auto &[name, n] : codecs) {
		std::printf("# vectors C++ %s %d %d\n", name.c_str(), n.passed,
			    n.failed);
		report(n.passed > 0 && !n.failed, name);
	}
	std::printf("1..%d\n", n_cases);
	return n_failed != 0;
}
