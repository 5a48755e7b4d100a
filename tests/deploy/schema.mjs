// schema.mjs -- holds objects against Kubernetes' own types: whatever is unknown, missing or of the
// wrong kind, at any depth, the compiler names.

import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import ts from 'typescript';

const HERE = fileURLToPath(new URL('.', import.meta.url));

// apps/v1, networking.k8s.io/v1, v1 -> the module of its types.
function moduleOf(version) {
    return version.includes('/') ? version.replace(/\.k8s\.io\//, '/') : `core/${version}`;
}

function sourceOf(object) {
    return `import type { ${object.kind} } from 'kubernetes-types/${moduleOf(object.apiVersion)}';\n`
        + `export const it: ${object.kind} = ${JSON.stringify(object, null, 1)};\n`;
}

// A sentence for each object that is wrong.
export function complaints(objects) {
    const sources = new Map(objects.map((object, i) => [join(HERE, `__${i}.ts`), sourceOf(object)]));
    const options = {
        noEmit: true,
        strict: true,
        skipLibCheck: true,
        types: [],
        moduleResolution: ts.ModuleResolutionKind.Node10,
    };
    const host = ts.createCompilerHost(options);
    const { getSourceFile, fileExists, readFile } = host;
    host.getSourceFile = (name, ...rest) => (sources.has(name)
        ? ts.createSourceFile(name, sources.get(name), ts.ScriptTarget.Latest)
        : getSourceFile.call(host, name, ...rest));
    host.fileExists = (name) => sources.has(name) || fileExists.call(host, name);
    host.readFile = (name) => sources.get(name) ?? readFile.call(host, name);
    const program = ts.createProgram([...sources.keys()], options, host);
    return [...sources.keys()].flatMap((name, i) => {
        const file = program.getSourceFile(name);
        const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
        const { kind, metadata } = objects[i];
        return found.slice(0, 1).map(({ messageText }) =>
            `${kind}/${metadata?.name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
    });
}
