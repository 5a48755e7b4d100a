// socketio.test.mjs -- Socket.IO packets over both transports: namespaces, events,
// acknowledgements, binary events that are refused, and what closes the connection.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Client, Poller, splitPackets, TRANSPORTS } from './client.mjs';
import { Line } from './line.mjs';
import { CALM, Server } from './server.mjs';
import { PING, TEXT } from './websocket.mjs';

const REFUSED = '{"message":"Binary data is not accepted","code":"binary"}';
const ANSWER = /^40(?:\/custom,)?(\{"sid":"[A-Za-z0-9_-]{20}"\})$/;

async function isAnswered(client, nsp, auth = '{}') {
    const named = nsp === '/' ? '' : `${nsp},`;
    const answer = await client.hears();
    assert.match(answer, ANSWER);
    assert.ok(answer.startsWith(`40${named}{`), answer);
    assert.equal(await client.hears(), `42${named}["auth",${auth}]`);
    return JSON.parse(ANSWER.exec(answer)[1]).sid;
}

describe('Socket.IO', () => {
    let server;
    let port;

    before(async () => {
        server = await Server.start('echo', CALM);
        port = server.port;
    });
    afterEach(() => Line.cutAll());
    after(() => server?.stop());

    for (const transport of TRANSPORTS) {
        describe(`over ${transport}`, () => {
            const open = () => Client.open(port, transport);
            const join = (nsp) => Client.join(port, transport, nsp);

            // --- Namespaces ---

            for (const [packet, nsp, auth] of [
                ['40', '/'],
                ['40{}', '/'],
                [
                    '40{"token":"abc","deep":{"a":[1,null]}}',
                    '/',
                    '{"token":"abc","deep":{"a":[1,null]}}',
                ],
                ['40/,', '/'],
                ['40/custom', '/custom'],
                ['40/custom,', '/custom'],
                ['40/custom,{"token":"\u20ac"}', '/custom', '{"token":"\u20ac"}'],
            ]) {
                test(`${packet} joins ${nsp}`, async () => {
                    const client = await open();
                    client.say(packet);
                    await isAnswered(client, nsp, auth);
                });
            }

            test('what the client is known by is not the secret of its session', async () => {
                const client = await open();
                client.say('40');
                const sid = await isAnswered(client, '/');
                const session =
                    client.poller?.sid ?? JSON.parse(client.socket.heard[0].slice(1)).sid;
                assert.notEqual(sid, session);
            });

            for (const nsp of ['/random', '/custom2', '/custo', '/custom?x=1', '/__proto__']) {
                test(`${nsp} is refused, and the connection stays`, async () => {
                    const client = await open();
                    client.say(`40${nsp},{"a":1}`);
                    assert.equal(
                        await client.hears(),
                        `44${nsp},{"message":"Invalid namespace"}`,
                    );
                    client.say(`40${nsp}`);
                    assert.equal(
                        await client.hears(),
                        `44${nsp},{"message":"Invalid namespace"}`,
                    );
                    client.say('40');
                    await isAnswered(client, '/');
                    await client.hearsNothingMore();
                });
            }

            test('both namespaces at once, each with a sid and events of its own', async () => {
                const client = await open();
                client.say('40');
                const one = await isAnswered(client, '/');
                client.say('40/custom,');
                assert.notEqual(await isAnswered(client, '/custom'), one);
                client.say('42/custom,["message",1]');
                assert.equal(await client.hears(), '42/custom,["message-back",1]');
                await client.hearsNothingMore();
            });

            test('who leaves one hears nothing of it, keeps the other, and may come again', async () => {
                const client = await join();
                client.say('40/custom');
                await isAnswered(client, '/custom');
                client.say('41/custom,');
                await client.hearsNothingMore();
                client.say('40/custom');
                await isAnswered(client, '/custom');
                client.say('41');
                client.say('42/custom,["message",2]');
                assert.equal(await client.hears(), '42/custom,["message-back",2]');
            });

            // --- Events ---

            for (const list of [
                '',
                ',1,-2,3.5,true,null',
                ',"text","","\u20ac \u{1f600}"',
                ',{"a":{"b":["c",{}]}},[]',
                ',"\\u001e\\u0001\\"\\\\"',
                ',9007199254740991',
            ]) {
                test(`message${list.slice(0, 30)} comes back as it was`, async () => {
                    const client = await join();
                    client.say(`42["message"${list}]`);
                    const back = await client.hears();
                    assert.ok(!back.includes('\x1e'));
                    assert.deepEqual(
                        JSON.parse(back.slice(2)),
                        JSON.parse(`["message-back"${list}]`),
                    );
                });
            }

            test('an acknowledgement comes once, with the same arguments and id', async () => {
                const client = await join();
                for (const id of ['0', '7', '456', '999999999999999']) {
                    client.say(`42${id}["message-with-ack",1,"2",{"3":[true]}]`);
                    assert.equal(await client.hears(), `43${id}[1,"2",{"3":[true]}]`);
                }
                client.say('4212["message-with-ack"]');
                assert.equal(await client.hears(), '4312[]');
                await client.hearsNothingMore();
            });

            test('an acknowledgement of a namespace names it', async () => {
                const client = await join('/custom');
                client.say('42/custom,5["message-with-ack","a"]');
                assert.equal(await client.hears(), '43/custom,5["a"]');
            });

            test('acknowledgements that nobody waits for are passed over', async () => {
                const client = await join();
                client.say('43999[]', '430["a",{}]');
                await client.hearsNothingMore();
            });

            test('a thousand events come back in order', async () => {
                const client = await join();
                const events = Array.from({ length: 1000 }, (_, i) => `42["message",${i}]`);
                if (transport === 'polling') {
                    await client.poller.says(...events);
                } else {
                    client.say(...events);
                }
                for (let i = 0; i < events.length; i++) {
                    assert.equal(await client.hears(), `42["message-back",${i}]`);
                }
            });

            // --- Binary ---

            const placeholder = '{"_placeholder":true,"num":0}';
            const bytes = Buffer.from([1, 2, 3]);

            test('a binary event is read to its end and refused', async () => {
                const client = await join();
                client.say(`451-["message",${placeholder}]`, bytes);
                assert.equal(await client.hears(), `42["error",${REFUSED}]`);
                await client.hearsNothingMore();
            });

            test('a binary event that wants an acknowledgement gets one that says so', async () => {
                const client = await join();
                client.say(`452-13["message-with-ack",${placeholder}]`, bytes);
                client.say(Buffer.from('4'));
                assert.equal(await client.hears(), `42["error",${REFUSED}]`);
                assert.equal(await client.hears(), `4313[{"error":${REFUSED}}]`);
                await client.hearsNothingMore();
            });

            test('a binary event of a namespace is refused there', async () => {
                const client = await join('/custom');
                client.say(`451-/custom,["message",${placeholder}]`, bytes);
                assert.equal(await client.hears(), `42/custom,["error",${REFUSED}]`);
            });

            test('a binary event of no attachments is whole', async () => {
                const client = await join();
                client.say('450-["message"]');
                assert.equal(await client.hears(), `42["error",${REFUSED}]`);
                await client.hearsNothingMore();
            });

            test('ten attachments, and a binary acknowledgement, are swallowed', async () => {
                const client = await join();
                client.say(`4510-["message",${placeholder}]`, ...Array(10).fill(bytes));
                assert.equal(await client.hears(), `42["error",${REFUSED}]`);
                client.say(`461-3[${placeholder}]`, bytes);
                await client.hearsNothingMore();
            });

            // --- What closes the connection ---

            const unjoined = [
                '42["message"]',
                '430[]',
                '41',
                '41/custom,',
                '42/custom,["message"]',
                '451-["message"]',
                '4',
                '44{}',
                '40[]',
                '40"a"',
                '40{',
                '400',
                '40{}x',
                '4abc',
            ];
            const joined = [
                '40',
                '40{}',
                '42{}',
                '42[]',
                '42',
                '42"message"',
                '42abc["message"]',
                '42[null]',
                '42[{}]',
                '42[true]',
                '42[["message"]]',
                '42["message"',
                '42["message"]x',
                '42["connect"]',
                '42["connect_error"]',
                '42["disconnect"]',
                '42["disconnecting"]',
                '42["newListener"]',
                '42["removeListener"]',
                '42/custom,["message"]',
                '429999999999999999["message"]',
                '421.5["message"]',
                '42-1["message"]',
                '43[]',
                '430{}',
                '430',
                '41{}',
                '44{"message":"no"}',
                '44',
                '47',
                '48["message"]',
                '4x',
                '45["message"]',
                '451["message"]',
                '45-["message"]',
                '4511-["message"]',
                '45999999999-["message"]',
                '45-1-["message"]',
                '451-{}',
                '461-["a"]',
            ];
            for (const [when, packets, begin] of [
                ['before joining', unjoined, open],
                ['after joining', joined, () => join()],
            ]) {
                test(`${when}, each of ${packets.length} broken packets closes the connection`, async () => {
                    await Promise.all(
                        packets.map(async (packet) => {
                            const client = await begin();
                            client.say(packet);
                            const code = await client
                                .closes()
                                .catch((error) => `${error.message}`);
                            assert.equal(code, transport === 'polling' ? 1 : 1002, packet);
                        }),
                    );
                });
            }

            test('a text while attachments are missing closes the connection', async () => {
                const client = await join();
                client.say(`452-["message",${placeholder}]`, bytes, '42["message"]');
                await client.closes();
                assert.equal(client.heard.length, 2);
            });

            test('an attachment that no packet announced closes the connection', async () => {
                const client = await join();
                client.say(bytes);
                await client.closes();
            });

            test('one attachment too many closes the connection', async () => {
                const client = await join();
                client.say(`451-["message",${placeholder}]`, bytes, bytes);
                await client.closes();
            });
        });
    }

    describe('over one of them alone', () => {
        test('a header and its attachments may come in different POSTs, or in one', async () => {
            const poller = await Poller.open(port, '/socket.io/');
            await poller.says('40');
            await poller.packets();
            const header = '452-["message",{"_placeholder":true,"num":0}]';
            await poller.says(header);
            await poller.says('bAQID');
            await poller.says('bBAUG');
            assert.deepEqual(await poller.packets(), [`42["error",${REFUSED}]`]);
            await poller.says(header, 'bAQID', 'bBAUG');
            assert.deepEqual(await poller.packets(), [`42["error",${REFUSED}]`]);
        });

        test('the answer to CONNECT and what follows it come in one payload', async () => {
            const poller = await Poller.open(port, '/socket.io/');
            const held = await poller.begin();
            await poller.says('40');
            const [answer, auth] = splitPackets(await held.answer());
            assert.match(answer, ANSWER);
            assert.equal(auth, '42["auth",{}]');
        });

        test('a message in pieces is whole, with pings between them', async () => {
            const client = await Client.join(port, 'websocket');
            const text = '42["message","\u20ac\u{1f600}"]';
            const all = Buffer.from(text);
            [...all].forEach((byte, i) => {
                const last = i === all.length - 1;
                client.socket.frame(i === 0 ? TEXT : 0, Buffer.from([byte]), { fin: last });
                if (i % 5 === 0) {
                    client.socket.frame(PING, `${i}`);
                }
            });
            assert.equal(await client.hears(), text.replace('message', 'message-back'));
            // Of pings that come together not each is answered.
            assert.equal(client.socket.pongs[0], '0');
        });

        test('text that is no UTF-8 closes the connection', async () => {
            const socket = await Client.join(port, 'websocket');
            socket.socket.frame(TEXT, Buffer.from('42["message","\xff"]', 'latin1'));
            assert.equal(await socket.closes(), 1007);
            const poller = await Client.join(port, 'polling');
            poller.poller.post(Buffer.from('42["message","\xff"]', 'latin1'));
            await poller.closes();
        });
    });
});
