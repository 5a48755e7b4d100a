// socket.c -- the options of ZeroMQ sockets.

#include "actor/socket.h"

#include "base/must.h"

// ZeroMQ messages in a queue to or from one peer: 80 MB, if each is a full bundle (bundle.h), and 160 MB
// if each is a wire message of the greatest length. A peer that does not say hello is sent nothing more.
#define HIGH_WATER 10000
#define LINGER_MS 200          // How long what is queued may still leave after the socket is closed.
#define HANDSHAKE_MS 3000      // A connection that does not speak ZMTP is closed after so long.
#define RECONNECT_MS 50
#define RECONNECT_MOST_MS 1000
#define CONNECT_TIMEOUT_MS 2000
#define UNACKNOWLEDGED_MS 20000 // TCP gives a connection up after so long without an answer.

zsock_t *
socket_new (int type)
{
    zsock_t *sock = zsock_new (type);
    must (sock != NULL);
    zsock_set_linger (sock, LINGER_MS);
    zsock_set_sndhwm (sock, HIGH_WATER);
    zsock_set_rcvhwm (sock, HIGH_WATER);
    zsock_set_maxmsgsize (sock, 4 * WIRE_BYTES_MOST);
    zsock_set_immediate (sock, 1);
    zsock_set_handshake_ivl (sock, HANDSHAKE_MS);
    zsock_set_reconnect_ivl (sock, RECONNECT_MS);
    zsock_set_reconnect_ivl_max (sock, RECONNECT_MOST_MS);
    zsock_set_connect_timeout (sock, CONNECT_TIMEOUT_MS);
    zsock_set_tcp_maxrt (sock, UNACKNOWLEDGED_MS);
    zsock_set_tcp_keepalive (sock, 1);
    zsock_set_tcp_keepalive_idle (sock, 30);
    zsock_set_tcp_keepalive_intvl (sock, 3);
    zsock_set_tcp_keepalive_cnt (sock, 10);
    zsock_set_ipv6 (sock, 1);
    return sock;
}

void
socket_demand_keys (zsock_t *sock, const keyring_t *keyring)
{
    zsock_set_zap_domain (sock, "bus");
    zsock_set_curve_server (sock, 1);
    zsock_set_curve_secretkey (sock, keyring_secret (keyring));
}

void
socket_trust (zsock_t *sock, const keyring_t *keyring, const char *key)
{
    zsock_set_curve_serverkey (sock, key);
    zsock_set_curve_publickey (sock, keyring_public (keyring));
    zsock_set_curve_secretkey (sock, keyring_secret (keyring));
}
