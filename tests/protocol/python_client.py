# python_client.py -- somebody with python-socketio: URL TRANSPORT... Tells what it hears, a line of
# JSON each; does what it is told on standard input: [event, payload], or [] to leave.

import json
import sys
import threading

import socketio

client = socketio.Client(reconnection=False)
telling = threading.Lock()  # Events and answers come in threads of their own.


def tell(*what):
    with telling:
        print(json.dumps(what), flush=True)


@client.on("*")
def hear(event, *arguments):
    tell(event, *arguments)


@client.event
def connect_error(reason):
    tell("connect_error", str(reason))


try:
    client.connect(sys.argv[1], transports=sys.argv[2:] or None)
    for line in sys.stdin:
        words = json.loads(line)
        if not words:
            break
        tell("answer", client.call(words[0], words[1], timeout=10))
    tell("transport", client.transport())
    # What waits for a request that is under way is forgotten by disconnect: the farewell goes before.
    client._send_packet(client.packet_class(socketio.packet.DISCONNECT))
    client.eio.queue.join()
    client.disconnect()
except socketio.exceptions.ConnectionError:
    pass
