/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much of mvfst as the adapter touches, in C++, declared in our own words
 * from what docs/stacks/mvfst.md says of it.
 */
#ifndef MVFST_H
#define MVFST_H

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace quic
{

enum class TransportErrorCode : uint64_t { INTERNAL_ERROR = 1 };

struct QuicError {
	QuicError(TransportErrorCode code_in, std::string message_in)
	    : code(code_in), message(message_in)
	{
	}
	TransportErrorCode code;
	std::string message;
};

template <class E> struct Unexpected {
	E error;
};

template <class E> Unexpected<E> make_unexpected(E error)
{
	return { error };
}

/* A T or an E; here without the ways to look at the E. */
template <class T, class E> struct Expected {
	Expected(T value_in) : value(value_in)
	{
	}
	Expected(Unexpected<E>)
	{
	}
	bool has_value() const
	{
		return value.has_value();
	}
	const T *operator->() const
	{
		return &value.value();
	}
	const T &operator*() const
	{
		return value.value();
	}
	std::optional<T> value;
};

enum class ConnectionIdVersion : uint8_t { V0, V1, V2, V3 };

struct ConnectionId {
	/* more than 20 bytes end the process */
	static ConnectionId
	createAndMaybeCrash(const std::vector<uint8_t> &bytes)
	{
		ConnectionId id;

		id.len = static_cast<uint8_t>(bytes.size());
		std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
		return id;
	}
	const uint8_t *data() const
	{
		return bytes.data();
	}
	uint8_t size() const
	{
		return len;
	}
	std::array<uint8_t, 20> bytes{};
	uint8_t len = 0;
};

struct ServerConnectionIdParams {
	ServerConnectionIdParams(ConnectionIdVersion version_in,
				 uint32_t host_id, uint8_t process_id,
				 uint8_t worker_id)
	    : version(version_in), hostId(host_id), processId(process_id),
	      workerId(worker_id)
	{
	}
	ConnectionIdVersion version;
	uint32_t hostId;
	uint8_t processId; /* 0 or 1: it changes when a process takes over */
	uint8_t workerId;
};

/* One for each worker, and one that all workers ask where a packet goes. */
struct ConnectionIdAlgo {
	virtual ~ConnectionIdAlgo() = default;
	/* asked first: what it agrees to must then be parsed */
	virtual bool canParse(const ConnectionId &id) const noexcept = 0;
	virtual Expected<ServerConnectionIdParams, QuicError>
	parseConnectionId(const ConnectionId &id) noexcept = 0;
	/* an error for a connection's first CID ends the process */
	virtual Expected<ConnectionId, QuicError>
	encodeConnectionId(const ServerConnectionIdParams &params) noexcept = 0;
};

struct ConnectionIdAlgoFactory {
	virtual ~ConnectionIdAlgoFactory() = default;
	virtual std::unique_ptr<ConnectionIdAlgo> make() = 0;
};

} // namespace quic

#endif /* MVFST_H */
