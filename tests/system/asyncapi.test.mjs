// asyncapi.test.mjs -- the document of the browser's protocol is valid, and says what the code says.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import yaml from 'js-yaml';

const read = (path) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const schema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0.json');
const document = yaml.load(read('gateway/asyncapi.yaml'));

// What a reference of the document leads to.
function follow({ $ref }) {
    return $ref
        .slice(2)
        .split('/')
        .reduce((place, step) => place[step], document);
}

// The names of the events that an operation has, in order.
function namesOf(operation) {
    return document.operations[operation].messages
        .map((reference) => follow(follow(reference)).name)
        .sort();
}

// The first strings of the rows of a table in C that begin like `row`.
function rowsOf(path, row) {
    const names = [...read(path).matchAll(row)].map((match) => match[1]);
    assert.ok(names.length > 0, `no rows in ${path}`);
    return names.sort();
}

// What is wrong with a document; null: nothing. The schema brings the meta-schemas that it names.
function wrongWith(candidate) {
    const ajv = new Ajv({ meta: false, validateSchema: false, strict: false, logger: false });
    addFormats(ajv);
    const validate = ajv.compile(schema);
    return validate(candidate) ? null : validate.errors;
}

test('the document is AsyncAPI 3, and one that lacks something is not', () => {
    assert.equal(wrongWith(document), null);
    assert.notEqual(wrongWith({ ...document, info: {} }), null);
});

test('a client may send what the table of events has', () => {
    assert.deepEqual(namesOf('hear'), rowsOf('gateway/client.c', /^ +\{ "(\w+)", +USER_/gm));
});

test('a client gets what the table of events has', () => {
    assert.deepEqual(namesOf('say'), rowsOf('gateway/speech.c', /^ +\[SAY_\w+\] += "(\w+)",/gm));
});

test('a chat ends for the reasons that processes tell each other', () => {
    const names = /names\[\] = \{("none", +"skipped"[^}]*)\}/.exec(read('common/wire/wire.c'))[1];
    const reasons = [...names.matchAll(/"(\w+)"/g)].map((match) => match[1]).slice(1);
    assert.deepEqual(document.components.messages.partner_left.payload.properties.reason.enum, reasons);
});
