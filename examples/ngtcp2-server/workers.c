/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The threads: what they share, what passes between them, and how all of them
 * move to another CID config while they run.
 */
#include "workers.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "connection.h"

/* What goes through an inbox; the bytes of a datagram follow. */
struct message {
	enum { MESSAGE_DATAGRAM, MESSAGE_ROTATE, MESSAGE_STOP } kind;
	size_t endpoint; /* where the datagram came in */
	struct sockaddr_storage from;
	socklen_t from_len;
	struct quiclb_encoder *next; /* handed over with the message */
};

static int post(const struct server *to, struct message *message,
		const uint8_t *data, size_t len, int flags)
{
	struct iovec parts[2] = { { message, sizeof(*message) },
				  { (void *)data, len } };
	const struct msghdr all = { .msg_iov = parts,
				    .msg_iovlen = data ? 2 : 1 };

	return sendmsg(to->inbox[1], &all, flags) < 0 ? -1 : 0;
}

/* ---- on a worker's own thread ------------------------------------------- */

static size_t endpoint_of(const struct server *server,
			  const struct datagram *datagram)
{
	size_t i = server->n_endpoints - 1;

	while (i &&
	       datagram->path.local.addr !=
		       (const struct sockaddr *)&server->endpoints[i].local)
		i--;
	return i;
}

int workers_hand_over(struct server *server, const ngtcp2_version_cid *ids,
		      const struct datagram *datagram)
{
	struct message message = { .kind = MESSAGE_DATAGRAM,
				   .endpoint = endpoint_of(server, datagram) };
	struct workers *const workers = server->workers;
	long owner;

	if (workers->n == 1)
		return 0;
	owner = quiclb_ngtcp2_worker(&server->lb,
				     quiclb_reader_decoder(server->reader),
				     ids->dcid, ids->dcidlen);
	if (owner < 0 || (size_t)owner >= workers->n ||
	    (size_t)owner == server->number)
		return 0;
	memcpy(&message.from, datagram->path.remote.addr,
	       datagram->path.remote.addrlen);
	message.from_len = datagram->path.remote.addrlen;
	/* where an inbox is full the datagram is lost, as in a full socket */
	(void)post(&workers->each[owner].server, &message, datagram->data,
		   datagram->len, MSG_DONTWAIT | MSG_NOSIGNAL);
	server->n_handed_over++;
	return 1;
}

static void rotate(struct server *server, struct quiclb_encoder *next)
{
	const int err = quiclb_ngtcp2_rotate(&server->lb, next);

	if (!err)
		return;
	fprintf(stderr, "ngtcp2-server: worker %zu: CID config: %s\n",
		server->number, quiclb_strerror(err));
	quiclb_encoder_free(next);
}

ssize_t workers_take(struct server *server, struct datagram *datagram,
		     struct sockaddr_storage *from)
{
	struct message message;
	struct iovec parts[2] = { { &message, sizeof(message) },
				  { server->datagram,
				    sizeof(server->datagram) } };
	struct msghdr all = { .msg_iov = parts, .msg_iovlen = 2 };
	const ssize_t n = recvmsg(server->inbox[0], &all, MSG_DONTWAIT);

	if (n < (ssize_t)sizeof(message))
		return -1;
	if (message.kind == MESSAGE_ROTATE)
		rotate(server, message.next);
	if (message.kind == MESSAGE_STOP)
		server->stop = 1;
	if (message.kind != MESSAGE_DATAGRAM)
		return 0;
	*from = message.from;
	datagram->path.remote.addrlen = message.from_len;
	server_set_local(server, message.endpoint, datagram);
	return n - (ssize_t)sizeof(message);
}

/* ---- CID configs -------------------------------------------------------- */

static int complain(const char *what, int err)
{
	fprintf(stderr, "ngtcp2-server: %s: %s\n", what, quiclb_strerror(err));
	return -1;
}

/* A decoder of all configs so far and of one more. */
static struct quiclb_decoder *decoder_with(const struct workers *workers,
					   const struct quiclb_config *config)
{
	struct quiclb_decoder *decoder;
	int err = quiclb_decoder_new(&decoder);

	if (err) {
		complain("decoder", err);
		return NULL;
	}
	for (size_t i = 0; !err && i < workers->n_configs; i++)
		err = quiclb_decoder_add(decoder, &workers->configs[i]);
	if (!err)
		err = quiclb_decoder_add(decoder, config);
	if (!err)
		return decoder;
	complain("CID config", err);
	quiclb_decoder_free(decoder);
	return NULL;
}

static void free_encoders(struct quiclb_encoder **encoders, size_t n)
{
	for (size_t i = 0; i < n; i++)
		quiclb_encoder_free(encoders[i]);
}

/* One for each worker, or none. */
static int make_encoders(const struct workers *workers,
			 const struct identity *identity,
			 struct quiclb_encoder **encoders)
{
	const struct quiclb_config *const config = &identity->config;
	size_t i;
	int err;

	/* numbers 0..n - 1 in so many bytes */
	if (workers->n > 1 && (config->worker_len == 0 ||
			       (config->worker_len == 1 && workers->n > 256))) {
		fputs("ngtcp2-server: several workers need a CID config with "
		      "worker-length 1 or more\n",
		      stderr);
		return -1;
	}
	for (i = 0; i < workers->n; i++) {
		err = quiclb_ngtcp2_encoder(config, identity->server_id,
					    identity->server_id_len, i,
					    &encoders[i]);
		if (err) {
			free_encoders(encoders, i);
			return complain("CID config", err);
		}
	}
	return 0;
}

