// keys.test.mjs -- deploy/keys makes keys that are secret, adds to them, and says what it cannot do.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../system/process.mjs';

const keys = fileURLToPath(new URL('../../deploy/keys', import.meta.url));
const build = resolve(process.env.BUILD_DIR ?? '.local/build/plain');
const ROLES = ['gateway', 'matcher', 'recorder', 'relay'];

let folder;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'deploy-keys-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const make = (...words) => run(keys, ['--bin', build, ...words, folder]);
const read = (file) => readFileSync(join(folder, file), 'utf8');
const modeOf = (file) => statSync(join(folder, file)).mode & 0o777;
const listed = () => read('bus.keys').split('\n').filter((line) => line && !line.startsWith('# '));
const publicOf = (file) => /^public (\S{40})$/m.exec(read(file))[1];

test('every service gets a pair that only its owner may read, and the list has all of them', async () => {
    await make();
    for (const service of ['gateway', 'matcher', 'relay', 'sessions']) {
        const file = `${service}.key`;
        assert.equal(modeOf(file), 0o600);
        assert.ok(listed().includes(`${service.replace('sessions', 'recorder')} ${publicOf(file)}`));
    }
    assert.deepEqual(listed().map((line) => line.split(' ')[0]).sort(), ROLES);
    assert.equal(modeOf('bus.keys'), 0o644);
    assert.ok(!read('bus.keys').includes(/^secret (\S{40})$/m.exec(read('relay.key'))[1]));
});

test('what is there already stays as it is', async () => {
    await make();
    const before = [read('relay.key'), read('bus.keys')];
    await make();
    assert.deepEqual([read('relay.key'), read('bus.keys')], before);
    rmSync(join(folder, 'relay.key'));
    await make();
    assert.notEqual(read('relay.key'), before[0]);
});

test('a next key is listed beside the old one, used in its place, and the old one is retired', async () => {
    await make();
    const old = publicOf('sessions.key');
    await make('--next', 'sessions');
    const next = publicOf('sessions.next.key');
    assert.ok([old, next].every((key) => listed().includes(`recorder ${key}`)));
    await make('--use', 'sessions');
    assert.equal(publicOf('sessions.key'), next);
    assert.ok(listed().includes(`recorder ${old}`));
    await make('--retire', 'sessions');
    assert.deepEqual(listed().map((line) => line.split(' ')[0]).sort(), ROLES);
    assert.ok(!listed().includes(`recorder ${old}`));
});

test('what cannot be done is said', async () => {
    await assert.rejects(make('--next', 'browser'), /--next takes one of: gateway matcher relay sessions/);
    await assert.rejects(make('--use', 'relay'), /There is no .*relay\.next\.key; --next makes it/);
    await assert.rejects(make('--retire', 'relay'), /There is no .*relay\.key/);
    await assert.rejects(make('--better'), /knows no --better/);
    await assert.rejects(run(keys, []), /needs the folder/);
    await assert.rejects(run(keys, ['--bin', '/nowhere', folder]), /is not there: build it/);
    await make('--next', 'relay');
    await assert.rejects(make('--next', 'relay'), /which cannot be made: File exists/);
});
