// prisma.test.mjs -- an unmodified Prisma client, with the five columns that applications know, reads
// and writes what a recorder has made, and what it had made itself before there was one.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pair, Person } from '../system/person.mjs';
import { run } from '../system/process.mjs';
import { Stack } from '../system/stack.mjs';

const folder = dirname(fileURLToPath(import.meta.url));
const HOUR_MS = 3_600_000;

// What Prisma's first migration for this schema is.
const MIGRATION = `
    CREATE TABLE "ChatSession" (
        "id" TEXT NOT NULL,
        "userA" TEXT NOT NULL,
        "userB" TEXT NOT NULL,
        "startedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
        "endedAt" TIMESTAMP(3),

        CONSTRAINT "ChatSession_pkey" PRIMARY KEY ("id")
    );
    CREATE TABLE "_prisma_migrations" (
        "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL,
        "finished_at" TIMESTAMPTZ, "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT,
        "rolled_back_at" TIMESTAMPTZ, "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
        "applied_steps_count" INTEGER NOT NULL DEFAULT 0
    );
    INSERT INTO "_prisma_migrations" VALUES
        ('1', 'abc', now(), '20240101000000_init', NULL, NULL, now(), 1);`;

let PrismaClient;
let PrismaPg;
let stack;
let prisma;

// Makes the client. For this kind of client no engine is started, but the command looks whether
// there are any, and would fetch them.
before(async () => {
    const unused = process.execPath;
    await run(process.execPath, [join(folder, 'node_modules/prisma/build/index.js'), 'generate'], {
        cwd: folder,
        env: {
            ...process.env,
            PRISMA_SCHEMA_ENGINE_BINARY: unused,
            PRISMA_QUERY_ENGINE_LIBRARY: unused,
            PRISMA_HIDE_UPDATE_MESSAGE: '1',
            CHECKPOINT_DISABLE: '1',
        },
    });
    ({ PrismaClient } = (await import('@prisma/client')).default);
    ({ PrismaPg } = await import('@prisma/adapter-pg'));
});

after(async () => {
    await prisma?.$disconnect();
    await stack?.stop();
});

async function renew() {
    await prisma?.$disconnect();
    await stack?.stop();
    prisma = null;
    stack = await Stack.prepare({});
}

function connect() {
    const connectionString = stack.get('sessions-1').environment.DATABASE_URL;
    prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString }) });
}

// A chat from its beginning to its end; returns its id.
async function chat() {
    const [a, b] = await pair(stack.url());
    const [{ chatId }] = a.all('matched');
    await a.tells('hello');
    await b.ask('end_chat');
    await Person.allLeave(stack);
    await stack.record(chatId);
    return chatId;
}

async function assertIsAsRecorded(chatId) {
    const row = await prisma.chatSession.findUnique({ where: { id: chatId } });
    assert.deepEqual(Object.keys(row).sort(), ['endedAt', 'id', 'startedAt', 'userA', 'userB']);
    assert.ok(row.startedAt instanceof Date && row.endedAt instanceof Date);
    // Times are UTC, as Prisma takes them to be.
    assert.ok(Math.abs(Date.now() - row.endedAt) < HOUR_MS / 2, `${row.endedAt}`);
    assert.ok(row.startedAt <= row.endedAt);
    assert.equal(await prisma.chatSession.count({ where: { userA: row.userA } }), 1);
}

test('a client reads and counts what recorders have made in a new database', async () => {
    await renew();
    await stack.startAll();
    connect();
    const chats = [await chat(), await chat()];
    for (const chatId of chats) {
        await assertIsAsRecorded(chatId);
    }
    assert.equal(await prisma.chatSession.count(), 2);
    assert.equal(await prisma.chatSession.count({ where: { endedAt: null } }), 0);
    const found = await prisma.chatSession.findMany({ orderBy: { startedAt: 'asc' } });
    assert.deepEqual(found.map(({ id }) => id), chats);
});

test('rows that the client had made are the same after a recorder has adopted them', async () => {
    await renew();
    await stack.revive('postgres-1');
    await stack.statement(MIGRATION);
    connect();
    const now = Date.now();
    await prisma.chatSession.createMany({
        data: Array.from({ length: 50 }, (_, i) => ({
            userA: `a${i}`,
            userB: `b${i}`,
            startedAt: new Date(now - (i + 2) * HOUR_MS),
            endedAt: i % 5 === 0 ? null : new Date(now - (i + 1) * HOUR_MS),
        })),
    });
    const before = await prisma.chatSession.findMany({ orderBy: { startedAt: 'asc' } });

    await stack.get('postgres-1').stop();
    await stack.startAll();
    const chatId = await chat();
    await assertIsAsRecorded(chatId);
    assert.equal(await prisma.chatSession.count(), 51);
    assert.equal(await prisma.chatSession.count({ where: { endedAt: null } }), 10);
    const old = await prisma.chatSession.findMany({
        where: { id: { not: chatId } },
        orderBy: { startedAt: 'asc' },
    });
    assert.deepEqual(old, before);
    assert.deepEqual(await stack.sql('select migration_name from "_prisma_migrations"'), [
        { migration_name: '20240101000000_init' },
    ]);

    // The application may still be running beside it.
    const mine = await prisma.chatSession.create({ data: { userA: 'u', userB: 'v' } });
    const endedAt = new Date(Math.max(Date.now(), +mine.startedAt));
    await prisma.chatSession.update({ where: { id: mine.id }, data: { endedAt } });
    assert.deepEqual(await prisma.chatSession.findUnique({ where: { id: mine.id } }), {
        ...mine,
        endedAt,
    });
    assert.equal(await prisma.chatSession.count(), 52);
});
