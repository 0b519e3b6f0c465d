// Compares the Kubernetes manifests with the schemas of Kubernetes and of the Prometheus operator. The schemas find
// wrong values; the types, which are made from the same schemas, find fields that do not exist.
//   npm install kubernetes-models @kubernetes-models/prometheus-operator js-yaml typescript   (in a folder)
//   node tests/packaging/manifests.mjs FOLDER
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder] = process.argv.slice(2);
const modules = path.resolve(folder, 'node_modules');
const load = (file) => import(pathToFileURL(path.join(modules, file)));
const schemas = {
  v1: 'kubernetes-models/v1/index.js',
  'apps/v1': 'kubernetes-models/apps/v1/index.js',
  'batch/v1': 'kubernetes-models/batch/v1/index.js',
  'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/index.js',
};
const yaml = await load('js-yaml/dist/js-yaml.mjs');
const manifests = path.join(import.meta.dirname, '../../packaging/container/kubernetes');
const kinds = new Set();
const volumes = [];
let types = '';
let bad = 0;
for (const name of fs.readdirSync(manifests).sort()) {
  for (const manifest of yaml.loadAll(fs.readFileSync(path.join(manifests, name), 'utf8'))) {
    const kind = (await load(schemas[manifest.apiVersion]))[manifest.kind];
    kinds.add(manifest.kind);
    const from = schemas[manifest.apiVersion].replace('/index.js', '');
    types += `import type { I${manifest.kind} as T${kinds.size}_${types.length} } from '${from}';\n`
      + `export const v${types.length}: T${kinds.size}_${types.length} = ${JSON.stringify(manifest)};\n`;
    try {
      new kind(manifest).validate();
      console.log(`ok  ${name}: ${manifest.kind}`);
    } catch (error) {
      bad += 1;
      console.log(`FAIL ${name}: ${manifest.kind}: ${error.message}`);
    }
    const pod = manifest.spec?.jobTemplate?.spec.template.spec ?? manifest.spec?.template?.spec;
    for (const container of pod?.containers.filter((one) => one.image.startsWith('privatelink')) ?? []) {
      volumes.push(...container.volumeMounts.filter((mount) => !pod.volumes.some((one) => one.name === mount.name)));
      const context = { ...pod.securityContext, ...container.securityContext };
      if (!context.runAsNonRoot || !context.readOnlyRootFilesystem || context.allowPrivilegeEscalation !== false ||
          context.capabilities.drop[0] !== 'ALL' || context.seccompProfile.type !== 'RuntimeDefault') {
        bad += 1;
        console.log(`FAIL ${name}: the container is not restricted`);
      }
    }
  }
}
fs.writeFileSync(path.join(folder, 'manifests.mts'), types);
const compiler = spawnSync(path.resolve(modules, '.bin/tsc'), ['--noEmit', '--strict', '--module', 'nodenext',
  '--moduleResolution', 'nodenext', '--skipLibCheck', 'manifests.mts'], { cwd: folder, encoding: 'utf8' });
if (compiler.status !== 0) {
  bad += 1;
  console.log(`FAIL ${compiler.stdout}`);
}
for (const wanted of ['Deployment', 'CronJob', 'ServiceMonitor', 'PodMonitor', 'ServiceAccount']) {
  if (!kinds.has(wanted)) {
    bad += 1;
    console.log(`FAIL no ${wanted}`);
  }
}
process.exit(bad + volumes.length > 0 ? 1 : 0);