static int same_config(const struct quiclb_config *a,
		       const struct quiclb_config *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* Whether workers may move there; says why not. */
static int may_rotate(const struct workers *workers,
		      const struct identity *identity)
{
	const struct quiclb_ngtcp2 *const lb = &workers->each[0].server.lb;

	if (identity->server_id_len != lb->server_id_len ||
	    memcmp(identity->server_id, lb->server_id, lb->server_id_len)) {
		fputs("ngtcp2-server: another server ID: start again\n",
		      stderr);
		return 0;
	}
	if (workers->n_configs == QUICLB_N_CODEPOINTS) {
		fputs("ngtcp2-server: no room for another CID config: start "
		      "again\n",
		      stderr);
		return 0;
	}
	return 1;
}

int workers_rotate(struct workers *workers, const struct identity *identity)
{
	struct quiclb_encoder *encoders[WORKERS_CAP];
	struct message message = { .kind = MESSAGE_ROTATE };
	struct quiclb_decoder *decoder;

	if (same_config(&workers->configs[workers->n_configs - 1],
			&identity->config))
		return 0;
	if (!may_rotate(workers, identity))
		return -1;
	decoder = decoder_with(workers, &identity->config);
	if (!decoder)
		return -1;
	if (make_encoders(workers, identity, encoders)) {
		quiclb_decoder_free(decoder);
		return -1;
	}
	/* who reads CIDs knows the config before there are any of it */
	if (quiclb_table_swap(workers->table, decoder)) {
		quiclb_decoder_free(decoder);
		free_encoders(encoders, workers->n);
		return complain("decoder", QUICLB_ERR_NOMEM);
	}
	workers->configs[workers->n_configs++] = identity->config;
	for (size_t i = 0; i < workers->n; i++) {
		message.next = encoders[i];
		if (post(&workers->each[i].server, &message, NULL, 0,
			 MSG_NOSIGNAL))
			quiclb_encoder_free(encoders[i]);
	}
	return 0;
}

/* ---- open and close ----------------------------------------------------- */

static int open_one(struct workers *workers, size_t number,
		    struct quiclb_encoder *encoder,
		    const struct identity *identity,
		    const struct worker_setup *setup)
{
	struct server *const server = &workers->each[number].server;

	*server = *setup->model;
	server->workers = workers;
	server->number = number;
	if (quiclb_ngtcp2_open(&server->lb, encoder, identity->server_id,
			       identity->server_id_len, server->reset_key,
			       sizeof(server->reset_key))) {
		quiclb_encoder_free(encoder);
		return complain("server ID", QUICLB_ERR_ARG);
	}
	if (quiclb_reader_new(workers->table, &server->reader))
		return complain("decoder", QUICLB_ERR_NOMEM);
	/* not SOCK_DGRAM: of these the kernel queues 10, mostly */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
		       server->inbox)) {
		perror("ngtcp2-server: socketpair");
		return -1;
	}
	server_open(server);
	for (size_t i = 0; i < setup->n_addresses; i++)
		if (socket_open(server, &setup->addresses[i], setup->ports[i],
				workers->n > 1))
			return -1;
	return 0;
}

static int open_table(struct workers *workers, const struct identity *identity)
{
	struct quiclb_decoder *const decoder =
		decoder_with(workers, &identity->config);

	if (!decoder)
		return -1;
	if (quiclb_table_new(decoder, &workers->table)) {
		quiclb_decoder_free(decoder);
		return complain("decoder", QUICLB_ERR_NOMEM);
	}
	workers->configs[workers->n_configs++] = identity->config;
	return 0;
}

int workers_open(struct workers *workers, size_t n,
		 const struct identity *identity,
		 const struct worker_setup *setup)
{
	struct quiclb_encoder *encoders[WORKERS_CAP];

	workers->n = n;
	workers->each = g_new0(struct worker, n);
	for (size_t i = 0; i < n; i++)
		server_init(&workers->each[i].server);
	if (open_table(workers, identity) ||
	    make_encoders(workers, identity, encoders))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (open_one(workers, i, encoders[i], identity, setup)) {
			free_encoders(encoders + i + 1, n - i - 1);
			return -1;
		}
	}
	return 0;
}

static void *run(void *server)
{
	/* for want of this worker connections would be lost unseen */
	if (server_run(server))
		kill(getpid(), SIGTERM);
	return NULL;
}

int workers_start(struct workers *workers)
{
	for (size_t i = 0; i < workers->n; i++) {
		struct worker *const worker = &workers->each[i];

		if (pthread_create(&worker->thread, NULL, run,
				   &worker->server)) {
			fputs("ngtcp2-server: no thread\n", stderr);
			return -1;
		}
		worker->started = 1;
	}
	return 0;
}

int workers_stop(struct workers *workers)
{
	struct message message = { .kind = MESSAGE_STOP };
	int failed = 0;

	for (size_t i = 0; i < workers->n; i++) {
		struct worker *const worker = &workers->each[i];

		if (!worker->started)
			continue;
		(void)post(&worker->server, &message, NULL, 0, MSG_NOSIGNAL);
		pthread_join(worker->thread, NULL);
		failed |= !worker->server.stop;
	}
	return failed ? -1 : 0;
}

void workers_close(struct workers *workers)
{
	for (size_t i = 0; i < workers->n; i++)
		server_close(&workers->each[i].server);
	quiclb_table_free(workers->table);
	quiclb_wipe(workers->configs, sizeof(workers->configs));
	g_free(workers->each);
}
